"""A person in a terminal steers a replay that runs: pause, another rate, and the terminal is as it was afterwards."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest
from confluent_kafka import Producer

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.torture import PARTITIONS, TAKES_ALL, a_topic, read_by_confluent
from tests.waiting import eventually

RECORDS = 3_000
IN_FRONT = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "kafkatui", *sys.argv[1:]])
"""
"""Starts the command in the foreground of a terminal of its own, as a shell does."""


@pytest.fixture(scope="module")
def source(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "steered", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
        for number in range(RECORDS):
            producer.produce(name, partition=number % PARTITIONS, value=b"%d" % number)
        assert producer.flush(30) == 0
        yield name


class Terminal:
    """What a person types, and everything that was shown."""

    def __init__(self, ours: int, theirs: int, running: subprocess.Popen[bytes]) -> None:
        self.running = running
        self.shown = ""
        self._ours, self._theirs = ours, theirs
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with suppress(OSError):
            while found := os.read(self._ours, 10_000):
                self.shown += found.decode()

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def says(self, pattern: str, seconds: float = 30.0) -> None:
        """Wait for it in what was shown since the last time, and take that as seen."""

        def is_there() -> bool:
            return re.search(pattern, self.shown) is not None

        eventually(is_there, seconds)
        self.shown = ""

    def settings(self) -> list[object]:
        return termios.tcgetattr(self._theirs)


@contextmanager
def in_a_terminal(*words: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_FRONT, *words], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    try:
        yield Terminal(ours, theirs, process)
    finally:
        process.kill()
        process.wait(30)
        os.close(theirs)
        os.close(ours)


def running(mini_cluster: Status, source: str, target: str, job: str) -> AbstractContextManager[Terminal]:
    """A replay at 100 records/s."""
    words = ["replay", source, "--to", target, "--job", job, "--rate", "100", "--chunk", "50", "-y"]
    return in_a_terminal(*words, "-b", mini_cluster.bootstrap)


def sent(mini_cluster: Status, job: str) -> int:
    ran = command_line.run("replay", "show", job, "-b", mini_cluster.bootstrap)
    found = re.search(r"^offsets_done: (\d+)$", ran.out.decode(), re.MULTILINE)
    return 0 if found is None else int(found[1])


def test_p_pauses_plus_and_minus_change_the_rate(mini_cluster: Status, source: str) -> None:
    job = f"job-{uuid.uuid4().hex[:8]}"
    with a_topic(mini_cluster, "copies", TAKES_ALL) as target:
        with running(mini_cluster, source, target, job) as terminal:
            before = terminal.settings()
            terminal.says("p pauses")
            terminal.says("sent [1-9].* at most 100/s")
            assert terminal.settings() != before
            terminal.press(b"p")
            terminal.says("paused: p goes on")
            there = sent(mini_cluster, job)
            terminal.press(b"-")
            terminal.says("paused.* at most 50/s")
            terminal.press(b"x\x1b[A\xff")
            terminal.press(b"++")
            terminal.says("paused.* at most 200/s")
            assert sent(mini_cluster, job) == there < RECORDS
            terminal.press(b"+" * 30)
            terminal.press(b"p")
            terminal.says(f"{RECORDS} records of {source} in {target}, each once".replace("3000", "3.?000"))
            assert terminal.running.wait(30) == 0
            assert terminal.settings() == before
        copied = read_by_confluent(mini_cluster, target, Isolation.COMMITTED)
        assert len(copied) == RECORDS


def test_ctrl_c_stops_it_while_it_is_paused(mini_cluster: Status, source: str) -> None:
    job = f"job-{uuid.uuid4().hex[:8]}"
    with (
        a_topic(mini_cluster, "copies", TAKES_ALL) as target,
        running(mini_cluster, source, target, job) as terminal,
    ):
        before = terminal.settings()
        terminal.says("sent [1-9]")
        terminal.press(b"p")
        terminal.says("paused")
        terminal.press(b"\x03")
        terminal.says(f"go on with: kafkatui replay resume {job}")
        assert terminal.running.wait(30) == 130
        assert terminal.settings() == before


def test_after_it_was_suspended_keys_are_read_again(mini_cluster: Status, source: str) -> None:
    job = f"job-{uuid.uuid4().hex[:8]}"
    with (
        a_topic(mini_cluster, "copies", TAKES_ALL) as target,
        running(mini_cluster, source, target, job) as terminal,
    ):
        cooked = terminal.settings()
        terminal.says("sent [1-9]")
        raw = terminal.settings()
        terminal.running.send_signal(signal.SIGSTOP)
        os.waitpid(terminal.running.pid, os.WUNTRACED)
        termios.tcsetattr(terminal._theirs, termios.TCSANOW, cooked)  # type: ignore[arg-type]
        terminal.running.send_signal(signal.SIGCONT)
        eventually(lambda: terminal.settings() == raw)
        terminal.press(b"p")
        terminal.says("paused")
