"""`kafkatui lag`: how far groups are behind, partition by partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kafkatui.cli import complete, connect, documents, report
from kafkatui.cli.exits import say
from kafkatui.cli.flags import Output, Partitions, Printing, Where, with_flags
from kafkatui.cli.lag_checks import outcome
from kafkatui.cli.lag_flags import Checking, Showing, patience
from kafkatui.cli.lag_metrics import metrics
from kafkatui.cli.lag_views import By, report_by
from kafkatui.cli.naming import matches, partitions, pick
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table
from kafkatui.columns.groups import LAG, lag_rows, no_groups
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.parts import ListedGroup
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want

if TYPE_CHECKING:
    from kafkatui.cli.lag_watching import Choose, Only


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
    wanted, topics, numbers = [*(names or ()), *(group or ())], topic or [], partitions(partition)
    wants, checks, observe = wants_of(printing.format), checking.checks, checking.observe_seconds
    checking.refuse_output(printing)
    showing.refuse(checking, printing)
    make = partial(report_of, by=showing.by)
    only, choose = partial(_is_wanted, wanted), partial(chosen, wanted, topics, numbers)
    if checking.wait_drained:
        wait_drained(wanted, only, choose, where, printing)
        return
    every, address, seconds = showing.every_seconds, showing.address, showing.watch_seconds
    if address is not None:
        from kafkatui.cli import lag_serve  # only for who serves

        lag_serve.serve(where, only, choose, address, every)
        return
    if seconds is not None:
        from kafkatui.cli import lag_watch  # only for who watches

        lag_watch.watch(where, only, choose, make, printing, seconds)
        return
    read = partial(connect.read, where, wants, only, groups=wanted)
    if checks.status:
        from kafkatui.cli import lag_observe  # only for who watches

        read = partial(lag_observe.observe, where, only, choose, observe, ages=checks.seconds is not None)
    if checking.nagios:
        from kafkatui.cli import nagios  # only for such a system

        raise typer.Exit(nagios.answer(checks, wanted, read, choose))
    snapshot = read()
    groups, missing = choose(snapshot)
    report.emit(make(snapshot, groups), printing)
    for remark in _remarks(snapshot, groups, is_named=bool(wanted)):
        say(remark)
    result = outcome(checks, wanted, snapshot, groups, missing)
    report.finish(result.unknown, [each.text for each in result.unmet])


def wait_drained(wanted: Sequence[str], only: Only, choose: Choose, where: Where, printing: Printing) -> None:
    """The last reading is printed only where it was asked for how: who waits needs the exit code."""
    from kafkatui.cli import lag_wait  # only for who waits

    snapshot = lag_wait.wait_drained(*patience(where), wanted, only, choose)
    if printing.json or printing.output is not None:
        report.emit(report_of(snapshot, choose(snapshot)[0]), printing)


def chosen(
    wanted: Sequence[str], topics: Sequence[str], numbers: frozenset[int] | None, snapshot: Snapshot
) -> tuple[list[Group], tuple[str, ...]]:
    """The groups that are meant with the rows that are, and a sentence for each name that is not there."""
    found = pick(wanted, snapshot.groups, "group", snapshot.hidden_groups)
    groups = [snapshot.groups[name] for name in (found.names if wanted else snapshot.groups)]
    if topics or numbers is not None:
        groups = [_narrowed(each, topics, numbers) for each in groups]
    return groups, (*found.missing, *_absent_topics(topics, snapshot, groups))


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


def _is_wanted(wanted: Sequence[str], listed: ListedGroup) -> bool:
    return matches(wanted, listed.group)


def _narrowed(group: Group, topics: Sequence[str], numbers: frozenset[int] | None) -> Group:
    if isinstance(group.partitions, Problem):
        return group
    kept = (
        row for row in group.partitions if matches(topics, row.topic) and (numbers is None or row.partition in numbers)
    )
    return replace(group, partitions=tuple(kept))


def _remarks(snapshot: Snapshot, groups: Sequence[Group], *, is_named: bool) -> Iterable[str]:
    """Why there is no row, where that is no failure."""
    if not groups and not is_named:
        yield no_groups(snapshot)
    for group in groups if is_named else ():
        if group.partitions == () and not isinstance(group.members, Problem):
            yield f"group {group.group} has no commit and reads no partition here"


def _absent_topics(topics: Sequence[str], snapshot: Snapshot, groups: Iterable[Group]) -> tuple[str, ...]:
    """A topic that is gone may still have commits: those rows are shown, so it is not missing."""
    read = {name: None for group in groups for name in group.topics}
    return pick(topics, {**snapshot.topics, **read}, "topic").missing
