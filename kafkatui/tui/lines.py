"""Columns of the screens made from the columns everyone shares. What a column shows stays in `kafkatui.columns`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kafkatui.columns.cells import Cell
from kafkatui.columns.column import Column

Line = TypeVar("Line")
Row = TypeVar("Row")

TREND_WIDTH = 16


def lifted(column: Column[Row], row_of: Callable[[Line], Row]) -> Column[Line]:
    """The same column for lines that hold more than the row."""
    return Column(
        column.key,
        column.title,
        lambda line: column.cell(row_of(line)),
        column.rank,
        column.right,
        column.width,
        column.help,
    )


def trend_column(cell: Callable[[Line], Cell], sentence: str, rank: int = 6) -> Column[Line]:
    """A sparkline beside the number it belongs to."""
    return Column("trend", "trend", cell, rank=rank, width=TREND_WIDTH, help=sentence)
