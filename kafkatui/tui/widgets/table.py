"""One table for every kind of row: keyed, sorted, filtered, painted line by line. What the rows are is the caller's.

Only the lines on screen are ever computed, so that thousands of rows cost no more than one screenful.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kafkatui.columns.cells import Cell
from kafkatui.columns.column import Column
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.widgets.extent import extend
from kafkatui.tui.widgets.glow import GLOW_SECONDS, Glow
from kafkatui.tui.widgets.paint import PARTS, Drawn, Painter
from kafkatui.tui.widgets.rows import At, Order, Rows
from kafkatui.tui.widgets.widths import Natural, Placed, placed

MARGIN = 1
"""Empty cells left and right of a line."""
MEASURED = 500
"""Rows whose texts decide the widths at once; those beyond do so when they come into view."""

Row = TypeVar("Row")


class Table(ScrollView, Generic[Row], can_focus=True):
    """Rows under a header that stays, with a cursor that stays on its row when rows move."""

    BINDINGS = bindings("table")
    COMPONENT_CLASSES: ClassVar[set[str]] = set(PARTS)

    filter: reactive[str] = reactive("", init=False)
    order: reactive[Order] = reactive(Order, init=False)

    @dataclass
    class Opened(Message):
        """The row under the cursor was chosen."""

        table: Table[Any]
        key: str

        @property
        def control(self) -> Table[Any]:
            return self.table

    @dataclass
    class Moved(Message):
        """Another row is under the cursor, or it says something else."""

        table: Table[Any]

    @dataclass
    class FilterAsked(Message):
        """The user wants to type a filter for this table."""

        table: Table[Any]

    @dataclass
    class Copied(Message):
        """The user wants this text in the clipboard."""

        text: str

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], str],
        *,
        name_of: str,
        order: Order | None = None,
        quiet: Collection[str] = (),
        nothing: str = "",
        deepest: str = "",
        title: str = "",
        newest_first: bool = False,
        id: str | None = None,
    ) -> None:
        """`name_of` is the column that copying takes; `quiet` columns never glow; `nothing` stands for no rows.

        `deepest` says why a row can not be opened; empty: it can. `title` is for a table that is not alone.
        `newest_first` as in `Rows`.
        """
        super().__init__(id=id)
        if title:
            self.border_title = title
        self.rows: Rows[Row] = Rows(columns, key, order or Order(), newest_first)
        self.columns = self.rows.columns
        self.name_of = name_of
        self.nothing = nothing
        self.deepest = deepest
        self.unread = ""
        """Stands for rows that could not be read; empty: they are on their way."""
        self.set_reactive(Table.order, self.rows.order)
        self._quiet = frozenset(quiet)
        self._glow = Glow()
        self._natural = Natural(self.columns)
        self._placed: tuple[Placed[Row], ...] = ()
        self._painter: Painter | None = None

    # What it shows

    def show(self, rows: Iterable[Row] | None) -> None:
        """Take the newest rows; None: they are not read yet."""
        before = self.rows.made(self._on_screen())
        if self.rows.take(rows):
            self._measure(self.rows.first(MEASURED))
        self._arrange()
        self._note_changes(before)

    @property
    def visible_columns(self) -> tuple[Column[Row], ...]:
        return tuple(each.column for each in self._placed)

    def stand_on(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        if key in self.rows.keys:
            self._move_to(self.rows.keys.index(key))

    # Order, filter, widths

    def watch_filter(self) -> None:
        self.rows.filter = self.filter
        self._arrange()

    def watch_order(self) -> None:
        self.rows.order = self.order
        self._arrange()

    def _arrange(self) -> None:
        """Put the rows in order; the one under the cursor stays where it was on screen."""
        moved = self.rows.arrange()
        self._resize()
        if moved and self.scroll_offset.y:
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False, immediate=True)
        self._keep_in_view()
        self.refresh()
        self.post_message(self.Moved(self))

    def _measure(self, keys: Sequence[str]) -> bool:
        numbers_too = len(keys) <= self.size.height
        return self._natural.grow(keys, self.rows.cell, numbers_too)

    def _resize(self) -> None:
        height = max(1, len(self.rows.keys)) + 1
        if height != self.virtual_size.height and self.styles.is_auto_height:
            self.refresh(layout=True)
        # Not `size`: that counts the scrollbar in, which would cover the last digits of a number.
        width = self.scrollable_content_region.width
        self._placed = placed(self.columns, self._natural.widths, max(1, width - 2 * MARGIN))
        extend(self, Size(width, height))

    def on_resize(self) -> None:
        self._measure(self._on_screen())
        self._resize()
        self._keep_in_view()

    # Changes glow

    def _on_screen(self) -> list[str]:
        top = self.scroll_offset.y
        return self.rows.keys[top : top + self.size.height]

    def _note_changes(self, before: Mapping[At, Cell]) -> None:
        columns = {column.key: column for column in self.columns if column.key not in self._quiet}
        there = [at for at in before if at[0] in self.rows and at[1] in columns]
        now = {at: self.rows.cell(at[0], columns[at[1]]) for at in there}
        if self._measure(self._on_screen()):
            self._resize()
        if self._glow.light(before, now):
            self.set_timer(GLOW_SECONDS, self._fade)

    def _fade(self) -> None:
        again = self._glow.fade()
        self.refresh()
        if again:
            self.set_timer(again, self._fade)

    # Painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def render_line(self, y: int) -> Strip:
        painter = self._painter = self._painter or Painter(self)
        width = self.size.width
        if y == 0:
            return painter.header(self._placed, self.order, width)
        index = y - 1 + self.scroll_offset.y
        if index < len(self.rows.keys):
            return painter.row(self._drawn(self.rows.keys[index]), width, cursor=index == self.rows.cursor)
        if index == 0 and self.rows.pending and not self.unread:
            return painter.skeleton(self._placed, width)
        return painter.note(self._note() if index == 0 else "", width)

    def _drawn(self, key: str) -> list[Drawn]:
        cell = self.rows.cell
        return [(each, cell(key, each.column), (key, each.column.key) in self._glow) for each in self._placed]

    def _note(self) -> str:
        if self.rows.pending:
            return self.unread
        return f"nothing matches {safe_text(self.filter)}" if self.filter and len(self.rows) else self.nothing

    # Keys and the mouse

    def why_not(self, action: str) -> str:
        """Why a key can not act now; empty when it can."""
        if action == "open" and self.deepest:
            return self.deepest
        if action in {"open", "copy", "sort", "reverse"} and not self.rows.keys:
            return "there is no row here"
        if action == "filter" and not len(self.rows):
            return "there are no rows to filter"
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_not(action) else True

    def action_move(self, by: int) -> None:
        self._move_to(self.rows.cursor + by)

    def action_page(self, by: int) -> None:
        self._move_to(self.rows.cursor + by * max(1, self.size.height - 2))

    def action_end(self, last: int) -> None:
        self._move_to(len(self.rows.keys) - 1 if last else 0)

    def action_open(self) -> None:
        key = self.rows.cursor_key
        if key is not None:
            self.post_message(self.Opened(self, key))

    def action_filter(self) -> None:
        self.post_message(self.FilterAsked(self))

    def action_copy(self) -> None:
        key = self.rows.cursor_key
        if key is not None:
            name = next(column for column in self.columns if column.key == self.name_of)
            self.post_message(self.Copied(self.rows.cell(key, name).text))

    def action_sort(self) -> None:
        """The next column; after the last one the order the rows came in."""
        keys = [None, *(column.key for column in self.visible_columns)]
        at = keys.index(self.order.column) if self.order.column in keys else 0
        self._sort_by(keys[(at + 1) % len(keys)])

    def action_reverse(self) -> None:
        self.order = Order(self.order.column, not self.order.reverse)

    def _sort_by(self, key: str | None) -> None:
        numbers = any(column.right for column in self.columns if column.key == key)
        self.order = Order(key, reverse=numbers)

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            self._click_header(event.x)
            return
        index = event.y - 1 + self.scroll_offset.y
        if index >= len(self.rows.keys):
            return
        if index == self.rows.cursor and event.chain > 1:
            self.action_open()
        self._move_to(index)

    def _click_header(self, x: int) -> None:
        right = MARGIN
        for each in self._placed:
            right += each.width + 1
            if x < right:
                again = self.order.column == each.column.key
                self.action_reverse() if again else self._sort_by(each.column.key)
                return
            right += 1

    def _move_to(self, index: int) -> None:
        index = self.rows.clamped(index)
        if index != self.rows.cursor:
            before, self.rows.cursor = self.rows.cursor, index
            self._refresh_rows(before, index)
            self._keep_in_view()
            self.post_message(self.Moved(self))

    def _refresh_rows(self, *indices: int) -> None:
        top = self.scroll_offset.y
        self.refresh(*(Region(0, index + 1 - top, self.size.width, 1) for index in indices if index >= top))

    def _keep_in_view(self) -> None:
        rows, top = max(1, self.size.height - 1), self.scroll_offset.y
        if self.rows.cursor < top:
            self.scroll_to(y=self.rows.cursor, animate=False, immediate=True)
        elif self.rows.cursor >= top + rows:
            self.scroll_to(y=self.rows.cursor - rows + 1, animate=False, immediate=True)
