"""The rows of a table: keyed, in order, filtered, with the cursor on one of them. Nothing here is painted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from kafkatui.columns.cells import Cell
from kafkatui.columns.column import Column
from kafkatui.model.error_words import with_hint

Row = TypeVar("Row")

At: TypeAlias = tuple[str, str]
"""The key of a row and of a column."""

CellOf = Callable[[str], Cell]
"""The cell of the row with this key, in the column meant."""


@dataclass(frozen=True, slots=True)
class Order:
    """The column rows are sorted by; no column means the order they came in."""

    column: str | None = None
    reverse: bool = False


class Rows(Generic[Row]):
    """The newest rows. Cells are made when asked for and kept until newer rows come."""

    def __init__(
        self, columns: Sequence[Column[Row]], key: Callable[[Row], str], order: Order, newest_first: bool = False
    ) -> None:
        """`newest_first`: a cursor on the first row stays on the first row, whatever comes in above."""
        self.columns = tuple(columns)
        self.keys: list[str] = []
        """The rows shown, in their order."""
        self.cursor = 0
        """The number of the row the cursor is on."""
        self.pending = True
        """Whether no rows were read yet."""
        self.order = order
        self.filter = ""
        self._key = key
        self._newest_first = newest_first
        self._rows: dict[str, Row] = {}
        self._cells: dict[At, Cell] = {}

    def __len__(self) -> int:
        """All rows, also those a filter hides."""
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def take(self, rows: Iterable[Row] | None) -> bool:
        """Newer rows, not in order yet; None: they are not read yet. True when others are there than before."""
        known = self._rows.keys()
        self.pending = rows is None
        self._rows = {} if rows is None else {self._key(row): row for row in rows}
        self._cells = {}
        return known != self._rows.keys()

    def first(self, count: int) -> list[str]:
        """The keys of the first rows as they came."""
        return [key for key, _ in zip(self._rows, range(count), strict=False)]

    def cell(self, key: str, column: Column[Row]) -> Cell:
        """What one column shows of one row."""
        found = self._cells.get((key, column.key))
        if found is None:
            found = self._cells[key, column.key] = column.cell(self._rows[key])
        return found

    def made(self, keys: Iterable[str]) -> dict[At, Cell]:
        """The cells of these rows that were asked for since the rows came."""
        wanted = set(keys)
        return {at: cell for at, cell in self._cells.items() if at[0] in wanted}

    @property
    def cursor_key(self) -> str | None:
        return self.keys[self.cursor] if self.keys else None

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        key = self.cursor_key
        return None if key is None else self._rows[key]

    def reason(self) -> str:
        """Why something in the row under the cursor is not known or not well, and what helps where Kafka says why."""
        key = self.cursor_key
        if key is None:
            return ""
        reasons = [self.cell(key, column).reason for column in self.columns]
        return " · ".join(dict.fromkeys(with_hint(reason) for reason in reasons if reason))

    def clamped(self, index: int) -> int:
        return max(0, min(index, len(self.keys) - 1))

    def arrange(self) -> int:
        """Filter and sort; the cursor stays on its row. By how many rows it moved."""
        on, was = self.cursor_key, self.cursor
        keys = matching(self._rows, [self._cells_of(column) for column in self.columns], self.filter)
        column = next((each for each in self.columns if each.key == self.order.column), None)
        self.keys = keys if column is None else ordered(keys, self._cells_of(column), self.order.reverse)
        self.cursor = self._new_cursor(on, was)
        return self.cursor - was

    def _cells_of(self, column: Column[Row]) -> CellOf:
        return lambda key: self.cell(key, column)

    def _new_cursor(self, on: str | None, was: int) -> int:
        if on is None or on not in self._rows or (self._newest_first and was == 0):
            return self.clamped(was)
        return self.keys.index(on) if on in self.keys else self.clamped(was)


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
