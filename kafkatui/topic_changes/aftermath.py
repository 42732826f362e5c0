"""What became of a change whose process was killed in between: the cluster is looked at, item by item. Only read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafkatui.model.cluster import Partition, TopicPartition, Topology
from kafkatui.model.configs import Configs
from kafkatui.model.problems import PENDING, Problem
from kafkatui.topic_changes.configs import override
from kafkatui.topic_changes.plan import Kind
from kafkatui.topic_changes.source import TopicSource
from kafkatui.undo.journal import Entry, Result

Item = Mapping[str, Any]
"""What was decided, as the journal keeps it."""
Seen = bool | Problem
"""Whether it is as it was planned, or why that can not be told."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is found of a change."""

    result: Result
    """`UNKNOWN` where some of it is there and some is not, or can not be told."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """`changed`: items that are as they were planned; `failed`: those that are not."""
    problem: str = ""
    """One sentence for a person."""


async def look(source: TopicSource, entry: Entry) -> Aftermath:
    """It counts as made if all is as it was planned. Raises `Unreachable`, and ValueError for another kind."""
    items: Sequence[Item] = entry.change.planned["items"]
    seen = await _LOOKING[Kind(entry.change.kind)](source, await source.topology(), items)
    changed, unknown = sum(each is True for each in seen), [each for each in seen if isinstance(each, Problem)]
    counts = {"changed": changed, "failed": len(seen) - changed}
    if unknown:
        return Aftermath(Result.UNKNOWN, counts, f"what became of it can not be told: {unknown[0].text}")
    if changed == len(seen):
        return Aftermath(Result.OK, counts, "all of it is as it was planned")
    if changed:
        return Aftermath(Result.UNKNOWN, counts, f"{changed} of {len(seen)} are as they were planned")
    return Aftermath(Result.FAILED, counts, "nothing of it is there")


async def _created(source: TopicSource, topology: Topology, items: Sequence[Item]) -> list[Seen]:
    return [item["topic"] in topology.topics for item in items]


async def _deleted(source: TopicSource, topology: Topology, items: Sequence[Item]) -> list[Seen]:
    ids = {topic.topic_id for topic in topology.topics.values()}
    return [item["topic_id"] not in ids for item in items]


async def _partitioned(source: TopicSource, topology: Topology, items: Sequence[Item]) -> list[Seen]:
    topics = topology.topics
    return [
        len(topics[item["topic"]].partitions) >= item["afterwards"] if item["topic"] in topics else False
        for item in items
    ]


async def _configured(source: TopicSource, topology: Topology, items: Sequence[Item]) -> list[Seen]:
    found = await source.topic_configs([name for name in {item["topic"] for item in items} if name in topology.topics])
    return [_is_set(found.get(item["topic"], _GONE), item) for item in items]


def _is_set(configs: Configs | Problem, item: Item) -> Seen:
    return configs if isinstance(configs, Problem) else override(configs.get(item["config"])) == item["after"]


async def _trimmed(source: TopicSource, topology: Topology, items: Sequence[Item]) -> list[Seen]:
    starts = await source.starts(topology)
    return [_is_gone(starts.get(_name(item), PENDING), item["before"]) for item in items]


def _is_gone(start: int | Problem, before: int) -> Seen:
    return start if isinstance(start, Problem) else start >= before


async def _elected(source: TopicSource, topology: Topology, items: Sequence[Item]) -> list[Seen]:
    return [_leads(_partition(topology, item), item["becomes"]) for item in items]


def _leads(partition: Partition | None, wanted: int | None) -> Seen:
    """An unclean election wants no certain one."""
    if partition is None:
        return _GONE
    return partition.leader is not None if wanted is None else partition.leader == wanted


def _partition(topology: Topology, item: Item) -> Partition | None:
    topic = topology.topics.get(item["topic"])
    return topic.partition(item["partition"]) if topic is not None else None


def _name(item: Item) -> TopicPartition:
    return TopicPartition(item["topic"], item["partition"])


_GONE = Problem("unknown_topic_or_partition", "the topic does not exist any more")
_LOOKING: Mapping[Kind, Callable[[TopicSource, Topology, Sequence[Item]], Awaitable[list[Seen]]]] = {
    Kind.CREATE: _created,
    Kind.DELETE: _deleted,
    Kind.PARTITIONS: _partitioned,
    Kind.CONFIGS: _configured,
    Kind.RECORDS: _trimmed,
    Kind.LEADERS: _elected,
}
