"""Starts, ends and stable ends of partitions: ListOffsets, one request per leader, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kafkatui.kafka import errors
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import Partition, TopicPartition
from kafkatui.model.problems import Problem, Reading

if TYPE_CHECKING:
    from kafkatui.model.parts import Offsets

LATEST = -1
EARLIEST = -2
READ_UNCOMMITTED = 0
READ_COMMITTED = 1
NO_OFFSET = -1
_NO_REPLICA = -1


async def read_starts(nodes: Nodes, partitions: Iterable[Partition]) -> Offsets:
    return await _read(nodes, partitions, EARLIEST, READ_UNCOMMITTED)


async def read_ends(nodes: Nodes, partitions: Iterable[Partition]) -> Offsets:
    """High watermarks."""
    return await _read(nodes, partitions, LATEST, READ_UNCOMMITTED)


async def read_stable_ends(nodes: Nodes, partitions: Iterable[Partition]) -> Offsets:
    """Last stable offsets: where read_committed readers stop (ListOffsets with isolation level 1)."""
    return await _read(nodes, partitions, LATEST, READ_COMMITTED)


async def read_at(nodes: Nodes, partitions: Iterable[Partition], epoch_ms: int, isolation: int) -> Offsets:
    """The first offset whose own timestamp is not before `epoch_ms`; `NO_OFFSET` where all records are older."""
    # Negative numbers are no times to a broker but words, such as latest.
    return await _read(nodes, partitions, max(0, epoch_ms), isolation)


async def _read(nodes: Nodes, partitions: Iterable[Partition], timestamp: int, isolation: int) -> Offsets:
    led, offsets = _by_leader(partitions)
    calls = {leader: _call(wanted, timestamp, isolation) for leader, wanted in led.items()}
    for leader, answer in (await nodes.each(calls)).items():
        if isinstance(answer, Problem):
            offsets.update((name, answer) for name in _names(led[leader]))
        else:
            _take(answer, offsets)
    return offsets


def _by_leader(
    partitions: Iterable[Partition],
) -> tuple[dict[int, dict[str, list[int]]], dict[TopicPartition, Reading]]:
    led: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    leaderless: dict[TopicPartition, Reading] = {}
    for partition in partitions:
        if partition.leader is None:
            leaderless[partition.name] = errors.LEADERLESS
        else:
            led[partition.leader][partition.topic].append(partition.partition)
    return led, leaderless


def _names(wanted: Mapping[str, list[int]]) -> Iterable[TopicPartition]:
    return (TopicPartition(topic, number) for topic, numbers in wanted.items() for number in numbers)


def _call(wanted: Mapping[str, list[int]], timestamp: int, isolation: int) -> Call:
    def build(module: ModuleType) -> Any:
        partition = module.ListOffsetsPartition
        topics = tuple(
            module.ListOffsetsTopic(
                name=topic,
                partitions=tuple(partition(partition_index=number, timestamp=timestamp) for number in numbers),
            )
            for topic, numbers in wanted.items()
        )
        values: dict[str, Any] = {"replica_id": _NO_REPLICA, "isolation_level": isolation, "topics": topics}
        if "timeout" in module.ListOffsetsRequest.__dataclass_fields__:
            values["timeout"] = timedelta(seconds=5)
        return module.ListOffsetsRequest(**values)

    return Call(Api.LIST_OFFSETS, build, oldest=2)


def _take(answer: Any, offsets: dict[TopicPartition, Reading]) -> None:
    for topic in answer.topics:
        name = str(topic.name)
        for each in topic.partitions:
            value = errors.of_code(each.error_code) if each.error_code else each.offset
            offsets[TopicPartition(name, each.partition_index)] = value
