"""The plan of a redrive: which dead letters go back where, as a job not written down yet. It sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import NamedTuple

from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redriving import Survey, route_back, survey
from kafkatui.kafka import offsets
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.configs import read_topic_configs
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem, known
from kafkatui.model.spans import Isolation, Span
from kafkatui.reading.request import Request
from kafkatui.replay.execution import now
from kafkatui.replay.jobs import Job
from kafkatui.replay.picked import picked_text
from kafkatui.replay.planning import reading_of, search_of
from kafkatui.replay.spec import At, Redrive, Spec, SpecError, Target, Timestamps

_NAMED = 20
"""Remarks that are named one by one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to go back, understood."""

    topic: str
    partitions: frozenset[int] | None
    range: Range
    job: str
    redrive: Redrive
    timestamps: Timestamps
    most: int | None
    picked: frozenset[At] = frozenset()
    """Exactly these letters, whatever else is asked for; none: all of the range."""


@dataclass(frozen=True, slots=True)
class BackPlan:
    """What would be done."""

    job: Job
    """With where the targets end now, and what they take."""
    found: Survey

    @property
    def spec(self) -> Spec:
        return self.job.spec


class Said(NamedTuple):
    """Something a person must know before it runs. It may hold text from the cluster."""

    mark: str
    text: str


async def plan_back(
    cluster: Cluster,
    connection: Connection,
    asked: Asked,
    recogniser: Recogniser,
    counted: Callable[[int, int, int], None],
) -> BackPlan:
    """`counted` hears offsets gone over, of how many, and letters to send. Raises `SpecError`, `Unreachable`."""
    spec = await _spec(cluster, connection, asked)
    search, _ = await search_of(cluster, spec, None, None)
    route = await route_back(cluster, spec, recogniser, search)
    found = await survey(spec, route, search, lambda done, sends: counted(done, spec.offsets, sends))
    if found.read < len(spec.picked):
        raise SpecError(f"of {len(spec.picked)} dead letters that are picked {found.read} can be read")
    return BackPlan(await _job(cluster, connection, spec, found), found)


async def _spec(cluster: Cluster, connection: Connection, asked: Asked) -> Spec:
    topology = await cluster.topology()
    connection.check(topology.cluster_id)
    topic = topology.topics.get(asked.topic)
    if topic is None:
        raise SpecError(f"topic {asked.topic} does not exist")
    wanted = Request((topic.name,), asked.partitions, asked.range)
    plan = await reading_of(cluster, wanted, asked.picked, topology)
    return spec_of(asked, topology.cluster_id, topic.topic_id, plan.spans)


def spec_of(asked: Asked, cluster_id: str | None, topic_id: str | None, spans: Sequence[Span]) -> Spec:
    return Spec(
        job=asked.job,
        cluster_id=cluster_id,
        source=asked.topic,
        source_id=topic_id,
        spans=tuple(Span(span.where, span.first, span.until) for span in spans),
        target=Target("", None, 0),
        isolation=Isolation.COMMITTED,
        timestamps=asked.timestamps,
        most=asked.most,
        redrive=asked.redrive,
        picked=asked.picked,
    )


async def _job(cluster: Cluster, connection: Connection, spec: Spec, found: Survey) -> Job:
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


# In words


def kept(spec: Spec) -> str:
    """What of a dead letter stays as it is."""
    headers = "kept whole" if spec.redrive and spec.redrive.keep_headers else "taken out"
    times = "kept" if spec.timestamps is Timestamps.KEEP else "of the moment"
    return f"headers of the dead letters {headers}; timestamps {times}"


def findings(found: Survey) -> Iterator[Said]:
    """What is left out and why, what is not as it was, and what could not be read."""
    for code, count in found.left_out.most_common():
        place, problem = found.examples[code]
        yield Said("▲", f"{_counted(count, 'dead letter')} left out: {problem.text} (the first is {place})")
    for remark, count in found.remarks.most_common(_NAMED):
        yield Said("·", f"{count}: {remark}")
    if found.gaps:
        yield Said("✖", f"{_counted(found.gaps, 'range')} could not be read")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def redrive_command(asked: Asked, connection: Connection | None) -> str:
    """The words of a shell that plan and run the same, of all partitions and the whole range."""
    words = ["kafkatui", "dlq", "redrive", asked.topic]
    if asked.picked:
        words += ["--records", picked_text(asked.picked)]
    for cause in asked.redrive.causes:
        words += ["--cause", cause]
    if asked.timestamps is not Timestamps.NOW:
        words += ["--timestamps", asked.timestamps.value]
    words += ["--job", asked.job]
    if connection is not None:
        words += connection.flags()
    return " ".join(quote(word) for word in words)
