"""What Metadata does not tell of brokers, the quorum and versions: DescribeCluster, DescribeQuorum, ApiVersions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import Broker, Topology
from kafkatui.model.parts import BrokerDetails, ClusterDetails
from kafkatui.model.problems import PENDING, Problem, Reading

QUORUM_TOPIC = "__cluster_metadata"

_RELEASES = (
    (30, "4.3"), (28, "4.2"), (26, "4.1"), (22, "4.0"), (21, "3.9"), (20, "3.8"), (15, "3.7"), (12, "3.6"),
    (9, "3.5"), (8, "3.4"), (4, "3.3"), (3, "3.2"), (2, "3.1"), (1, "3.0"),
)  # fmt: skip
"""First `metadata.version` level of each release (org.apache.kafka.server.common.MetadataVersion)."""


def release(level: int) -> str:
    """The Kafka release a `metadata.version` level belongs to, such as `4.3`; `+` after the last known."""
    newest, name = _RELEASES[0]
    if level > newest:
        return f"{name}+"
    return next((name for first, name in _RELEASES if level >= first), "before 3.0")


def _release(features: Mapping[str, int]) -> str | Problem:
    """Only brokers of a KRaft cluster tell their release; of others it is not known."""
    level = features.get("metadata.version")
    return release(level) if level is not None else _UNTOLD


_UNTOLD = Problem("not_told", "it does not tell its release")


def _describe_cluster(module: ModuleType, *, operations: bool = False) -> Any:
    values: dict[str, Any] = {"include_cluster_authorized_operations": operations}
    if "include_fenced_brokers" in module.DescribeClusterRequest.__dataclass_fields__:
        values["include_fenced_brokers"] = True
    return module.DescribeClusterRequest(**values)


def _describe_quorum(module: ModuleType) -> Any:
    partition = module.PartitionData(partition_index=0)
    return module.DescribeQuorumRequest(topics=(module.TopicData(topic_name=QUORUM_TOPIC, partitions=(partition,)),))


def _api_versions(module: ModuleType) -> Any:
    return module.ApiVersionsRequest(client_software_name="kafkatui", client_software_version="0")


DESCRIBE_CLUSTER = Call(Api.DESCRIBE_CLUSTER, _describe_cluster)
CLUSTER_RIGHTS = Call(Api.DESCRIBE_CLUSTER, partial(_describe_cluster, operations=True))
"""The same, with what we may do."""
DESCRIBE_QUORUM = Call(Api.DESCRIBE_QUORUM, _describe_quorum)
API_VERSIONS = Call(Api.API_VERSIONS, _api_versions, oldest=3)


_MAY_DESCRIBE = 1 << 8
"""AclOperation.DESCRIBE in a bit field of operations."""


async def sees_all_groups(nodes: Nodes) -> bool:
    """Whether brokers list every group to us: without DESCRIBE on the cluster ListGroups leaves out, and says nothing.

    Raises `Unreachable`.
    """
    try:
        answer = await nodes.any(CLUSTER_RIGHTS)
    except Failed:
        return True
    return errors.is_error(answer.error_code) or bool(int(answer.cluster_authorized_operations) & _MAY_DESCRIBE)


class Details:
    """Reads what Metadata does not tell. A broker's version is asked once, and again after it was away."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._versions: dict[int, str | Problem] = {}
        self._away: set[int] = set()
        """Brokers that were away since their version was read: they may come back with another."""
        self._finalized: str | Problem = PENDING

    async def read(self, topology: Topology) -> ClusterDetails:
        """Raises `Unreachable`."""
        (controller, epoch), listed, versions = await asyncio.gather(
            self._quorum(), self._listed(topology), self._read_versions(topology)
        )
        brokers = {node_id: self._broker(broker, versions.get(node_id)) for node_id, broker in listed.items()}
        return ClusterDetails(brokers, controller, epoch, self._finalized)

    async def _quorum(self) -> tuple[Reading, Reading]:
        try:
            answer = await self._nodes.forwarded(DESCRIBE_QUORUM)
        except Failed as error:
            return error.problem, error.problem
        if errors.is_error(answer.error_code):
            problem = errors.of_code(answer.error_code)
            return problem, problem
        partition = next((each for topic in answer.topics for each in topic.partitions), None)
        if partition is None:
            problem = Problem("malformed", "the answer does not name the quorum")
            return problem, problem
        if errors.is_error(partition.error_code):
            problem = errors.of_code(partition.error_code)
            return problem, problem
        return int(partition.leader_id), int(partition.leader_epoch)

    async def _listed(self, topology: Topology) -> dict[int, Broker]:
        """Every broker; the cluster's own list also has the fenced ones, with their address."""
        try:
            answer = await self._nodes.any(DESCRIBE_CLUSTER)
        except Failed:
            return dict(topology.brokers)
        listed = {each.broker_id: _listed_broker(each) for each in answer.brokers}
        return {**topology.brokers, **listed}

    async def _read_versions(self, topology: Topology) -> dict[int, str | Problem]:
        unknown = [node_id for node_id in topology.brokers if not self._knows(node_id)]
        answers = await self._nodes.all(unknown, API_VERSIONS)
        for node_id, answer in answers.items():
            if not isinstance(answer, Problem):
                self._take_version(node_id, answer)
        return {node_id: self._versions.get(node_id) or answers.get(node_id, PENDING) for node_id in topology.brokers}

    def _knows(self, node_id: int) -> bool:
        link = self._nodes.link(node_id)
        if link is None or link.current_problem is not None:
            self._away.add(node_id)
        return node_id in self._versions and node_id not in self._away

    def _take_version(self, node_id: int, answer: Any) -> None:
        supported = {each.name: each.max_version for each in answer.supported_features}
        self._versions[node_id] = _release(supported)
        self._away.discard(node_id)
        self._finalized = _release({each.name: each.max_version_level for each in answer.finalized_features})

    def _broker(self, broker: Broker, version: str | Problem | None) -> BrokerDetails:
        link = self._nodes.link(broker.node_id)
        problem = broker.problem or (link.current_problem if link is not None else None)
        if problem is None and isinstance(version, Problem) and version.code in {"no_answer", "unreachable"}:
            problem = version
        return BrokerDetails(broker.host, broker.port, broker.rack, version or PENDING, problem)


def _listed_broker(answer: Any) -> Broker:
    fenced = getattr(answer, "is_fenced", False)
    problem = Problem("fenced", "fenced: it does not report to the controller") if fenced else None
    return Broker(answer.broker_id, answer.host, answer.port, answer.rack, problem=problem)
