"""What groups have committed: OffsetFetch and DescribeShareGroupOffsets, one request per coordinator."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import ELSEWHERE, Commit, Committed
from kafkatui.model.groups import GroupType
from kafkatui.model.parts import Commits, ListedGroup, ShareOffset
from kafkatui.model.problems import Problem, Reading

_NO_OFFSET = -1
_NO_EPOCH = -1


async def read_commits(nodes: Nodes, groups: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]:
    """Commits of every group but share groups, which have none."""
    return await _read_offsets(nodes, [each for each in groups if each.type is not GroupType.SHARE], _commits)


async def read_share_offsets(
    nodes: Nodes, groups: Collection[ListedGroup]
) -> Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem]:
    shares = [each for each in groups if each.type is GroupType.SHARE]
    return await _read(nodes, shares, _describe_share_group_offsets, _share_offsets)


async def read_committed(
    nodes: Nodes, groups: Collection[ListedGroup], *, stable: bool = True
) -> Mapping[str, Committed | Problem]:
    """Commits of groups of every type with all that belongs to them; a share group's are its start offsets.

    With `stable` a commit that an open transaction is about to replace is a problem: it can not be told what it will
    be. Without it this is what counts now.
    """
    shares = await read_share_offsets(nodes, groups)
    others = [each for each in groups if each.type is not GroupType.SHARE]
    found: dict[str, Committed | Problem] = await _read_offsets(nodes, others, _committed_whole, stable=stable)
    for group, offsets in shares.items():
        found[group] = offsets if isinstance(offsets, Problem) else _share_commits(offsets)
    return found


async def _read_offsets(
    nodes: Nodes, groups: Collection[ListedGroup], take: Callable[[Any], Any], *, stable: bool = False
) -> dict[str, Any]:
    """OffsetFetch: from version 8 on many groups a request. Brokers before Kafka 3.0 are asked for one at a time."""
    found = await _read(nodes, groups, partial(_offset_fetch, stable=stable), take)
    left = [group for group in groups if _is_too_old(found.get(group.group))]
    answers = await asyncio.gather(*(_offsets_of_one(nodes, group, stable) for group in left))
    for group, answer in zip(left, answers, strict=True):
        found[group.group] = answer if isinstance(answer, Problem) else _of_group(answer, take)
    return found


def _is_too_old(found: Any) -> bool:
    return isinstance(found, Problem) and found.code == "unsupported_version"


async def _offsets_of_one(nodes: Nodes, group: ListedGroup, stable: bool) -> Any:
    def build(module: ModuleType) -> Any:
        needed = {"require_stable": True} if stable else {}
        return module.OffsetFetchRequest(group_id=group.group, topics=None, **needed)

    # Version 2 has an error for the whole group, 7 tells of transactions that are about to replace a commit.
    call = Call(Api.OFFSET_FETCH, build, oldest=7 if stable else 2, newest=7)
    return (await nodes.each({group.coordinator: call}))[group.coordinator]


async def _read(
    nodes: Nodes,
    groups: Collection[ListedGroup],
    call: Callable[[list[str]], Call],
    take: Callable[[Any], Any],
) -> dict[str, Any]:
    coordinated: dict[int, list[str]] = defaultdict(list)
    for group in groups:
        coordinated[group.coordinator].append(group.group)
    answers = await nodes.each({node_id: call(ids) for node_id, ids in coordinated.items()})
    found: dict[str, Any] = {}
    for node_id, answer in answers.items():
        if isinstance(answer, Problem):
            found.update(dict.fromkeys(coordinated[node_id], answer))
        else:
            found.update((str(group.group_id), _of_group(group, take)) for group in answer.groups)
    return found


def _of_group(group: Any, take: Callable[[Any], Any]) -> Any:
    if errors.is_error(group.error_code):
        return errors.of_code(group.error_code, getattr(group, "error_message", None))
    return take(group)


def _offset_fetch(ids: list[str], *, stable: bool = False) -> Call:
    def build(module: ModuleType) -> Any:
        return module.OffsetFetchRequest(
            groups=tuple(module.OffsetFetchRequestGroup(group_id=group, topics=None) for group in ids),
            require_stable=stable,
        )

    # Version 10 names topics by id only, which would need a second look-up for topics that are gone.
    return Call(Api.OFFSET_FETCH, build, oldest=8, newest=9)


def _commits(group: Any) -> Commits:
    """Without those that are no places in their topics: they would make a lag that nobody has."""
    return {
        TopicPartition(str(topic.name), int(each.partition_index)): _committed(each)
        for topic in group.topics
        for each in topic.partitions
        if errors.is_error(each.error_code) or (each.committed_offset != _NO_OFFSET and _is_place(each))
    }


def _is_place(partition: Any) -> bool:
    return not (partition.metadata or "").startswith(ELSEWHERE)


def _committed(partition: Any) -> Reading:
    if errors.is_error(partition.error_code):
        return errors.of_code(partition.error_code)
    return int(partition.committed_offset)


def _committed_whole(group: Any) -> Committed:
    return {
        TopicPartition(str(topic.name), int(each.partition_index)): _commit(each)
        for topic in group.topics
        for each in topic.partitions
        if errors.is_error(each.error_code) or each.committed_offset != _NO_OFFSET
    }


def _commit(partition: Any) -> Commit | Problem:
    if errors.is_error(partition.error_code):
        return errors.of_code(partition.error_code)
    epoch = int(getattr(partition, "committed_leader_epoch", _NO_EPOCH))
    return Commit(int(partition.committed_offset), partition.metadata or "", epoch)


def _share_commits(offsets: Mapping[TopicPartition, ShareOffset]) -> Committed:
    """Without those on which the group has not started."""
    return {
        where: Commit(each.start) if isinstance(each.start, int) else each.start
        for where, each in offsets.items()
        if each.start is not None
    }


def _describe_share_group_offsets(ids: list[str]) -> Call:
    def build(module: ModuleType) -> Any:
        return module.DescribeShareGroupOffsetsRequest(
            groups=tuple(module.DescribeShareGroupOffsetsRequestGroup(group_id=group, topics=None) for group in ids)
        )

    return Call(Api.DESCRIBE_SHARE_GROUP_OFFSETS, build)


def _share_offsets(group: Any) -> Mapping[TopicPartition, ShareOffset]:
    return {
        TopicPartition(str(topic.topic_name), int(each.partition_index)): _share_offset(each)
        for topic in group.topics
        for each in topic.partitions
    }


def _share_offset(partition: Any) -> ShareOffset:
    if errors.is_error(partition.error_code):
        problem = errors.of_code(partition.error_code, partition.error_message)
        return ShareOffset(problem, problem)
    start = int(partition.start_offset)
    lag = int(getattr(partition, "lag", -1))
    return ShareOffset(start if start >= 0 else None, lag if lag >= 0 else None)
