"""How a line of a table looks: cells and widths in, strips out. It knows no rows and no keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from kafkatui.columns.cells import SKELETON, Cell, Tone
from kafkatui.safe_text import shorten
from kafkatui.tui.widgets.rows import Order
from kafkatui.tui.widgets.widths import GAP, Placed

PARTS = (
    "table--header",
    "table--sorted",
    "table--cursor",
    "table--cursor-away",
    "table--glow",
    "table--trend",
    *(f"table--{tone.value}" for tone in Tone),
)
"""The component classes the style sheet gives colours to."""

Drawn = tuple[Placed[Any], Cell, bool]
"""A column, its cell, and whether it glows."""


class Painter:
    """Draws the lines of one table in the colours it has now."""

    def __init__(self, table: Widget) -> None:
        self._table = table
        self._style = cache(self._styled)

    def _styled(self, tone: Tone, cursor: bool, glow: bool, focus: bool) -> Style:
        style = self._table.rich_style + self._part(f"table--{tone.value}")
        if glow:
            style += self._part("table--glow")
        if cursor:
            style += self._part("table--cursor" if focus else "table--cursor-away")
        return style

    def _part(self, name: str) -> Style:
        return self._table.get_component_rich_style(name, partial=True)

    def header(self, columns: Sequence[Placed[Any]], order: Order, width: int) -> Strip:
        plain = self._table.rich_style + self._part("table--header")
        lit = plain + self._part("table--sorted")
        segments = []
        for index, each in enumerate(columns):
            is_sorted = each.column.key == order.column
            arrow = ("▼" if order.reverse else "▲") if is_sorted else " "
            title = _fit(each.column.title, each.width, each.column.right)
            lead = (GAP if index else 1) + len(title) - len(title.lstrip())
            text = arrow.rjust(lead) + title.lstrip() if title.strip() else (arrow + title).rjust(lead)
            segments.append(Segment(text, lit if is_sorted else plain))
        return Strip(segments).adjust_cell_length(width, plain)

    def row(self, cells: Sequence[Drawn], width: int, cursor: bool = False) -> Strip:
        focus = self._table.has_focus
        blank = self._style(Tone.NORMAL, cursor, False, focus)
        return Strip(list(self._segments(cells, cursor, focus, blank))).adjust_cell_length(width, blank)

    def _segments(self, cells: Sequence[Drawn], cursor: bool, focus: bool, blank: Style) -> Iterator[Segment]:
        for index, (each, cell, glow) in enumerate(cells):
            yield Segment(" " * (GAP if index else 1), blank)
            text = _fit(cell.text, each.width, each.column.right)
            if each.column.key == "trend":
                yield Segment(text, blank + self._part("table--trend"))
                continue
            style = self._style(cell.tone, cursor, glow, focus)
            bare = text.strip(" ") if glow else text
            before = text.index(bare)
            yield Segment(" " * before, blank)
            yield Segment(bare, style)
            yield Segment(" " * (len(text) - before - len(bare)), blank)

    def skeleton(self, columns: Sequence[Placed[Any]], width: int) -> Strip:
        """A row that is not read yet."""
        return self.row([(each, Cell(SKELETON, Tone.MUTED), False) for each in columns], width)

    def note(self, text: str, width: int) -> Strip:
        """A line that is no row."""
        style = self._style(Tone.MUTED, False, False, False)
        return Strip([Segment(f" {text}", style)]).adjust_cell_length(width, style)


def _fit(text: str, width: int, right: bool) -> str:
    """Exactly `width` terminal cells; a sentence too long loses its end, a name its middle."""
    if cell_len(text) > width:
        text = f"{set_cell_size(text, width - 1)}…" if " " in text else shorten(text, width)
        text = set_cell_size(text, width)
    return " " * (width - cell_len(text)) + text if right else set_cell_size(text, width)
