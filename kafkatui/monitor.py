"""All polling: one loop that turns readings into snapshots. It knows neither Kafka's protocol nor any screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Protocol

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.parts import Commits, GroupList, ListedGroup, Members, Offsets, ShareOffset, Sizes
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import NOTHING, Snapshot


class Source(Protocol):
    """Where readings come from: the real cluster, or the scripted one of the unit tests.

    No method raises for one broker, topic or group that can not be read: the reason stands in its place.
    Each raises `Unreachable` when no broker answers at all.
    """

    async def topology(self) -> Topology: ...
    async def starts(self, topology: Topology) -> Offsets: ...
    async def ends(self, topology: Topology) -> Offsets: ...
    async def stable_ends(self, topology: Topology) -> Offsets: ...
    async def sizes(self, topology: Topology) -> Sizes: ...
    async def groups(self, topology: Topology) -> GroupList: ...
    async def members(self, groups: Collection[ListedGroup]) -> Mapping[str, Members | Problem]: ...
    async def commits(self, groups: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]: ...
    async def share_offsets(
        self, groups: Collection[ListedGroup]
    ) -> Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem]: ...
    async def close(self) -> None: ...


class Monitor:
    """Reads a source again and again; never twice at once, and never loses the last good snapshot."""

    def __init__(self, source: Source, *, seconds: float = 2.0, clock: Callable[[], float] = time.time) -> None:
        self.source = source
        self.seconds = seconds
        self.paused = False
        self._clock = clock
        self._wake = asyncio.Event()
        self._last: Snapshot = NOTHING

    def wake(self) -> None:
        """Read again now instead of at the end of the pause."""
        self._wake.set()

    async def watch(self) -> AsyncIterator[Snapshot]:
        """Snapshots for ever; the first reading comes in stages. A failed reading repeats the last one with why."""
        raise NotImplementedError
        yield self._last
