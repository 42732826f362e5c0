"""All groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual import on
from textual.widget import Widget

from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.groups import GROUPS, no_groups
from kafkatui.columns.outlooks import MOVING, behind_column, watched_columns
from kafkatui.columns.sparkline import level_line
from kafkatui.model.events import Subject
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import known
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.trends import Series
from kafkatui.tui.lines import TREND_WIDTH, lifted, trend_column
from kafkatui.tui.messages import Open
from kafkatui.tui.screens.place import Place
from kafkatui.tui.widgets.rows import Order
from kafkatui.tui.widgets.table import Table


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group with its lag over time and what is ahead of it."""

    group: Group
    trend: Series
    outlook: GroupOutlook | None


def group_lines(snapshot: Snapshot) -> Iterator[GroupLine]:
    for name, group in snapshot.groups.items():
        yield GroupLine(group, snapshot.trends.lags.get(name, ()), snapshot.outlooks.get(name))


def _trend(line: GroupLine) -> Cell:
    return Cell(level_line(line.trend, TREND_WIDTH), Tone.MUTED, sort=(0, known(line.group.lag) or 0, ""))


def group_columns() -> Iterator[Column[GroupLine]]:
    for column in GROUPS:
        yield lifted(column, lambda line: line.group)
        if column.key == "lag":
            yield trend_column(_trend, "The lag over the last two minutes, between its lowest and its highest.")
            yield behind_column(lambda line: line.outlook)
            yield from watched_columns(lambda line: line.outlook)


class GroupsScreen(Place):
    """One row a group, the most lagging first; enter shows its partitions."""

    def body(self) -> Iterable[Widget]:
        yield Table(
            tuple(group_columns()),
            lambda line: line.group.group,
            name_of="group",
            order=Order("lag", reverse=True),
            quiet=("trend", *MOVING),
            nothing="no groups",
            id="groups",
        )

    def command(self) -> str:
        return "groups"

    def show(self, snapshot: Snapshot) -> None:
        read = snapshot.groups or snapshot.stage >= Stage.GROUPS
        table = self.query_one("#groups", Table)
        table.nothing = no_groups(snapshot)
        table.show(group_lines(snapshot) if read else None)

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self.post_message(Open(Subject.GROUP, event.key))
