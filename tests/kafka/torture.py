"""Topics with everything that makes reading hard, and what confluent-kafka reads from them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from confluent_kafka import (
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from kafkatui.minicluster.cluster import Status
from kafkatui.model.records import Header, Record, TimestampType
from kafkatui.model.spans import Isolation
from tests.making_topics import make_topics
from tests.waiting import eventually

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
PARTITIONS = 3
PLAIN = 2
"""The partition without transactions."""
TAKES_ALL = {"max.message.bytes": "4000000", "retention.ms": "-1"}
"""Configs of a topic that takes whatever a torture topic holds."""


class Seen(NamedTuple):
    """What every reader can tell of a record."""

    partition: int
    offset: int
    timestamp_ms: int
    timestamp_type: TimestampType
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]


@contextmanager
def a_topic(mini_cluster: Status, kind: str, config: dict[str, str]) -> Iterator[str]:
    """A topic of three partitions that lives as long as the block."""
    name = f"{kind}-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3, config=config))
    yield name
    admin.delete_topics([name])[name].result(20)


@contextmanager
def a_torture_topic(mini_cluster: Status) -> Iterator[str]:
    """All codecs, nulls, odd headers, big values, transactions that were committed, aborted and left open."""
    with a_topic(mini_cluster, "torture", TAKES_ALL) as name:
        for seed, codec in enumerate(CODECS):
            write_plain(mini_cluster, name, codec, seed)
            write_transactions(mini_cluster, name, codec)
        eventually(lambda: _is_decided(mini_cluster, name))
        # The coordinator would end it after a minute.
        patient = {"transactional_id": uuid.uuid4().hex, "transaction_timeout_ms": 600_000}
        left_open = a_producer(mini_cluster, "none", **patient)
        left_open.init_transactions(20)
        left_open.begin_transaction()
        left_open.produce(name, partition=0, value=b"undecided")
        left_open.flush(20)
        write_plain(mini_cluster, name, "zstd", seed=99)
        yield name
        left_open.abort_transaction(20)


def _is_decided(mini_cluster: Status, topic: str) -> bool:
    """Whether every marker is in the log: it may come after the answer that a transaction is over."""
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    ends = []
    for isolation in (IsolationLevel.READ_UNCOMMITTED, IsolationLevel.READ_COMMITTED):
        wanted = {TopicPartition(topic, number): OffsetSpec.latest() for number in range(PARTITIONS)}
        asked = admin.list_offsets(wanted, isolation_level=isolation, request_timeout=20)
        ends.append([each.result().offset for each in asked.values()])
    return ends[0] == ends[1]


def a_producer(mini_cluster: Status, codec: str, **more: object) -> Producer:
    options = {"compression.type": codec, "message.max.bytes": 3_000_000, "linger.ms": 20, "log_level": 2}
    dotted = {name.replace("_", "."): value for name, value in more.items()}
    return Producer({"bootstrap.servers": mini_cluster.bootstrap, **options, **dotted})


def write_plain(mini_cluster: Status, topic: str, codec: str, seed: int) -> None:
    chance = random.Random(seed)
    producer = a_producer(mini_cluster, codec)
    sizes = [None, 0, 1, 200, 5_000]
    for number in range(300):
        size = (1 << 20) - 200 if number == 150 else chance.choice(sizes)
        producer.produce(
            topic,
            partition=number % PARTITIONS,
            key=chance.choice([None, b"", b"k%d" % number]),
            value=None if size is None else chance.randbytes(size // 2).hex().encode()[:size],
            headers=chance.choice([[], [("a", b"1"), ("a", None), ("", b"\xff\x00")], [("trace", b"")]]),
            timestamp=1_795_000_000_000 + chance.randrange(1_000_000),
        )
        producer.poll(0)
    assert producer.flush(30) == 0


def write_transactions(mini_cluster: Status, topic: str, codec: str) -> None:
    """Two producers whose transactions cross, each committed and aborted in turn."""
    producers = [a_producer(mini_cluster, codec, transactional_id=uuid.uuid4().hex) for _ in range(2)]
    for producer in producers:
        producer.init_transactions(20)
    for turn in range(4):
        for producer in producers:
            producer.begin_transaction()
        for number in range(40):
            producers[number % 2].produce(topic, partition=number // 2 % 2, value=b"in %d" % turn, key=codec)
            if number % 10 == 9:
                producers[number % 2].flush(20)
        for index, producer in enumerate(producers):
            end = producer.commit_transaction if (turn + index) % 2 else producer.abort_transaction
            try:
                end(20)
            except KafkaException as error:
                # Where the answer is late librdkafka asks again, and is refused: the transaction has ended.
                if error.args[0].code() != KafkaError.INVALID_TXN_STATE:
                    raise
                producers[index] = a_producer(mini_cluster, codec, transactional_id=uuid.uuid4().hex)
                producers[index].init_transactions(20)


def read_by_confluent(
    mini_cluster: Status, topic: str, isolation: Isolation, partitions: int = PARTITIONS
) -> list[Seen]:
    consumer = Consumer(
        {
            "bootstrap.servers": mini_cluster.bootstrap,
            "group.id": "unused",
            "enable.partition.eof": True,
            "isolation.level": isolation.value,
        }
    )
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    seen: list[Seen] = []
    ended = 0
    while ended < partitions:
        message = consumer.poll(20)
        assert message is not None
        if message.error():
            ended += 1
            continue
        kind, timestamp = message.timestamp()
        seen.append(
            Seen(
                message.partition(), message.offset(), timestamp,
                TimestampType.LOG_APPEND if kind == TIMESTAMP_LOG_APPEND_TIME else TimestampType.CREATE,
                message.key(), message.value(), tuple(message.headers() or ()),
            )
        )  # fmt: skip
    consumer.close()
    return sorted(seen, key=where)


def where(seen: Seen | Record) -> tuple[int, int]:
    return seen.partition, seen.offset
