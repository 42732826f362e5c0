"""The program in a terminal and a session of its own, and what it left switched on there when it ended."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import kafkatui

ROOT = Path(kafkatui.__file__).parents[1]
ENTER = b"\x1b[?1049h"
"""The other screen is switched on."""
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_SHOWN_AT_FIRST = {b"25", b"7"}
"""The cursor, and lines that wrap."""
_KITTY = re.compile(rb"\x1b\[([<>])\d*u")
_LAST = b"\0"
KAFKATUI = (sys.executable, "-m", "kafkatui")


def rest_of(terminal: int) -> bytes:
    """What is shown until nobody holds the other end any more, which Linux tells by EIO.

    A terminal hands out in pieces what was written to it, some of them when the program has ended already.
    """
    shown = b""
    with suppress(OSError):
        while more := os.read(terminal, 65_536):
            shown += more
    return shown


class Terminal:
    """To be used in a `with`; whatever still runs at its end is killed."""

    def __init__(
        self,
        *arguments: str,
        command: Sequence[str] = KAFKATUI,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (100, 30),
    ) -> None:
        """`env`: more variables, an empty one is taken away. `size`: columns and lines."""
        self.master, self.slave = os.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.shown = b""
        variables = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        self.running = subprocess.Popen(
            [*command, *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=ROOT,
            env={name: value for name, value in variables.items() if value},
            start_new_session=True,
            preexec_fn=_own_terminal,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running.poll() is None:
            self.running.kill()
        self.running.wait()
        for each in (self.master, self.slave):
            if each >= 0:
                os.close(each)

    def resize(self, columns: int, lines: int) -> None:
        """The kernel tells the program by SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def until(self, text: bytes, seconds: float = 30) -> None:
        """Read until it was shown; what styles the text is left out. Fails with what was shown instead."""
        deadline = time.monotonic() + seconds
        while text not in self.shown and text not in self.plain:
            assert time.monotonic() < deadline, self.plain[-3000:]
            assert self._read(0.1) or self.running.poll() is None, (self.running.returncode, self.plain[-3000:])

    @property
    def plain(self) -> bytes:
        return re.sub(rb"\x1b(?:\[[\d;:?<>=]*[a-zA-Z]|[()].|[=>])", b"", self.shown)

    def ended(self, seconds: float = 30) -> int:
        """The exit code, 128 + n where signal n killed it as in a shell."""
        deadline = time.monotonic() + seconds
        while self.running.poll() is None:
            assert time.monotonic() < deadline, self.plain[-3000:]
            if self.master >= 0:
                self._read(0.02)
        if self.master >= 0:
            # What it wrote is handed out in pieces, some of them later; all of them come before this one.
            os.write(self.slave, _LAST)
            while not self.shown.endswith(_LAST):
                assert self._read(1), self.plain[-3000:]
            self.shown = self.shown.removesuffix(_LAST)
        code = self.running.returncode
        return code if code >= 0 else 128 - code

    def hang_up(self) -> None:
        """As when the window is closed: the session's leader gets SIGHUP, and nobody reads any more."""
        for name in ("slave", "master"):
            os.close(getattr(self, name))
            setattr(self, name, -1)

    def left_on(self) -> list[str]:
        """What is not as it was: settings of the line, modes of the terminal, the cursor."""
        last: dict[bytes, bytes] = {}
        for numbers, switch in _MODE.findall(self.shown):
            last.update(dict.fromkeys(numbers.split(b";"), switch))
        odd = [f"?{number.decode()}{switch.decode()}" for number, switch in last.items() if _is_odd(number, switch)]
        kitty = _KITTY.findall(self.shown)
        if kitty.count(b">") != kitty.count(b"<"):
            odd.append("kitty keyboard")
        if termios.tcgetattr(self.slave) != self.before:
            odd.append("line settings")
        return odd

    def said(self) -> bytes:
        """What is on the terminal after the other screen was left, or at all if it was never there."""
        return self.shown[self.shown.rfind(b"\x1b[?1049l") + 1 :]

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.shown += os.read(self.master, 65536)
        return True


def _is_odd(number: bytes, switch: bytes) -> bool:
    return (switch == b"l") == (number in _SHOWN_AT_FIRST)


def _own_terminal() -> None:
    """A session of its own has this as its terminal, so that its keys make signals."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
