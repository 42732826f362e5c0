"""How soon the screen shows data and answers a key while it refreshes: the whole program under a pseudo terminal.

    python -m dev.bench.screen

Starts its own mini-cluster with its load on this machine and ends it. Writes the section `screen` of `results.md`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dev.bench.results import machine, replace_section
from kafkatui.minicluster import cluster
from kafkatui.minicluster.load import keep_living
from kafkatui.minicluster.seed import seed

SIZES = ((160, 45), (80, 24))
STARTS = 5
KEYS = 60
GIVE_UP_SECONDS = 20.0
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
FIRST_DATA = re.compile(rb"3/3 brokers")


class Screen:
    """The program under a pseudo terminal of one size."""

    def __init__(self, bootstrap: str, columns: int, rows: int, program: Sequence[str] = ("kafkatui",)) -> None:
        """`program`: a module that is run, and what goes before its other arguments."""
        self.started = time.perf_counter()
        self.seen = b""
        """What was painted since it was last waited for something."""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(sys.executable, [sys.executable, "-m", *program, "-b", bootstrap])
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, holds: Callable[[bytes], bool]) -> float:
        """Read what it paints until `holds` for all of it; the time then. Raises TimeoutError."""
        self.seen = seen = b""
        deadline = time.perf_counter() + GIVE_UP_SECONDS
        while time.perf_counter() < deadline:
            if select.select([self._terminal], [], [], 0.5)[0]:
                self.seen = seen = seen + os.read(self._terminal, 65_536)
                if holds(seen):
                    return time.perf_counter()
        raise TimeoutError(re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]| +", b" ", seen)[-1_500:])

    def write(self, keys: bytes) -> None:
        """Type them."""
        os.write(self._terminal, keys)

    def drain(self) -> None:
        """Read what is painted now, so that an answer to a key is not taken for it."""
        while select.select([self._terminal], [], [], 0)[0]:
            self.seen += os.read(self._terminal, 65_536)

    def pause(self, seconds: float) -> None:
        """Wait as a person does: the terminal goes on reading, so that nothing piles up in the program."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                self.seen += os.read(self._terminal, 65_536)

    def answer_to(self, key: bytes) -> float:
        """Seconds from a key to the first byte painted after it."""
        self.drain()
        pressed = time.perf_counter()
        os.write(self._terminal, key)
        return self.read_until(bool) - pressed

    def close(self) -> None:
        """Leave it with its own key."""
        os.write(self._terminal, b"q")
        while True:
            try:
                if not os.read(self._terminal, 65_536):
                    break
            except OSError:
                break
        os.waitpid(self.pid, 0)
        os.close(self._terminal)


def shows(*words: str) -> Callable[[bytes], bool]:
    """Whether they were painted, in whatever colours."""
    wanted = [word.encode() for word in words]
    return lambda seen: all(word in _COLOURS.sub(b"", seen) for word in wanted)


def main() -> None:
    """Measure both sizes and write the table."""
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        try:
            running = cluster.up(3, "java", home=home)
            asyncio.run(seed(running.bootstrap))
            keep_living(running)
            rows = [_measure(running.bootstrap, columns, lines) for columns, lines in SIZES]
        finally:
            cluster.down(home)
    head = "| size | first data s (median, most) | key to paint ms (median, 95 %, most) |\n|---|---|---|"
    what = "The living sample world; `j` and `k` in Topics, a key every 50 to 150 ms, while it refreshes every second."
    text = "\n".join([f"## screen\n\n`python -m dev.bench.screen` {machine()}\n{what}\n", head, *rows, ""])
    replace_section("screen", text)
    print(text)  # noqa: T201


def _measure(bootstrap: str, columns: int, lines: int) -> str:
    first = []
    for _ in range(STARTS):
        screen = Screen(bootstrap, columns, lines)
        first.append(screen.read_until(lambda seen: FIRST_DATA.search(seen) is not None) - screen.started)
        screen.close()
    screen = Screen(bootstrap, columns, lines)
    screen.read_until(lambda seen: FIRST_DATA.search(seen) is not None)
    screen.answer_to(b"2")
    answers = sorted(_pressed(screen, number) * 1000 for number in range(KEYS))
    screen.close()
    late = answers[round(len(answers) * 0.95) - 1]
    return (
        f"| {columns}x{lines} | {statistics.median(first):.2f}, {max(first):.2f} "
        f"| {statistics.median(answers):.0f}, {late:.0f}, {answers[-1]:.0f} |"
    )


def _pressed(screen: Screen, number: int) -> float:
    # Spread over the second between two refreshes.
    screen.pause(0.05 + number % 11 / 100)
    return screen.answer_to(b"jjjjkkkk"[number % 8 : number % 8 + 1])


if __name__ == "__main__":
    main()
