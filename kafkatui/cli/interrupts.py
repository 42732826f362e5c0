"""Ctrl-C, SIGTERM and SIGHUP for commands: at once as long as nothing has begun, unwinding what has.

Python raises KeyboardInterrupt wherever it is, also where an import swallows it and prints a traceback. So until a
command has something to put away the process just ends. How a command that writes stops is in `stop`, how the screen
is left in `tui`.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    import asyncio

_Found = TypeVar("_Found")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_asked: list[int] = []
"""Numbers of the signals that came, in order."""
_taken: set[int] = set()
"""Those that this process answers; the others are ignored for it, as by nohup, or it is not ours alone."""


_line: list[tuple[int, list[Any]]] = []
"""The terminal we were started on, and its settings then."""


def take_over() -> None:
    """From now on a signal ends this process at once, with the exit code a shell has for it; not an ignored one."""
    for stream in range(3):
        with suppress(termios.error):
            _line.append((stream, termios.tcgetattr(stream)))
            break
    for number, usual in zip(ENDING, (signal.default_int_handler, signal.SIG_DFL, signal.SIG_DFL), strict=True):
        if signal.getsignal(number) is usual:
            signal.signal(number, _leave_at_once)
            _taken.add(number)


def takes(number: int) -> bool:
    """Whether `take_over` answers this signal."""
    return number in _taken


def note(number: int) -> None:
    """Remember for the exit code that this one came."""
    _asked.append(number)


def code_after(code: int) -> int:
    """The exit code of a command that ended with `code`: 128 + n where signal n interrupted it."""
    return 128 + _asked[0] if code == 128 + signal.SIGINT and _asked else code


def _leave_at_once(number: int, frame: FrameType | None) -> NoReturn:
    for stream, settings in _line:
        # Whoever asks for a password has taken the echo away. In the background the terminal is not ours to set.
        with suppress(OSError, termios.error):
            if os.tcgetpgrp(stream) == os.getpgrp() and termios.tcgetattr(stream) != settings:
                termios.tcsetattr(stream, termios.TCSANOW, settings)
    os._exit(128 + number)


def _unwind(number: int, frame: FrameType | None) -> NoReturn:
    note(number)
    raise KeyboardInterrupt


@contextmanager
def unwinding() -> Iterator[None]:
    """A signal raises KeyboardInterrupt here: for what waits without a loop and has something to put away."""
    with _handled(_unwind):
        yield


@contextmanager
def asking() -> Iterator[None]:
    """The same while a person is asked; also within a loop, which would go on waiting for the answer."""
    try:
        with unwinding():
            yield
    except KeyboardInterrupt:
        if takes(signal.SIGINT):
            sys.stderr.write("\n")
        raise


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _taken}
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def run(work: Coroutine[Any, Any, _Found]) -> _Found:
    """`asyncio.run`: the first signal cancels `work`, which unwinds and ends in KeyboardInterrupt; a second hurries.

    Unlike there, none can come between the loop and its handler.
    """
    import asyncio  # not for what reads no cluster

    if not _taken:
        return asyncio.run(work)
    runner = asyncio.Runner()
    running = _Running(runner.get_loop())
    # The loop is closed within: it gives Python its own handlers back for those that `Stop` had it take.
    with _handled(running.interrupt), runner:
        try:
            return runner.run(running.whole(work))
        except asyncio.CancelledError:
            if running.is_interrupted:
                raise KeyboardInterrupt from None
            raise


class _Running:
    """One work in its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_interrupted = False
        self._loop = loop
        self._task: asyncio.Task[Any] | None = None

    async def whole(self, work: Coroutine[Any, Any, _Found]) -> _Found:
        import asyncio

        self._task = asyncio.current_task()
        if self.is_interrupted:
            work.close()
            raise asyncio.CancelledError
        return await work

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        note(number)
        if self.is_interrupted:
            raise KeyboardInterrupt
        self.is_interrupted = True
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
