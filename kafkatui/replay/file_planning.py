"""Plans to send a file of records. What a plan says of topics is `planning`'s."""

from __future__ import annotations

import time

from kafkatui.kafka import offsets
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.problems import known
from kafkatui.model.spans import Span
from kafkatui.replay.fingerprint import Fingerprint
from kafkatui.replay.plan import Plan, Seen, plan_of
from kafkatui.replay.planning import Asked, limits_of, readers_of, target_of, topic_of
from kafkatui.replay.record_file import Survey, where_of
from kafkatui.replay.spec import Spec


async def plan_file(
    cluster: Cluster, asked: Asked, found: Survey, *, rate: float | None = None, allow_old: bool = False
) -> Plan:
    """Everything there is to know before it runs; `found` is what is in the file. Nothing is changed.

    Raises `SpecError`, `Unreachable`.
    """
    topology = await cluster.topology()
    spec = Spec(
        job=asked.job,
        cluster_id=topology.cluster_id,
        source=asked.source,
        source_id=found.sha256,
        spans=(Span(where_of(asked.source), 1, found.lines + 1),),
        target=target_of(topology, asked, found.partitions),
        selection=asked.selection,
        partition_by=asked.partition_by,
        timestamps=asked.timestamps,
        headers=asked.headers,
        most=asked.most,
        codec=asked.codec,
        is_file=True,
    )
    return plan_of(spec, await _look(cluster, spec, found), rate, allow_lost=False, allow_old=allow_old)


async def _look(cluster: Cluster, spec: Spec, found: Survey) -> Seen:
    target = topic_of(cluster.nodes.seen or await cluster.topology(), spec.target.topic)
    limits = await limits_of(cluster, target.name)
    ends = await offsets.read_ends(cluster.nodes, target.partitions)
    now = round(time.time() * 1000)
    ages = {each for each in (limits.retention_ms, limits.before_ms) if each is not None and each > 0}
    return Seen(
        source_partitions=found.partitions,
        clipped=(),
        fingerprint=Fingerprint(0, {}),
        limits=limits,
        older_than={age: found.older(now - age) for age in ages},
        has_null_keys=found.without_key > 0,
        readers=await readers_of(cluster, target.name),
        target_ends={where.partition: known(end) or 0 for where, end in ends.items()},
        without_partition=found.without_partition,
        without_time=found.without_time,
        selected={span.where: found.chosen for span in spec.spans},
    )
