"""The columns of a group, of a group's partition (lag) and of a member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.outlooks import behind_column
from kafkatui.model.groups import Group, GroupPartition, Member
from kafkatui.model.outlook import READ_ALL, GroupOutlook, Outlook
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class LagRow:
    """One row of lag with the group it belongs to."""

    group: Group
    row: GroupPartition
    outlook: Outlook | None = None
    """None: it was not reckoned; of one without lag there is nothing to reckon."""

    @property
    def ahead(self) -> Outlook | None:
        return READ_ALL if self.outlook is None and self.row.lag == 0 else self.outlook


def lag_rows(group: Group, outlooks: Mapping[str, GroupOutlook]) -> list[LagRow]:
    """The rows of a group with what is ahead of each."""
    whole = outlooks.get(group.group)
    ahead = {} if whole is None else whole.partitions
    return [LagRow(group, row, ahead.get(row.name)) for row in group.rows]


def no_groups(snapshot: Snapshot) -> str:
    """Why there is none."""
    if snapshot.sees_all_groups:
        return "the cluster lists no groups"
    return "no groups that you may see: without DESCRIBE on the cluster the others are not listed"


CALM = {"Stable", "Empty"}
"""States in which no work is being shared out."""


def _state(group: Group) -> Cell:
    if group.problem is not None:
        return cells.text(group.state, Tone.STALE, group.problem.text)
    return cells.text(group.state, Tone.NORMAL if group.state in CALM else Tone.WARN)


def _members(group: Group) -> Cell:
    if isinstance(group.members, Problem):
        return cells.unknown(group.members)
    return cells.number(len(group.members), Tone.MUTED if not group.members else Tone.NORMAL)


def group_reason(group: Group) -> str:
    """What a reader must know of the group, in one line; empty when nothing."""
    if group.problem is not None:
        return group.problem.text
    if isinstance(group.partitions, Problem):
        return ""
    reasons = [row.problem.text for row in group.partitions if row.problem is not None]
    if not reasons:
        return ""
    return reasons[0] if len(reasons) == 1 else f"{reasons[0]} (and {len(reasons) - 1} more)"


def problem_cell(group: Group) -> Cell:
    """What must be known of the group; empty when nothing."""
    reason = group_reason(group)
    return cells.text(reason, Tone.WARN) if reason else Cell("", raw="")


def _application(group: Group) -> Cell:
    """One word for scripts."""
    if not group.application:
        return Cell(cells.NOTHING, Tone.MUTED, raw="")
    return cells.text(group.application)._replace(raw=group.application.lower().replace(" ", "-"))


def _target(member: Member) -> Cell:
    """What it is to read; another number than it reads now shows that the group has not settled."""
    if member.target is None:
        return Cell(cells.NOTHING, Tone.MUTED, reason="its protocol has no target assignment")
    settled = set(member.target) == set(member.partitions)
    return cells.number(len(member.target), Tone.NORMAL if settled else Tone.WARN)


def _topics(group: Group) -> Cell:
    cell = cells.text(", ".join(group.topics))
    return cell._replace(raw=",".join(group.topics))


GROUPS: tuple[Column[Group], ...] = (
    Column("group", "group", lambda g: cells.text(g.group), width=22, help="Consumers that share the work of reading."),
    Column(
        "type",
        "type",
        lambda g: cells.text(g.type.value),
        rank=3,
        width=8,
        help="classic, consumer (KIP-848), share (queues, KIP-932) or streams (KIP-1071).",
    ),
    Column(
        "state",
        "state",
        _state,
        rank=1,
        width=10,
        help="Stable: reading. Empty: nobody reads. Others: work is being shared out anew.",
    ),
    Column("members", "members", _members, rank=2, right=True, width=7, help="Consumers in the group now."),
    Column(
        "coordinator",
        "coordinator",
        lambda g: cells.number(g.coordinator),
        rank=6,
        right=True,
        width=11,
        help="The broker that keeps the group's members and commits.",
    ),
    Column(
        "topics",
        "topics",
        _topics,
        rank=5,
        width=20,
        help="What it reads or has a commit on.",
    ),
    Column(
        "lag",
        "lag",
        lambda g: cells.reading(g.lag),
        right=True,
        width=11,
        help="Records written that the group has not committed as read, over all its partitions.",
    ),
    Column(
        "application",
        "application",
        _application,
        rank=5,
        width=13,
        help="Whose group it is, where its protocol or its clients tell: Kafka Connect, Kafka Streams.",
    ),
    Column(
        "problem",
        "problem",
        problem_cell,
        rank=4,
        width=12,
        help="What is wrong, or what must be known beside the number.",
    ),
)


def _committed(row: GroupPartition) -> Cell:
    return cells.reading(row.committed, reason="no commit" if row.committed is None else "")


def _lag(row: GroupPartition) -> Cell:
    tone = Tone.WARN if row.problem is not None else Tone.NORMAL
    return cells.reading(row.lag, tone, row.problem.text if row.problem is not None else "")


def _row_problem(row: GroupPartition) -> Cell:
    return cells.text(row.problem.text, Tone.WARN) if row.problem is not None else Cell("", raw="")


def _member(value: str | None) -> Cell:
    return cells.text(value) if value else Cell(cells.NOTHING, Tone.MUTED, raw="")


LAG: tuple[Column[LagRow], ...] = (
    Column(
        "group",
        "group",
        lambda r: cells.text(r.group.group),
        width=16,
        help="Consumers that share the work of reading.",
    ),
    Column("topic", "topic", lambda r: cells.text(r.row.topic), width=20, help="The topic read."),
    Column("partition", "partition", lambda r: cells.number(r.row.partition), right=True, width=9, help="Its number."),
    Column(
        "committed",
        "committed",
        lambda r: _committed(r.row),
        rank=1,
        right=True,
        width=11,
        help="The offset the group will read next if it starts anew.",
    ),
    Column(
        "end",
        "end",
        lambda r: cells.reading(r.row.end),
        rank=1,
        right=True,
        width=11,
        help="The offset the next record gets.",
    ),
    Column(
        "lag",
        "lag",
        lambda r: _lag(r.row),
        right=True,
        width=11,
        help="End minus committed; all that is there if nothing is committed.",
    ),
    behind_column(lambda r: r.ahead),
    Column(
        "client_id",
        "client",
        lambda r: _member(r.row.member.client_id if r.row.member else None),
        rank=3,
        width=16,
        help="The client that reads it.",
    ),
    Column(
        "host",
        "host",
        lambda r: _member(r.row.member.host if r.row.member else None),
        rank=4,
        width=15,
        help="Where that client runs.",
    ),
    Column(
        "member",
        "member",
        lambda r: _member(r.row.member.member_id if r.row.member else None),
        rank=6,
        width=20,
        help="The member's id in the group.",
    ),
    Column(
        "problem",
        "problem",
        lambda r: _row_problem(r.row),
        rank=2,
        width=12,
        help="What must be known beside the number, or why there is none.",
    ),
)

MEMBERS: tuple[Column[Member], ...] = (
    Column("client_id", "client", lambda m: _member(m.client_id), width=16, help="The name the client gave itself."),
    Column("host", "host", lambda m: _member(m.host), rank=2, width=15, help="Where it runs."),
    Column("member", "member", lambda m: _member(m.member_id), rank=3, width=24, help="Its id in the group."),
    Column(
        "partitions",
        "partitions",
        lambda m: cells.number(len(m.partitions)),
        right=True,
        width=10,
        help="Partitions it reads now.",
    ),
    Column(
        "target",
        "target",
        _target,
        rank=1,
        right=True,
        width=6,
        help="Partitions it is to read once the group has settled (KIP-848).",
    ),
    Column(
        "epoch",
        "epoch",
        lambda m: cells.reading(m.epoch),
        rank=4,
        right=True,
        width=5,
        help="The epoch of the group it has caught up with (KIP-848).",
    ),
)
