"""One record beside the list: a sheet of lines with a cursor. What the lines say is made in `tui.records.sheet`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kafkatui.model.records import Place
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Say
from kafkatui.tui.records.clip import Clip
from kafkatui.tui.records.line import lit, piece
from kafkatui.tui.records.sheet import Sheet, View
from kafkatui.tui.widgets.extent import extend
from kafkatui.tui.widgets.line_paint import CLASSES, LinePainter


class RecordView(ScrollView, can_focus=True):
    """Only the lines on screen are ever made."""

    BINDINGS = bindings("record")
    COMPONENT_CLASSES: ClassVar[set[str]] = set(CLASSES)

    @dataclass
    class CopyAsked(Message):
        """The user wants something of this record in the clipboard."""

        clip: Clip | None
        """None: nothing of its own lies under the cursor."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sheet: Sheet | None = None
        self.nothing = ""
        """Said instead of a record."""
        self._words: tuple[str, ...] = ()
        self._painter: LinePainter | None = None

    def show(self, sheet: Sheet | None, words: tuple[str, ...] = (), nothing: str = "") -> None:
        """`words` are lit up."""
        self.sheet, self._words, self.nothing = sheet, words, nothing
        self.border_title = _title(sheet)
        self.scroll_to(y=0, animate=False, immediate=True)
        self._resize()

    def choose(self, view: View) -> None:
        """Show the value another way."""
        if self.sheet:
            self.sheet.choose(view)
            self.scroll_to(y=0, animate=False, immediate=True)
            self._resize()

    def _resize(self) -> None:
        width = self._line_width
        count = self.sheet.count(width) if self.sheet else 1
        extend(self, Size(self.scrollable_content_region.width, count))
        if self.sheet:
            self.sheet.cursor = max(0, min(self.sheet.cursor, count - 1))
            self._keep_in_view()
        self.refresh()

    @property
    def _line_width(self) -> int:
        return max(8, self.scrollable_content_region.width - 2)

    def on_resize(self) -> None:
        self._resize()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def render_line(self, y: int) -> Strip:
        painter = self._painter = self._painter or LinePainter(self)
        width, number = self.scrollable_content_region.width, y + self.scroll_offset.y
        sheet = self.sheet
        if sheet is None:
            return painter.strip((piece(self.nothing, "muted"),) if y == 0 else (), width)
        if number >= sheet.count(self._line_width):
            return painter.strip((), width)
        kind = "cursor" if number == sheet.cursor and self.has_focus else ""
        return painter.strip(lit(sheet.line(number, self._line_width), self._words), width, kind)

    # Keys and the mouse

    def why_not(self, action: str) -> str:
        if self.sheet is None:
            return "there is no record here"
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_not(action) else True

    def action_move(self, by: int) -> None:
        if self.sheet:
            self._move_to(self.sheet.cursor + by)

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 1))

    def action_end(self, last: int) -> None:
        if self.sheet:
            self._move_to(self.sheet.count(self._line_width) - 1 if last else 0)

    def action_fold(self, want: int = -1) -> None:
        """-1 the other way round, 0 fold, 1 unfold."""
        if self.sheet and self.sheet.fold(None if want < 0 else bool(want)):
            self._resize()
        elif want < 0:
            self.post_message(Say("there is nothing to unfold on this line"))

    def action_fold_all(self, folded: int) -> None:
        if self.sheet and self.sheet.fold_all(bool(folded)):
            self._resize()
        else:
            self.post_message(Say("only the view Tree folds"))

    def action_turn(self, by: int) -> None:
        if self.sheet and self.sheet.turn(by):
            self._resize()
            self.scroll_to(y=0, animate=False, immediate=True)
        else:
            self.post_message(Say("there is no further part"))

    def action_copy(self) -> None:
        if self.sheet:
            self.post_message(self.CopyAsked(self.sheet.clip()))

    def on_click(self, event: events.Click) -> None:
        if self.sheet:
            again = event.y + self.scroll_offset.y == self.sheet.cursor
            self._move_to(event.y + self.scroll_offset.y)
            if again:
                self.action_fold()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _move_to(self, number: int) -> None:
        if self.sheet:
            self.sheet.cursor = max(0, min(number, self.sheet.count(self._line_width) - 1))
            self._keep_in_view()
            self.refresh()

    def _keep_in_view(self) -> None:
        if self.sheet is None or not self.size.height:
            return
        at, top, rows = self.sheet.cursor, self.scroll_offset.y, self.scrollable_content_region.height
        if at < top:
            self.scroll_to(y=at, animate=False, immediate=True)
        elif at >= top + rows:
            self.scroll_to(y=at - rows + 1, animate=False, immediate=True)


def _title(sheet: Sheet | None) -> Content:
    if sheet is None:
        return Content(" Record ")
    record = sheet.record
    return Content(safe_text(f" {Place(record.topic, record.partition, record.offset)} "))
