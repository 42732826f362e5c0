"""The loop that turns readings into snapshots, for ever. It knows neither Kafka's protocol nor any screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from dataclasses import replace

from kafkatui.model.assembly import assemble
from kafkatui.model.changes import Observer
from kafkatui.model.errors import Unreachable
from kafkatui.model.observations import Observations
from kafkatui.model.parts import ListedGroup
from kafkatui.model.reckoning import outlooks
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.model.trends import Trends, extend
from kafkatui.monitor.reading import Answers, at_once
from kafkatui.monitor.source import Source, Want
from kafkatui.monitor.turns import Turns, UnreadOfSome

EVENTS = 2_000
"""Events a session keeps."""
MOST_LOOKED_UP = 1_000
"""First unread records looked up in one refresh that reads all."""
LONGEST_PAUSE = 10.0
"""Seconds between two attempts while no broker answers."""


class Monitor:
    """Reads a source again and again; never twice at once, and never loses the last good snapshot."""

    def __init__(
        self,
        source: Source,
        *,
        seconds: float = 1.0,
        only: Callable[[ListedGroup], bool] | None = None,
        whole: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`only` picks the groups to ask about. `whole`: every refresh reads all of lag, and nothing takes turns."""
        self.source = source
        self.seconds = seconds
        """Least pause between two refreshes; one that costs much makes it longer."""
        self._whole = whole
        self._paused = False
        self._clock = clock
        self._wake = asyncio.Event()
        self._answers = Answers(source, only, clock)
        self._turns = Turns(self._answers)
        self._unread = UnreadOfSome(self._answers)
        self._seen = Observations()
        self._last = NOTHING
        self._observer = Observer()

    def wake(self) -> None:
        """Read again now instead of at the end of the pause, also while paused."""
        self._wake.set()

    def look_at(self, groups: Collection[str]) -> None:
        """Groups somebody looks at: the first record each has not read is looked up as soon as a commit moves."""
        self._unread.looked_at = frozenset(groups)

    @property
    def paused(self) -> bool:
        """While it is set, only `wake` makes it read."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if not paused:
            self.wake()

    async def watch(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots for ever; the first reading comes in stages. A failed reading repeats the last one with why."""
        failures = 0
        while True:
            worked = time.thread_time()
            try:
                async for snapshot in self._refresh():
                    yield snapshot
                failures = 0
            except Unreachable as error:
                failures += 1
                yield replace(self._last, problems=(error.problem,))
            await self._pause(self._seconds_to_pause(time.thread_time() - worked, failures))

    def _seconds_to_pause(self, worked: float, failures: int) -> float:
        """At most a tenth of a core is spent reading; while nobody answers the pause doubles."""
        wanted = max(self.seconds, worked * 9) if not failures else self.seconds * 2 ** min(failures - 1, 9)
        return min(wanted, max(self.seconds, LONGEST_PAUSE))

    async def _refresh(self) -> AsyncIterator[Snapshot]:
        """Commits are read before ends: the other way round a fast group would look ahead of the log."""
        if self._whole:
            await self._answers.read_whole(Want.LAG | Want.STARTS | Want.STABLE_ENDS, MOST_LOOKED_UP)
            yield self._take(Stage.GROUPS)
            return
        if self._last.stage < Stage.GROUPS:
            async for snapshot in self._first():
                yield snapshot
            return
        await self._answers.read(Want.TOPOLOGY)
        await self._answers.read(Want.COMMITS)
        await at_once(self._answers.read(Want.ENDS | Want.DETAILS), self._turns.take(), self._unread.read())
        yield self._take(Stage.GROUPS)

    async def _first(self) -> AsyncIterator[Snapshot]:
        await self._answers.read(Want.TOPOLOGY)
        yield self._take(Stage.NAMES)
        await self._answers.read(Want.GROUPS | Want.ENDS)
        yield self._take(Stage.OFFSETS)
        await self._answers.read(Want.COMMITS | Want.MEMBERS | Want.SHARE_OFFSETS)
        await self._answers.read(Want.ENDS | Want.STARTS | Want.DETAILS | Want.SIZES)
        await self._answers.read(Want.STABLE_ENDS)
        await at_once(self._answers.read_open_transactions(), self._answers.read_absent())
        yield self._take(Stage.GROUPS)

    def _take(self, stage: Stage) -> Snapshot:
        now = assemble(self._answers.parts, self._clock(), stage, self._last)
        if stage is Stage.GROUPS:
            self._seen.add(self._answers.ends_at, now.topics, now.groups)
            ahead = outlooks(now.groups, self._answers.parts, self._seen, now.at)
            now = replace(now, trends=self._extended(now), outlooks=ahead)
        if self._last.stage is Stage.GROUPS:
            now = replace(now, events=(*self._observer.look(self._last, now), *self._last.events)[:EVENTS])
        self._last = now
        return now

    def _extended(self, now: Snapshot) -> Trends:
        ends = {each.name: each.end for each in now.partitions if isinstance(each.end, int)}
        return extend(self._last.trends, self._answers.ends_at, ends, now.topics, now.groups)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            if self._paused:
                await self._wake.wait()
        self._wake.clear()
