"""`kafkatui dlq redrive`: plans which dead letters go back where, asks, and runs it as a replay job."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kafkatui.cli import connect, reconcile, replaying, report
from kafkatui.cli.changing import Asking, confirmed, journal
from kafkatui.cli.counted import counted
from kafkatui.cli.exits import Code, say
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.replaying import Running
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redriving import Survey, route_back, survey
from kafkatui.kafka import offsets
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.configs import read_topic_configs
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem, known
from kafkatui.model.spans import Isolation, Span
from kafkatui.reading.records import Records
from kafkatui.reading.request import Request
from kafkatui.replay.execution import now
from kafkatui.replay.jobs import Job
from kafkatui.replay.planning import search_of
from kafkatui.replay.spec import Redrive, Spec, SpecError, Target, Timestamps, document

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One command line, understood."""

    topic: str
    partitions: frozenset[int] | None
    range: Range
    job: str
    redrive: Redrive
    timestamps: Timestamps
    most: int | None


def run(connection: Connection, asked: Asked, running: Running, asking: Asking) -> None:
    """Ends the command with its exit code."""
    replaying.refuse_known(asked.job)
    replaying.ended(asyncio.run(replaying.guarded(_start(connection, asked, running, asking))))


async def _start(connection: Connection, asked: Asked, running: Running, asking: Asking) -> Code:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        if not asking.dry_run:
            await reconcile.reconcile(cluster, connection, journal())
        spec = await _spec(cluster, connection, asked)
        found = await _survey(cluster, spec)
        job = await _job(cluster, connection, spec, found)
    if running.as_json and asking.dry_run:
        report.write([json.dumps(_document(spec, found))])
    if not confirmed([*_lines(connection, spec, found)], f"send {counted(found.records, 'dead letter')} back", asking):
        return Code.OK
    if not found.records:
        say("nothing is left to send")
        return Code.OK
    return await replaying.run_job(connection, replaying.jobs().save(job), running)


async def _spec(cluster: Cluster, connection: Connection, asked: Asked) -> Spec:
    topology = await cluster.topology()
    connection.check(topology.cluster_id)
    topic = topology.topics.get(asked.topic)
    if topic is None:
        raise SpecError(f"topic {asked.topic} does not exist")
    plan = await Records(cluster.nodes).plan(Request((topic.name,), asked.partitions, asked.range), topology)
    if plan.unread:
        raise SpecError("; ".join(str(each) for each in plan.unread))
    return Spec(
        job=asked.job,
        cluster_id=topology.cluster_id,
        source=topic.name,
        source_id=topic.topic_id,
        spans=tuple(Span(span.where, span.first, span.until) for span in plan.spans),
        target=Target("", None, 0),
        isolation=Isolation.COMMITTED,
        timestamps=asked.timestamps,
        most=asked.most,
        redrive=asked.redrive,
    )


async def _survey(cluster: Cluster, spec: Spec) -> Survey:
    words = [""]
    line = ProgressLine(lambda: words[0])

    def tell(done: int, found: int) -> None:
        words[0] = f"looks through {spec.source}: {done / max(1, spec.offsets):.0%}   {found} to send"
        line.draw()

    search, _ = await search_of(cluster, spec, None, None)
    try:
        route = await route_back(cluster, spec, Recogniser(connect.letter_rules()), search)
        return await survey(spec, route, search, tell)
    finally:
        line.clear()


async def _job(cluster: Cluster, connection: Connection, spec: Spec, found: Survey) -> Job:
    """With where the targets end now, and what they take."""
    topology = cluster.nodes.seen or await cluster.topology()
    topics = sorted({where.topic for where in found.sends})
    partitions = [each for topic in topics for each in topology.topics[topic].partitions]
    ends: dict[str, dict[int, int]] = {topic: {} for topic in topics}
    for where, end in (await offsets.read_ends(cluster.nodes, partitions)).items():
        # Where an end is not known, copies are looked for from the start.
        ends[where.topic][where.partition] = known(end) or 0
    limits = {}
    for topic, configs in (await read_topic_configs(cluster.nodes, topics)).items():
        most = None if isinstance(configs, Problem) else configs.get("max.message.bytes")
        if most is not None and most.value is not None:
            limits[topic] = int(most.value)
    return Job(spec, now(), connection.bootstrap, connection.context, ends, options={"limits": limits})


def _lines(connection: Connection, spec: Spec, found: Survey) -> Iterator[str]:
    where = replaying.where(connection, spec.cluster_id)
    yield f"redrive {spec.source} to {spec.goes_to} on {where}   job {spec.job}   plan {spec.hash}"
    for target, count in sorted(found.sends.items())[:_NAMED]:
        yield f"  {target}: {counted(count, 'record')}"
    if len(found.sends) > _NAMED:
        yield f"  and {len(found.sends) - _NAMED} more partitions"
    headers = "kept whole" if spec.redrive and spec.redrive.keep_headers else "taken out"
    times = "kept" if spec.timestamps is Timestamps.KEEP else "of the moment"
    yield f"  {counted(found.records, 'record')} in all; headers of the dead letters {headers}; timestamps {times}"
    for code, count in found.left_out.most_common():
        place, problem = found.examples[code]
        yield f"▲ {counted(count, 'dead letter')} left out: {problem.text} (the first is {place})"
    for remark, count in found.remarks.most_common(_NAMED):
        yield f"· {count}: {remark}"
    if found.gaps:
        yield f"✖ {counted(found.gaps, 'range')} could not be read"


def _document(spec: Spec, found: Survey) -> dict[str, object]:
    return {
        "schema": "kafkatui.redrive-plan/1",
        **document(spec),
        "hash": spec.hash,
        "records": found.records,
        "targets": [
            {"topic": where.topic, "partition": where.partition, "records": count}
            for where, count in sorted(found.sends.items())
        ],
        "left_out": [
            {
                "code": code,
                "records": count,
                "first": str(found.examples[code][0]),
                "problem": found.examples[code][1].text,
            }
            for code, count in found.left_out.most_common()
        ],
        "remarks": dict(found.remarks),
    }
