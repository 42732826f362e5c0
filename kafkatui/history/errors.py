"""What is raised for a history that can not be read or written. Nothing else lives here."""

from __future__ import annotations


class FrameError(Exception):
    """A reading that can not be kept, or bytes that are none; `str()` says what is wrong with it."""


class RecordingError(Exception):
    """A file that can not be read or written as a recording; `str()` is one sentence that names it."""

    def __init__(self, sentence: str, *, is_damaged: bool = False) -> None:
        """`is_damaged`: it is a recording, but not a whole one."""
        super().__init__(sentence)
        self.is_damaged = is_damaged
