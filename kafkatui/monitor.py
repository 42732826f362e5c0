"""All polling: one loop that turns readings into snapshots. It knows neither Kafka's protocol nor any screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import replace
from enum import Flag, auto
from itertools import islice
from typing import Protocol

from kafkatui.model.assembly import assemble
from kafkatui.model.changes import Observer
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import GroupType
from kafkatui.model.lagging import Lagging, lagging, topics_named, wanted
from kafkatui.model.observations import Observations
from kafkatui.model.open_transactions import OpenTransactions
from kafkatui.model.parts import (
    ClusterDetails,
    Commits,
    Described,
    GroupList,
    ListedGroup,
    Offsets,
    Parts,
    ShareOffset,
    Sizes,
)
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.reckoning import outlooks
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.model.spans import Isolation
from kafkatui.model.trends import Trends, extend
from kafkatui.model.unread import FirstUnread, ReadFrom, Unread

EVENTS = 2_000
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
    async def absent(self, topics: Collection[str]) -> Mapping[str, Problem]: ...
    async def starts(self, topology: Topology) -> Offsets: ...
    async def ends(self, topology: Topology) -> Offsets: ...
    async def stable_ends(self, topology: Topology) -> Offsets: ...
    async def sizes(self, topology: Topology) -> Sizes: ...
    async def groups(self, topology: Topology) -> GroupList: ...
    async def described(self, groups: Collection[ListedGroup]) -> Mapping[str, Described | Problem]: ...
    async def commits(self, groups: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]: ...
    async def share_offsets(
        self, groups: Collection[ListedGroup]
    ) -> Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem]: ...
    async def unread(self, topology: Topology, wanted: Mapping[ReadFrom, int], isolation: Isolation) -> Unread: ...
    async def open_transactions(
        self, topology: Topology, partitions: Collection[TopicPartition]
    ) -> OpenTransactions: ...
    async def retention_ms(self, topics: Collection[str]) -> Mapping[str, Reading | None]: ...


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
    LAGGING = auto()
    """Of the partitions that groups have not read to the end: start and stable end, who holds records back, how long
    they are kept, and the first record that is not read."""

    LAG = TOPOLOGY | ENDS | GROUPS | MEMBERS | COMMITS | SHARE_OFFSETS | LAGGING
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
    if Want.GROUPS in wants:
        await reading.read_absent()
    if Want.LAGGING in wants:
        await reading.read_of_lagging(wants)
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
            Want.MEMBERS: self._described,
            Want.COMMITS: self._commits,
            Want.SHARE_OFFSETS: self._share_offsets,
            Want.LAGGING: self._retention_of_lagging,
        }

    async def read_absent(self) -> None:
        """Why topics that groups name are not there. Asked only when there is one."""
        absent = set(topics_named(self.parts)) - self.parts.topology.topics.keys()
        if absent or self.parts.absent:
            self._put(absent=await self._source.absent(absent) if absent else {})

    async def read_of_lagging(self, had: Want) -> None:
        """What is to be known of partitions that are not read to the end; `had`: what was read of all of them."""
        found = list(lagging(self.parts))
        if not found:
            return
        topology = _only_partitions(self.parts.topology, {each.where for each in found})
        steps = [] if Want.STARTS in had else [self._starts(topology)]
        if Want.STABLE_ENDS not in had:
            steps.append(self._stable_ends(topology))
        await _at_once(*steps, self._retention(topology.topics))
        await _at_once(self.read_open_transactions(), self.look_after(found))

    async def look_after(self, found: Iterable[Lagging], most: int | None = None) -> None:
        """The first unread records, where they are not known yet; at most so many of them."""
        unknown = wanted(found, self.parts)
        known = self.parts.unread
        readable = (at for at, until in unknown.readable.items() if not _is_known(known.get(at), until))
        asked = {
            Isolation.COMMITTED: {at: unknown.readable[at] for at in islice(readable, most)},
            Isolation.UNCOMMITTED: dict(islice(unknown.held.items(), most)),
        }
        answers = [
            await self._source.unread(self.parts.topology, offsets, isolation)
            for isolation, offsets in asked.items()
            if offsets
        ]
        for answer in answers:
            self._put(unread={**self.parts.unread, **answer})

    def forget_unread(self, found: Iterable[Lagging]) -> None:
        """Keep only the answers some group still stands at; those about open transactions are never kept."""
        if self.parts.unread:
            still = wanted(found, self.parts).readable
            self._put(unread={at: first for at, first in self.parts.unread.items() if at in still})

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

    async def _starts(self, only: Topology | None = None) -> None:
        self._put(starts=await self._source.starts(only or self.parts.topology))

    async def _ends(self) -> None:
        self.ends_at = self._clock()
        self._put(ends=await self._source.ends(self.parts.topology))

    async def _stable_ends(self, only: Topology | None = None) -> None:
        """Compared with ends asked for before them: what is below one of those was held back, not only read earlier."""
        ends = self.parts.ends
        stable_ends = await self._source.stable_ends(only or self.parts.topology)
        self._put(stable_ends={name: _held(stable, ends.get(name)) for name, stable in stable_ends.items()})

    async def _sizes(self) -> None:
        self._put(sizes=await self._source.sizes(self.parts.topology))

    async def _groups(self) -> None:
        self._put(group_list=await self._source.groups(self.parts.topology))

    async def read_open_transactions(self) -> None:
        """Asked only where something is held back."""
        held = [where for where, stable_end in self.parts.stable_ends.items() if isinstance(stable_end, int)]
        found = await self._source.open_transactions(self.parts.topology, held) if held else {}
        self._put(open_transactions=found)

    async def _retention(self, topics: Collection[str]) -> None:
        self._put(retention_ms=await self._source.retention_ms(topics) if topics else {})

    async def _retention_of_lagging(self) -> None:
        await self._retention({each.where.topic for each in lagging(self.parts)})

    async def _described(self) -> None:
        self._put(described=await self._source.described(self._listed))

    async def _commits(self) -> None:
        self._put(commits=await self._source.commits(self._listed))

    async def _share_offsets(self) -> None:
        self._put(share_offsets=await self._source.share_offsets(self._listed))

    async def read_members_of(self, kind: GroupType) -> None:
        """The members of the groups of one type; those of the others stay as they are."""
        listed, known = self._listed, self.parts.described
        read = await self._source.described([group for group in listed if group.type is kind])
        self._put(described={group.group: known[group.group] for group in listed if group.group in known} | dict(read))

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


def _is_known(first: FirstUnread | Problem | None, until: int) -> bool:
    """Whether it needs no other look: a record stays the first, but where there was none more may have come."""
    return isinstance(first, FirstUnread) and (first.offset is not None or first.seen >= until)


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

    def __init__(
        self,
        source: Source,
        *,
        seconds: float = 1.0,
        only: Callable[[ListedGroup], bool] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`only` picks the groups to ask about."""
        self.source = source
        self.seconds = seconds
        """Least pause between two refreshes; one that costs much makes it longer."""
        self._paused = False
        self._clock = clock
        self._wake = asyncio.Event()
        self._reading = _Reading(source, only, clock)
        self._turns = _Turns(self._reading)
        self._unread = _UnreadOfSome(self._reading)
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
        await _at_once(self._reading.read(Want.ENDS | Want.DETAILS), self._turns.take(), self._unread.read())
        yield self._take(Stage.GROUPS)

    async def _first(self) -> AsyncIterator[Snapshot]:
        await self._reading.read(Want.TOPOLOGY)
        yield self._take(Stage.NAMES)
        await self._reading.read(Want.GROUPS | Want.ENDS)
        yield self._take(Stage.OFFSETS)
        await self._reading.read(Want.COMMITS | Want.MEMBERS | Want.SHARE_OFFSETS)
        await self._reading.read(Want.ENDS | Want.STARTS | Want.DETAILS | Want.SIZES)
        await self._reading.read(Want.STABLE_ENDS)
        await _at_once(self._reading.read_open_transactions(), self._reading.read_absent())
        yield self._take(Stage.GROUPS)

    def _take(self, stage: Stage) -> Snapshot:
        now = assemble(self._reading.parts, self._clock(), stage, self._last)
        if stage is Stage.GROUPS:
            self._seen.add(self._reading.ends_at, now.topics, now.groups)
            ahead = outlooks(now.groups, self._reading.parts, self._seen, now.at)
            now = replace(now, trends=self._extended(now), outlooks=ahead)
        if self._last.stage is Stage.GROUPS:
            now = replace(now, events=(*self._observer.look(self._last, now), *self._last.events)[:EVENTS])
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

    _SLOW = (Want.SIZES, Want.LAGGING)

    def __init__(self, reading: _Reading) -> None:
        self._reading = reading
        self._turn = 0
        self._slow = 0

    async def take(self) -> None:
        kinds = self._reading.live_types
        shares = [Want.SHARE_OFFSETS] if GroupType.SHARE in self._reading.types else []
        turns: list[Want | GroupType] = [Want.GROUPS, *kinds, Want.STABLE_ENDS, *shares, Want.STARTS]
        turns.append(self._SLOW[self._slow % len(self._SLOW)])
        if self._turn >= len(turns):
            self._turn, self._slow = 0, self._slow + 1
        turn = turns[self._turn]
        self._turn += 1
        if isinstance(turn, GroupType):
            await self._reading.read_members_of(turn)
        else:
            await self._reading.read(turn)
        if turn is Want.STABLE_ENDS:
            await self._reading.read_open_transactions()
        elif turn is Want.GROUPS:
            await self._reading.read_absent()


