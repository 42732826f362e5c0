"""The run of `produce`: takes lines as they come, gives each record its partition, writes, and keeps count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafkatui.cli import connect
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.naming import pick
from kafkatui.cli.produced import Produced
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.record_input import BadLine, Lines, Parse, RecordInput
from kafkatui.cli.stop import Stop
from kafkatui.model.cluster import Topic
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.model.errors import Unreachable
from kafkatui.model.partitioning import NoSuchPartition, PartitionBy
from kafkatui.model.problems import Problem
from kafkatui.model.records import NewRecord

if TYPE_CHECKING:
    from kafkatui.kafka.appender import Outcome
    from kafkatui.kafka.placement import Placement
    from kafkatui.kafka.writer import Codec

_PACE = 0.1
"""Seconds of a rate that are written at once."""
_WORRY = 5.0
"""Seconds without a confirmation until that is said."""
_GRACE = 3.0
"""Seconds for the brokers to confirm what is under way when somebody interrupts."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to write and where to."""

    connection: Connection
    topic: str
    by: PartitionBy
    partition: int | None
    """All records go there; None: as `by` says."""
    codec: str | None
    rate: float | None
    """Records a second."""
    skip_bad: bool
    dry_run: bool
    is_typed: bool
    """A person types it at a terminal, where nothing may be drawn into their line."""
    patience: float
    """Seconds until records that no broker confirms are given up."""


Source = Callable[[], "RecordInput | _Given"]


class _Given:
    """Records that are all there already."""

    def __init__(self, records: Sequence[NewRecord]) -> None:
        self._lines: Lines | None = Lines(list(records), list(range(1, len(records) + 1)))

    async def take(self) -> Lines | None:
        taken, self._lines = self._lines, None
        return taken


def given(record: NewRecord) -> Source:
    return lambda: _Given([record])


def lines_of(descriptor: int, parse: Parse, *, skip_bad: bool) -> Source:
    return lambda: RecordInput(descriptor, parse, skip_bad=skip_bad)


async def run(job: Job, source: Source, produced: Produced) -> None:
    """Write until the input ends, a line is bad, or somebody interrupts. Raises Failure before anything is written."""
    from kafkatui.kafka.placement import Placement  # loads aiokafka, as everything below

    topic = await _topic(job)
    async with AsyncExitStack() as stack:
        append = await stack.enter_async_context(_Sink(job))
        line = ProgressLine(produced.progress)
        stack.callback(line.clear)
        placement = Placement(job.by, len(topic.partitions))
        await _Producing(job, produced, append, placement, Stop(), line).run(source())


async def _topic(job: Job) -> Topic:
    """The topic as it is now. It is never made by asking for it, nor by writing to it."""
    try:
        async with connect.open_source(job.connection) as cluster:
            topology = await connect.topology_of(cluster, [job.topic])
        job.connection.check(topology.cluster_id)
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    found = pick([job.topic], topology.topics, "topic")
    if found.names != (job.topic,):
        raise Failure(Code.FAILED, found.missing[0] if found.missing else f"topic {job.topic} does not exist")
    topic = topology.topics[job.topic]
    if topic.problem is not None:
        raise Failure(Code.FAILED, f"topic {job.topic}: {topic.problem.text}")
    if topic.internal:
        raise Failure(Code.FAILED, f"topic {job.topic} is Kafka's own: only brokers write to it")
    if job.partition is not None and topic.partition(job.partition) is None:
        raise Failure(
            Code.FAILED, f"-p {job.partition}: {job.topic} has only {counted(len(topic.partitions), 'partition')}"
        )
    return topic


