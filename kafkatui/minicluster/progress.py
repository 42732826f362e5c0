"""How a long step says how far it is. How it looks on a terminal belongs to the caller."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with what is being done now and, where it can be counted, how much of it."""

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        """`total` 0 means the step can not be counted. Never called from two threads at once.

        Called several times a second; what it raises ends the step, and what the step has started is ended too.
        """


def silent(step: str, done: int = 0, total: int = 0) -> None:
    """The progress of callers who do not want any."""
