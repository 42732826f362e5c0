"""The eighth place: everything that happened since one looks, the newest first. Enter opens what it happened to."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.reactive import var
from textual.widget import Widget

from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.tui.event_rows import EVENTS, EventRow, event_key, opening, rows_of
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Then
from kafkatui.tui.screens.place import Place
from kafkatui.tui.widgets.table import Table


class EventsScreen(Place):
    """All events of the session, whatever moment is shown: those after it are muted."""

    BINDINGS = bindings("events")

    newest: var[Snapshot] = var(NOTHING, init=False)

    def body(self) -> Iterable[Widget]:
        yield Table(
            EVENTS,
            lambda row: event_key(row.event),
            name_of="subject",
            nothing="nothing has changed since you look",
            newest_first=True,
            id="events",
        )

    def watch_newest(self) -> None:
        if self.is_mounted and self.is_current:
            self._list()

    def watch_moment(self) -> None:
        super().watch_moment()
        self.watch_newest()

    def show(self, snapshot: Snapshot) -> None:
        self._list()

    def _list(self) -> None:
        read = self.newest.stage is not Stage.NOTHING
        shown_at = None if self.moment is None else self.moment.seen
        rows = rows_of(self.newest.events, self.clock(), shown_at) if read else None
        self.query_one("#events", Table).show(rows)

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        if self._row is not None:
            self.post_message(opening(self._row.event))

    def why_not(self, action: str) -> str:
        if action == "then" and self._row is None:
            return "there is no event here"
        return super().why_not(action)

    @property
    def _row(self) -> EventRow | None:
        row = None if self.table is None else self.table.rows.row
        return row if isinstance(row, EventRow) else None

    def action_then(self) -> None:
        if self._row is not None:
            self.post_message(Then(self._row.event.at))
