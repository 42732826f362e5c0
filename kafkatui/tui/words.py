"""The words a screen uses, each explained in one sentence, with what is on the screen as the example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kafkatui.columns.cells import SKELETON
from kafkatui.tui.widgets.table import Table

SIGN = "●"
"""Stands for a column of signs, which has no title."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a screen."""

    word: str
    sentence: str
    example: str = ""
    """Safe for a terminal."""


def words_of(tables: Iterable[Table[Any]]) -> list[Word]:
    """The columns of the tables, each with its value in the row under the cursor."""
    found: dict[str, Word] = {}
    for table in tables:
        for column in table.columns:
            if column.help and column.title not in found:
                found[column.title] = Word(column.title or SIGN, column.help, _example(table, column))
    return list(found.values())


def _example(table: Table[Any], column: Any) -> str:
    key = table.rows.cursor_key
    if key is None:
        return ""
    cell = table.rows.cell(key, column)
    name = next((table.rows.cell(key, each).text for each in table.columns if each.key == table.name_of), "")
    if not column.title or not cell.text or cell.text == SKELETON or column.key == table.name_of:
        return ""
    return f"{name}: {cell.text}"
