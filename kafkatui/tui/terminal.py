"""The terminal as the screen has it: nobody else writes there, a closed one ends the screen, and it is left as it was.

Textual's driver does the work. What it draws, and when it leaves, is decided elsewhere.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
from collections.abc import Callable
from typing import Any

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

GONE = 128 + signal.SIGHUP
"""The exit code when the terminal was closed, as if it had sent its signal."""
_LOOKS = 0.5
"""Seconds between two looks whether the terminal is still there: at the end of its input Textual reads on for ever."""
_STDERR = 2
LEAVE = (
    "\x1b[?2026l\x1b[?2048l\x1b[?2004l\x1b[?1016l\x1b[?1015l\x1b[?1006l\x1b[?1003l\x1b[?1000l\x1b[?1004l\x1b[?7h"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Everything off that Textual switches on, and the cursor on."""


class Terminal(LinuxDriver):
    """Textual's driver for this one app; see the module."""

    def __init__(self, app: Any, **how: Any) -> None:
        super().__init__(app, **how)
        self._leave: Callable[[int], bool] = app.leave
        self._file: Any = _Out(sys.__stderr__ if os.isatty(_STDERR) else sys.__stdout__, self._lose_soon)
        self._stderr: int | None = None
        self._is_on = False
        self._is_lost = False

    def start_application_mode(self) -> None:
        if not self._is_on:
            # Libraries that are not written in Python write there whatever Python does.
            self._stderr = os.dup(_STDERR)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, _STDERR)
            os.close(nowhere)
            self._is_on = True
            self._loop.call_later(_LOOKS, self._look)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGWINCH, self._resized)

    def stop_application_mode(self) -> None:
        if self._mouse_pixels:
            self.write("\x1b[?1016l")
        super().stop_application_mode()
        if self._stderr is not None:
            os.dup2(self._stderr, _STDERR)
            os.close(self._stderr)
            self._stderr = None
        self._is_on = False

    def _resized(self, *_: object) -> None:
        """Textual looks at the size at once: where the next signal comes just then, the older size is told last."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell_size)

    def _tell_size(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    def _get_terminal_size(self) -> tuple[int, int]:
        """Textual's own is wrong where it is told a size of nought, or where stdout is no terminal."""
        width, height = super()._get_terminal_size()
        return max(width, 1), max(height, 1)

    def _run_input_thread(self) -> None:
        """An end of the input is the end of the screen; anything else is a bug like any other."""
        try:
            self.run_input_thread()
        except OSError:
            self._lose_soon()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def _look(self) -> None:
        """While it is on: whether anybody holds the other end."""
        if not self._is_on:
            return
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(state & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, state in poll.poll(0)):
            self._lose()
        else:
            self._loop.call_later(_LOOKS, self._look)

    def _lose_soon(self) -> None:
        """From any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._lose)

    def _lose(self) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._leave(self._app.return_code or GONE)

    # Ctrl-Z of a shell, and back. A signal may come while the output is being handed over: acted on there, it would
    # wait for itself for ever.

    def _sigtstp_application(self, *_: object) -> None:
        if self._auto_restart:
            self._loop.call_soon_threadsafe(self._suspend)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _suspend(self) -> None:
        if self._is_on:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        if self._auto_restart:
            self._loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        """Also after a stop that it was not told of: the shell has its own settings in force again."""
        if not self._app._running:
            return
        if self._is_on:
            self.suspend_application_mode()
            self._must_signal_resume = True
        self.resume_application_mode()


class _Out:
    """What is written to a terminal that is gone goes nowhere, and is told once."""

    def __init__(self, file: Any, lost: Callable[[], None]) -> None:
        # Its own descriptor: the one of stderr is turned away while the screen is there.
        self._file = open(  # noqa: SIM115, PTH123 lives as long as the driver
            os.dup(file.fileno()), "w", encoding="utf-8", errors="backslashreplace", newline=""
        )
        self._lost = lost
        self._is_lost = False

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def _try(self, work: Callable[[], object]) -> None:
        if self._is_lost:
            return
        try:
            work()
        except OSError:
            self._is_lost = True
            self._lost()


class Before:
    """The terminal as it was found, to be given back whatever happens in between."""

    def __init__(self) -> None:
        self._input = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        self._output = next((each for each in (_STDERR, 1) if os.isatty(each)), -1)
        self._way_out = os.dup(self._output) if self._output >= 0 else -1
        self._settings = _settings(self._input)

    def restore(self) -> None:
        """At once, without waiting for anything that is still to be shown."""
        if self._settings is not None:
            try:
                termios.tcflush(self._input, termios.TCIOFLUSH)
                termios.tcsetattr(self._input, termios.TCSANOW, self._settings)
            except termios.error:
                return
        if self._way_out >= 0:
            os.set_blocking(self._way_out, False)
            try:
                os.write(self._way_out, LEAVE.encode())
            except OSError:
                return
            finally:
                os.set_blocking(self._way_out, True)


def _settings(descriptor: int) -> list[Any] | None:
    try:
        return termios.tcgetattr(descriptor)
    except termios.error:
        return None
