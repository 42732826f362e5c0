"""One line on a terminal's stderr that says how far something is, drawn over itself. Silent anywhere else."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress

from kafkatui.safe_text import display_width, safe_text, shorten

_SECONDS = 0.2
"""Between two drawings: nobody reads faster."""


class LiveLine:
    """Use `clear` before anything else is printed."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._next = time.monotonic() + _SECONDS
        self._is_drawn = False

    @property
    def is_due(self) -> bool:
        return self._shows and time.monotonic() >= self._next

    def draw(self, text: str) -> None:
        if not self.is_due:
            return
        self._next = time.monotonic() + _SECONDS
        width = shutil.get_terminal_size().columns - 1
        line = safe_text(text)
        while display_width(line) > width > 0:
            line = shorten(line, len(line) - 1)
        self._write(f"\r{line}\x1b[K")
        self._is_drawn = True

    def clear(self) -> None:
        if self._is_drawn:
            self._write("\r\x1b[K")
            self._is_drawn = False

    def _write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()