class _Sink:
    """An open appender, or nothing at all for a dry run."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Append:
        if self._job.dry_run:
            return _write_nothing
        from kafkatui.kafka.appender import Appender
        from kafkatui.kafka.clients import ClientFailed
        from kafkatui.kafka.writer import Writer

        job = self._job

        def open_writer() -> Writer:
            return Writer(
                job.connection, client_id=job.connection.client_id, codec=_codec(job.codec), patience=job.patience
            )

        try:
            appender = await self._stack.enter_async_context(Appender(open_writer))
        except ClientFailed as error:
            raise Failure(Code.UNREACHABLE, error.problem.text) from None

        async def append(records: Sequence[NewRecord], outcome: Outcome) -> None:
            await appender.append(records, outcome, skip_refused=job.skip_bad)

        return append

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


Append = Callable[[Sequence[NewRecord], "Outcome"], Coroutine[Any, Any, None]]


async def _write_nothing(records: Sequence[NewRecord], outcome: Outcome) -> None:
    outcome.written = list(range(len(records)))


def _codec(name: str | None) -> Codec | None:
    from kafkatui.kafka.writer import Codec

    return Codec(name) if name is not None else None


class _Producing:
    def __init__(
        self, job: Job, produced: Produced, append: Append, placement: Placement, stop: Stop, line: ProgressLine
    ) -> None:
        self._job = job
        self._produced = produced
        self._append = append
        self._placement = placement
        self._stop = stop
        self._line = line
        self._due = time.monotonic()

    async def run(self, source: RecordInput | _Given) -> None:
        while not self._is_over():
            lines = await self._stop.before(source.take())
            if lines is None:
                break
            await self._write(self._placed(lines))
            if self._is_over():
                break
            for bad in lines.bad:
                self._produced.add_bad(bad)
            self._produced.failed = self._produced.failed or lines.failed
        self._produced.interrupted = self._stop.asked.done()

    def _is_over(self) -> bool:
        produced = self._produced
        return (
            self._stop.asked.done()
            or produced.failed is not None
            or bool(produced.bad_count and not self._job.skip_bad)
        )

    def _placed(self, lines: Lines) -> Lines:
        """With a partition for each record; one that can not have it makes its line a bad one."""
        placed = Lines(bad=lines.bad)
        for number, record in zip(lines.numbers, lines.records, strict=True):
            try:
                partition = self._partition(record)
            except NoSuchPartition as error:
                bad = BadLine(number, str(error))
                if not self._job.skip_bad:
                    # What comes behind it, a bad line too, is not looked at any more.
                    lines.bad = [bad]
                    break
                lines.bad.append(bad)
                continue
            placed.numbers.append(number)
            placed.records.append(record if record.partition == partition else _at(record, partition))
        return placed

    def _partition(self, record: NewRecord) -> int:
        return self._placement.choose(record) if self._job.partition is None else self._job.partition

    async def _write(self, lines: Lines) -> None:
        for part in self._paced(lines):
            await self._until_due(len(part.records))
            if self._is_over():
                return
            await self._write_part(part)

    def _paced(self, lines: Lines) -> Iterator[Lines]:
        size = max(1, int(self._job.rate * _PACE)) if self._job.rate else max(1, len(lines.records))
        for at in range(0, len(lines.records), size):
            yield Lines(lines.records[at : at + size], lines.numbers[at : at + size])

    async def _until_due(self, count: int) -> None:
        """A pause in the input is not made up for by a burst afterwards, a late wake-up is."""
        if self._job.rate is None:
            return
        now = time.monotonic()
        if self._due > now:
            await self._stop.before(asyncio.sleep(self._due - now))
        self._due = max(self._due, now - _PACE) + count / self._job.rate

    async def _write_part(self, part: Lines) -> None:
        from kafkatui.kafka.appender import Outcome

        outcome, began = Outcome(), time.monotonic()
        worry = asyncio.get_running_loop().call_later(_WORRY, lambda: self._tell(part, outcome.hindrance(began)))
        try:
            await self._stop.before(self._append(part.records, outcome), _GRACE)
        finally:
            worry.cancel()
            self._count(part, outcome)
        if not self._job.is_typed:
            self._line.draw()

    def _tell(self, part: Lines, why: Problem | None) -> None:
        self._line.clear()
        reason = f": {why.text}" if why is not None else ""
        lines = f"line {part.numbers[-1]}" if len(part.numbers) == 1 else f"lines {part.numbers[0]}-{part.numbers[-1]}"
        patience = f"for {_WORRY:.0f} s, and are given {self._job.patience:.0f} s"
        say(f"{self._job.topic}: the brokers have not confirmed all of {lines} {patience}{reason}")

    def _count(self, part: Lines, outcome: Outcome) -> None:
        produced = self._produced
        produced.last_line = part.numbers[-1]
        produced.written.update(part.records[index].partition or 0 for index in outcome.written)
        for where, (first, until) in outcome.offsets.items():
            produced.add_offsets(where.partition, first, until)
        if outcome.log_append_time:
            produced.overruled_times |= any(record.timestamp_ms is not None for record in part.records)
        for refused in outcome.refused:
            produced.add_bad(BadLine(part.numbers[refused.index], f"refused: {refused.problem.text}"))
        dealt_with = {*outcome.written, *(refused.index for refused in outcome.refused)}
        if len(dealt_with) < len(part.records):
            produced.missing = [number for index, number in enumerate(part.numbers) if index not in dealt_with]
            produced.uncertain = outcome.failed is not None or not outcome.refused
        if outcome.failed is not None:
            produced.failed = outcome.failed.text


def _at(record: NewRecord, partition: int) -> NewRecord:
    return NewRecord(record.topic, record.key, record.value, record.headers, record.timestamp_ms, partition)
