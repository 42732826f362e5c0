"""Reading groups again and again for a command that waits or observes. What it looks for is its own business."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import TypeAlias

from kafkatui.cli import connect
from kafkatui.cli.exits import Code, Failure
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import Group
from kafkatui.model.parts import ListedGroup
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor, Want, read_once

Only: TypeAlias = Callable[[ListedGroup], bool]
"""Picks the groups to ask about."""
Choose: TypeAlias = Callable[[Snapshot], tuple[list[Group], tuple[str, ...]]]
"""The groups that are meant with the rows that are, and a sentence for each name that is not there."""

PAUSE = 1.0
"""Seconds between two readings at least."""


class Watching:
    """One monitor, for as long as the command runs."""

    def __init__(self, monitor: Monitor, connection: Connection, only: Only) -> None:
        self._monitor = monitor
        self._connection = connection
        self._only = only

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
                yield snapshot

    async def exact(self) -> Snapshot:
        """One reading of its own, with the age of every first unread record. Raises `Unreachable`."""
        return await read_once(self._monitor.source, Want.LAG, only=self._only, clock=connect.clock)


@asynccontextmanager
async def watching(connection: Connection, only: Only, seconds: float | None = None) -> AsyncIterator[Watching]:
    """`only` picks the groups to ask about; `seconds` lie between two readings, `PAUSE` if it is not said.

    Raises Failure where the cluster can not be reached.
    """
    try:
        async with connect.open_source(connection) as source:
            pause = PAUSE if seconds is None else seconds
            monitor = Monitor(source, seconds=pause, only=only, clock=connect.clock, whole=True)
            yield Watching(monitor, connection, only)
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
