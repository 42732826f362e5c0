"""Sizes on disk, and the directories themselves: DescribeLogDirs, one request per broker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.parts import Sizes
from kafkatui.model.probes import LogDir, LogDirs
from kafkatui.model.problems import Problem, Reading


def _describe_log_dirs(module: ModuleType) -> Any:
    return module.DescribeLogDirsRequest(topics=None)


DESCRIBE_LOG_DIRS = Call(Api.DESCRIBE_LOG_DIRS, _describe_log_dirs)


async def read_sizes(nodes: Nodes, topology: Topology) -> Sizes:
    answers = await nodes.all(topology.brokers, DESCRIBE_LOG_DIRS)
    held = {node_id: _held(answer) for node_id, answer in answers.items()}
    partitions = {
        partition.name: _size(held.get(partition.leader), partition.name)
        for topic in topology.topics.values()
        for partition in topic.partitions
        if partition.leader is not None
    }
    brokers: dict[int, Reading] = {
        node_id: sizes if isinstance(sizes, Problem) else sum(sizes.values()) for node_id, sizes in held.items()
    }
    return Sizes(partitions, brokers)


async def read_log_dirs(nodes: Nodes, node_ids: Collection[int]) -> dict[int, LogDirs | Problem]:
    """The log directories of each broker, those it has given up as well, without the partitions in them."""
    answers = await nodes.all(node_ids, _DESCRIBE_DIRS_ONLY)
    return {node_id: _log_dirs(answer) for node_id, answer in answers.items()}


_DESCRIBE_DIRS_ONLY = Call(Api.DESCRIBE_LOG_DIRS, lambda module: module.DescribeLogDirsRequest(topics=()))


def _log_dirs(answer: Any) -> LogDirs | Problem:
    if isinstance(answer, Problem):
        return answer
    code = getattr(answer, "error_code", 0)
    if code:
        return errors.of_code(code)
    if not answer.results:
        # Before version 3 a broker that may not tell answers with nothing.
        return Problem("not_told", "it does not tell its log directories: needs DESCRIBE on the cluster")
    return tuple(
        LogDir(
            str(each.log_dir),
            errors.of_code(each.error_code) if errors.is_error(each.error_code) else None,
            _bytes(each, "total_bytes"),
            _bytes(each, "usable_bytes"),
        )
        for each in answer.results
    )


def _bytes(result: Any, field: str) -> int | None:
    value = int(getattr(result, field, -1))
    return value if value >= 0 else None


_Held = Mapping[TopicPartition, int] | Problem


def _held(answer: Any) -> _Held:
    """Bytes per partition on one broker, copies being moved between its directories included."""
    if isinstance(answer, Problem):
        return answer
    failed = [getattr(answer, "error_code", 0), *(result.error_code for result in answer.results)]
    first = next((code for code in failed if code), None)
    if first is not None:
        return errors.of_code(first)
    sizes: dict[TopicPartition, int] = {}
    for result in answer.results:
        for topic in result.topics:
            for each in topic.partitions:
                name = TopicPartition(str(topic.name), each.partition_index)
                sizes[name] = sizes.get(name, 0) + each.partition_size
    return sizes


def _size(held: _Held | None, name: TopicPartition) -> Reading:
    if isinstance(held, Problem):
        return held
    if held is None or name not in held:
        return Problem("not_reported", "the leader does not report this partition's size yet")
    return held[name]
