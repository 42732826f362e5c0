"""What the principal may do, as brokers tell who asks for it (KIP-430). Whether that is enough is judged elsewhere."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.details import CLUSTER_RIGHTS
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import GroupType
from kafkatui.model.parts import ListedGroup
from kafkatui.model.probes import Operation, Operations, Rights
from kafkatui.model.problems import Problem

_CODES = {
    3: Operation.READ, 4: Operation.WRITE, 5: Operation.CREATE, 6: Operation.DELETE, 7: Operation.ALTER,
    8: Operation.DESCRIBE, 9: Operation.CLUSTER_ACTION, 10: Operation.DESCRIBE_CONFIGS,
    11: Operation.ALTER_CONFIGS, 12: Operation.IDEMPOTENT_WRITE,
}  # fmt: skip
"""AclOperation's codes: the bits of a field of operations."""
_NOT_TOLD = -(2**31)
_UNTOLD = Problem("not_told", "the broker does not tell what may be done")


async def read_rights(nodes: Nodes, groups: Collection[ListedGroup]) -> Rights:
    """One request for the cluster, one for all topics, one per coordinator and type of group."""
    cluster, topics, of_groups = await asyncio.gather(_cluster(nodes), _topics(nodes), _groups(nodes, groups))
    return Rights(cluster, topics, of_groups)


def operations(bits: int) -> Operations | Problem:
    """The operations of a bit field, or why there are none: brokers answer with the smallest number if not asked."""
    if bits == _NOT_TOLD:
        return _UNTOLD
    return frozenset(operation for code, operation in _CODES.items() if bits & 1 << code)


async def _cluster(nodes: Nodes) -> Operations | Problem:
    try:
        answer = await nodes.any(CLUSTER_RIGHTS)
    except (Failed, Unreachable) as error:
        return error.problem
    if errors.is_error(answer.error_code):
        return errors.of_code(answer.error_code, answer.error_message)
    return operations(int(answer.cluster_authorized_operations))


async def _topics(nodes: Nodes) -> Mapping[str, Operations] | Problem:
    def build(module: ModuleType) -> Any:
        values: dict[str, Any] = {"topics": None, "allow_auto_topic_creation": False}
        values["include_topic_authorized_operations"] = True
        if "include_cluster_authorized_operations" in module.MetadataRequest.__dataclass_fields__:
            values["include_cluster_authorized_operations"] = False
        return module.MetadataRequest(**values)

    try:
        answer = await nodes.any(Call(Api.METADATA, build, oldest=8))
    except (Failed, Unreachable) as error:
        return error.problem
    told = {str(each.name): operations(int(each.topic_authorized_operations)) for each in answer.topics}
    known = {name: each for name, each in told.items() if not isinstance(each, Problem)}
    return known if known or not told else _UNTOLD


async def _groups(nodes: Nodes, groups: Collection[ListedGroup]) -> Mapping[str, Operations | Problem]:
    kinds: dict[tuple[GroupType, int], list[str]] = defaultdict(list)
    for group in groups:
        kinds[group.type, group.coordinator].append(group.group)
    told = await asyncio.gather(*(_of_type(nodes, kind, node, names) for (kind, node), names in kinds.items()))
    return {name: each for some in told for name, each in some.items()}


async def _of_type(nodes: Nodes, kind: GroupType, node_id: int, names: list[str]) -> Mapping[str, Operations | Problem]:
    answer = (await nodes.each({node_id: _describe(kind, names)}))[node_id]
    if isinstance(answer, Problem):
        return dict.fromkeys(names, answer)
    return {
        str(each.group_id): errors.of_code(each.error_code)
        if errors.is_error(each.error_code)
        else operations(int(getattr(each, "authorized_operations", _NOT_TOLD)))
        for each in answer.groups
    }


_REQUESTS = {
    GroupType.CONSUMER: (Api.CONSUMER_GROUP_DESCRIBE, "ConsumerGroupDescribeRequest"),
    GroupType.SHARE: (Api.SHARE_GROUP_DESCRIBE, "ShareGroupDescribeRequest"),
    GroupType.STREAMS: (Api.STREAMS_GROUP_DESCRIBE, "StreamsGroupDescribeRequest"),
}


def _describe(kind: GroupType, names: list[str]) -> Call:
    if kind in _REQUESTS:
        api, request = _REQUESTS[kind]
        return Call(
            api, lambda module: getattr(module, request)(group_ids=tuple(names), include_authorized_operations=True)
        )
    return Call(
        Api.DESCRIBE_GROUPS,
        lambda module: module.DescribeGroupsRequest(groups=tuple(names), include_authorized_operations=True),
        oldest=3,
    )
