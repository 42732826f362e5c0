"""One line on a terminal's stderr that is drawn again and again, and gets out of the way of data. No numbers here."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from kafkatui.safe_text import safe_text

_EVERY = 0.1
"""Seconds between two drawings."""
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """Draws what `words` say, at most ten times a second; nothing where nobody looks."""

    def __init__(self, words: Callable[[], str]) -> None:
        self._words = words
        self._on = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = False
        self._next = 0.0

    def draw(self, *, at_once: bool = False) -> None:
        """`at_once`: for what somebody waits to see."""
        now = time.monotonic()
        if not self._on or (now < self._next and not at_once):
            return
        self._next, self._shown = now + _EVERY, True
        width = shutil.get_terminal_size().columns - 1
        self._write(_CLEAR + safe_text(self._words())[:width])

    def clear(self) -> None:
        """Before anything else is written to the terminal."""
        if self._shown:
            self._shown = False
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()
