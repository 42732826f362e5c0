"""`kafkatui lag`: how far groups are behind, partition by partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import typer

from kafkatui.cli import complete, connect, documents, report
from kafkatui.cli.exits import say
from kafkatui.cli.flags import Output, Partitions, Printing, Where, with_flags
from kafkatui.cli.lag_checks import outcome
from kafkatui.cli.lag_flags import Checking, Showing, patience
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_metrics import metrics
from kafkatui.cli.lag_views import By, report_by
from kafkatui.cli.naming import partitions
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table
from kafkatui.columns.groups import LAG, lag_rows, no_groups
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want


@with_flags
def lag(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[GROUP]...", autocompletion=complete.groups, help="Groups by name or glob; all without any."
        ),
    ] = None,
    *,
    group: Annotated[
        list[str] | None,
        typer.Option("-g", "--group", metavar="GROUP", autocompletion=complete.groups, help="The same as an argument."),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            "-t", "--topic", metavar="TOPIC", autocompletion=complete.topics, help="Only these topics, by name or glob."
        ),
    ] = None,
    partition: Partitions = None,
    showing: Showing,
    checking: Checking,
    where: Where,
    printing: Printing,
) -> None:
    """How far groups of every type are behind, by partition: end minus committed.

    Without a commit the lag is all that is available; a number that can not be read is ? (null in JSON) and its
    reason stands beside it. time_lag_ms is the age of the first record that was not read.
    """
    meant = Meant([*(names or ()), *(group or ())], topic or [], partitions(partition))
    wants, checks, observe = wants_of(printing.format), checking.checks, checking.observe_seconds
    checking.refuse_output(printing)
    showing.refuse(checking, printing)
    make = partial(report_of, by=showing.by)
    if checking.wait_drained:
        wait_drained(meant, where, printing)
        return
    every, address, seconds = showing.every_seconds, showing.address, showing.watch_seconds
    if address is not None:
        from kafkatui.cli import lag_serve  # only for who serves

        lag_serve.serve(where, meant, address, every)
        return
    if seconds is not None:
        from kafkatui.cli import lag_watch  # only for who watches

        lag_watch.watch(where, meant, make, printing, seconds)
        return
    read = partial(connect.read, where, wants, meant.is_asked, groups=meant.groups)
    if checks.status:
        from kafkatui.cli import lag_observe  # only for who watches

        read = partial(lag_observe.observe, where, meant, observe, ages=checks.seconds is not None)
    if checking.nagios:
        from kafkatui.cli import nagios  # only for such a system

        raise typer.Exit(nagios.answer(checks, meant, read))
    snapshot = read()
    groups, missing = meant.chosen(snapshot)
    report.emit(make(snapshot, groups), printing)
    for remark in _remarks(snapshot, groups, is_named=bool(meant.groups)):
        say(remark)
    result = outcome(checks, meant.groups, snapshot, groups, missing)
    report.finish(result.unknown, [each.text for each in result.unmet])


def wait_drained(meant: Meant, where: Where, printing: Printing) -> None:
    """The last reading is printed only where it was asked for how: who waits needs the exit code."""
    from kafkatui.cli import lag_wait  # only for who waits

    snapshot = lag_wait.wait_drained(*patience(where), meant)
    if printing.json or printing.output is not None:
        report.emit(report_of(snapshot, meant.chosen(snapshot)[0]), printing)


def wants_of(output: Output) -> Want:
    """What is not shown is not asked for: each part is a request a broker. Documents show all starts."""
    if output in (Output.PROMETHEUS, Output.TABLE):
        return Want.LAG
    return Want.LAG | Want.STARTS | Want.STABLE_ENDS


def report_of(snapshot: Snapshot, groups: Sequence[Group], by: By | None = None) -> Report:
    whole = Report(
        snapshot=snapshot,
        schema="lag",
        key="groups",
        tables=lambda: [lag_table(groups, snapshot.outlooks)],
        records=lambda: (each for group in groups for each in documents.lag_records(group, snapshot.outlooks)),
        fields=documents.LAG_FIELDS,
        items=lambda: [documents.lag_group(group, snapshot.outlooks) for group in groups],
        metrics=lambda: metrics(groups, snapshot.outlooks),
    )
    return whole if by in (None, By.GROUP) else report_by(whole, groups, by)


def lag_table(groups: Iterable[Group], outlooks: Mapping[str, GroupOutlook]) -> Table[Any]:
    groups = list(groups)
    rows = [row for group in groups for row in lag_rows(group, outlooks)]
    unread = [
        {"group": group.group, "problem": documents.group_problem(group) or ""}
        for group in groups
        if isinstance(group.partitions, Problem)
    ]
    return Table(LAG, rows, unread)


def _remarks(snapshot: Snapshot, groups: Sequence[Group], *, is_named: bool) -> Iterable[str]:
    """Why there is no row, where that is no failure."""
    if not groups and not is_named:
        yield no_groups(snapshot)
    for group in groups if is_named else ():
        if group.partitions == () and not isinstance(group.members, Problem):
            yield f"group {group.group} has no commit and reads no partition here"
