"""The keys of a person who watches a job in a terminal: pause, another rate. What a job does then is its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from kafkatui.replay.pace import next_rate
from kafkatui.replay.run import Run

KEYS = "p pauses, + and - change the rate, Ctrl-C stops"


class RunKeys:
    """Reads single keys as long as the block lasts; nothing where nobody can press any."""

    def __init__(self, run: Run, changed: Callable[[], None]) -> None:
        """`changed` is called after each key that did something."""
        self._run = run
        self._changed = changed
        self._terminal = -1

    @contextmanager
    def read(self) -> Iterator[bool]:
        """Whether keys are read."""
        if not _is_somebody_there():
            yield False
            return
        self._terminal = sys.stdin.fileno()
        loop, before = asyncio.get_running_loop(), termios.tcgetattr(self._terminal)
        self._quiet()
        loop.add_reader(self._terminal, self._pressed)
        # A shell gives a job that was suspended its own settings back.
        loop.add_signal_handler(signal.SIGCONT, self._quiet)
        try:
            yield True
        finally:
            loop.remove_reader(self._terminal)
            loop.remove_signal_handler(signal.SIGCONT)
            with suppress(termios.error):
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, before)

    def _quiet(self) -> None:
        """Keys come one by one and are not shown; Ctrl-C and Ctrl-Z stay what they are."""
        if _is_ours(self._terminal):
            with suppress(termios.error):
                tty.setcbreak(self._terminal, termios.TCSADRAIN)

    def _pressed(self) -> None:
        try:
            found = os.read(self._terminal, 64)
        except OSError:
            found = b""
        if not found:
            # The terminal is gone; the job goes on without it.
            asyncio.get_running_loop().remove_reader(self._terminal)
        for key in found.decode("ascii", "ignore"):
            self._act(key)

    def _act(self, key: str) -> None:
        run = self._run
        if key == "p":
            run.pause(not run.state.paused)
        elif key in "+=-":
            run.rate = next_rate(run.rate, run.state.rate, faster=key != "-")
        else:
            return
        self._changed()


def _is_somebody_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty() and _is_ours(sys.stdin.fileno())


def _is_ours(terminal: int) -> bool:
    """Whether we run in its foreground: it stops a job in the background that changes its settings."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
