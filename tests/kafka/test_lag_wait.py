"""`lag --wait-drained` as a deploy script runs it, on the sample world: drained, out of time, interrupted, gone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from kafkatui.minicluster import cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.load import Worker
from kafkatui.minicluster.seed import seed
from kafkatui.minicluster.world import GROUPS
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from tests.kafka import command_line
from tests.kafka.resting_groups import a_connection, set_offsets
from tests.making_topics import make_topics

CATCHING_UP = ("billing", "shipping", "orders-enricher")
WAIT = ("--wait-drained", "--timeout")


@pytest.fixture(scope="module")
def world(mini_cluster: Status) -> Status:
    """The sample world at rest: nobody writes, nobody reads."""
    asyncio.run(seed(mini_cluster.bootstrap, force=True))
    return mini_cluster


class Watched:
    """A command whose stderr is a terminal, as a person sees it."""

    def __init__(self, running: subprocess.Popen[bytes], terminal: int) -> None:
        self.running = running
        self.seen = b""
        self._terminal = terminal

    def reads(self, text: str) -> None:
        """Return when it has shown `text`."""
        while text.encode() not in self.seen:
            assert self._more(), self.seen

    def ended(self) -> tuple[int, bytes]:
        """Its exit code and its stdout; all of its stderr is in `seen` then."""
        while self._more():
            pass
        out, _ = self.running.communicate(timeout=60)
        return self.running.returncode, out

    def _more(self) -> bool:
        """A terminal that nobody holds open any more can not be read (EIO)."""
        try:
            more = os.read(self._terminal, 4096)
        except OSError:
            return False
        self.seen += more
        return bool(more)


@contextmanager
def watched(*arguments: str) -> Iterator[Watched]:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    with command_line.start(*arguments, given=subprocess.DEVNULL, errors=theirs) as running:
        os.close(theirs)
        try:
            yield Watched(running, ours)
        finally:
            running.kill()
            os.close(ours)


async def test_groups_that_catch_up_are_waited_for(world: Status) -> None:
    with watched("lag", *CATCHING_UP, "-b", world.bootstrap, *WAIT, "1m") as command:
        await asyncio.to_thread(command.reads, "left of 12 records")
        assert command.running.poll() is None
        connection = a_connection(world.bootstrap)
        reading = [
            asyncio.create_task(Worker(connection, group, 1).run()) for group in GROUPS if group.name in CATCHING_UP
        ]
        try:
            ended = await asyncio.to_thread(command.ended)
        finally:
            for task in reading:
                task.cancel()
            await asyncio.wait(reading)
    assert ended == (0, b"")
    assert command.seen.endswith(b"\r\x1b[Kkafkatui: 3 groups have read all\r\n")
    again = command_line.run("lag", *CATCHING_UP, "-b", world.bootstrap, "--max", "0")
    assert again.code == 0, again.err


def test_groups_that_nobody_reads_for_are_told_when_the_time_is_over(world: Status) -> None:
    ran = command_line.run("lag", "mailer", "analytics", "reporting-old", "-b", world.bootstrap, *WAIT, "5s")
    said = ("not drained within 5s", "group mailer: 4307 records left", "group analytics: 9395 records left")
    assert ran == (4, b"", "".join(f"kafkatui: {each}\n" for each in said))


def test_ctrl_c_ends_it_and_leaves_a_clean_line(world: Status) -> None:
    with watched("lag", "mailer", "-b", world.bootstrap, *WAIT, "1m") as command:
        command.reads("left of 4\u202f307 records")
        command.running.send_signal(signal.SIGINT)
        assert command.ended() == (130, b"")
    assert command.seen.endswith(b"\r\x1b[K")


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    ran = command_line.run("lag", "-b", f"127.0.0.1:{port}", *WAIT, "1m")
    assert (ran.code, ran.out) == (3, b"")
    assert "refused" in ran.err


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[tuple[Status, Path]]:
    """A cluster of one broker that is ended; `waiting` lags by three records of it."""
    try:
        status = cluster.up(1, "java", home=tmp_path)
        make_topics(status.bootstrap, NewTopic("plain", 1, 1))
        producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2})
        for _ in range(5):
            producer.produce("plain", b"x")
        assert producer.flush(20) == 0
        set_offsets(status.bootstrap, "waiting", GroupType.CLASSIC, {TopicPartition("plain", 0): Commit(2)})
        yield status, tmp_path
    finally:
        cluster.down(tmp_path)


def test_a_cluster_that_goes_away_is_no_lag(lonely: tuple[Status, Path]) -> None:
    status, home = lonely
    with watched("lag", "waiting", "-b", status.bootstrap, *WAIT, "10s") as command:
        command.reads("left of 3 records")
        cluster.down(home)
        assert command.ended() == (3, b"")
    lines = command.seen.decode().replace("\r\n", "\n").splitlines()
    assert any("kafkatui: connection lost, waiting for it to come back: " in line for line in lines)
    assert "kafkatui: the connection did not come back for " in lines[-1]
