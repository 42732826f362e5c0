"""What goes on in topics while a change to them is planned: who reads them, and how fast they are written to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from kafkatui.columns.cells import rate_text
from kafkatui.model.cluster import Topic, TopicPartition, Topology
from kafkatui.model.problems import PENDING, Problem, Reading
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want, read_once
from kafkatui.topic_changes.source import TopicSource

READERS = Want.LAG | Want.STARTS
"""What tells who reads a topic, and what they have not read."""
RATE_SECONDS = 1.0
"""Between the two readings of the ends that tell the rate."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One reading of the cluster, and the rates of the topics in question."""

    snapshot: Snapshot
    rates: Mapping[str, float | None] = field(default_factory=dict)
    """Records/s by topic; None: an end is not known. A topic that is not there was not measured."""

    def rate(self, topic: str) -> float | None:
        return self.rates.get(topic)

    def live(self, topics: Iterable[str]) -> tuple[str, ...]:
        """A warning for each topic that is read or written at this moment."""
        found = []
        for topic in topics:
            groups = [group.group for group in self.snapshot.readers(topic) if group.members]
            if groups:
                found.append(f"{topic} is read right now by {', '.join(groups)}")
            if rate := self.rate(topic):
                found.append(f"{topic} is written to right now: {rate_text(rate)} records/s")
        return tuple(found)


async def read_activity(
    source: TopicSource, names: Collection[str], *, wants: Want = READERS, seconds: float = RATE_SECONDS
) -> Activity:
    """Reads the ends twice, `seconds` apart; with 0 no rate is measured. Raises `Unreachable`."""
    began = time.monotonic()
    snapshot = await read_once(source, wants)
    topics = {name: topic for name, topic in snapshot.topics.items() if name in names}
    if not seconds or not topics:
        return Activity(snapshot)
    await asyncio.sleep(max(0.0, seconds - (time.monotonic() - began)))
    ends = await source.ends(Topology(snapshot.cluster_id, snapshot.brokers, topics))
    took = time.monotonic() - began
    return Activity(snapshot, {name: rate(topic, ends, took) for name, topic in topics.items()})


def rate(topic: Topic, later: Mapping[TopicPartition, Reading], seconds: float) -> float | None:
    """Records a second written meanwhile, offsets of transaction markers included; None where an end is not known."""
    written = 0
    for partition in topic.partitions:
        before, after = partition.end, later.get(partition.name, PENDING)
        if isinstance(before, Problem) or isinstance(after, Problem):
            return None
        written += max(0, after - before)
    return written / seconds
