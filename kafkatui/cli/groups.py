"""`kafkatui groups`: the groups of a cluster; with names, their lag and their members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from kafkatui.cli import complete, connect, documents, failures, report, verbs
from kafkatui.cli.flags import Output, Printing, Where, with_flags
from kafkatui.cli.lag import lag_table, wants_of
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_metrics import members_of
from kafkatui.cli.metrics import Metric
from kafkatui.cli.outlook_documents import Outlooks
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table
from kafkatui.columns import cells
from kafkatui.columns.column import Column
from kafkatui.columns.groups import GROUPS
from kafkatui.model.groups import Group, Member
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want


@dataclass(frozen=True, slots=True)
class _MemberRow:
    """A member with the group it belongs to."""

    group: str
    member: Member


_MEMBERS: list[Column[_MemberRow]] = [
    Column("group", "group", lambda row: cells.text(row.group)),
    Column("member", "member", lambda row: cells.text(row.member.member_id)),
    Column("client_id", "client", lambda row: cells.text(row.member.client_id), rank=1),
    Column("host", "host", lambda row: cells.text(row.member.host), rank=2),
    Column("partitions", "partitions", lambda row: cells.number(len(row.member.partitions)), right=True),
]


def _names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Groups; and the verbs, where no group is named yet."""
    return [*verbs.completed(ctx, incomplete), *complete.groups(ctx, incomplete)]


@with_flags
def groups(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[GROUP]...", autocompletion=_names, help="Groups by name or glob: their lag and members."
        ),
    ] = None,
    *,
    group: Annotated[
        list[str] | None,
        typer.Option("-g", "--group", metavar="GROUP", autocompletion=complete.groups, help="The same as an argument."),
    ] = None,
    where: Where,
    printing: Printing,
) -> None:
    """List groups of every type with state, members and lag; with names, their partitions and their members.

    kafkatui groups reset, groups delete and groups export change them: each has its own --help.
    """
    meant = Meant([*(names or ()), *(group or ())])
    described = bool(meant.groups)
    snapshot = connect.read(where, _wants(printing.format, described=described), meant.is_asked, groups=meant.groups)
    chosen, missing = meant.chosen(snapshot)
    report.emit(_report(snapshot, chosen, described=described), printing)
    report.finish([*missing, *failures.of_listing(snapshot, meant.groups), *failures.of_groups(chosen)])


def _wants(output: Output, *, described: bool) -> Want:
    """A group's reason may be that records were deleted before they were read: that needs the starts."""
    shows_partitions = output is Output.JSON or (described and output in (Output.NDJSON, Output.CSV))
    return wants_of(Output.JSON if shows_partitions else output)


def _report(snapshot: Snapshot, groups: Sequence[Group], *, described: bool) -> Report:
    return Report(
        snapshot=snapshot,
        schema="groups",
        tables=lambda: (
            [lag_table(groups, snapshot.outlooks), _members(groups)] if described else [Table(GROUPS, groups)]
        ),
        records=lambda: _records(groups, snapshot.outlooks, described=described),
        fields=documents.LAG_FIELDS if described else documents.GROUP_FIELDS,
        items=lambda: [documents.group_document(group, snapshot.outlooks) for group in groups],
        metrics=lambda: _metrics(groups),
    )


def _members(groups: Sequence[Group]) -> Table[Any]:
    read = [(group, group.members) for group in groups if not isinstance(group.members, Problem)]
    unread = [{"group": group.group} for group in groups if isinstance(group.members, Problem)]
    return Table(_MEMBERS, [_MemberRow(group.group, member) for group, members in read for member in members], unread)


def _records(groups: Iterable[Group], outlooks: Outlooks, *, described: bool) -> Iterable[report.Record]:
    if not described:
        return map(documents.group_record, groups)
    return (each for group in groups for each in documents.lag_records(group, outlooks))


def _metrics(groups: Sequence[Group]) -> Iterable[Metric]:
    yield Metric(
        "kafkatui_group_info",
        "Always 1; the type and state of a group are its labels.",
        [({"group": each.group, "type": each.type.value, "state": each.state}, 1) for each in groups],
    )
    yield Metric(
        "kafkatui_group_members", "Members of a group.", [({"group": each.group}, members_of(each)) for each in groups]
    )
    yield Metric(
        "kafkatui_group_total_lag_records",
        "Records a group has not committed as read, over all its partitions.",
        [({"group": each.group}, each.lag) for each in groups],
    )
