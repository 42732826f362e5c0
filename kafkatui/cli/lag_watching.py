"""Reading groups again and again for a command that waits or observes. What it looks for is its own business."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

from kafkatui.cli import connect
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.lag_meant import Meant
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor, Want, read_once

PAUSE = 1.0
"""Seconds between two readings at least."""


class Missing:
    """Names that are not there, said when they become others and not with each reading."""

    def __init__(self) -> None:
        self._said: tuple[str, ...] = ()

    def tell(self, sentences: tuple[str, ...]) -> None:
        if sentences != self._said:
            self._said = sentences
            for sentence in sentences:
                say(sentence)


class Watching:
    """One monitor, for as long as the command runs."""

    def __init__(self, monitor: Monitor, connection: Connection, meant: Meant) -> None:
        self._monitor = monitor
        self._connection = connection
        self._meant = meant

    def look_at(self, groups: Collection[str]) -> None:
        """Those whose first unread records are looked up with each reading: only that tells markers from records."""
        self._monitor.look_at(groups)

    async def readings(self) -> AsyncGenerator[Snapshot | Problem, None]:
        """Complete readings; in the place of one that can not be made any more the reason. Raises `Unreachable`."""
        async for snapshot in self._monitor.watch():
            if snapshot.problems and snapshot.stage is not Stage.GROUPS:
                raise Unreachable(snapshot.problems[0])
            self._connection.check(snapshot.cluster_id)
            if snapshot.problems:
                yield snapshot.problems[0]
            elif snapshot.stage is Stage.GROUPS:
                yield await self._with_hidden(snapshot)

    async def _with_hidden(self, snapshot: Snapshot) -> Snapshot | Problem:
        """A name that is not listed may be one that may not be seen."""
        try:
            hidden = await connect.hidden_groups_of(self._monitor.source, snapshot.groups, self._meant.groups)
        except Unreachable as error:
            return error.problem
        return replace(snapshot, hidden_groups=hidden) if hidden else snapshot

    async def exact(self) -> Snapshot:
        """One reading of its own, with the age of every first unread record. Raises `Unreachable`."""
        return await read_once(self._monitor.source, Want.LAG, only=self._meant.is_asked, clock=connect.clock)


@asynccontextmanager
async def watching(connection: Connection, meant: Meant, seconds: float | None = None) -> AsyncIterator[Watching]:
    """Only groups that are meant are asked about; `seconds` lie between two readings, `PAUSE` if it is not said.

    Raises Failure where the cluster can not be reached.
    """
    try:
        async with connect.open_source(connection) as source:
            pause = PAUSE if seconds is None else seconds
            monitor = Monitor(source, seconds=pause, only=meant.is_asked, clock=connect.clock, whole=True)
            yield Watching(monitor, connection, meant)
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
