"""How wide each column of a table is: pure arithmetic, so that nothing jumps when a number changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from kafkatui.columns.column import Column, fitting

GAP = 2
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Placed(Generic[Row]):
    """A column that fits, and the terminal cells it gets."""

    column: Column[Row]
    width: int


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
    return tuple(Placed(column, max(1, min(widths[column.key], width))) for column in kept)


def _least(column: Column[Row], natural: int) -> int:
    if column.right:
        return max(column.width, len(column.title))
    return max(len(column.title), min(natural, column.width))
