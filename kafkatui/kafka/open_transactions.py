"""Who holds records back: DescribeProducers, ListTransactions and DescribeTransactions (KIP-664). Nothing is ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple

from kafkatui.kafka import errors
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.open_transactions import OpenTransaction, OpenTransactions
from kafkatui.model.problems import Problem

_NONE = -1


async def read_open_transactions(
    nodes: Nodes, topology: Topology, partitions: Collection[TopicPartition]
) -> OpenTransactions:
    """The first open transaction of each partition; one without any, which has ended meanwhile, is left out."""
    found = await _held(nodes, topology, partitions)
    producers = {each.producer_id for each in found.values() if isinstance(each, OpenTransaction)}
    if not producers:
        return found
    live = [node_id for node_id, broker in topology.brokers.items() if broker.host]
    names = await _names(nodes, live, producers)
    starts = await _starts(nodes, names)
    return {
        where: _named(each, names, starts) if isinstance(each, OpenTransaction) else each
        for where, each in found.items()
    }


class _Name(NamedTuple):
    """A transactional id and the broker that coordinates it."""

    transactional_id: str
    coordinator: int


def _named(transaction: OpenTransaction, names: Mapping[int, _Name], starts: Mapping[str, int]) -> OpenTransaction:
    name = names.get(transaction.producer_id)
    if name is None:
        return transaction
    since = starts.get(name.transactional_id, transaction.since_ms)
    return replace(transaction, transactional_id=name.transactional_id, since_ms=since)


async def _held(
    nodes: Nodes, topology: Topology, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, OpenTransaction | Problem]:
    led: dict[int, list[TopicPartition]] = defaultdict(list)
    for where in partitions:
        topic = topology.topics.get(where.topic)
        partition = topic.partition(where.partition) if topic is not None else None
        if partition is not None and partition.leader is not None:
            led[partition.leader].append(where)
    answers = await nodes.each({leader: _describe_producers(mine) for leader, mine in led.items()})
    found: dict[TopicPartition, OpenTransaction | Problem] = {}
    for leader, answer in answers.items():
        if isinstance(answer, Problem):
            found.update(dict.fromkeys(led[leader], answer))
            continue
        for topic in answer.topics:
            for each in topic.partitions:
                first = _first(each)
                if first is not None:
                    found[TopicPartition(str(topic.name), int(each.partition_index))] = first
    return found


def _first(partition: Any) -> OpenTransaction | Problem | None:
    if errors.is_error(partition.error_code):
        return errors.of_code(partition.error_code, partition.error_message)
    at_work = [each for each in partition.active_producers if int(each.current_txn_start_offset) != _NONE]
    if not at_work:
        return None
    first = min(at_work, key=lambda each: int(each.current_txn_start_offset))
    wrote = int(first.last_timestamp)
    return OpenTransaction(
        int(first.producer_id), int(first.current_txn_start_offset), since_ms=wrote if wrote != _NONE else None
    )


async def _names(nodes: Nodes, node_ids: Collection[int], producers: Collection[int]) -> dict[int, _Name]:
    """By producer id. A broker that does not tell leaves its own out: their producer ids stand for them."""
    answers = await nodes.all(node_ids, _list_transactions(producers))
    return {
        int(each.producer_id): _Name(str(each.transactional_id), node_id)
        for node_id, answer in answers.items()
        if not isinstance(answer, Problem) and not errors.is_error(answer.error_code)
        for each in answer.transaction_states
    }


async def _starts(nodes: Nodes, names: Mapping[int, _Name]) -> dict[str, int]:
    """When each transaction began, epoch ms."""
    asked: dict[int, list[str]] = defaultdict(list)
    for name in names.values():
        asked[name.coordinator].append(name.transactional_id)
    answers = await nodes.each({node_id: _describe_transactions(ids) for node_id, ids in asked.items()})
    return {
        str(each.transactional_id): round(each.transaction_start_time.timestamp() * 1000)
        for answer in answers.values()
        if not isinstance(answer, Problem)
        for each in answer.transaction_states
        if not errors.is_error(each.error_code) and each.transaction_start_time is not None
    }


def _describe_producers(partitions: Collection[TopicPartition]) -> Call:
    numbers: dict[str, list[int]] = defaultdict(list)
    for where in partitions:
        numbers[where.topic].append(where.partition)

    def build(module: ModuleType) -> Any:
        topics = tuple(
            module.TopicRequest(name=topic, partition_indexes=tuple(wanted)) for topic, wanted in numbers.items()
        )
        return module.DescribeProducersRequest(topics=topics)

    return Call(Api.DESCRIBE_PRODUCERS, build)


def _list_transactions(producers: Collection[int]) -> Call:
    def build(module: ModuleType) -> Any:
        values: dict[str, Any] = {"state_filters": (), "producer_id_filters": tuple(producers)}
        return module.ListTransactionsRequest(**values)

    # From 1 on it can also be asked by duration and by pattern, which nobody needs here.
    return Call(Api.LIST_TRANSACTIONS, build, newest=0)


def _describe_transactions(ids: Collection[str]) -> Call:
    def build(module: ModuleType) -> Any:
        return module.DescribeTransactionsRequest(transactional_ids=tuple(ids))

    return Call(Api.DESCRIBE_TRANSACTIONS, build, newest=0)
