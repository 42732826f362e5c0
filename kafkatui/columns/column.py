"""What a column is, and which of them fit. The columns of each kind of thing are in the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kafkatui.columns.cells import Cell

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a table of `Row`s."""

    key: str
    """Stable: what sorting, scripts and tests call it."""
    title: str
    cell: Callable[[Row], Cell]
    rank: int = 0
    """0 always stays; of the others the highest goes first when there is no room."""
    right: bool = False
    """Numbers stand to the right."""
    width: int = 8
    """Terminal cells it wants, for deciding what fits; a table may make it wider."""
    help: str = ""
    """One sentence for the help of the screen."""


def fitting(columns: Sequence[Column[Row]], width: int, gap: int = 2) -> list[Column[Row]]:
    """The columns that fit into `width` terminal cells, the highest ranks given up first."""
    kept = list(columns)
    while _needed(kept, gap) > width:
        worst = max(kept, key=lambda column: column.rank)
        if worst.rank == 0:
            break
        kept.remove(worst)
    return kept


def _needed(columns: Sequence[Column[Row]], gap: int) -> int:
    return sum(column.width + gap for column in columns)
