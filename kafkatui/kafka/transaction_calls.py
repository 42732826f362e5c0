"""The requests of a transaction (KIP-98), and where their answers hold error codes. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any, NamedTuple

from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition


@dataclass(frozen=True, slots=True)
class Producer:
    """Who writes: batches carry it, and brokers refuse what an older epoch sends."""

    id: int
    epoch: int


NOBODY = Producer(-1, -1)
"""Before the first opening; Kafka's own numbers for it."""


class Position(NamedTuple):
    """A group's place in a partition."""

    offset: int
    metadata: str


def describe(name: str) -> Call:
    """`name`, here and below: the transactional id."""

    def build(module: ModuleType) -> Any:
        return module.DescribeTransactionsRequest(transactional_ids=(name,))

    return Call(Api.DESCRIBE_TRANSACTIONS, build, newest=0)


def init(name: str, before: Producer, timeout: float) -> Call:
    """`timeout`: seconds after which a coordinator aborts what is left open."""

    def build(module: ModuleType) -> Any:
        return module.InitProducerIdRequest(
            transactional_id=name,
            transaction_timeout=timedelta(seconds=timeout),
            producer_id=before.id,
            producer_epoch=before.epoch,
        )

    # From 3 on it tells who it was, so that it does not take the name back from somebody newer (KIP-360).
    return Call(Api.INIT_PRODUCER_ID, build, oldest=3, newest=5)


def fetch(group: str, partitions: Collection[TopicPartition] | None) -> Call:
    """Stable offsets of a group, in these partitions or in all."""
    wanted = None if partitions is None else _by_topic(partitions)

    def build(module: ModuleType) -> Any:
        topics = module.OffsetFetchRequestTopics
        each = None if wanted is None else tuple(topics(name=name, partition_indexes=of) for name, of in wanted)
        of_group = module.OffsetFetchRequestGroup(group_id=group, topics=each)
        return module.OffsetFetchRequest(groups=(of_group,), require_stable=True)

    return Call(Api.OFFSET_FETCH, build, oldest=8, newest=9)


def positions_in(answer: Any) -> dict[TopicPartition, Position]:
    """What `fetch` found; a partition without a commit is not in it."""
    return {
        TopicPartition(str(topic.name), int(each.partition_index)): Position(
            int(each.committed_offset), str(each.metadata or "")
        )
        for topic in answer.groups[0].topics
        for each in topic.partitions
        if each.committed_offset >= 0
    }


def add_partitions(name: str, producer: Producer, partitions: Iterable[TopicPartition]) -> Call:
    def build(module: ModuleType) -> Any:
        topics = tuple(
            module.AddPartitionsToTxnTopic(name=topic, partitions=numbers) for topic, numbers in _by_topic(partitions)
        )
        return module.AddPartitionsToTxnRequest(
            v3_and_below_transactional_id=name,
            v3_and_below_producer_id=producer.id,
            v3_and_below_producer_epoch=producer.epoch,
            v3_and_below_topics=topics,
        )

    return Call(Api.ADD_PARTITIONS_TO_TXN, build, oldest=3, newest=3)


def add_group(name: str, producer: Producer, group: str) -> Call:
    def build(module: ModuleType) -> Any:
        return module.AddOffsetsToTxnRequest(
            transactional_id=name, producer_id=producer.id, producer_epoch=producer.epoch, group_id=group
        )

    return Call(Api.ADD_OFFSETS_TO_TXN, build, newest=3)


def produce(name: str, where: TopicPartition, batch: bytes | bytearray, patience: float) -> Call:
    """One batch for one partition; the leader waits `patience` seconds for its replicas."""

    def build(module: ModuleType) -> Any:
        data = module.PartitionProduceData(index=where.partition, records=batch)
        return module.ProduceRequest(
            transactional_id=name,
            acks=-1,
            timeout=timedelta(seconds=patience),
            topic_data=(module.TopicProduceData(name=where.topic, partition_data=(data,)),),
        )

    # From 8 on brokers tell which record they refuse; from 12 on they make partitions part of the transaction.
    return Call(Api.PRODUCE, build, oldest=8, newest=11)


def commit_offsets(name: str, producer: Producer, group: str, positions: Mapping[TopicPartition, Position]) -> Call:
    by_topic: dict[str, dict[int, Position]] = {}
    for where, position in positions.items():
        by_topic.setdefault(where.topic, {})[where.partition] = position

    def build(module: ModuleType) -> Any:
        topics = tuple(
            module.TxnOffsetCommitRequestTopic(name=topic, partitions=_positions(module, wanted))
            for topic, wanted in by_topic.items()
        )
        return module.TxnOffsetCommitRequest(
            transactional_id=name,
            group_id=group,
            producer_id=producer.id,
            producer_epoch=producer.epoch,
            topics=topics,
        )

    return Call(Api.TXN_OFFSET_COMMIT, build, oldest=3, newest=4)


def end(name: str, producer: Producer, *, commit: bool) -> Call:
    def build(module: ModuleType) -> Any:
        return module.EndTxnRequest(
            transactional_id=name, producer_id=producer.id, producer_epoch=producer.epoch, committed=commit
        )

    return Call(Api.END_TXN, build, newest=4)


def find(kind: int, key: str) -> Call:
    """The coordinator of a group (0) or a transactional id (1)."""

    def build(module: ModuleType) -> Any:
        return module.FindCoordinatorRequest(key_type=kind, coordinator_keys=(key,))

    return Call(Api.FIND_COORDINATOR, build, oldest=4, newest=4)


def whole(answer: Any) -> list[Any]:
    """The one code of an answer."""
    return [answer.error_code]


def of_partitions(answer: Any) -> list[Any]:
    """The codes of all partitions."""
    return [each.error_code for topic in answer.topics for each in topic.partitions]


def of_fetched(answer: Any) -> list[Any]:
    """The codes of a group and of its partitions."""
    (group,) = answer.groups
    return [group.error_code, *of_partitions(group)]


def of_added(answer: Any) -> list[Any]:
    return [
        each.partition_error_code
        for topic in answer.results_by_topic_v3_and_below
        for each in topic.results_by_partition
    ]


def _by_topic(partitions: Iterable[TopicPartition]) -> list[tuple[str, tuple[int, ...]]]:
    found: dict[str, list[int]] = {}
    for where in partitions:
        found.setdefault(where.topic, []).append(where.partition)
    return [(topic, tuple(numbers)) for topic, numbers in found.items()]


def _positions(module: ModuleType, wanted: Mapping[int, Position]) -> tuple[Any, ...]:
    return tuple(
        module.TxnOffsetCommitRequestPartition(
            partition_index=partition, committed_offset=position.offset, committed_metadata=position.metadata
        )
        for partition, position in wanted.items()
    )
