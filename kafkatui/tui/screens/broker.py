"""One broker: the partitions it leads or holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from kafkatui.columns import cells
from kafkatui.columns.brokers import BROKERS
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.topics import PARTITIONS, PartitionRow
from kafkatui.model.cluster import Broker
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.tui.messages import Open
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.line import STYLES
from kafkatui.tui.widgets.table import Table

TOPIC: Column[PartitionRow] = Column(
    "topic", "topic", lambda r: cells.text(r.partition.topic), width=20, help="The topic the partition is a piece of."
)


class BrokerScreen(Place):
    """Enter on a partition shows its topic."""

    def __init__(self, node_id: int, place: str, trail: str, clock: Clock) -> None:
        super().__init__(place, trail, clock)
        self.node_id = node_id

    def body(self) -> Iterable[Widget]:
        status, *others = PARTITIONS
        yield Static(classes="headline", markup=False)
        yield Table(
            (status, TOPIC, others[0], self._role(), *others[1:]),
            lambda row: f"{row.partition.topic}/{row.partition.partition}",
            name_of="topic",
            quiet=("rate", "end", "stable_end", "size", "start"),
            nothing="it holds no partitions",
            id="partitions",
        )

    def _role(self) -> Column[PartitionRow]:
        sentence = "Leader: it takes the writes. Follower: it copies. Behind: it has not all of the leader's records."
        return Column("role", "role here", self._role_cell, width=9, help=sentence)

    def _role_cell(self, row: PartitionRow) -> Cell:
        if row.partition.leader == self.node_id:
            return cells.text("leader", Tone.OK)
        if self.node_id in row.partition.in_sync:
            return cells.text("follower")
        return cells.text("behind", Tone.WARN, f"broker {self.node_id} is out of sync")

    def command(self) -> str:
        return f"brokers {self.node_id}"

    def show(self, snapshot: Snapshot) -> None:
        broker = snapshot.brokers.get(self.node_id)
        self.query_one(".headline", Static).update(_headline(broker))
        table = self.query_one("#partitions", Table)
        table.show(None if snapshot.stage is Stage.NOTHING else self._held(snapshot))

    def _held(self, snapshot: Snapshot) -> Iterator[PartitionRow]:
        rates = snapshot.trends.rates
        for partition in snapshot.partitions:
            if self.node_id in partition.replicas:
                yield PartitionRow(partition, rates.get(partition.name))

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        topic, _, partition = event.key.rpartition("/")
        self.post_message(Open(Subject.TOPIC, topic, int(partition)))


def _headline(broker: Broker | None) -> Content:
    """The broker's own row, each value after its word."""
    if broker is None:
        return Content(" it is not in the cluster now")
    parts: list[str | tuple[str, str]] = [" "]
    for column in BROKERS:
        cell = column.cell(broker)
        if cell.text and column.key != "broker":
            parts += [(f"{column.title} ", "$muted"), (cell.text, STYLES[cell.tone]), "   "]
    return Content.assemble(*parts)
