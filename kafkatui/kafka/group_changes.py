"""Changes to groups and what they have committed: one request each, a word on every partition. What for is not known.

Answers hold a `Problem` or None (it was done) for each partition or group; `Failed` is raised when there is no answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from kafkatui.kafka import errors
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import Broker, TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.problems import Problem

Said = Mapping[TopicPartition, Problem | None]
_Key = TypeVar("_Key")

_GROUP = 0
"""The key type of FindCoordinator."""
_NO_GENERATION = -1
_MOVING = {"coordinator_not_available", "coordinator_load_in_progress", "not_coordinator"}
"""Nothing was done, and it is worth asking again: a broker takes over, or the topic of commits is only being made."""
_LOST = "unreachable"
"""The connection was lost, perhaps with the answer: what makes no difference the second time is asked again."""
_PATIENCE = 10.0
_PAUSE = 0.1
_UNSAID = Problem("unanswered", "the broker's answer does not say")


async def _at_coordinator(
    nodes: Nodes,
    group: str,
    wanted: Collection[_Key],
    ask: Callable[[int, list[_Key]], Awaitable[Mapping[_Key, Any]]],
    *,
    once: bool = False,
) -> dict[_Key, Problem | None]:
    """What the coordinator says of all that is wanted. While the group moves it is looked for, and asked, again.

    `once`: a second time would be refused because of the first.
    """
    again = _MOVING if once else {*_MOVING, _LOST}
    until = time.monotonic() + _PATIENCE
    said: dict[_Key, Problem | None] = {}
    left = list(wanted)
    while True:
        try:
            said.update(await ask(await _coordinator_of(nodes, group), left))
        except Failed as error:
            if error.problem.code not in again or time.monotonic() > until:
                raise
        else:
            left = [each for each in left if _is_moving(said[each])]
            if not left or time.monotonic() > until:
                return said
        await asyncio.sleep(_PAUSE)


def _is_moving(problem: Problem | None) -> bool:
    return problem is not None and problem.code in _MOVING


async def _coordinator_of(nodes: Nodes, group: str) -> int:
    """The broker that keeps the group, also one that does not exist yet (FindCoordinator). Raises `Failed`."""
    found = (await nodes.any(_find_coordinator(group))).coordinators[0]
    _check(found.error_code, found.error_message)
    nodes.learn([Broker(int(found.node_id), str(found.host), int(found.port), None)])
    return int(found.node_id)


def _find_coordinator(group: str) -> Call:
    def build(module: ModuleType) -> Any:
        return module.FindCoordinatorRequest(key_type=_GROUP, coordinator_keys=(group,))

    return Call(Api.FIND_COORDINATOR, build, oldest=4)


async def commit_offsets(nodes: Nodes, group: str, commits: Mapping[TopicPartition, Commit]) -> Said:
    """Commit as nobody's member (OffsetCommit); a group that does not exist is made by it."""

    async def ask(coordinator: int, partitions: list[TopicPartition]) -> Said:
        answer = await nodes.ask(coordinator, _offset_commit(group, {each: commits[each] for each in partitions}))
        return _said(partitions, answer.topics, "name")

    return await _at_coordinator(nodes, group, commits, ask)


def _offset_commit(group: str, commits: Mapping[TopicPartition, Commit]) -> Call:
    def build(module: ModuleType) -> Any:
        request, partition = module.OffsetCommitRequest, module.OffsetCommitRequestPartition
        topics = tuple(
            module.OffsetCommitRequestTopic(
                name=topic,
                partitions=tuple(_committed(partition, each.partition, commits[each]) for each in partitions),
            )
            for topic, partitions in _by_topic(commits).items()
        )
        generation = {"generation_id", "generation_id_or_member_epoch"} & request.__dataclass_fields__.keys()
        return request(group_id=group, member_id="", topics=topics, **dict.fromkeys(generation, _NO_GENERATION))

    # Version 10 names topics by id; before 6 there is no leader epoch, which would be lost without a word.
    return Call(Api.OFFSET_COMMIT, build, oldest=6, newest=9)


def _committed(partition: Any, number: int, commit: Commit) -> Any:
    return partition(
        partition_index=number,
        committed_offset=commit.offset,
        committed_leader_epoch=commit.leader_epoch,
        committed_metadata=commit.metadata,
    )


async def delete_offsets(nodes: Nodes, group: str, partitions: Collection[TopicPartition]) -> Said:
    """Delete commits (OffsetDelete). Raises `Failed`, also when the group as a whole is refused."""

    async def ask(coordinator: int, wanted: list[TopicPartition]) -> Said:
        answer = await nodes.ask(coordinator, _offset_delete(group, wanted))
        _check(answer.error_code)
        return _said(wanted, answer.topics, "name")

    return await _at_coordinator(nodes, group, partitions, ask)


