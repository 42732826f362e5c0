"""Which groups there are and who is in them: ListGroups on every broker, and the describing request of each type."""

from __future__ import annotations

import asyncio
import struct
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.groups import GroupType, Member
from kafkatui.model.parts import Described, GroupList, ListedGroup
from kafkatui.model.problems import Problem


def _list_groups(module: ModuleType) -> Any:
    return module.ListGroupsRequest()


LIST_GROUPS = Call(Api.LIST_GROUPS, _list_groups)


async def read_groups(nodes: Nodes, topology: Topology) -> GroupList:
    """Every broker lists the groups it coordinates, so the coordinator needs no question of its own."""
    live = [node_id for node_id, broker in topology.brokers.items() if broker.host]
    answers = await nodes.all(live, LIST_GROUPS)
    problems = {node_id: broker.problem for node_id, broker in topology.brokers.items() if broker.problem is not None}
    groups: dict[str, ListedGroup] = {}
    for node_id, answer in answers.items():
        problem = answer if isinstance(answer, Problem) else _problem(answer.error_code)
        if problem is not None:
            problems[node_id] = problem
        else:
            groups.update((str(each.group_id), _listed(each, node_id)) for each in answer.groups)
    return GroupList(groups, problems)


async def read_hidden(nodes: Nodes, names: Collection[str]) -> dict[str, Problem]:
    """Of groups that no broker lists, those that may not be seen, with why. Raises `Unreachable`.

    Any broker tells, before it looks whether the group is its own and whether there is one (KafkaApis). FindCoordinator
    would tell, too, but makes `__consumer_offsets` where there is none.
    """
    try:
        answer = await nodes.any(_describe_classic(names))
    except Failed:
        return {}
    problems = {str(each.group_id): _problem(each.error_code) for each in answer.groups}
    return {name: why for name, why in problems.items() if why is not None and why.code == "group_authorization_failed"}


def _problem(code: Any, message: str | None = None) -> Problem | None:
    return errors.of_code(code, message) if errors.is_error(code) else None


def _listed(answer: Any, node_id: int) -> ListedGroup:
    return ListedGroup(
        str(answer.group_id),
        _type(getattr(answer, "group_type", "")),
        getattr(answer, "group_state", "") or "?",
        answer.protocol_type,
        node_id,
    )


def _type(name: str) -> GroupType:
    try:
        return GroupType(name.lower())
    except ValueError:
        return GroupType.UNKNOWN


_WITHOUT_MEMBERS = {"Empty", "Dead"}


async def read_described(nodes: Nodes, groups: Collection[ListedGroup]) -> Mapping[str, Described | Problem]:
    """The groups with their members; one request per coordinator and type. An empty group is not asked about."""
    found: dict[str, Described | Problem] = {
        group.group: Described(application=application(group.type, group.protocol))
        for group in groups
        if group.state in _WITHOUT_MEMBERS
    }
    live = [group for group in groups if group.state not in _WITHOUT_MEMBERS]
    kinds: dict[tuple[GroupType, int], list[str]] = defaultdict(list)
    for group in live:
        kinds[group.type, group.coordinator].append(group.group)
    answers = await asyncio.gather(*(_describe(nodes, kind, node, ids) for (kind, node), ids in kinds.items()))
    for answer in answers:
        found.update(answer)
    return found


async def _describe(nodes: Nodes, kind: GroupType, node_id: int, ids: list[str]) -> Mapping[str, Described | Problem]:
    call, described = _DESCRIBING[kind]
    answer = (await nodes.each({node_id: call(ids)}))[node_id]
    if isinstance(answer, Problem):
        return dict.fromkeys(ids, answer)
    return {
        str(group.group_id): _problem(group.error_code, getattr(group, "error_message", None)) or described(group)
        for group in answer.groups
    }


def _describe_classic(ids: Iterable[str]) -> Call:
    def build(module: ModuleType) -> Any:
        values: dict[str, Any] = {"groups": tuple(ids)}
        if "include_authorized_operations" in module.DescribeGroupsRequest.__dataclass_fields__:
            values["include_authorized_operations"] = False
        return module.DescribeGroupsRequest(**values)

    return Call(Api.DESCRIBE_GROUPS, build)


def _describing(api: Api, request: str) -> Callable[[Iterable[str]], Call]:
    def call(ids: Iterable[str]) -> Call:
        def build(module: ModuleType) -> Any:
            return getattr(module, request)(group_ids=tuple(ids), include_authorized_operations=False)

        return Call(api, build)

    return call


def _classic(group: Any) -> Described:
    is_consumer = group.protocol_type == "consumer"
    clients = [each.client_id for each in group.members]
    members = tuple(
        Member(
            each.member_id,
            each.client_id,
            each.client_host,
            getattr(each, "group_instance_id", None),
            assigned(each.member_assignment) if is_consumer else (),
        )
        for each in group.members
    )
    name = application(GroupType.CLASSIC, group.protocol_type, group.protocol_data, clients)
    return Described(members, application=name)


