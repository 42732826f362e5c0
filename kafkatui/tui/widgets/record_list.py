"""The list of records: a cursor over rows someone else loads, painted line by line. It knows no Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kafkatui.tui.keys import bindings
from kafkatui.tui.records.line import piece
from kafkatui.tui.records.row_lines import RowLines
from kafkatui.tui.records.window import Key, Row, key_of
from kafkatui.tui.widgets.extent import extend, stand_at
from kafkatui.tui.widgets.line_paint import CLASSES, LinePainter

WHEEL = 3
"""Rows that one step of the mouse wheel goes."""


class Rows(Protocol):
    """Rows oldest first, and the number of the one the cursor is on."""

    rows: list[Row]
    cursor: int


class NoRows:
    """Before anything is read."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.cursor = 0


class Look(NamedTuple):
    """All that decides how a line looks."""

    key: Key
    before: Key | None
    """The row that is older by one: a timeline shows the time between them."""
    is_marked: bool
    kind: str


class RecordList(ScrollView, can_focus=True):
    """Newest first or oldest first. What is on screen stays where it is when rows come in above or below."""

    BINDINGS = bindings("records")
    COMPONENT_CLASSES: ClassVar[set[str]] = set(CLASSES)

    @dataclass
    class Moved(Message):
        """Another row is under the cursor."""

        list: RecordList

    @dataclass
    class Opened(Message):
        """The row under the cursor was chosen."""

        list: RecordList

    @dataclass
    class EndAsked(Message):
        """The cursor is to go to the first or the last row there is, loaded or not."""

        newest: bool

    def __init__(self, lines: RowLines, zone: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines = lines
        self.source: Rows = NoRows()
        self.newest_first = True
        self.marked: dict[Key, Row] = {}
        self.nothing = ""
        """Said instead of rows."""
        self._zone = zone
        self._on: Key | None = None
        """The row that was under the cursor when it was painted last."""
        self.at = 0
        """Its number on screen, from the first row."""
        self._painter: LinePainter | None = None
        self._painted: dict[int, Look | None] = {}
        """What stands in each line of the screen."""

    # Rows in and out

    def take(self, source: Rows) -> None:
        """Show other rows, from their cursor on."""
        self.source = source
        self._on = None
        self.scroll_to(y=0, animate=False, immediate=True)
        self.update_rows()

    def update_rows(self) -> None:
        """Rows came or went: the one under the cursor stays where it is on screen."""
        row = self.row
        key = None if row is None else key_of(row)
        was_at, self.at = self.at, self._shown(self.source.cursor)
        top = self.scroll_offset.y
        self._resize()
        if key is not None and key == self._on and self.at != was_at:
            stand_at(self, top + self.at - was_at)
        self._keep_in_view()
        if self.lines.measure(self._on_screen()):
            self._resize()
            self.refresh()
        else:
            self._paint_changed()
        if key != self._on:
            self._on = key
            self.post_message(self.Moved(self))

    def _paint_changed(self) -> None:
        """Most rows that come do so where one does not look: ten times a second the whole list would hold up keys."""
        changed = [y for y in range(1, self.size.height) if self._painted.get(y) != self._look(y)]
        self.refresh(*(Region(0, y, self.size.width, 1) for y in (changed or [0])))

    def turn_round(self, newest_first: bool) -> None:
        self.newest_first = newest_first
        self._on = None
        self.update_rows()

    @property
    def row(self) -> Row | None:
        rows = self.source.rows
        return rows[self.source.cursor] if rows else None

    def _shown(self, number: int) -> int:
        """From a row's number to its place from the top, and back."""
        return len(self.source.rows) - 1 - number if self.newest_first else number

    def _resize(self) -> None:
        extend(self, Size(self.scrollable_content_region.width, max(1, len(self.source.rows)) + 1))

    def on_resize(self) -> None:
        self._resize()
        self.lines.measure(self._on_screen())
        self._keep_in_view()

    def _on_screen(self) -> Sequence[Row]:
        top, count = self.scroll_offset.y, len(self.source.rows)
        numbers = range(top, min(count, top + self.size.height))
        return [self.source.rows[self._shown(number)] for number in numbers]

    # Painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def render_line(self, y: int) -> Strip:
        painter = self._painter = self._painter or LinePainter(self)
        # Not `size`: that counts the scrollbar in.
        width = self.scrollable_content_region.width
        if y == 0:
            return painter.strip(self.lines.header(self._zone), width)
        at = y - 1 + self.scroll_offset.y
        rows = self.source.rows
        self._painted[y] = look = self._look(y)
        if look is None:
            return painter.strip((piece(f" {self.nothing}", "muted"),) if at == 0 else (), width)
        number = self._shown(at)
        before = rows[number - 1] if number else None
        return painter.strip(self.lines.line(rows[number], width, look.is_marked, before), width, look.kind)

    def _look(self, y: int) -> Look | None:
        """What is to stand in a line; None where there is no row."""
        at, rows = y - 1 + self.scroll_offset.y, self.source.rows
        if at >= len(rows):
            return None
        number = self._shown(at)
        key = key_of(rows[number])
        is_marked = key in self.marked
        kind = "marked" if is_marked else ""
        if number == self.source.cursor:
            kind = "cursor" if self.has_focus else "cursor-away"
        return Look(key, key_of(rows[number - 1]) if number else None, is_marked, kind)

    # Keys and the mouse

    def why_not(self, action: str) -> str:
        if action == "open" and self.row is None:
            return "there is no record here"
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_not(action) else True

    def action_move(self, by: int) -> None:
        self._move_to(self.at + by)

    def action_page(self, by: int) -> None:
        self._move_to(self.at + by * max(1, self.size.height - 2))

    def action_end(self, last: int) -> None:
        self.post_message(self.EndAsked(newest=bool(last) != self.newest_first))

    def action_open(self) -> None:
        self.post_message(self.Opened(self))

    def mark(self) -> None:
        """Mark the row under the cursor, or no longer, and go on to the next."""
        row = self.row
        if row is not None:
            if self.marked.pop(key_of(row), None) is None:
                self.marked[key_of(row)] = row
            self._move_to(self.at + 1)
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor: rows are loaded where it is."""
        event.stop()
        event.prevent_default()
        self.action_move(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.action_move(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        at = event.y - 1 + self.scroll_offset.y
        if event.y == 0 or at >= len(self.source.rows):
            return
        if at == self.at and event.chain > 1:
            self.action_open()
        self._move_to(at)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _move_to(self, at: int) -> None:
        count = len(self.source.rows)
        at = max(0, min(at, count - 1))
        if not count or at == self.at:
            return
        before, self.at = self.at, at
        self.source.cursor = self._shown(at)
        self._on = key_of(self.source.rows[self.source.cursor])
        if self._keep_in_view():
            self.refresh()
        else:
            top = self.scroll_offset.y
            self.refresh(*(Region(0, each + 1 - top, self.size.width, 1) for each in (before, at) if each >= top))
        self.post_message(self.Moved(self))

    def _keep_in_view(self) -> bool:
        """Scroll to the cursor; True when that was needed."""
        rows, top = max(1, self.size.height - 1), self.scroll_offset.y
        to = top
        if self.at < top:
            to = self.at
        elif self.at >= top + rows:
            to = self.at - rows + 1
        if to == top:
            return False
        self.scroll_to(y=to, animate=False, immediate=True)
        self.lines.measure(self._on_screen())
        return True
