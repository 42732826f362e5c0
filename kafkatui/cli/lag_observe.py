"""`lag --status`: watches the groups that are meant until each can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from kafkatui.cli import connect, interrupts
from kafkatui.cli.durations import span_words
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where
from kafkatui.cli.lag_checks import why_unjudged
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_watching import Watching, watching
from kafkatui.cli.outlook_documents import of_row
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import Problem
from kafkatui.model.reckoning import ENOUGH
from kafkatui.model.snapshot import Snapshot

_GRACE = 15.0
"""Seconds more for what was first seen late; after them it stays without a verdict."""


def observe(where: Where, meant: Meant, seconds: float, *, ages: bool) -> Snapshot:
    """The last of the readings over at least so many seconds, with verdicts; `ages`: also with exact ages.

    Raises Failure.
    """
    observing = _Observing(meant, max(seconds, ENOUGH), ages=ages)
    try:
        interrupts.run(observing.run(connect.needed_connection(where)))
    finally:
        observing.line.clear()
    assert observing.last is not None
    return observing.last


class _Observing:
    def __init__(self, meant: Meant, seconds: float, *, ages: bool) -> None:
        self._meant = meant
        self._ages = ages
        self._seconds = seconds
        self._begun: float | None = None
        self._count = 0
        self._over = 0.0
        self.last: Snapshot | None = None
        self.line = ProgressLine(self._words)

    async def run(self, connection: Connection) -> None:
        """Until all that can be judged is, or no more time is worth it."""
        self.line.draw(at_once=True)
        async with watching(connection, self._meant) as watch, aclosing(watch.readings()) as readings:
            async for reading in readings:
                if isinstance(reading, Problem):
                    self._lose(reading)
                elif self._take(reading, watch):
                    break
            if self._ages and self.last is not None:
                self.last = _with_exact_ages(self.last, await watch.exact())

    def _lose(self, why: Problem) -> None:
        """It may come back, as long as there is time."""
        if self._begun is not None and connect.clock() - self._begun >= self._seconds + _GRACE:
            raise Failure(Code.UNREACHABLE, f"the connection was lost while the groups were observed: {why.text}")

    def _take(self, snapshot: Snapshot, watch: Watching) -> bool:
        """Whether it is enough."""
        self.last = snapshot
        groups, _ = self._meant.chosen(snapshot)
        watch.look_at([group.group for group in groups])
        self._begun = snapshot.at if self._begun is None else self._begun
        self._count, self._over = len(groups), snapshot.at - self._begun
        self.line.draw(at_once=True)
        if all(group.partitions == () for group in groups):
            return True
        if self._over < self._seconds:
            return False
        return self._over >= self._seconds + _GRACE or _all_judged(groups, snapshot)

    def _words(self) -> str:
        if self._begun is None:
            return "reads how far the groups are"
        return f"observes {counted(self._count, 'group')}: {self._over:.0f}s of {span_words(self._seconds)}"


def _all_judged(groups: Sequence[Group], snapshot: Snapshot) -> bool:
    """But for what never will be: without a commit there is nothing that could move."""
    return not any(
        isinstance(row.lag, int) and row.lag and isinstance(row.committed, int)
        and why_unjudged(row, of_row(group, row, snapshot.outlooks))
        for group in groups
        for row in group.rows
    )  # fmt: skip


def _with_exact_ages(observed: Snapshot, exact: Snapshot) -> Snapshot:
    """While a commit moves a monitor has only an age between two of its samples, or none."""
    ages = {name: _aged(outlook, exact.outlooks.get(name)) for name, outlook in observed.outlooks.items()}
    return replace(observed, outlooks=ages)


def _aged(outlook: GroupOutlook, exact: GroupOutlook | None) -> GroupOutlook:
    if exact is None:
        return outlook
    rows = {
        name: replace(
            row, time_lag=exact.partitions[name].time_lag if name in exact.partitions else 0, is_estimated=False
        )
        for name, row in outlook.partitions.items()
    }
    return replace(outlook, partitions=rows, time_lag=exact.time_lag, is_estimated=False)
