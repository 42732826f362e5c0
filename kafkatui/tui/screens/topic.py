"""One topic: the strip of its partitions, the partitions, and the groups that read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from shlex import quote

from textual import on
from textual.containers import Container
from textual.widget import Widget

from kafkatui.columns import cells
from kafkatui.columns.column import Column
from kafkatui.columns.groups import problem_cell
from kafkatui.columns.outlooks import MOVING, behind_column
from kafkatui.columns.topics import PARTITIONS, PartitionRow
from kafkatui.model.events import Subject
from kafkatui.model.groups import Group
from kafkatui.model.outlook import Outlook
from kafkatui.model.problems import PENDING, Reading, total
from kafkatui.model.reckoning import longest
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Open, Read
from kafkatui.tui.past import why_recorded
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.partition_strip import PartitionStrip
from kafkatui.tui.widgets.rows import Order
from kafkatui.tui.widgets.table import Table

NO_TOPIC = "no such topic"


@dataclass(frozen=True, slots=True)
class Reader:
    """A group and its lag on one topic only."""

    group: Group
    lag: Reading
    ahead: Outlook | None


def readers(snapshot: Snapshot, topic: str) -> Iterator[Reader]:
    for group in snapshot.readers(topic):
        rows = [row for row in group.rows if row.topic == topic]
        whole = snapshot.outlooks.get(group.group)
        yield Reader(
            group,
            total(row.lag for row in rows) if group.rows else PENDING,
            None
            if whole is None
            else longest(whole.partitions[row.name] for row in rows if row.name in whole.partitions),
        )


READERS: tuple[Column[Reader], ...] = (
    Column("group", "group", lambda r: cells.text(r.group.group), width=18, help="A group that reads this topic."),
    Column("state", "state", lambda r: cells.text(r.group.state), rank=2, width=9, help="Stable: reading. Empty: not."),
    Column("lag", "lag", lambda r: cells.reading(r.lag), right=True, width=10, help="Its lag on this topic only."),
    behind_column(lambda r: r.ahead),
    Column(
        "problem",
        "problem",
        lambda r: problem_cell(r.group),
        rank=3,
        width=8,
        help="What must be known beside the number.",
    ),
)


class TopicScreen(Place):
    """The partitions beside their readers; below each other where it is narrow. Enter on a partition reads it."""

    BINDINGS = bindings("topics")

    def __init__(self, topic: str, partition: int | None, place: str, trail: str, clock: Clock) -> None:
        super().__init__(place, trail, clock)
        self.topic = topic
        self._stand_on = partition

    def body(self) -> Iterable[Widget]:
        yield PartitionStrip()
        with Container(classes="beside"):
            yield Table(
                PARTITIONS,
                lambda row: str(row.partition.partition),
                name_of="partition",
                quiet=("rate", "end", "stable_end", "size", "start"),
                nothing=NO_TOPIC,
                title="Partitions",
                id="partitions",
            )
            yield Table(
                READERS,
                lambda reader: reader.group.group,
                name_of="group",
                order=Order("lag", reverse=True),
                quiet=MOVING,
                nothing="no group reads it",
                title="Groups that read it",
                id="readers",
            )

    def command(self) -> str:
        return f"topics {quote(self.topic)}"

    def groups_in_view(self) -> Collection[str]:
        return [group.group for group in self.snapshot.readers(self.topic)]

    def show(self, snapshot: Snapshot) -> None:
        topic = snapshot.topics.get(self.topic)
        partitions = () if topic is None else topic.partitions
        rates = snapshot.trends.rates
        table = self.query_one("#partitions", Table)
        table.nothing = safe_text(topic.problem.text) if topic is not None and topic.problem is not None else NO_TOPIC
        table.deepest = why_recorded(self.moment)
        rows = [PartitionRow(partition, rates.get(partition.name)) for partition in partitions]
        table.show(None if snapshot.stage is Stage.NOTHING else rows)
        if self._stand_on is not None and rows:
            table.stand_on(str(self._stand_on))
            self._stand_on = None
        self.query_one(PartitionStrip).show(partitions)
        read = snapshot.stage >= Stage.GROUPS
        self.query_one("#readers", Table).show(readers(snapshot, self.topic) if read else None)

    @on(Table.Opened, "#partitions")
    def _read_one(self, event: Table.Opened) -> None:
        self.post_message(Read((self.topic,), int(event.key)))

    def why_not(self, action: str) -> str:
        if action == "read" and why_recorded(self.moment):
            return why_recorded(self.moment)
        return super().why_not(action)

    def action_read(self) -> None:
        self.post_message(Read((self.topic,)))

    @on(Table.Opened, "#readers")
    def _open(self, event: Table.Opened) -> None:
        self.post_message(Open(Subject.GROUP, event.key))
