"""One run of a replay: a transaction a chunk, with the source's next offsets committed inside it.

Whatever goes wrong voids the chunk, and the run goes on from what the group of the job has committed: so a run that is
killed at any moment loses nothing and writes nothing twice. Planning and words for a person are elsewhere.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.search import Step
from kafkatui.kafka.transaction_errors import Fenced, Lost
from kafkatui.kafka.transaction_writer import NotTaken, RefusedRecords
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place, Record
from kafkatui.model.spans import Gap, Span
from kafkatui.replay.progress import (
    AnotherPlan,
    Progress,
    SkippedRecord,
    State,
    carrier,
    committed,
    read_progress,
    still_to_read,
)
from kafkatui.replay.route import Route
from kafkatui.replay.sink import KafkaSink, Sink
from kafkatui.replay.spec import Spec

Search = Callable[[Sequence[Span]], AsyncGenerator[Step, None]]
"""The records that are chosen, in order within a partition."""
CHUNK_RECORDS = 200_000
CHUNK_BYTES, CHUNK_SECONDS = 64 << 20, 2.0
"""A transaction ends with the first of them, or after so many records: seconds bound how long readers wait for it, and
how long cancelling takes."""
_SLICE = 2_000
_PACE = 0.1
"""Seconds between two looks at the rate."""
_LATE = 1.0
"""So many seconds behind its rate it makes up for."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


