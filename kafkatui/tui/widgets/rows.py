"""Which rows of a table are shown, and in which order: pure, over the cells of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kafkatui.columns.cells import Cell

CellOf = Callable[[str], Cell]
"""The cell of the row with this key, in the column meant."""


@dataclass(frozen=True, slots=True)
class Order:
    """The column rows are sorted by; no column means the order they came in."""

    column: str | None = None
    reverse: bool = False


def ordered(keys: Iterable[str], cell: CellOf, reverse: bool) -> list[str]:
    """Sorted by one column; rows whose value is not known stay last either way."""
    cells = [(cell(key).sort, key) for key in keys]
    known = sorted((each for each in cells if each[0][0] == 0), key=lambda each: each[0], reverse=reverse)
    return [key for _, key in known] + [key for sort, key in cells if sort[0] != 0]


def matching(keys: Iterable[str], cells: Sequence[CellOf], query: str) -> list[str]:
    """The rows in which every word of `query` is found; a word after `!` must not be there."""
    words = query.casefold().split()
    if not words:
        return list(keys)
    return [key for key in keys if _matches(" ".join(cell(key).text for cell in cells).casefold(), words)]


def _matches(text: str, words: Sequence[str]) -> bool:
    return all(word[1:] not in text if word.startswith("!") and len(word) > 1 else word in text for word in words)
