"""How wide each column of a table is: pure arithmetic, so that nothing jumps when a number changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from kafkatui.columns.cells import Cell
from kafkatui.columns.column import Column, fitting
from kafkatui.safe_text import display_width

GAP = 2
LEAST_TEXT = 4
"""Terminal cells a text keeps, however narrow the screen."""
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Placed(Generic[Row]):
    """A column that fits, and the terminal cells it gets."""

    column: Column[Row]
    width: int


class Natural(Generic[Row]):
    """The widest text seen in each column. It never shrinks, so that nothing jumps back and forth."""

    def __init__(self, columns: Sequence[Column[Row]]) -> None:
        self.widths: dict[str, int] = {}
        self._columns = [column for column in columns if column.width > 1]

    def grow(self, keys: Sequence[str], cell: Callable[[str, Column[Row]], Cell], numbers_too: bool) -> bool:
        """Look at these rows; True when a column must be wider. Numbers have their width and seldom need looking at."""
        grown = False
        for column in self._columns:
            if column.right and not numbers_too:
                continue
            widest = max((display_width(cell(key, column).text) for key in keys), default=0)
            if widest > self.widths.get(column.key, 0):
                self.widths[column.key] = widest
                grown = True
        return grown


def placed(columns: Sequence[Column[Row]], natural: Mapping[str, int], width: int) -> tuple[Placed[Row], ...]:
    """The columns that fit into `width`; `natural` is the widest text seen in each.

    Numbers keep the width they ask for. Texts start from what they need, at most what they ask for, and then share
    what is left, the most important first.
    """
    wished = [replace(column, width=_least(column, natural.get(column.key, 0))) for column in columns]
    kept = fitting(wished, width + GAP, GAP)
    widths = {column.key: column.width for column in kept}
    spare = width - sum(widths.values()) - GAP * (len(kept) - 1)
    for column in sorted(kept, key=lambda column: column.rank):
        more = max(0, min(spare, natural.get(column.key, 0) - column.width))
        widths[column.key] += more
        spare -= more
    _give_up(kept, widths, -spare)
    return tuple(Placed(column, max(1, min(widths[column.key], width))) for column in kept)


def _give_up(kept: Sequence[Column[Row]], widths: dict[str, int], short: int) -> None:
    """Take what is `short` from the widest texts: they end in an ellipsis, but a number cut off is another number."""
    texts = [column.key for column in kept if not column.right]
    while short > 0 and texts:
        widest = max(texts, key=widths.__getitem__)
        if widths[widest] <= LEAST_TEXT:
            break
        widths[widest] -= 1
        short -= 1


def _least(column: Column[Row], natural: int) -> int:
    if column.right:
        return max(column.width, len(column.title))
    return max(len(column.title), min(natural, column.width))
