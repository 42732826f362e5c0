"""One reading of a source, part by part: the newest answer to each question. When they are asked is not known here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import replace
from itertools import islice

from kafkatui.model.assembly import assemble
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import GroupType
from kafkatui.model.lagging import Lagging, lagging, topics_named, wanted
from kafkatui.model.parts import (
    ListedGroup,
    Parts,
)
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.reckoning import outlooks
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.spans import Isolation
from kafkatui.model.unread import FirstUnread
from kafkatui.monitor.source import Source, Want


class Answers:
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
        await at_once(*(steps[want]() for want in wants))

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

    async def read_whole(self, wants: Want, most: int | None = None) -> None:
        """All of `wants` in their order: ends after commits, or a fast group would look ahead of the log.

        `most`: first unread records to look up. Raises `Unreachable`.
        """
        await self.read(Want.TOPOLOGY)
        await self.read(wants & Want.GROUPS)
        await self.read(wants & (Want.MEMBERS | Want.COMMITS | Want.SHARE_OFFSETS))
        await self.read(wants & ~(Want.TOPOLOGY | Want.LAG | Want.STABLE_ENDS) | wants & Want.ENDS)
        await self.read(wants & Want.STABLE_ENDS)
        if Want.GROUPS in wants:
            await self.read_absent()
        if Want.LAGGING in wants:
            await self.read_of_lagging(wants, most)

    async def read_absent(self) -> None:
        """Why topics that groups name are not there. Asked only when there is one."""
        absent = set(topics_named(self.parts)) - self.parts.topology.topics.keys()
        if absent or self.parts.absent:
            self._put(absent=await self._source.absent(absent) if absent else {})

    async def read_of_lagging(self, had: Want, most: int | None = None) -> None:
        """What is to be known of partitions that are not read to the end; `had`: what was read of all of them."""
        found = list(lagging(self.parts))
        self.forget_unread(found)
        if not found:
            return
        topology = _only_partitions(self.parts.topology, {each.where for each in found})
        steps = [] if Want.STARTS in had else [self._starts(topology)]
        if Want.STABLE_ENDS not in had:
            steps.append(self._stable_ends(topology))
        await at_once(*steps, self._retention(topology.topics))
        await at_once(self.read_open_transactions(), self.look_after(found, most))

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
        listed = await self._source.groups(self.parts.topology)
        if not listed.groups and not listed.problems:
            # None at all is rather a matter of what one may see.
            listed = replace(listed, is_whole=await self._source.sees_all_groups())
        self._put(group_list=listed)

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


async def at_once(*steps: Coroutine[None, None, None]) -> None:
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


async def read_once(
    source: Source,
    wants: Want = Want.ALL,
    *,
    only: Callable[[ListedGroup], bool] | None = None,
    clock: Callable[[], float] = time.time,
) -> Snapshot:
    """One complete reading of what is wanted; `only` picks the groups to ask about. Raises `Unreachable`."""
    reading = Answers(source, only, clock)
    await reading.read_whole(wants)
    now = assemble(reading.parts, clock(), Stage.GROUPS)
    return replace(now, outlooks=outlooks(now.groups, reading.parts, None, now.at))
