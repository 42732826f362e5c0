"""All topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual import on
from textual.widget import Widget

from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.sparkline import rate_line
from kafkatui.columns.topics import TOPICS, TopicRow
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.trends import Series
from kafkatui.tui.keys import bindings
from kafkatui.tui.lines import TREND_WIDTH, lifted, trend_column
from kafkatui.tui.messages import Open, Read
from kafkatui.tui.past import why_recorded
from kafkatui.tui.screens.place import Place
from kafkatui.tui.widgets.table import Table


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic with its rates over time."""

    row: TopicRow
    trend: Series


def topic_lines(snapshot: Snapshot) -> Iterator[TopicLine]:
    readers = Counter(name for group in snapshot.groups.values() for name in group.topics)
    for name, topic in snapshot.topics.items():
        count = readers[name] if snapshot.stage is Stage.GROUPS else None
        row = TopicRow(topic, snapshot.trends.rate(name), count)
        yield TopicLine(row, snapshot.trends.topics.get(name, ()))


def _trend(line: TopicLine) -> Cell:
    return Cell(rate_line(line.trend, TREND_WIDTH), Tone.MUTED, sort=(0, line.row.rate or 0.0, ""))


def _columns() -> Iterator[Column[TopicLine]]:
    for column in TOPICS:
        yield lifted(column, lambda line: line.row)
        if column.key == "rate":
            yield trend_column(_trend, "Records written per second over the last two minutes, from none to the most.")


class TopicsScreen(Place):
    """One row a topic; enter shows its partitions, m its messages."""

    BINDINGS = bindings("topics")

    def body(self) -> Iterable[Widget]:
        yield Table(
            tuple(_columns()),
            lambda line: line.row.topic.name,
            name_of="topic",
            quiet=("rate", "trend", "records", "size"),
            nothing="no topics",
            id="topics",
        )

    def command(self) -> str:
        return "topics"

    def show(self, snapshot: Snapshot) -> None:
        table = self.query_one("#topics", Table)
        table.show(None if snapshot.stage is Stage.NOTHING else topic_lines(snapshot))

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self.post_message(Open(Subject.TOPIC, event.key))

    def why_not(self, action: str) -> str:
        if action == "read" and why_recorded(self.moment):
            return why_recorded(self.moment)
        if action == "read" and (self.table is None or self.table.rows.cursor_key is None):
            return "there is no topic here"
        return super().why_not(action)

    def action_read(self) -> None:
        if self.table is not None and self.table.rows.cursor_key is not None:
            self.post_message(Read((self.table.rows.cursor_key,)))
