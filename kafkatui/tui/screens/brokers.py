"""All brokers."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from kafkatui.columns.brokers import BROKERS
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.tui.messages import Open
from kafkatui.tui.screens.place import Place
from kafkatui.tui.widgets.table import Table


class BrokersScreen(Place):
    """One row a broker; enter shows the partitions on it."""

    def body(self) -> Iterable[Widget]:
        yield Table(
            BROKERS,
            lambda broker: str(broker.node_id),
            name_of="host",
            quiet=("disk",),
            nothing="no brokers",
            id="brokers",
        )

    def command(self) -> str:
        return "brokers"

    def show(self, snapshot: Snapshot) -> None:
        table = self.query_one("#brokers", Table)
        table.show(None if snapshot.stage is Stage.NOTHING else snapshot.brokers.values())

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self.post_message(Open(Subject.BROKER, event.key))
