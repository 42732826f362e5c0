"""All polling: one loop that turns readings into snapshots. It knows neither Kafka's protocol nor any screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from enum import Flag, auto
from typing import Protocol

from kafkatui.model.assembly import assemble
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.events import changes
from kafkatui.model.groups import GroupType
from kafkatui.model.observations import Observations
from kafkatui.model.parts import (
    ClusterDetails,
    Commits,
    GroupList,
    ListedGroup,
    Members,
    Offsets,
    Parts,
    ShareOffset,
    Sizes,
)
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.reckoning import outlooks
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.model.trends import Trends, extend

EVENTS = 200
"""Events a session keeps."""
LONGEST_PAUSE = 10.0
"""Seconds between two attempts while no broker answers."""


class Source(Protocol):
    """Where readings come from: the real cluster, or the scripted one of the unit tests.

    No method raises for one broker, topic or group that can not be read: the reason stands in its place.
    Each may raise `Unreachable` when no broker answers at all.
    """

    async def topology(self) -> Topology: ...
    async def details(self, topology: Topology) -> ClusterDetails: ...
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


class Want(Flag):
    """The parts of a reading; each costs at most one request per broker and type of group."""

    TOPOLOGY = auto()
    DETAILS = auto()
    STARTS = auto()
    ENDS = auto()
    STABLE_ENDS = auto()
    SIZES = auto()
    GROUPS = auto()
    MEMBERS = auto()
    COMMITS = auto()
    SHARE_OFFSETS = auto()

    LAG = TOPOLOGY | ENDS | GROUPS | MEMBERS | COMMITS | SHARE_OFFSETS
    ALL = LAG | DETAILS | STARTS | STABLE_ENDS | SIZES


async def read_once(
    source: Source,
    wants: Want = Want.ALL,
    *,
    only: Callable[[ListedGroup], bool] | None = None,
    clock: Callable[[], float] = time.time,
) -> Snapshot:
    """One complete reading of what is wanted; `only` picks the groups to ask about. Raises `Unreachable`."""
    reading = _Reading(source, only, clock)
    await reading.read(Want.TOPOLOGY)
    await reading.read(wants & Want.GROUPS)
    await reading.read(wants & (Want.MEMBERS | Want.COMMITS | Want.SHARE_OFFSETS))
    await reading.read(wants & ~(Want.TOPOLOGY | Want.LAG | Want.STABLE_ENDS) | wants & Want.ENDS)
    await reading.read(wants & Want.STABLE_ENDS)
    await reading.read_missing_starts(wants)
    now = assemble(reading.parts, clock(), Stage.GROUPS)
    return replace(now, outlooks=outlooks(now.groups, reading.parts, None, now.at))


class _Reading:
    """The newest answer to each question, kept from refresh to refresh."""

    def __init__(self, source: Source, only: Callable[[ListedGroup], bool] | None, clock: Callable[[], float]) -> None:
        self._source = source
        self._only = only
        self._clock = clock
        self.parts = Parts(Topology(None, {}, {}))
        self.ends_at = 0.0
        """When the ends were asked for, epoch seconds."""

    async def read(self, wants: Want) -> None:
        """Ask for all of `wants` at once. Raises `Unreachable`."""
        steps = self._steps()
        await _at_once(*(steps[want]() for want in wants))

    def _steps(self) -> Mapping[Want, Callable[[], Coroutine[None, None, None]]]:
        return {
            Want.TOPOLOGY: self._topology,
            Want.DETAILS: self._details,
            Want.STARTS: self._starts,
            Want.ENDS: self._ends,
            Want.STABLE_ENDS: self._stable_ends,
            Want.SIZES: self._sizes,
            Want.GROUPS: self._groups,
            Want.MEMBERS: self._members,
            Want.COMMITS: self._commits,
            Want.SHARE_OFFSETS: self._share_offsets,
        }

    async def read_missing_starts(self, wants: Want) -> None:
        """Without a commit the lag is what is available, and that needs the start: only of the partitions concerned."""
        if Want.STARTS in wants or Want.COMMITS not in wants:
            return
        missing = _without_commit(self.parts)
        if missing:
            topology = _only_partitions(self.parts.topology, missing)
            self._put(starts=await self._source.starts(topology))

    @property
    def _listed(self) -> list[ListedGroup]:
        listed = self.parts.group_list.groups.values() if self.parts.group_list is not None else ()
        return [group for group in listed if self._only is None or self._only(group)]

    def _put(self, **answers: object) -> None:
        """Take over answers. They are complete when this is called: nothing read meanwhile is overwritten."""
        self.parts = replace(self.parts, **answers)  # type: ignore[arg-type]

    async def _topology(self) -> None:
        topology = await self._source.topology()
        self.parts = self.parts.with_topology(topology)

    async def _details(self) -> None:
        self._put(details=await self._source.details(self.parts.topology))

    async def _starts(self) -> None:
        self._put(starts=await self._source.starts(self.parts.topology))

    async def _ends(self) -> None:
        self.ends_at = self._clock()
        self._put(ends=await self._source.ends(self.parts.topology))

    async def _stable_ends(self) -> None:
        """Compared with ends asked for before them: what is below one of those was held back, not only read earlier."""
        ends = self.parts.ends
        stable_ends = await self._source.stable_ends(self.parts.topology)
        self._put(stable_ends={name: _held(stable, ends.get(name)) for name, stable in stable_ends.items()})

    async def _sizes(self) -> None:
        self._put(sizes=await self._source.sizes(self.parts.topology))

    async def _groups(self) -> None:
        self._put(group_list=await self._source.groups(self.parts.topology))

    async def _members(self) -> None:
        self._put(members=await self._source.members(self._listed))

    async def _commits(self) -> None:
        self._put(commits=await self._source.commits(self._listed))

    async def _share_offsets(self) -> None:
        self._put(share_offsets=await self._source.share_offsets(self._listed))

    async def read_members_of(self, kind: GroupType) -> None:
        """The members of the groups of one type; those of the others stay as they are."""
        listed, known = self._listed, self.parts.members
        read = await self._source.members([group for group in listed if group.type is kind])
        self._put(members={group.group: known[group.group] for group in listed if group.group in known} | dict(read))

    @property
    def live_types(self) -> list[GroupType]:
        """Types of the groups that have members."""
        return sorted({group.type for group in self._listed if group.state != "Empty"})

    @property
    def types(self) -> set[GroupType]:
        return {group.type for group in self._listed}


async def _at_once(*steps: Coroutine[None, None, None]) -> None:
    """Run them side by side; when one raises, the others are ended first.

    Raises `Unreachable`; anything else is a bug and comes as a group.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            for step in steps:
                tasks.create_task(step)
    except ExceptionGroup as failures:
        _, others = failures.split(Unreachable)
        if others is not None:
            raise
        raise failures.exceptions[0] from None


