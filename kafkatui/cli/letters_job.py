"""What a command about dead letters asks for: a plain value."""

from __future__ import annotations

from dataclasses import dataclass

from kafkatui.cli.flags import Printing
from kafkatui.model.positions import Range

LISTED = 1_000
"""Newest records of each topic that a list looks at for causes."""


@dataclass(frozen=True, slots=True)
class Job:
    """One command line, understood."""

    topics: tuple[str, ...]
    """Names and globs; none: every topic with dead letters."""
    partitions: frozenset[int] | None
    range: Range
    last: int | None
    """Only the newest so many of each topic."""
    printing: Printing
    cause: str | None = None
    most: int = 10
    origin: bool = False
    full: bool = False
