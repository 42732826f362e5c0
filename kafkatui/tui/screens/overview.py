"""The cluster in one look: health, flow, the groups that need a person, and what happened lately."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.groups import GROUPS
from kafkatui.columns.outlooks import MOVING, behind_column, watched_columns
from kafkatui.columns.sparkline import level_line
from kafkatui.model.cluster import Health
from kafkatui.model.events import Event, Subject
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.tui.attention import Need, needs
from kafkatui.tui.event_rows import LATELY, event_key, opening
from kafkatui.tui.lines import TREND_WIDTH, lifted, trend_column
from kafkatui.tui.messages import Open
from kafkatui.tui.screens.place import Place
from kafkatui.tui.widgets.flow import FlowBox
from kafkatui.tui.widgets.health import HealthBox
from kafkatui.tui.widgets.table import Table
from kafkatui.tui.words import Word

SHARED = {column.key: column for column in GROUPS}


def _of_group(key: str) -> Column[Need]:
    return lifted(SHARED[key], lambda need: need.group)


def _outlook(need: Need) -> GroupOutlook | None:
    return need.outlook


def _trend(need: Need) -> Cell:
    return Cell(level_line(need.trend, TREND_WIDTH), Tone.MUTED)


DRAINS_IN = next(each for each in watched_columns(_outlook) if each.key == "drains_in")

NEEDS: tuple[Column[Need], ...] = (
    Column(
        "status",
        "",
        lambda need: cells.health_cell(need.health),
        width=1,
        help="● moves on, ▲ look at it, ✖ it does not read.",
    ),
    _of_group("group"),
    _of_group("type"),
    _of_group("state"),
    _of_group("members"),
    _of_group("lag"),
    trend_column(_trend, "The lag over the last two minutes, between its lowest and its highest."),
    behind_column(lambda need: need.outlook),
    DRAINS_IN,
    Column(
        "verdict",
        "verdict",
        lambda need: cells.text(
            need.verdict, cells.tone_of(need.health) if need.health is not Health.OK else Tone.MUTED
        ),
        rank=1,
        width=20,
        help="OK, WARN, STALL, STOP or REWIND with the rule that says so, or why else it is listed.",
    ),
)

LISTED = 200
"""Events listed here; 8 Events has all of the session's."""


class OverviewScreen(Place):
    """Enter on a group or an event opens what it is about."""

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="glance"):
            yield HealthBox()
            yield FlowBox()
        yield Table(
            NEEDS,
            lambda need: need.group.group,
            name_of="group",
            quiet=("trend", *MOVING),
            nothing="no group needs you",
            title="Groups that need you",
            id="needs",
        )
        yield Table(
            LATELY,
            event_key,
            name_of="event",
            nothing="nothing has changed since you look",
            title="Lately",
            newest_first=True,
            id="lately",
        )

    def show(self, snapshot: Snapshot) -> None:
        self.query_one(HealthBox).show(snapshot)
        self.query_one(FlowBox).show(snapshot)
        read = snapshot.stage >= Stage.GROUPS
        self.query_one("#needs", Table).show(needs(snapshot) if read else None)
        self.query_one("#lately", Table).show(snapshot.events[:LISTED] if snapshot.stage is not Stage.NOTHING else None)

    def words(self) -> list[Word]:
        snapshot = self.snapshot
        return [
            Word("leaders", "Partitions that some broker takes writes and reads for."),
            Word("in sync", "Partitions all of whose copies have all of the leader's records."),
            Word(
                "controller",
                "The broker that decides who leads each partition; the epoch counts how often that changed.",
                cells.reading(snapshot.controller).text,
            ),
            Word("flow", "Records written per second now, and over the last two minutes."),
            *super().words(),
        ]

    @on(Table.Opened, "#needs")
    def _open_group(self, event: Table.Opened) -> None:
        self.post_message(Open(Subject.GROUP, event.key))

    @on(Table.Opened, "#lately")
    def _open_subject(self, event: Table.Opened) -> None:
        row = event.table.rows.row
        if isinstance(row, Event):
            self.post_message(opening(row))
