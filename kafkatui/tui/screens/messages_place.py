"""The fourth place: whose messages to read. Enter on a topic shows them."""

from __future__ import annotations

from textual import on

from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.messages import Read
from kafkatui.tui.past import why_recorded
from kafkatui.tui.screens.topics import TopicsScreen
from kafkatui.tui.widgets.table import Table


class MessagesPlace(TopicsScreen):
    """All topics, each a door to its messages."""

    def command(self) -> str:
        return "topics"

    def show(self, snapshot: Snapshot) -> None:
        self.query_one("#topics", Table).deepest = why_recorded(self.moment)
        super().show(snapshot)

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        event.prevent_default()
        self.post_message(Read((event.key,)))
