"""Plain aligned text for people and awk: one line a row, no colours, no separators in numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from kafkatui.columns.cells import NOTHING, UNKNOWN, Cell
from kafkatui.columns.column import Column, fitting
from kafkatui.safe_text import display_width, safe_text

Row = TypeVar("Row")
GAP = 2
_EMPTY = "-"
_PROSE = ("problem", "message")
"""The last column of a table may be free text: it is neither padded nor given a sign when there is none."""


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """Rows and what to show of them."""

    columns: Sequence[Column[Row]]
    rows: Sequence[Row]
    unread: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    """Rows of which only these columns are known, by the column's key."""

    def lines(self, *, headers: bool = True, width: int | None = None) -> Iterator[str]:
        """`width` is a terminal's; without one nothing is left out."""
        texts = {column.key: [_text(column.cell(row)) for row in self.rows] for column in self.columns}
        for known in self.unread:
            for column in self.columns:
                texts[column.key].append(safe_text(known.get(column.key, UNKNOWN)))
        columns = [_sized(column, texts[column.key], headers=headers) for column in self.columns]
        if width is not None:
            columns = _fitted(columns, width)
        shown = [_padded(column, texts[column.key], headers=headers) for column in columns]
        for parts in zip(*shown, strict=True):
            yield (" " * GAP).join(parts).rstrip(" ")


def plain(columns: Sequence[Column[Row]], *, without: Collection[str] = ()) -> list[Column[Row]]:
    """A screen's columns as a script wants them: the name first, the status beside the problem."""
    kept = [column for column in columns if column.key not in without]
    last = {"status": 1, "problem": 2}
    return sorted(kept, key=lambda column: last.get(column.key, 0))


def heading(key: str) -> str:
    """A column's header: its key without blanks, so that awk counts headers and cells alike."""
    return key.upper().replace("_", "-")


def _text(cell: Cell) -> str:
    if cell.raw is None:
        return _EMPTY if cell.text == NOTHING else UNKNOWN
    return str(cell.raw)


def _sized(column: Column[Row], texts: Sequence[str], *, headers: bool) -> Column[Row]:
    # A column of plain ASCII, as most are, is as wide as it is long: asking each text would take a third of the time.
    measure = len if "".join(texts).isascii() else display_width
    widest = max(map(measure, texts), default=0)
    return replace(column, width=max(widest, len(heading(column.key)) if headers else 0))


def _fitted(columns: list[Column[Row]], width: int) -> list[Column[Row]]:
    """What fits; the prose at the end takes what is left instead of pushing numbers out."""
    modest = [replace(column, width=min(column.width, 16)) if column.key in _PROSE else column for column in columns]
    kept = fitting(modest, width + GAP, GAP)
    left = width - sum(column.width + GAP for column in kept if column.key not in _PROSE)
    return [replace(column, width=max(left, 16)) if column.key in _PROSE else column for column in kept]


def _padded(column: Column[Row], texts: Sequence[str], *, headers: bool) -> list[str]:
    lines = [heading(column.key), *texts] if headers else list(texts)
    if column.key in _PROSE:
        return [_cut(line, column.width) for line in lines]
    align = str.rjust if column.right else str.ljust
    if "".join(lines).isascii():
        return [align(line or _EMPTY, column.width) for line in lines]
    return [align(line or _EMPTY, column.width - _hidden_width(line)) for line in lines]


def _hidden_width(text: str) -> int:
    """Cells a text takes beyond its characters; less than nothing for combining marks."""
    return 0 if text.isascii() else display_width(text) - len(text)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