class Stopped(Exception):
    """The run ended before its end; what is committed stays, and the job can be resumed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Options:
    """How a run behaves; it changes nothing of what is written."""

    rate: float | None = None
    """Records/s at most."""
    skip_refused: bool = False
    allow_lost: bool = False
    """Pass over what can not be read any more, instead of stopping."""
    chunk: int = CHUNK_RECORDS
    """Records of one transaction."""
    patience: float = 60.0
    """Seconds without any progress until it gives up."""
    longest: float = 60.0
    """Seconds until the coordinator voids a transaction that nobody has ended."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """The largest batch each target topic takes, in bytes."""


@dataclass(slots=True)
class _Chunk:
    """One transaction under way."""

    began: float
    size: int
    """Bytes that were written before it."""
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    sent: dict[TopicPartition, int] = field(default_factory=dict)
    """Records, by the partition they came from."""

    @property
    def records(self) -> int:
        return sum(self.sent.values())

    def is_full(self, most: int, size: int, now: float) -> bool:
        return self.records >= most or size - self.size >= CHUNK_BYTES or now - self.began >= CHUNK_SECONDS


class Run:
    """Runs a job once, from what it has committed to its end."""

    def __init__(
        self,
        spec: Spec,
        cluster: Cluster,
        search: Search,
        route: Route,
        options: Options,
        source: Cluster | None = None,
        sink: Sink | None = None,
    ) -> None:
        """`cluster` is written to; `source`: where `search` reads, if that is another one.

        `sink`: where copies go, if not to a topic.
        """
        self.spec = spec
        self.options = options
        self.rate = options.rate
        """May be changed while it runs."""
        self.progress = Progress(spec)
        self.producers: set[int] = set()
        """Ids that wrote: batches in the target carry one of them."""
        self.skipped: list[SkippedRecord] = []
        self.lost: list[Gap] = []
        self._cluster = cluster
        self._source = source
        self._search = search
        self._route = route
        self._sink = sink or KafkaSink(cluster.nodes, spec, options.longest)
        self._set_limits()
        self._began = time.monotonic()
        self._at_begin: int | None = None
        self._waiting: Problem | None = None
        self._waits_since: float | None = None
        self._pause = _FIRST_PAUSE
        self._stop = asyncio.Event()
        self._go_on = asyncio.Event()
        self._go_on.set()
        self._due = time.monotonic()

    def _set_limits(self) -> None:
        for topic, most in self.options.limits.items():
            self._sink.limit(topic, most)

    # Control

    def stop(self) -> None:
        """End after the transaction that is under way."""
        self._stop.set()
        self._go_on.set()

    def pause(self, paused: bool) -> None:
        """Hold after the transaction that is under way, or go on."""
        if paused:
            self._go_on.clear()
        else:
            self._go_on.set()

    @property
    def was_stopped(self) -> bool:
        return self._stop.is_set()

    @property
    def state(self) -> State:
        return State(
            records=self.progress.records,
            offsets=self.progress.offsets,
            total=self.spec.offsets,
            size=self._sink.size,
            seconds=time.monotonic() - self._began,
            run_records=self.progress.records - (self._at_begin or 0),
            waiting=self._waiting,
            skipped=tuple(self.skipped),
            lost=tuple(self.lost),
            paused=not self._go_on.is_set(),
        )

    # Running

    async def run(self) -> AsyncGenerator[State, None]:
        """A state after each transaction, and when it has to wait. Raises `Stopped`."""
        try:
            while not self._stop.is_set():
                try:
                    await self._open()
                    # Who writes is known to whoever keeps it before anything is written.
                    yield self.state
                    async with aclosing(self._pass()) as states:
                        async for state in states:
                            yield state
                    if self.progress.is_done:
                        await self._sink.finish()
                        return
                except (Lost, Fenced, Unreachable) as error:
                    self._wait_for(error.problem)
                    yield self.state
                    await self._rest()
                except NotTaken as error:
                    self._refuse(error.refused)
        finally:
            await self._sink.close()

    async def abort(self) -> None:
        """Void what is not committed, if that can be said to anybody now."""
        await self._sink.abort()

    async def _open(self) -> None:
        """Be the only one who writes for this job, and find out how far it is. Raises `Lost`, `Stopped`."""
        try:
            self.producers.add(await self._sink.open())
        except Fenced as error:
            text = f"another instance of job {self.spec.job} has taken over"
            raise Stopped(Problem("fenced", text)) from error
        await self._check_topics()
        try:
            held = await self._sink.committed({carrier(self.spec, span.where) for span in self.spec.spans})
            self.progress = read_progress(self.spec, held)
        except AnotherPlan as error:
            raise Stopped(Problem("another_plan", str(error))) from error
        if self._at_begin is None:
            self._at_begin = self.progress.records
        self._due = time.monotonic()

    async def _check_topics(self) -> None:
        """Both topics are those that were planned with. Raises `Stopped`, `Unreachable`."""
        seen = self._cluster.nodes.seen
        spec = self.spec
        topics = []
        if not spec.is_file:
            source = self._cluster if spec.to_file else self._source
            read = seen if source is None else await source.topology()
            topics.append((read, spec.source, spec.source_id))
        if spec.redrive is None and not spec.to_file:
            topics.append((seen, spec.target.topic, spec.target.topic_id))
        for seen, name, id_ in topics:
            topic = None if seen is None else seen.topics.get(name)
            if topic is None:
                raise Stopped(Problem("unknown_topic_or_partition", f"topic {name} does not exist any more"))
            if id_ is not None and topic.topic_id != id_:
                raise Stopped(Problem("made_anew", f"topic {name} was deleted and made anew since it was planned"))

    async def _pass(self) -> AsyncGenerator[State, None]:
        """From the committed positions on, as far as it goes without a fault."""
        chunk = self._chunk()
        spans = [Span(*each) for each in still_to_read(self.progress)]
        async with aclosing(self._search(spans)) as steps:
            async for step in steps:
                self._lose(step)
                for records, position in self._slices(step):
                    if not self._go_on.is_set():
                        await self._commit(chunk)
                        chunk = self._chunk()
                        yield self.state
                    await self._turn(len(records))
                    if self._stop.is_set():
                        break
                    await self._put(chunk, step.where, records, position)
                    if self._is_full(chunk) or self._left(chunk) == 0:
                        await self._commit(chunk)
                        chunk = self._chunk()
                        yield self.state
                    if self.progress.left == 0:
                        return
                if self._stop.is_set():
                    break
        await self._commit(chunk)
        yield self.state

    def _chunk(self) -> _Chunk:
        return _Chunk(time.monotonic(), self._sink.size)

    def _is_full(self, chunk: _Chunk) -> bool:
        return chunk.is_full(self.options.chunk, self._sink.size, time.monotonic())

    def _left(self, chunk: _Chunk) -> int | None:
        return None if self.progress.left is None else self.progress.left - chunk.records

    async def _put(self, chunk: _Chunk, where: TopicPartition, records: Sequence[Record], position: int) -> None:
        left = self._left(chunk)
        if left is not None and len(records) > left:
            records, position = records[:left], records[left - 1].offset + 1
        skipped = {each.place for each in self.skipped}
        if skipped:
            records = [each for each in records if Place(each.topic, each.partition, each.offset) not in skipped]
        await self._route.prepare(records)
        for dealt in self._route.deal(records):
            await self._sink.put(dealt.where, dealt.records, dealt.sources)
            chunk.sent[where] = chunk.sent.get(where, 0) + len(dealt.records)
        chunk.positions[where] = position

    def _slices(self, step: Step) -> Iterator[tuple[Sequence[Record], int]]:
        """Parts of what a step found, and the position after each; one that found nothing has a position, too."""
        found = step.found
        size = min(_SLICE, self.options.chunk)
        if self.rate is not None:
            size = max(1, min(size, int(self.rate * _PACE)))
        while len(found) > size:
            head, found = found[:size], found[size:]
            yield head, head[-1].offset + 1
        yield found, step.position

    async def _turn(self, records: int) -> None:
        """Until the rate allows so many more, and nobody has paused it."""
        if not self._go_on.is_set():
            await self._go_on.wait()
            # A pause is not made up for by a burst afterwards; a transaction that took its time is.
            self._due = time.monotonic()
        if self.rate is None or not records:
            return
        now = time.monotonic()
        if self._due > now:
            await self._sleep(self._due - now)
        self._due = max(self._due, now - _LATE) + records / self.rate

    async def _sleep(self, seconds: float) -> None:
        """Not on after it was told to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _commit(self, chunk: _Chunk) -> None:
        if not chunk.positions:
            return
        sent = dict(self.progress.sent)
        for where, count in chunk.sent.items():
            sent[where] = sent.get(where, 0) + count
        after = Progress(self.spec, {**self.progress.positions, **chunk.positions}, sent)
        await self._sink.commit(committed(after, chunk.positions))
        self.progress = after
        self._waiting, self._waits_since, self._pause = None, None, _FIRST_PAUSE

    # What goes wrong

    def _wait_for(self, problem: Problem) -> None:
        """Raises `Stopped` when there was no progress for too long."""
        now = time.monotonic()
        self._waiting, self._waits_since = problem, self._waits_since or now
        if now - self._waits_since > self.options.patience:
            text = f"no progress for {self.options.patience:.0f} s: {problem.text}"
            raise Stopped(Problem("stalled", text))

    async def _rest(self) -> None:
        await self._sleep(self._pause)
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)

    def _lose(self, step: Step) -> None:
        """Raises `Stopped` for offsets that can not be read, unless that is allowed."""
        for gap in step.gaps:
            if not self.options.allow_lost:
                raise Stopped(Problem(gap.problem.code, f"{gap}; nothing of it or behind it is sent"))
            self.lost.append(gap)

    def _refuse(self, refused: RefusedRecords) -> None:
        """Raises `Stopped` for a record the target does not take, unless it is to be left out."""
        if len(refused.sources) > 1:
            # Which of them is to blame turns out with smaller batches.
            self._sink.limit(refused.where.topic, max(1, refused.size // 2))
            return
        (record,) = refused.sources
        place = Place(record.topic, record.partition, record.offset)
        if not self.options.skip_refused:
            text = f"{place} is refused by {refused.where}: {refused.problem.text}"
            raise Stopped(Problem(refused.problem.code, text))
        self.skipped.append(SkippedRecord(place, refused.problem))
        self._set_limits()
