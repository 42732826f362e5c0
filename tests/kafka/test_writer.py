"""Writing to real brokers: places told, refusals never passed over, no topic made by writing to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.clients import ClientFailed
from kafkatui.kafka.writer import Codec, Writer
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.errors import ReadOnly
from kafkatui.model.records import NewRecord, Place
from tests.making_topics import make_topics


@pytest.fixture
def connection(mini_cluster: Status) -> Connection:
    return Connection(tuple(mini_cluster.bootstrap.split(",")), read_only=False)


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    """A topic of two partitions that takes batches of at most 1,000 bytes."""
    name = f"writing-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 2, 3, config={"max.message.bytes": "1000"}))
    yield name
    admin.delete_topics([name])[name].result(20)


def committed(mini_cluster: Status, topic: str, partition: int) -> list[tuple[bytes | None, bytes | None]]:
    consumer = Consumer(
        {"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused", "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(topic, partition, 0)])
    found: list[tuple[bytes | None, bytes | None]] = []
    while (message := consumer.poll(20)) is not None and not message.error():
        found.append((message.key(), message.value()))
    consumer.close()
    return found


def record(topic: str, partition: int, value: bytes | None, key: bytes | None = b"k") -> NewRecord:
    return NewRecord(topic, key, value, partition=partition)


async def test_places_come_in_the_order_given(connection: Connection, topic: str) -> None:
    async with Writer(connection, client_id="test", codec=Codec.ZSTD) as writer:
        places = await writer.write([record(topic, 1, b"a"), record(topic, 0, b"b"), record(topic, 1, b"c")])
    assert places == [Place(topic, 1, 0), Place(topic, 0, 0), Place(topic, 1, 1)]


async def test_nulls_stay_nulls(connection: Connection, mini_cluster: Status, topic: str) -> None:
    async with Writer(connection, client_id="test") as writer:
        await writer.write([record(topic, 0, None), record(topic, 0, None, None), record(topic, 0, b"", b"")])
    assert committed(mini_cluster, topic, 0) == [(b"k", None), (None, None), (b"", b"")]


async def test_one_refused_record_voids_its_transaction(
    connection: Connection, mini_cluster: Status, topic: str
) -> None:
    async with Writer(connection, client_id="test", transactional_id=topic) as writer:
        with pytest.raises(ClientFailed) as failed:
            async with writer.transaction():
                await writer.write([record(topic, 0, b"good"), record(topic, 1, b"x" * 5_000)])
    assert failed.value.problem.code == "message_size_too_large"
    async with Writer(connection, client_id="test", transactional_id=topic) as writer, writer.transaction():
        await writer.write([record(topic, 0, b"after")])
    assert committed(mini_cluster, topic, 0) == [(b"k", b"after")]
    assert committed(mini_cluster, topic, 1) == []


async def test_writing_to_a_topic_that_does_not_exist_fails_and_makes_none(
    connection: Connection, mini_cluster: Status
) -> None:
    missing = f"missing-{uuid.uuid4().hex[:8]}"
    async with Writer(replace(connection, request_seconds=2.0), client_id="test") as writer:
        with pytest.raises(ClientFailed):
            await writer.write([NewRecord(missing, b"k", b"v")])
    assert missing not in AdminClient({"bootstrap.servers": mini_cluster.bootstrap}).list_topics(timeout=20).topics


def test_a_read_only_connection_gets_no_writer(connection: Connection) -> None:
    with pytest.raises(ReadOnly):
        Writer(replace(connection, read_only=True), client_id="test")


async def test_nobody_there_is_said_as_such() -> None:
    nobody = Connection(("127.0.0.1:1",), read_only=False, request_seconds=2.0)
    with pytest.raises(ClientFailed):
        async with Writer(nobody, client_id="test"):
            pass