class _UnreadOfSome:
    """Looks up first unread records where it is worth a Fetch: of groups looked at, and of commits that stand still.

    One that moves is at another record with the next reading. What was found stays until the group moves on.
    """

    _MOST = 200
    """Look-ups in one refresh; the others have their turn in the next ones."""

    def __init__(self, reading: _Reading) -> None:
        self.looked_at: frozenset[str] = frozenset()
        self._reading = reading
        self._before: dict[tuple[str, TopicPartition], int | None] = {}
        """Where the groups stood when this was asked last."""

    async def read(self) -> None:
        """Goes by the reading before: it need not wait for this one."""
        found = list(lagging(self._reading.parts))
        self._reading.forget_unread(found)
        before = self._before
        self._before = {(each.group, each.where): each.committed for each in found}
        worth = [each for each in found if self._is_worth_it(each, before)]
        worth.sort(key=lambda each: each.group not in self.looked_at)
        await self._reading.look_after(worth, self._MOST)

    def _is_worth_it(self, each: Lagging, before: Mapping[tuple[str, TopicPartition], int | None]) -> bool:
        if each.group in self.looked_at:
            return True
        return before.get((each.group, each.where), _ELSEWHERE) == each.committed


_ELSEWHERE = -1
"""No offset at all: the group had read everything there, or was not known."""