def _held(stable_end: Reading, end: Reading | None) -> Reading | None:
    """The stable end if it is unknown or stands before the end, else None."""
    return None if isinstance(stable_end, int) and isinstance(end, int) and stable_end >= end else stable_end


def _without_commit(parts: Parts) -> set[TopicPartition]:
    """Partitions some member reads but its group has not committed."""
    missing: set[TopicPartition] = set()
    for group, members in parts.members.items():
        commits = parts.commits.get(group, {})
        if not isinstance(members, Problem) and not isinstance(commits, Problem):
            missing.update(name for member in members for name in member.partitions if name not in commits)
    return missing


def _only_partitions(topology: Topology, names: set[TopicPartition]) -> Topology:
    wanted = {each.topic for each in names}
    topics = {
        name: replace(topic, partitions=tuple(each for each in topic.partitions if each.name in names))
        for name, topic in topology.topics.items()
        if name in wanted
    }
    return replace(topology, topics=topics)


class Monitor:
    """Reads a source again and again; never twice at once, and never loses the last good snapshot."""

    def __init__(self, source: Source, *, seconds: float = 1.0, clock: Callable[[], float] = time.time) -> None:
        self.source = source
        self.seconds = seconds
        """Least pause between two refreshes; one that costs much makes it longer."""
        self._paused = False
        self._clock = clock
        self._wake = asyncio.Event()
        self._reading = _Reading(source, None, clock)
        self._turns = _Turns(self._reading)
        self._seen = Observations()
        self._last = NOTHING

    def wake(self) -> None:
        """Read again now instead of at the end of the pause, also while paused."""
        self._wake.set()

    @property
    def paused(self) -> bool:
        """While it is set, only `wake` makes it read."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if not paused:
            self.wake()

    async def watch(self) -> AsyncIterator[Snapshot]:
        """Snapshots for ever; the first reading comes in stages. A failed reading repeats the last one with why."""
        failures = 0
        while True:
            worked = time.process_time()
            try:
                async for snapshot in self._refresh():
                    yield snapshot
                failures = 0
            except Unreachable as error:
                failures += 1
                yield replace(self._last, problems=(error.problem,))
            await self._pause(self._seconds_to_pause(time.process_time() - worked, failures))

    def _seconds_to_pause(self, worked: float, failures: int) -> float:
        """At most a tenth of a core is spent reading; while nobody answers the pause doubles."""
        wanted = max(self.seconds, worked * 9) if not failures else self.seconds * 2 ** min(failures - 1, 9)
        return min(wanted, LONGEST_PAUSE)

    async def _refresh(self) -> AsyncIterator[Snapshot]:
        """Commits are read before ends: the other way round a fast group would look ahead of the log."""
        if self._last.stage < Stage.GROUPS:
            async for snapshot in self._first():
                yield snapshot
            return
        await self._reading.read(Want.TOPOLOGY)
        await self._reading.read(Want.COMMITS)
        await _at_once(self._reading.read(Want.ENDS | Want.DETAILS), self._turns.take())
        yield self._take(Stage.GROUPS)

    async def _first(self) -> AsyncIterator[Snapshot]:
        await self._reading.read(Want.TOPOLOGY)
        yield self._take(Stage.NAMES)
        await self._reading.read(Want.GROUPS | Want.ENDS)
        yield self._take(Stage.OFFSETS)
        await self._reading.read(Want.COMMITS | Want.MEMBERS | Want.SHARE_OFFSETS)
        await self._reading.read(Want.ENDS | Want.STARTS | Want.DETAILS | Want.SIZES)
        await self._reading.read(Want.STABLE_ENDS)
        yield self._take(Stage.GROUPS)

    def _take(self, stage: Stage) -> Snapshot:
        now = assemble(self._reading.parts, self._clock(), stage, self._last)
        if stage is Stage.GROUPS:
            self._seen.add(self._reading.ends_at, now.topics, now.groups)
            ahead = outlooks(now.groups, self._reading.parts, self._seen, now.at)
            now = replace(now, trends=self._extended(now), outlooks=ahead)
        if self._last.stage is Stage.GROUPS:
            now = replace(now, events=(*changes(self._last, now), *self._last.events)[:EVENTS])
        self._last = now
        return now

    def _extended(self, now: Snapshot) -> Trends:
        ends = {each.name: each.end for each in now.partitions if isinstance(each.end, int)}
        return extend(self._last.trends, self._reading.ends_at, ends, now.topics, now.groups)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            if self._paused:
                await self._wake.wait()
        self._wake.clear()


class _Turns:
    """What changes slowly takes turns: a refresh asks one such question, so that it never sends more than a handful.

    With three brokers that is 12 requests: Metadata 1, commits 3, ends 3, details 2 and 3 for the turn.
    """

    _SLOW = (Want.STARTS, Want.STABLE_ENDS, Want.SIZES)

    def __init__(self, reading: _Reading) -> None:
        self._reading = reading
        self._turn = 0
        self._slow = 0

    async def take(self) -> None:
        kinds = self._reading.live_types
        shares = [Want.SHARE_OFFSETS] if GroupType.SHARE in self._reading.types else []
        turns: list[Want | GroupType] = [Want.GROUPS, *kinds, *shares, self._SLOW[self._slow % len(self._SLOW)]]
        if self._turn >= len(turns):
            self._turn, self._slow = 0, self._slow + 1
        turn = turns[self._turn]
        self._turn += 1
        if isinstance(turn, GroupType):
            await self._reading.read_members_of(turn)
        else:
            await self._reading.read(turn)