def application(kind: GroupType, protocol: str, assignor: str = "", clients: Iterable[str] = ()) -> str:
    """Whose group it is, where its protocol, its assignor or the names Connect gives its clients tell.

    A worker's group has Connect's own protocol; the assignor of Streams is called `stream`
    (StreamsPartitionAssignor.name); a sink's consumers are called `connector-consumer-CONNECTOR-TASK` (Worker).
    """
    if kind is GroupType.STREAMS or assignor == "stream":
        return "Kafka Streams"
    names = list(clients)
    if protocol == "connect" or (names and all(each.startswith("connector-consumer-") for each in names)):
        return "Kafka Connect"
    return "schema registry" if protocol == "sr" else ""


def _modern(group: Any) -> Described:
    """Consumer groups (KIP-848)."""
    members = tuple(
        Member(
            each.member_id,
            each.client_id,
            each.client_host,
            each.instance_id,
            _partitions(each.assignment),
            _partitions(each.target_assignment),
            int(each.member_epoch),
        )
        for each in group.members
    )
    name = application(GroupType.CONSUMER, "consumer", clients=[each.client_id for each in members])
    return Described(members, int(group.group_epoch), int(group.assignment_epoch), name)


def _share(group: Any) -> Described:
    """Share groups (KIP-932): their members are not told what they will read, only what they do."""
    members = tuple(
        Member(
            each.member_id,
            each.client_id,
            each.client_host,
            partitions=_partitions(each.assignment),
            epoch=int(each.member_epoch),
        )
        for each in group.members
    )
    return Described(members, int(group.group_epoch), int(group.assignment_epoch))


def _partitions(assignment: Any) -> tuple[TopicPartition, ...]:
    return tuple(
        TopicPartition(str(topic.topic_name), int(partition))
        for topic in assignment.topic_partitions
        for partition in topic.partitions
    )


def _streams(group: Any) -> Described:
    """Streams groups (KIP-1071): a member's active tasks read the partitions of their subtopology's source topics."""
    sources = _sources(group)
    members = tuple(
        Member(
            each.member_id,
            each.client_id,
            each.client_host,
            each.instance_id,
            _tasks(each.assignment, sources),
            _tasks(each.target_assignment, sources),
            int(each.member_epoch),
        )
        for each in group.members
    )
    return Described(members, int(group.group_epoch), int(group.assignment_epoch), application(GroupType.STREAMS, ""))


def _tasks(assignment: Any, sources: Mapping[str, tuple[str, ...]]) -> tuple[TopicPartition, ...]:
    return tuple(
        TopicPartition(topic, int(partition))
        for task in assignment.active_tasks
        for topic in sources.get(task.subtopology_id, ())
        for partition in task.partitions
    )


def _sources(group: Any) -> dict[str, tuple[str, ...]]:
    if group.topology is None or group.topology.subtopologies is None:
        return {}
    return {
        each.subtopology_id: (
            *(str(topic) for topic in each.source_topics),
            *(str(topic.name) for topic in each.repartition_source_topics),
        )
        for each in group.topology.subtopologies
    }


_CLASSIC = (_describe_classic, _classic)
_DESCRIBING: Mapping[GroupType, tuple[Callable[[Iterable[str]], Call], Callable[[Any], Described]]] = {
    GroupType.CLASSIC: _CLASSIC,
    GroupType.UNKNOWN: _CLASSIC,
    GroupType.CONSUMER: (_describing(Api.CONSUMER_GROUP_DESCRIBE, "ConsumerGroupDescribeRequest"), _modern),
    GroupType.SHARE: (_describing(Api.SHARE_GROUP_DESCRIBE, "ShareGroupDescribeRequest"), _share),
    GroupType.STREAMS: (_describing(Api.STREAMS_GROUP_DESCRIBE, "StreamsGroupDescribeRequest"), _streams),
}


def assigned(data: bytes) -> tuple[TopicPartition, ...]:
    """The partitions in a classic consumer's assignment (ConsumerProtocolAssignment); none if it is not of that form.

    The bytes are the client's own: another protocol may hide behind the same name, so a wrong form is no error.
    """
    try:
        return tuple(_assigned(memoryview(data)))
    except (struct.error, UnicodeDecodeError, ValueError):
        return ()


def _assigned(data: memoryview) -> Iterable[TopicPartition]:
    if not data:
        return
    (topics,) = struct.unpack_from(">i", data, 2)
    offset = 6
    for _ in range(topics):
        (length,) = struct.unpack_from(">h", data, offset)
        if length < 0:
            raise ValueError("a topic without a name")
        name = bytes(data[offset + 2 : offset + 2 + length]).decode()
        (count,) = struct.unpack_from(">i", data, offset + 2 + length)
        offset += 6 + length
        if not 0 <= count <= (len(data) - offset) // 4:
            raise ValueError("more partitions than bytes")
        for number in struct.unpack_from(f">{count}i", data, offset):
            yield TopicPartition(name, number)
        offset += 4 * count