def _offset_delete(group: str, wanted: Iterable[TopicPartition]) -> Call:
    def build(module: ModuleType) -> Any:
        partition = module.OffsetDeleteRequestPartition
        topics = tuple(
            module.OffsetDeleteRequestTopic(
                name=topic, partitions=tuple(partition(partition_index=each.partition) for each in partitions)
            )
            for topic, partitions in _by_topic(wanted).items()
        )
        return module.OffsetDeleteRequest(group_id=group, topics=topics)

    return Call(Api.OFFSET_DELETE, build)


async def alter_share_offsets(nodes: Nodes, group: str, offsets: Mapping[TopicPartition, int]) -> Said:
    """Set a share group's start offsets (AlterShareGroupOffsets, KIP-932). Raises `Failed` like `delete_offsets`."""

    async def ask(coordinator: int, wanted: list[TopicPartition]) -> Said:
        call = _alter_share_group_offsets(group, {each: offsets[each] for each in wanted})
        answer = await nodes.ask(coordinator, call)
        _check(answer.error_code, answer.error_message)
        return _said(wanted, answer.responses, "topic_name")

    return await _at_coordinator(nodes, group, offsets, ask)


def _alter_share_group_offsets(group: str, offsets: Mapping[TopicPartition, int]) -> Call:
    def build(module: ModuleType) -> Any:
        partition = module.AlterShareGroupOffsetsRequestPartition
        topics = tuple(
            module.AlterShareGroupOffsetsRequestTopic(
                topic_name=topic,
                partitions=tuple(
                    partition(partition_index=each.partition, start_offset=offsets[each]) for each in partitions
                ),
            )
            for topic, partitions in _by_topic(offsets).items()
        )
        return module.AlterShareGroupOffsetsRequest(group_id=group, topics=topics)

    return Call(Api.ALTER_SHARE_GROUP_OFFSETS, build)


async def delete_share_offsets(nodes: Nodes, group: str, topics: Collection[str]) -> Mapping[str, Problem | None]:
    """Delete a share group's offsets by whole topics (DeleteShareGroupOffsets). Raises as `delete_offsets` does."""

    async def ask(coordinator: int, wanted: list[str]) -> Mapping[str, Problem | None]:
        answer = await nodes.ask(coordinator, _delete_share_group_offsets(group, wanted))
        _check(answer.error_code, answer.error_message)
        said = {str(each.topic_name): _problem(each.error_code, each.error_message) for each in answer.responses}
        return {topic: said.get(topic, _UNSAID) for topic in wanted}

    return await _at_coordinator(nodes, group, topics, ask, once=True)


def _delete_share_group_offsets(group: str, topics: Iterable[str]) -> Call:
    def build(module: ModuleType) -> Any:
        wanted = tuple(module.DeleteShareGroupOffsetsRequestTopic(topic_name=topic) for topic in topics)
        return module.DeleteShareGroupOffsetsRequest(group_id=group, topics=wanted)

    return Call(Api.DELETE_SHARE_GROUP_OFFSETS, build)


async def delete_group(nodes: Nodes, group: str) -> Problem | None:
    """Delete a group of any type with all it has committed (DeleteGroups). Raises `Failed`."""

    async def ask(coordinator: int, wanted: list[str]) -> Mapping[str, Problem | None]:
        answer = await nodes.ask(coordinator, _delete_groups(group))
        said = {str(each.group_id): _problem(each.error_code) for each in answer.results}
        return {each: said.get(each, _UNSAID) for each in wanted}

    return (await _at_coordinator(nodes, group, [group], ask, once=True))[group]


def _delete_groups(group: str) -> Call:
    return Call(Api.DELETE_GROUPS, lambda module: module.DeleteGroupsRequest(groups_names=(group,)))


def _by_topic(partitions: Iterable[TopicPartition]) -> dict[str, list[TopicPartition]]:
    topics: dict[str, list[TopicPartition]] = defaultdict(list)
    for each in sorted(partitions):
        topics[each.topic].append(each)
    return topics


def _said(asked: Iterable[TopicPartition], topics: Iterable[Any], name: str) -> Said:
    said = {
        TopicPartition(str(getattr(topic, name)), int(each.partition_index)): _problem(
            each.error_code, getattr(each, "error_message", None)
        )
        for topic in topics
        for each in topic.partitions
    }
    return {where: said.get(where, _UNSAID) for where in asked}


def _problem(code: Any, message: str | None = None) -> Problem | None:
    return errors.of_code(code, message) if errors.is_error(code) else None


def _check(code: Any, message: str | None = None) -> None:
    problem = _problem(code, message)
    if problem is not None:
        raise Failed(problem)
