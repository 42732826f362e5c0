"""Brokers, topics and replicas: one Metadata request. What it does not tell is in `details`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import Broker, Partition, Topic, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem


def _metadata(module: ModuleType, topics: Collection[str] | None = None) -> Any:
    fields = module.MetadataRequest.__dataclass_fields__
    named = None if topics is None else tuple(_topic_named(module, name) for name in topics)
    values: dict[str, Any] = {"topics": named, "allow_auto_topic_creation": False}
    for optional in ("include_topic_authorized_operations", "include_cluster_authorized_operations"):
        if optional in fields:
            values[optional] = False
    return module.MetadataRequest(**values)


def _topic_named(module: ModuleType, name: str) -> Any:
    by_id = "topic_id" in module.MetadataRequestTopic.__dataclass_fields__
    return module.MetadataRequestTopic(**({"topic_id": None} if by_id else {}), name=name)


# Before version 4 Metadata can not be told to leave topics alone that do not exist (KAFKA-5291).
METADATA = Call(Api.METADATA, _metadata, oldest=4)
NO_TOPICS = Call(Api.METADATA, partial(_metadata, topics=()), oldest=4)
"""Only which cluster it is, and its brokers."""


async def read_topology(nodes: Nodes) -> Topology:
    """One Metadata request to any broker, for all topics. Raises `Unreachable`."""
    try:
        answer = await nodes.any(METADATA)
    except Failed as error:
        raise Unreachable(error.problem) from error
    topics = {topic.name: topic for topic in map(_topic, answer.topics)}
    brokers = {each.node_id: Broker(each.node_id, each.host, each.port, each.rack) for each in answer.brokers}
    nodes.learn(brokers.values())
    brokers = {node_id: _with_problem(broker, nodes) for node_id, broker in brokers.items()}
    for node_id in _named(topics) - brokers.keys():
        brokers[node_id] = Broker(node_id, "", 0, None, problem=_GONE)
    nodes.seen = Topology(answer.cluster_id, brokers, dict(sorted(topics.items())))
    return nodes.seen


async def read_absent(nodes: Nodes, topics: Collection[str]) -> dict[str, Problem]:
    """Why these are not among all topics: they do not exist, or may not be seen; nothing of one that is there now.

    Raises `Unreachable`.
    """
    if not topics:
        return {}
    call = Call(Api.METADATA, partial(_metadata, topics=topics), oldest=4)
    try:
        answer = await nodes.any(call)
    except Failed as error:
        return dict.fromkeys(topics, error.problem)
    return {
        str(each.name): errors.of_code(each.error_code) for each in answer.topics if errors.is_error(each.error_code)
    }


_GONE = Problem("gone", "it is down or fenced: the cluster does not list it")


def _with_problem(broker: Broker, nodes: Nodes) -> Broker:
    link = nodes.link(broker.node_id)
    if link is None:
        return broker
    return replace(broker, problem=link.current_problem, throttled_ms=nodes.throttled_ms(broker.node_id))


def _named(topics: dict[str, Topic]) -> set[int]:
    return {node for topic in topics.values() for each in topic.partitions for node in each.replicas}


def _topic(answer: Any) -> Topic:
    problem = errors.of_code(answer.error_code) if errors.is_error(answer.error_code) else None
    partitions = tuple(sorted((_partition(answer.name, each) for each in answer.partitions), key=_number))
    topic_id = getattr(answer, "topic_id", None)
    return Topic(str(answer.name), str(topic_id) if topic_id else None, answer.is_internal, partitions, problem)


def _number(partition: Partition) -> int:
    return partition.partition


def _partition(topic: str, answer: Any) -> Partition:
    leader = answer.leader_id if answer.leader_id >= 0 else None
    return Partition(
        topic=str(topic),
        partition=int(answer.partition_index),
        leader=leader,
        leader_epoch=getattr(answer, "leader_epoch", -1),
        replicas=tuple(answer.replica_nodes),
        in_sync=tuple(answer.isr_nodes),
        offline=tuple(getattr(answer, "offline_replicas", ())),
        problem=errors.LEADERLESS if leader is None else None,
    )
