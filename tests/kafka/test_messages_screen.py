"""The Messages place on real brokers: reading, searching, following; and hostile records in a real terminal."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import kafkatui
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.records import Record
from kafkatui.reading.records import Records
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import Read
from kafkatui.tui.screens.messages import MessagesScreen
from tests.making_topics import make_topics
from tests.waiting import until

ROOT = Path(kafkatui.__file__).parents[1]
HOSTILE = "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x9b31m\u202e\u200b[@click=app.quit]x[/][/nope]"
SECONDS = 30.0
BEGAN_MS = round(time.time() * 1000) - 60_000


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    name = f"messages-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 3, 3))
    yield name
    admin.delete_topics([name])[name].result(20)


def write(status: Status, topic: str, numbers: range) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2})
    for number in numbers:
        producer.produce(
            topic, b'{"n":%d}' % number, b"k-%d" % number, partition=number % 3, timestamp=BEGAN_MS + number
        )
    assert producer.flush(30) == 0


@asynccontextmanager
async def open_records(connection: Connection) -> AsyncIterator[Records]:
    async with Cluster.open(connection) as cluster:
        yield Records(cluster.nodes)


async def test_real_records_are_paged_searched_and_followed(mini_cluster: Status, topic: str) -> None:
    write(mini_cluster, topic, range(1_000))
    app = KafkaTui(Connection(tuple(mini_cluster.bootstrap.split(","))), open_records=open_records)
    async with app.run_test(size=(160, 45)) as pilot:
        app.post_message(Read((topic,)))
        await pilot.pause()

        def rows() -> list[Record]:
            assert isinstance(app.screen, MessagesScreen)
            return [row for row in app.screen.records.source.rows if isinstance(row, Record)]

        async def hold(condition: Callable[[], bool]) -> None:
            async def look() -> bool:
                await pilot.pause()
                return condition()

            await until(look, SECONDS)

        await hold(lambda: len(rows()) == 200)
        await pilot.press("G")
        await hold(lambda: {row.offset for row in rows()[:3]} == {0})
        await pilot.press(*["pageup"] * 40)
        await hold(lambda: len(rows()) == 1_000)
        assert len({row.key for row in rows()}) == 1_000
        await pilot.press("slash", *"where value.n % 100 == 7", "enter")
        await hold(lambda: len(rows()) == 10)
        assert {row.key for row in rows()} == {b"k-%d" % number for number in range(7, 1_000, 100)}
        await pilot.press("escape", "f")
        await hold(lambda: b"following" in app.export_screenshot().encode())
        await asyncio.to_thread(write, mini_cluster, topic, range(1_000, 1_050))
        await hold(lambda: {b"k-%d" % number for number in range(1_000, 1_050)} <= {row.key for row in rows()})
        keys = [row.key for row in rows()]
        assert len(keys) == len(set(keys))


class Terminal:
    """The program in a pseudo terminal."""

    def __init__(self, *arguments: str) -> None:
        self.end, other_end = pty.openpty()
        fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
        self.running = subprocess.Popen(
            [sys.executable, "-m", "kafkatui", *arguments],
            stdin=other_end, stdout=other_end, stderr=other_end, cwd=ROOT, env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(other_end)
        self.shown = b""

    def read_until(self, words: bytes) -> bytes:
        """What is painted from now on, until `words` are in it."""
        seen, deadline = b"", time.monotonic() + SECONDS
        # Colours may begin in the middle of a word.
        while words not in seen and words not in re.sub(rb"\x1b\[[0-9;]*m", b"", seen):
            assert time.monotonic() < deadline, (words, re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]| +", b" ", seen)[-3_000:])
            if select.select([self.end], [], [], 0.5)[0]:
                seen += os.read(self.end, 65_536)
        self.shown += seen
        return seen

    def type(self, keys: bytes) -> None:
        os.write(self.end, keys)


def test_hostile_records_reach_a_terminal_only_as_visible_text(mini_cluster: Status, topic: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    headers = [(HOSTILE, HOSTILE.encode() + b"\xff")]
    producer.produce(topic, HOSTILE.encode(), HOSTILE.encode(), partition=0, headers=headers)
    assert producer.flush(30) == 0
    terminal = Terminal("-b", mini_cluster.bootstrap)
    try:
        terminal.read_until(b"3/3 brokers")
        terminal.type(b":")
        terminal.read_until(b"leave kafkatui")
        terminal.type(topic.encode() + b"\r")
        terminal.read_until(b"Groups that read it")
        terminal.type(b"m")
        terminal.read_until(b"@click=app.quit")
        for keys, words in ((b"v", b"@click"), (b"v", b"00000000"), (b"v", b"CreateTime"), (b"v", b"@click")):
            terminal.type(keys)
            terminal.read_until(words)
        assert b"\x1b]52;" not in terminal.shown
        terminal.type(b"c")
        terminal.read_until(b"the record as one line")
        terminal.type(b"\r")
        copied = terminal.read_until(b"copied the value")
        found = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", copied)
        assert found is not None
        assert base64.b64decode(found[1]).decode() == HOSTILE
        terminal.type(b"q")
        assert terminal.running.wait(20) == 0
    finally:
        terminal.running.kill()
        terminal.running.wait()
        os.close(terminal.end)
    text = terminal.shown.decode()
    assert "\x1b]0;owned" not in text
    # The toolkit's own shape of the mouse pointer, and the copy.
    rest = re.sub(r"\x1b\]22;[a-z-]*\x07", "", text).replace(found[0].decode(), "")
    assert {"\x9b", "\u202e", "\u200b", "\x07"} & set(rest) == set()
