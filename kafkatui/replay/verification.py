"""Proof of a replay: the selection is read once more, the copies are read where they lie, and both are compared.

Copies are known by the producer of their batches, so other writers of the target do not matter.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import blake2b

from kafkatui.kafka import offsets
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Step, Wanted
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.connection import Connection
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place, Record, TimestampType
from kafkatui.model.spans import Gap, Isolation, Span
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay.execution import MakeRoute, read_from, read_job, search_of, usual_route
from kafkatui.replay.jobs import Job
from kafkatui.replay.progress import Progress
from kafkatui.replay.record_file import written
from kafkatui.replay.route import Route
from kafkatui.replay.spec import Spec, SpecError, Timestamps

_MASK = (1 << 64) - 1
ANY = -1
"""In the place of a partition: of records that take turns only all together can be compared."""


@dataclass(slots=True)
class Sum:
    """Records of one partition: how many, and a checksum that does not depend on their order."""

    records: int = 0
    checksum: int = 0
    """64 bits: the sum of a hash of each record."""

    def add(self, hashed: int) -> None:
        self.records += 1
        self.checksum = (self.checksum + hashed) & _MASK


@dataclass(slots=True)
class Verified:
    """What was found, by target partition."""

    wanted: dict[TopicPartition, Sum] = field(default_factory=dict)
    found: dict[TopicPartition, Sum] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    """What could not be read, on either side."""

    @property
    def differing(self) -> list[TopicPartition]:
        nothing = Sum()
        return sorted(
            where
            for where in self.wanted.keys() | self.found.keys()
            if self.wanted.get(where, nothing) != self.found.get(where, nothing)
        )

    @property
    def is_equal(self) -> bool:
        return not self.differing and not self.gaps


Search = Callable[[Sequence[Span]], AsyncGenerator[Step, None]]


async def verify_job(
    cluster: Cluster,
    job: Job,
    decoders: TopicDecoders,
    make_route: MakeRoute = usual_route,
    source: Connection | None = None,
) -> Verified:
    """Of what is committed of a job; `source`: where it reads, if that is another cluster than the one written to.

    Raises `Unreachable`, `SpecError`, `AnotherPlan`.
    """
    progress = await read_job(cluster, job.spec)
    async with read_from(cluster, job.spec, source) as read:
        chosen = await search_of(read, job.spec, decoders)
        route = await make_route(cluster, job.spec)
        if job.spec.to_file:
            return await verify(job, progress, route, chosen, lambda _: written(job.spec))
        spans = await _targets(cluster, job)
        return await verify(
            job, progress, route, chosen, lambda _: scan(cluster.nodes, spans, Wanted(), Isolation.COMMITTED)
        )


async def _targets(cluster: Cluster, job: Job) -> list[Span]:
    """Where copies may lie, to the end there is now."""
    topology = await cluster.topology()
    topics = [topology.topics[name] for name in job.target_ends if name in topology.topics]
    if len(topics) < len(job.target_ends) or _is_another(job.spec, topology):
        raise SpecError(f"the topics that job {job.spec.job} wrote to are not there any more, or were made anew")
    partitions = [each for topic in topics for each in topic.partitions]
    ends = await offsets.read_stable_ends(cluster.nodes, partitions)
    starts = await offsets.read_starts(cluster.nodes, partitions)
    spans = []
    for where, first in job.targets():
        end, begin = ends.get(where), starts.get(where)
        if isinstance(end, Problem) or isinstance(begin, Problem) or end is None or begin is None:
            raise SpecError(f"{where} can not be read now")
        spans.append(Span(where, max(first, begin), end))
    return spans


def _is_another(spec: Spec, topology: Topology) -> bool:
    target = topology.topics.get(spec.target.topic)
    return spec.redrive is None and target is not None and spec.target.topic_id not in (None, target.topic_id)


async def verify(job: Job, progress: Progress, route: Route, source: Search, target: Search) -> Verified:
    """Compare what was chosen and is committed with what lies in the target.

    `source` gives the records that are chosen, `target` all records, from where copies can lie to the end.
    """
    verified = Verified()
    spec = job.spec
    with_time = spec.timestamps is Timestamps.KEEP
    async with aclosing(target(())) as steps:
        async for step in steps:
            verified.gaps += step.gaps
            copies = [each for each in step.found if each.batch.producer_id in job.producers]
            # A topic may overrule the timestamps of whoever writes to it.
            with_time = with_time and all(each.timestamp_type is TimestampType.CREATE for each in copies)
            _add(verified.found, spec, step.where, copies, with_time)
    skipped = {Place(*each[:3]) for each in job.skipped}
    spans = [Span(span.where, span.first, progress.position(span.where)) for span in spec.spans]
    async with aclosing(source(spans)) as steps:
        async for step in steps:
            verified.gaps += [gap for gap in step.gaps if not _was_lost(job, gap)]
            chosen = [each for each in step.found if Place(each.topic, each.partition, each.offset) not in skipped]
            await route.prepare(chosen)
            for dealt in route.deal(chosen):
                _add(verified.wanted, spec, dealt.where, dealt.records, with_time)
    return verified


def _was_lost(job: Job, gap: Gap) -> bool:
    """Whether it was passed over when the job ran, too."""
    return any(
        number == gap.where.partition and first <= gap.first and gap.until <= until
        for number, first, until, _ in job.lost
    )


def _add(
    sums: dict[TopicPartition, Sum], spec: Spec, where: TopicPartition, records: Iterable[Record], with_time: bool
) -> None:
    anywhere = TopicPartition(where.topic, ANY)
    for record in records:
        sums.setdefault(anywhere if takes_turns(spec, record) else where, Sum()).add(hash_of(record, with_time))


def takes_turns(spec: Spec, record: Record) -> bool:
    """Whether its partition is that of its turn, which is another one each time."""
    by = spec.partition_by
    by_key = by is not PartitionBy.SAME or spec.redrive is not None
    return by is PartitionBy.ROUND_ROBIN or (by_key and record.key is None)


def hash_of(record: Record, with_time: bool = True) -> int:
    """64 bits over everything a copy has to have: key, value, headers in their order, timestamp."""
    parts = (record.key, record.value, record.headers, record.timestamp_ms if with_time else 0)
    return int.from_bytes(blake2b(repr(parts).encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")
