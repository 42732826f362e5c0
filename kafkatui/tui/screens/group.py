"""One group: its lag partition by partition, and its members."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from shlex import quote

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from kafkatui.columns import cells
from kafkatui.columns.column import Column
from kafkatui.columns.groups import LAG, MEMBERS, LagRow, group_reason, lag_rows
from kafkatui.columns.outlooks import MOVING, watched_columns
from kafkatui.columns.sparkline import level_line
from kafkatui.model.events import Subject
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.moments import local
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Open, Read
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.line import STYLES
from kafkatui.tui.widgets.table import Table

TREND = 30
NO_ROWS = "it has no commit and reads nothing"
NO_MEMBERS = "nobody reads"


COLUMNS: tuple[Column[LagRow], ...] = tuple(
    each
    for column in LAG
    if column.key != "group"
    for each in (column, *(watched_columns(lambda row: row.ahead) if column.key == "behind" else ()))
)


def _row_key(row: LagRow) -> str:
    return f"{row.row.topic}/{row.row.partition}"


class GroupScreen(Place):
    """Enter on a partition shows its topic, another key the record the group reads next in it."""

    BINDINGS = bindings("group")

    def __init__(self, group: str, place: str, trail: str, clock: Clock) -> None:
        super().__init__(place, trail, clock)
        self.group = group

    def body(self) -> Iterable[Widget]:
        yield Static(classes="headline", markup=False)
        yield Table(
            COLUMNS,
            _row_key,
            name_of="topic",
            quiet=("end", *MOVING),
            nothing=NO_ROWS,
            id="lag",
        )
        yield Table(
            MEMBERS,
            lambda member: member.member_id,
            name_of="client_id",
            nothing=NO_MEMBERS,
            deepest="nothing lies deeper than a member",
            title="Members",
            id="members",
        )

    def command(self) -> str:
        return f"lag {quote(self.group)}"

    def groups_in_view(self) -> Collection[str]:
        return (self.group,)

    def show(self, snapshot: Snapshot) -> None:
        group = snapshot.groups.get(self.group)
        self.query_one(".headline", Static).update(_headline(group, snapshot))
        lag, members = self.query_one("#lag", Table), self.query_one("#members", Table)
        if group is None:
            lag.nothing = members.nothing = "no such group"
            rows: Sequence[GroupPartition] | None = () if snapshot.stage >= Stage.GROUPS else None
            lag.show(rows)
            members.show(rows)
            return
        lag.nothing = _why_empty(group.partitions, NO_ROWS)
        lag.show(_rows(group, snapshot))
        members.nothing = _why_empty(group.members, NO_MEMBERS)
        members.show(group.members if isinstance(group.members, tuple) else None if _pending(snapshot) else ())

    @on(Table.Opened, "#lag")
    def _open(self, event: Table.Opened) -> None:
        topic, _, partition = event.key.rpartition("/")
        self.post_message(Open(Subject.TOPIC, topic, int(partition)))

    # The record it is stuck on

    def why_not(self, action: str) -> str:
        if action == "read":
            return _why_not_read(self._at)
        return super().why_not(action)

    @property
    def _at(self) -> LagRow | None:
        table = self.table
        row = None if table is None else table.rows.row
        return row if isinstance(row, LagRow) else None

    def action_read(self) -> None:
        at = self._at
        offset = None if at is None else at.row.reads_from
        if at is not None and offset is not None:
            note = stuck_words(at, self.snapshot.outlooks.get(self.group))
            self.post_message(Read((at.row.topic,), at.row.partition, offset, note))


def _why_not_read(at: LagRow | None) -> str:
    if at is None:
        return "there is no partition here"
    if at.row.lag == 0:
        return "it has read all of this partition: there is no record it waits at"
    return "" if at.row.reads_from is not None else "where it reads on is not known"


def stuck_words(at: LagRow, whole: GroupOutlook | None) -> str:
    """What is known of a group's place in a partition: since when it stands, and whether it moves elsewhere."""
    group, still = at.group.group, None if at.outlook is None else at.outlook.still_since
    if at.row.committed is None:
        return f"no commit: {group} would read on here"
    if still is None:
        return f"{group} reads on here"
    others = " while others move" if whole is not None and whole.consume_rate else ""
    return f"the commit stands here at least since {local(still).strftime('%H:%M:%S')}{others} ({group})"


def _pending(snapshot: Snapshot) -> bool:
    return snapshot.stage < Stage.GROUPS


def _why_empty(part: object, otherwise: str) -> str:
    return safe_text(part.text) if isinstance(part, Problem) else otherwise


def _rows(group: Group, snapshot: Snapshot) -> list[LagRow] | None:
    if isinstance(group.partitions, Problem):
        return None if _pending(snapshot) else []
    return lag_rows(group, snapshot.outlooks)


def _epochs(group: Group) -> str:
    """An assignment of an older epoch is still to be worked out for the newest."""
    settled = group.assignment_epoch in (None, group.epoch)
    return str(group.epoch) if settled else f"{group.epoch} (assignment {group.assignment_epoch})"


def _headline(group: Group | None, snapshot: Snapshot) -> Content:
    if group is None:
        return Content("")
    lag = cells.reading(group.lag)
    trend = level_line(snapshot.trends.lags.get(group.group, ()), TREND)
    members = cells.reading(len(group.members) if isinstance(group.members, tuple) else group.members)
    parts: list[str | tuple[str, str]] = [
        (" lag ", "$muted"),
        (lag.text, STYLES[lag.tone] or "bold"),
        "  ",
        (trend.lstrip(), "$spark"),
        ("   state ", "$muted"),
        safe_text(group.state),
        ("   type ", "$muted"),
        f"{group.type.value} ({group.application})" if group.application else group.type.value,
        ("   members ", "$muted"),
        (members.text, STYLES[members.tone]),
        ("   coordinator ", "$muted"),
        str(group.coordinator),
    ]
    if group.epoch is not None:
        parts += [("   epoch ", "$muted"), _epochs(group)]
    reason = group_reason(group)
    if reason:
        parts.append((f"   {safe_text(reason)}", "$warning"))
    return Content.assemble(*parts)
