"""Batches of many partitions from all their leaders at once: raw Fetch requests, one under way per leader.

While an answer is worked on the next one is on its way; how many wait is bounded. Connections of their own (the lane
`fetch`) keep big answers out of the way of small questions. Looking into batches is `search`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kafkatui.kafka import errors, offsets
from kafkatui.kafka.batches import next_offset
from kafkatui.kafka.fetch_request import USUAL, Limits, fetch_call
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Chunk
from kafkatui.kafka.topology import read_topology
from kafkatui.model.cluster import Partition, Topic, TopicPartition, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Gap, Isolation, Span, Waiting

LANE = "fetch"
FOREVER = (1 << 63) - 1
"""The end of a span that has none."""
_ANSWERS_AHEAD = 2
"""Answers that wait or are worked on, besides the one each leader has under way."""
_LONGEST_PAUSE = 2.0
_GROWS_EVERY = 5.0
"""Seconds between two looks for new partitions of a topic that is followed."""

_PASSING = frozenset({
    "not_leader_or_follower", "leader_not_available", "fenced_leader_epoch", "unknown_leader_epoch",
    "replica_not_available", "kafka_storage_error", "offset_not_available", "unknown_topic_or_partition",
    "unknown_topic_id", "inconsistent_topic_id", "broker_not_available", "request_timed_out",
})  # fmt: skip
"""Errors of a partition that end when its leader has moved or caught up (Java client, FetchCollector)."""
_GONE = "unknown_topic_or_partition"
_SAID_AFTER = 1.0
"""Seconds a tail stands still before it says so: a leader that moves is not worth a word."""


@dataclass(slots=True)
class _Part:
    """One partition on its way."""

    span: Span
    position: int
    leader: int | None = None
    attempts: int = 0
    idle_since: float | None = None
    waits_for: Problem | None = None
    """Why a tail stands still here, once that was said."""

    @property
    def where(self) -> TopicPartition:
        return self.span.where

    def advance(self, position: int) -> None:
        self.position, self.attempts, self.idle_since = position, 0, None

    def rest(self, problem: Problem) -> Gap:
        """What is not read of it; of what has no end nobody can say how much that is."""
        until = self.position if self.span.until == FOREVER else self.span.until
        return Gap(self.where, self.position, until, problem)


Piece = Chunk | Gap | Waiting


class Fetcher:
    """Reads spans to their ends. What can not be read is given as a `Gap`; nothing is passed over in silence."""

    def __init__(
        self,
        nodes: Nodes,
        spans: Iterable[Span],
        isolation: Isolation = Isolation.COMMITTED,
        limits: Limits = USUAL,
        *,
        endless: bool = False,
        growing: Collection[str] = (),
    ) -> None:
        """`endless`: at the end of a log it waits for more, and it gives up only what does not exist any more.

        `growing`: topics whose new partitions are read too, from their start.
        """
        self._nodes = nodes
        self._isolation = isolation
        self._limits = limits
        self._endless = endless
        self._growing = frozenset(growing)
        self._open = {span.where: _Part(span, span.first) for span in spans if not span.is_empty}
        self._known = set(self._open)
        self._topic_ids: dict[str, UUID] = {}
        """As each topic had it when its leaders were first looked for; by it brokers from 3.1 on refuse another."""
        self._ready: asyncio.Queue[Sequence[Piece] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_ANSWERS_AHEAD)
        self._changed = asyncio.Event()
        self._leading: dict[int, asyncio.Task[None]] = {}

    async def chunks(self) -> AsyncGenerator[Piece, None]:
        """In order within a partition. Ends when every span is read to its end or given up."""
        driving = asyncio.create_task(self._drive(), name="fetch")
        growing = asyncio.create_task(self._grow(), name="fetch new partitions")
        try:
            while (answer := await self._ready.get()) is not None:
                for each in answer:
                    yield each
                self._room.release()
            await driving
        finally:
            driving.cancel()
            growing.cancel()
            await asyncio.gather(driving, growing, return_exceptions=True)

    async def _drive(self) -> None:
        try:
            while self._open:
                if self._without_leader():
                    await self._find_leaders()
                self._start_leaders()
                if self._open and not self._without_leader():
                    await self._changed.wait()
                self._changed.clear()
                for task in [task for task in self._leading.values() if task.done()]:
                    task.result()
            # The last answers may still wait for room.
            await asyncio.gather(*self._leading.values())
        finally:
            for task in self._leading.values():
                task.cancel()
            await asyncio.gather(*self._leading.values(), return_exceptions=True)
            self._ready.put_nowait(None)

    async def _grow(self) -> None:
        """Metadata alone tells of a new partition: no error does."""
        while self._growing:
            await asyncio.sleep(_GROWS_EVERY)
            try:
                topology = await read_topology(self._nodes)
            except (Unreachable, Failed):
                continue
            topics = (topology.topics[name] for name in self._growing if name in topology.topics)
            new = [each.name for topic in topics for each in topic.partitions if each.name not in self._known]
            for where in new:
                self._known.add(where)
                self._open[where] = _Part(Span(where, 0, FOREVER), 0)
            if new:
                self._changed.set()

    def _without_leader(self) -> list[_Part]:
        return [part for part in self._open.values() if part.leader is None]

    async def _find_leaders(self) -> None:
        lost = self._without_leader()
        attempts = max(part.attempts for part in lost)
        if attempts:
            await asyncio.sleep(min(_LONGEST_PAUSE, 0.05 * 2**attempts))
        topology = await self._read_topology(lost, again=attempts > 0)
        for part in lost:
            found = topology if isinstance(topology, Problem) else _leader(topology, part.where)
            if isinstance(found, Problem):
                await self._hinder(part, found)
            elif not isinstance(topology, Problem) and self._is_another(topology.topics[part.where.topic]):
                self._close(part)
                await self._give([part.rest(_MADE_ANEW)])
            else:
                part.leader = found

    async def _read_topology(self, lost: Iterable[_Part], *, again: bool) -> Topology | Problem:
        """Brokers say when what was seen before is old, so at first it will do, if everything is in it."""
        seen = self._nodes.seen
        if seen is not None and not again and all(isinstance(_leader(seen, part.where), int) for part in lost):
            return seen
        try:
            return await read_topology(self._nodes)
        except (Unreachable, Failed) as error:
            return error.problem

    def _is_another(self, topic: Topic) -> bool:
        """Whether the topic was deleted and made anew: its offsets are those of other records now."""
        if topic.topic_id is None:
            return False
        new = UUID(topic.topic_id)
        return self._topic_ids.setdefault(topic.name, new) != new

    def _start_leaders(self) -> None:
        for leader in {part.leader for part in self._open.values() if part.leader is not None}:
            task = self._leading.get(leader)
            if task is None or task.done():
                task = self._leading[leader] = asyncio.create_task(self._lead(leader), name=f"fetch broker {leader}")
                task.add_done_callback(lambda _: self._changed.set())

    async def _lead(self, leader: int) -> None:
        """Ask one leader for all its open partitions, again and again, until it has none."""
        while mine := [part for part in self._open.values() if part.leader == leader]:
            try:
                answer = await self._ask(leader, mine)
            except Failed as error:
                if error.problem.code == "no_answer":
                    # The broker may be well and the way to it slow: less of it arrives in time.
                    self._limits = self._limits.smaller()
                for part in mine:
                    await self._hinder(part, error.problem)
                return
            await self._take(mine, answer)

    async def _ask(self, leader: int, parts: Sequence[_Part]) -> Any:
        link = self._nodes.link(leader)
        if link is None:
            raise Failed(Problem("unknown_broker", f"broker {leader} is not in the cluster's metadata"))
        links = self._nodes.links
        positions = {part.where: part.position for part in parts}
        call = fetch_call(positions, self._isolation, self._limits, self._topic_ids)
        # A screen that gives up on a broker soon would give up on megabytes that are on their way.
        own = links.at(*link.address, link.name, lane=LANE, patience=links.settings.request_seconds)
        return await links.ask(own, call)

    async def _take(self, asked: Sequence[_Part], answer: Any) -> None:
        if errors.is_error(getattr(answer, "error_code", 0)):
            for part in asked:
                await self._hinder(part, errors.of_code(answer.error_code))
            return
        chunks: list[Piece] = []
        for part, data in self._parts_of(answer):
            chunks.extend(await self._take_part(part, data))
        if self._endless:
            chunks += [Waiting(part.where, None) for part in asked if self._goes_on(part)]
        if chunks:
            await self._give(chunks)
        elif not self._endless:
            # With small limits one partition's data leaves the others empty, so only a wholly empty answer is a sign.
            held = answer.throttle_time.total_seconds()
            why = errors.throttled("the broker", held) if held else _NOTHING
            for silent in asked:
                if silent.leader is not None and silent.where in self._open:
                    await self._hinder(silent, why, moved=False)

    def _parts_of(self, answer: Any) -> Iterator[tuple[_Part, Any]]:
        names = {topic_id: name for name, topic_id in self._topic_ids.items()}
        for topic in answer.responses:
            name = topic.topic if hasattr(topic, "topic") else names[topic.topic_id]
            for data in topic.partitions:
                part = self._open.get(TopicPartition(str(name), int(data.partition_index)))
                if part is not None:
                    yield part, data

    def _goes_on(self, part: _Part) -> bool:
        """Its leader answered: a tail that stood still does so no more. True when that must be said."""
        if part.leader is None:
            return False
        part.attempts, part.idle_since, stood_still = 0, None, part.waits_for is not None
        part.waits_for = None
        return stood_still

    async def _take_part(self, part: _Part, data: Any) -> Sequence[Chunk | Gap]:
        if errors.is_error(data.error_code):
            return await self._refused(part, errors.of_code(data.error_code))
        if not data.records:
            return ()
        first, after = part.position, next_offset(data.records, part.position)
        if after <= first:
            self._close(part)
            return (part.rest(_NOT_WHOLE),)
        part.advance(after)
        self._close(part)
        if after < part.span.until:
            # At the end of the line: the next request asks for the others first.
            self._open[part.where] = part
        aborted = tuple((int(each.producer_id), int(each.first_offset)) for each in data.aborted_transactions or ())
        ends = int(data.high_watermark), int(data.last_stable_offset)
        return (Chunk(part.where, first, after, part.span.until, data.records, aborted, *ends),)

    async def _refused(self, part: _Part, problem: Problem) -> Sequence[Gap]:
        if problem.code == "offset_out_of_range":
            return await self._out_of_range(part)
        if problem.code in _PASSING:
            await self._hinder(part, problem)
            return ()
        self._close(part)
        return (part.rest(problem),)

    async def _out_of_range(self, part: _Part) -> Sequence[Gap]:
        """The log starts later than when the range was resolved, or it was cut off: what is lost is said."""
        where = Partition(*part.where, part.leader, -1, (), (), ())
        start = (await offsets.read_starts(self._nodes, [where])).get(part.where, _NOTHING)
        if isinstance(start, Problem):
            await self._hinder(part, start)
            return ()
        if start <= part.position:
            self._close(part)
            return (part.rest(_CUT_OFF),)
        first, until = part.position, min(start, part.span.until)
        part.advance(until)
        if until >= part.span.until:
            self._close(part)
        text = f"deleted while it was read: the log starts at {start} now"
        return (Gap(part.where, first, until, Problem("offset_out_of_range", text)),)

    async def _hinder(self, part: _Part, problem: Problem, moved: bool = True) -> None:
        """It brought nothing. Look for its leader again, or give the rest up when that goes on for too long."""
        part.attempts += 1
        part.idle_since = part.idle_since or time.monotonic()
        if moved:
            part.leader = None
        idle = time.monotonic() - part.idle_since
        if idle > self._limits.patience_seconds and not (self._endless and problem.code != _GONE):
            self._close(part)
            await self._give([part.rest(problem)])
        elif self._endless and idle > _SAID_AFTER and part.waits_for is None:
            part.waits_for = problem
            await self._give([Waiting(part.where, problem)])
        self._changed.set()

    def _close(self, part: _Part) -> None:
        self._open.pop(part.where, None)

    async def _give(self, chunks: Sequence[Piece]) -> None:
        await self._room.acquire()
        self._ready.put_nowait(chunks)


_NOTHING = Problem("no_progress", "the broker sends no more of it, although its log goes on")
_NOT_WHOLE = Problem("corrupt_batch", "a batch can not be read whole, so the one after it can not be found")
_CUT_OFF = Problem("offset_out_of_range", "no longer there: the log was cut off before it, or the topic was made anew")

_MADE_ANEW = Problem("unknown_topic_id", "no longer there: the topic was deleted and made anew")


def _leader(topology: Topology, where: TopicPartition) -> int | Problem:
    topic = topology.topics.get(where.topic)
    partitions = topic.partitions if topic is not None else ()
    found = next((each for each in partitions if each.partition == where.partition), None)
    if found is None:
        return Problem("unknown_topic_or_partition", "the topic or partition does not exist")
    return errors.LEADERLESS if found.leader is None else found.leader
