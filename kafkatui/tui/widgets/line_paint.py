"""Paints the lines of records: pieces in, strips out, in the colours of the widget's own component classes."""

from __future__ import annotations

from functools import cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from kafkatui.tui.records.line import PARTS, Line

ROW_KINDS = ("", "cursor", "cursor-away", "marked")
"""What a whole line may be, besides what its pieces mean."""
CLASSES = frozenset({*(f"line--{part}" for part in PARTS), *(f"line--{kind}" for kind in ROW_KINDS if kind)})


class LinePainter:
    """For one widget, as it looks now."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._style = cache(self._styled)

    def _styled(self, part: str, kind: str) -> Style:
        style = self._widget.rich_style
        if part != "normal":
            style += self._widget.get_component_rich_style(f"line--{part}", partial=True)
        if kind and part != "lit":
            style += self._widget.get_component_rich_style(f"line--{kind}", partial=True)
        return style

    def strip(self, line: Line, width: int, kind: str = "") -> Strip:
        """Exactly `width` cells, an ellipsis where it is cut; one empty cell on the left."""
        blank = self._style("normal", kind)
        strip = Strip([Segment(" ", blank), *(Segment(each.text, self._style(each.part, kind)) for each in line)])
        if strip.cell_length > width:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", self._style("muted", kind))])
        return strip.adjust_cell_length(width, blank)
