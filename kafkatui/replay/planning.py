"""Reads what a plan has to know: offsets, the target's limits, who reads it, a sample of keys. It changes nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from kafkatui.filters import Filter, Selection, compile_filter
from kafkatui.kafka import offsets
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.configs import read_topic_configs
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Step
from kafkatui.model.cluster import Partition, Topic, TopicPartition, Topology
from kafkatui.model.configs import Configs
from kafkatui.model.groups import Group
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem, known
from kafkatui.model.spans import Isolation, Span
from kafkatui.monitor import Want, read_once
from kafkatui.reading import request
from kafkatui.reading.late import behind, needs_decoders, wanted_by
from kafkatui.reading.records import Records
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay.file_sink import check_free
from kafkatui.replay.fingerprint import Fingerprint, fingerprint
from kafkatui.replay.picked import picked_request, picked_search, picked_spans
from kafkatui.replay.plan import Limits, Plan, Reader, Seen, plan_of
from kafkatui.replay.progress import MOST_CARRIED
from kafkatui.replay.spec import At, Headers, Spec, SpecError, Target, Timestamps

_SAMPLES = 1_000
"""Records whose keys are looked at."""
_FOREVER = 10**15
"""Kafka's own word for it is 2^63-1 ms; anything near is no limit."""
Search = Callable[[Sequence[Span]], AsyncGenerator[Step, None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A replay in a person's words."""

    job: str
    source: str
    target: str
    partitions: frozenset[int] | None = None
    range: Range = field(default_factory=Range)
    selection: Selection = field(default_factory=Selection)
    picked: frozenset[At] = frozenset()
    """Exactly these records, whatever else is asked for; none: all of the range."""
    isolation: Isolation = Isolation.COMMITTED
    partition_by: PartitionBy = PartitionBy.SAME
    timestamps: Timestamps = Timestamps.KEEP
    headers: Headers = Headers.KEEP
    most: int | None = None
    codec: str | None = None
    to_file: bool = False
    """`target` is a path."""


async def plan(
    cluster: Cluster,
    asked: Asked,
    decoders: TopicDecoders,
    counted: Callable[[int, int, int], None],
    *,
    rate: float | None = None,
    allow_lost: bool = False,
    allow_old: bool = False,
    source: Cluster | None = None,
) -> Plan:
    """Everything there is to know before it runs. Nothing is changed, and no transaction is opened.

    `cluster` is written to; `source`: where records are read, if that is another one.
    `counted` hears, while a filter is counted: offsets gone over, offsets in all, records chosen. Raises `SpecError`,
    `FilterError`, `Unreachable`.
    """
    read = source or cluster
    spec, resolved = await resolve(cluster, asked, read)
    search, _ = await search_of(read, spec, resolved, decoders)
    seen = await look(cluster, spec, resolved, search, lambda done, found: counted(done, spec.offsets, found), read)
    return plan_of(spec, seen, rate, allow_lost=allow_lost, allow_old=allow_old)


async def resolve(cluster: Cluster, asked: Asked, read: Cluster | None = None) -> tuple[Spec, request.Plan]:
    """The offsets that are meant, now. Raises `Unreachable`, and `SpecError` for topics and partitions not there."""
    read = read or cluster
    topology = await cluster.topology()
    seen = topology if read is cluster else await read.topology()
    source = topic_of(seen, asked.source)
    target = target_of(topology, asked, len(source.partitions))
    wanted = request.Request((source.name,), asked.partitions, asked.range, asked.isolation)
    plan = await reading_of(read, wanted, asked.picked, seen)
    spec = Spec(
        job=asked.job,
        cluster_id=topology.cluster_id,
        source=source.name,
        source_id=source.topic_id,
        spans=tuple(Span(span.where, span.first, span.until) for span in plan.spans),
        target=target,
        selection=asked.selection,
        picked=asked.picked,
        isolation=asked.isolation,
        partition_by=asked.partition_by,
        timestamps=asked.timestamps,
        headers=asked.headers,
        most=asked.most,
        codec=asked.codec,
        to_file=asked.to_file,
        # Two addresses may lead to one cluster: then it is no other one.
        source_cluster_id=None if seen.cluster_id == topology.cluster_id else seen.cluster_id,
    )
    if spec.is_across and len(spec.spans) > MOST_CARRIED * target.partitions:
        most = MOST_CARRIED * target.partitions
        raise SpecError(f"{target.topic} can hold the progress of {most} partitions, not of {len(spec.spans)}")
    return spec, plan


async def reading_of(
    cluster: Cluster, wanted: request.Request, picked: frozenset[At], topology: Topology
) -> request.Plan:
    """What is to be read, or of it what is picked. Raises `Unreachable`, and `SpecError` where it can not be told."""
    if picked:
        wanted = picked_request(wanted, picked)
    plan = await Records(cluster.nodes).plan(wanted, topology)
    if plan.unread:
        raise SpecError("; ".join(str(each) for each in plan.unread))
    return replace(plan, spans=picked_spans(plan.spans, picked)) if picked else plan


def target_of(topology: Topology, asked: Asked, partitions: int) -> Target:
    """Raises `SpecError` for a topic that takes nothing from us, and a file that is there.

    `partitions` of a file are those of what goes into it.
    """
    if asked.to_file:
        check_free(Path(asked.target))
        return Target(asked.target, None, partitions)
    target = topic_of(topology, asked.target)
    if target.internal:
        raise SpecError(f"topic {target.name} is Kafka's own: only brokers write to it")
    return Target(target.name, target.topic_id, len(target.partitions))


def topic_of(topology: Topology, name: str) -> Topic:
    """Raises `SpecError` where it does not exist or can not be seen."""
    topic = topology.topics.get(name)
    if topic is None:
        raise SpecError(f"topic {name} does not exist")
    if topic.problem is not None:
        raise SpecError(f"topic {name}: {topic.problem.text}")
    return topic


async def look(
    cluster: Cluster,
    spec: Spec,
    plan: request.Plan,
    search: Search,
    counted: Callable[[int, int], None],
    read: Cluster | None = None,
) -> Seen:
    """What the plan has to know. `counted` hears, while a filter is counted, how many offsets are gone over, and hits.

    Raises `Unreachable`.
    """
    read = read or cluster
    if spec.to_file:
        selected = await _count(spec, search, counted) if spec.selection != Selection() or spec.picked else None
        nothing = Seen(spec.target.partitions, plan.clipped, Fingerprint(0, {}), Limits(), {}, False, (), {})
        return replace(nothing, selected=selected)
    source = topic_of(read.nodes.seen or await read.topology(), spec.source)
    target = topic_of(cluster.nodes.seen or await cluster.topology(), spec.target.topic)
    sample = await Records(read.nodes).older(plan).more(_SAMPLES)
    limits = await limits_of(cluster, target.name)
    ends = await offsets.read_ends(cluster.nodes, target.partitions)
    return Seen(
        source_partitions=len(source.partitions),
        clipped=plan.clipped,
        fingerprint=fingerprint(sample.records, len(source.partitions)),
        limits=limits,
        older_than=await _older(read, spec, source.partitions, limits),
        has_null_keys=any(record.key is None for record in sample.records),
        readers=await readers_of(cluster, target.name),
        # Where an end is not known, copies are looked for from the start.
        target_ends={where.partition: known(end) or 0 for where, end in ends.items()},
        selected=await _count(spec, search, counted) if spec.selection != Selection() or spec.picked else None,
    )


async def search_of(
    cluster: Cluster, spec: Spec, plan: request.Plan | None, decoders: TopicDecoders | None
) -> tuple[Search, Filter]:
    """What gives the records that are chosen. Raises `FilterError`, `Unreachable`.

    `plan` and `decoders`: to find out whether the filter needs them.
    """
    chosen = compile_filter(spec.selection)
    late = False
    if plan is not None and decoders is not None:
        newest = Records(cluster.nodes).older(plan)
        late = await needs_decoders(newest, [spec.source], decoders, chosen.reads)
    if late and decoders is not None:
        chosen = compile_filter(spec.selection, decoders.decode)
    matcher = chosen.matcher()
    # What is sent again is what is stored: nothing is masked here.
    wanted, last = wanted_by(chosen, matcher, decoders if late else None, None)

    def search(spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
        return behind(scan(cluster.nodes, spans, wanted, spec.isolation), last, None)

    return (picked_search(search, spec.picked) if spec.picked else search), chosen


async def _count(spec: Spec, search: Search, counted: Callable[[int, int], None]) -> Mapping[TopicPartition, int]:
    found = dict.fromkeys((span.where for span in spec.spans), 0)
    firsts = {span.where: span.first for span in spec.spans}
    positions = dict(firsts)
    async with aclosing(search(spec.spans)) as steps:
        async for step in steps:
            found[step.where] += len(step.found)
            positions[step.where] = max(positions[step.where], step.position)
            counted(sum(positions[where] - first for where, first in firsts.items()), sum(found.values()))
    return found


async def _older(
    cluster: Cluster, spec: Spec, partitions: Sequence[Partition], limits: Limits
) -> Mapping[int, int | None]:
    """By age: how many of the chosen offsets lie before the first record that is younger."""
    wanted = {span.where: span for span in spec.spans}
    chosen = [each for each in partitions if each.name in wanted]
    now = round(time.time() * 1000)
    older: dict[int, int | None] = {}
    for age in {each for each in (limits.retention_ms, limits.before_ms) if each is not None and each > 0}:
        found = await offsets.read_at(cluster.nodes, chosen, now - age, spec.isolation.level)
        counts = [
            None if isinstance(at, Problem) else _before(wanted[where], at, spec.picked) for where, at in found.items()
        ]
        older[age] = None if None in counts else sum(each for each in counts if each is not None)
    return older


def _before(span: Span, at: int, picked: frozenset[At]) -> int:
    if picked:
        number = span.where.partition
        return sum(partition == number and (offset < at or at == offsets.NO_OFFSET) for partition, offset in picked)
    return span.until - span.first if at == offsets.NO_OFFSET else max(0, min(at, span.until) - span.first)


async def limits_of(cluster: Cluster, topic: str) -> Limits:
    """What a topic takes. Raises `Unreachable`."""
    return _limits((await read_topic_configs(cluster.nodes, [topic])).get(topic))


def _limits(configs: Configs | Problem | None) -> Limits:
    if configs is None or isinstance(configs, Problem):
        return Limits(problem=configs or Problem("unknown", "the broker says nothing of it"))

    def number(name: str) -> int | None:
        config = configs.get(name)
        value = None if config is None or config.value is None else int(config.value)
        return None if value is not None and value > _FOREVER else value

    def word(name: str) -> str:
        config = configs.get(name)
        return "" if config is None or config.value is None else config.value

    policies = word("cleanup.policy").replace(" ", "").split(",")
    return Limits(
        most_bytes=number("max.message.bytes"),
        retention_ms=number("retention.ms"),
        compacted="compact" in policies,
        deletes="delete" in policies,
        log_append_time=word("message.timestamp.type") == "LogAppendTime",
        before_ms=number("message.timestamp.before.max.ms"),
        after_ms=number("message.timestamp.after.max.ms"),
    )


async def readers_of(cluster: Cluster, topic: str) -> tuple[Reader, ...]:
    """The groups that read a topic. Raises `Unreachable`."""
    snapshot = await read_once(cluster, Want.TOPOLOGY | Want.GROUPS | Want.MEMBERS | Want.COMMITS)
    return tuple(_reader(group) for group in snapshot.groups.values() if topic in group.topics)


def _reader(group: Group) -> Reader:
    return Reader(group.group, group.state, None if isinstance(group.members, Problem) else len(group.members))
