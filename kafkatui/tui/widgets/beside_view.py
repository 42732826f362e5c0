"""A dead letter and its origin beside each other, or below where it is narrow. The lines are `tui.letters.beside`'s."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kafkatui.tui.keys import bindings
from kafkatui.tui.letters.beside import Comparison, Row
from kafkatui.tui.messages import Say
from kafkatui.tui.records.line import Piece
from kafkatui.tui.widgets.extent import extend
from kafkatui.tui.widgets.line_paint import CLASSES, LinePainter

NARROW = 100
"""Terminal cells below which two records do not stand beside each other."""


class BesideView(ScrollView, can_focus=True):
    """Scrolls; it has no cursor."""

    BINDINGS = bindings("beside")
    COMPONENT_CLASSES: ClassVar[set[str]] = set(CLASSES)

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.comparison: Comparison | None = None
        self.nothing = ""
        """Said instead of a record."""
        self._rows: list[Row] = []
        self._painter: LinePainter | None = None

    def show(self, comparison: Comparison | None, nothing: str = "") -> None:
        """Of the same letter what is unfolded stays so, and where one is."""
        before, self.comparison, self.nothing = self.comparison, comparison, nothing
        is_same = before is not None and comparison is not None and before.letter is comparison.letter
        if before is not None and comparison is not None and is_same:
            comparison.is_unfolded = before.is_unfolded
        else:
            self.scroll_to(y=0, animate=False, immediate=True)
        self._make()

    @property
    def _width(self) -> int:
        return max(20, self.scrollable_content_region.width - 2)

    def _make(self) -> None:
        width, comparison = self._width, self.comparison
        self._rows = [] if comparison is None else comparison.lines(width, is_narrow=width < NARROW)
        extend(self, Size(self.scrollable_content_region.width, max(1, len(self._rows))))
        self.refresh()

    def on_resize(self) -> None:
        self._make()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def render_line(self, y: int) -> Strip:
        painter = self._painter = self._painter or LinePainter(self)
        width, number = self.scrollable_content_region.width, y + self.scroll_offset.y
        if self.comparison is None:
            return painter.strip((Piece(self.nothing, "muted"),) if number == 0 else (), width)
        if number >= len(self._rows):
            return painter.strip((), width)
        row = self._rows[number]
        if row.is_wide:
            return painter.strip(row.left, width)
        half = (width - 1) // 2
        rule = Strip([Segment("│", self.get_component_rich_style("line--faint"))])
        return Strip.join([painter.strip(row.left, half), rule, painter.strip(row.right, width - half - 1)])

    # Keys

    def why_not(self, action: str) -> str:
        return "there is no dead letter here" if self.comparison is None else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_not(action) else True

    def action_move(self, by: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + by, animate=False, immediate=True)

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 1))

    def action_end(self, last: int) -> None:
        self.scroll_to(y=self.max_scroll_y if last else 0, animate=False, immediate=True)

    def action_fold(self) -> None:
        comparison = self.comparison
        if comparison is None:
            return
        comparison.is_unfolded = not comparison.is_unfolded
        before = len(self._rows)
        self._make()
        if len(self._rows) == before:
            self.post_message(Say("there is nothing to unfold: it is all there"))
