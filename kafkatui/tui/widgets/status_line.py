"""The first line: which cluster, how it is, and how old the news. The words are made in `tui.status`."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from kafkatui.history.timeline import Moment
from kafkatui.model.connection import Connection
from kafkatui.model.snapshot import NOTHING, Snapshot
from kafkatui.tui import status
from kafkatui.tui.widgets.line import line


class StatusLine(Widget):
    """Says the age of the data even when nothing arrives any more."""

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot = NOTHING
        self._connection: Connection | None = None
        self._now = 0.0
        self._paused = False
        self._moment: Moment | None = None

    def show(
        self,
        snapshot: Snapshot,
        connection: Connection | None,
        now: float,
        paused: bool,
        moment: Moment | None = None,
    ) -> None:
        """`moment`: when the snapshot was seen; None: it is the newest."""
        self._snapshot, self._connection, self._now, self._paused = snapshot, connection, now, paused
        self._moment = moment
        self.set_class(moment is not None or status.is_stale(snapshot, now, paused), "-stale")
        self.refresh()

    def render(self) -> Content:
        return line(
            status.left(self._snapshot, self._connection, self._moment),
            status.right(self._snapshot, self._connection, self._now, self._paused, self._moment),
            self.size.width,
        )
