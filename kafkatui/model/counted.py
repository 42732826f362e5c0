"""A count and what is counted, in words."""

from __future__ import annotations

from collections.abc import Callable


def counted(count: int, noun: str, written: Callable[[int], str] = str) -> str:
    """`1 record`, `2 records`."""
    return f"{written(count)} {noun if count == 1 else noun + 's'}"
