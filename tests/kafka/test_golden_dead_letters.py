"""Dead letters of the real Kafka Connect and a real Kafka Streams app: their bytes, and what is read in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.dead_letters import dialects
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import Redrive, Send, plan
from kafkatui.minicluster.cluster import Status
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record
from tests.dead_letter_writers import STREAMS_IN, STREAMS_OUT, a_sink, a_streams_app
from tests.kafka import command_line
from tests.making_topics import make_topics
from tests.waiting import eventually

PARTITIONS = 2
BEGAN = 1_795_000_000_000
HEADERS: tuple[Header, ...] = (("trace", b"\x00\xff"), ("none", None), ("trace", b""))


class Written(NamedTuple):
    """What was written to the topic that was read, and the dead letters that came of it."""

    origins: dict[Place, Record]
    letters: list[Record]
    dead_letters: str


@contextmanager
def topics(mini_cluster: Status, *names: str) -> Iterator[None]:
    """Topics that live as long as the block, and with them those the app made of its own."""
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    wanted = [NewTopic(name, PARTITIONS, 3, config={"retention.ms": "-1"}) for name in names]
    make_topics(mini_cluster.bootstrap, *wanted)
    yield
    own = [name for name in admin.list_topics(timeout=20).topics if name.startswith(names[0])]
    for gone in admin.delete_topics([*names, *(name for name in own if name not in names)]).values():
        gone.result(20)


def write(mini_cluster: Status, topic: str, records: Sequence[tuple[bytes, bytes | None]]) -> dict[Place, Record]:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    written: dict[Place, Record] = {}
    counts = [0] * PARTITIONS
    for number, (key, value) in enumerate(records):
        partition = number % PARTITIONS
        record = Record(topic, partition, counts[partition], BEGAN + number, key, value, HEADERS)
        producer.produce(topic, value, key, partition, timestamp=record.timestamp_ms, headers=list(HEADERS))
        written[Place(*record[:3])] = record
        counts[partition] += 1
    assert producer.flush(20) == 0
    return written


def read(mini_cluster: Status, topic: str, count: int) -> list[Record]:
    """The first `count` of a topic by confluent-kafka, as soon as there are so many."""
    consumer = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused", "log_level": 2})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    found: list[Record] = []
    while len(found) < count:
        message = consumer.poll(60)
        assert message is not None, f"{len(found)} of {count} dead letters came"
        assert message.error() is None
        place = (message.topic(), message.partition(), message.offset())
        headers = tuple(message.headers() or ())
        found.append(Record(*place, message.timestamp()[1], message.key(), message.value(), headers))
    consumer.close()
    return sorted(found, key=lambda record: record.timestamp_ms)


@contextmanager
def a_group(mini_cluster: Status, name: str) -> Iterator[None]:
    """Deleted after the block, as soon as its members are missed: it would lag behind topics that are gone."""
    yield
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})

    def is_deleted() -> bool:
        return admin.delete_consumer_groups([name])[name].exception(20) is None

    eventually(is_deleted)


@pytest.fixture(scope="module")
def connect(mini_cluster: Status, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    name = f"sink-{uuid.uuid4().hex[:8]}"
    dead_letters = f"{name}-broken"
    with topics(mini_cluster, name, dead_letters), a_group(mini_cluster, f"connect-{name}"):
        good, bad = b'{"a": 1}', b'{"a": '
        origins = write(
            mini_cluster, name, [(b"0", good), (b"1", bad), (b"2", b"no JSON"), (b"3", good), (b"\xff", bad)]
        )
        with a_sink(mini_cluster.bootstrap, name, name, dead_letters, tmp_path_factory.mktemp("connect")):
            yield Written(origins, read(mini_cluster, dead_letters, 3), dead_letters)


@pytest.fixture(scope="module")
def streams(mini_cluster: Status, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    name = f"words-{uuid.uuid4().hex[:8]}"
    dead_letters = f"{name}-broken"
    with (
        topics(mini_cluster, name, dead_letters),
        topics(mini_cluster, STREAMS_IN, STREAMS_OUT),
        a_group(mini_cluster, name),
    ):
        long = b"\x00\x00\x00\x00\x00\x00\x00\x07"
        origins = write(mini_cluster, STREAMS_IN, [(long, None), (b"no long", b"words"), (b"short", b"more words")])
        with a_streams_app(mini_cluster.bootstrap, name, dead_letters, tmp_path_factory.mktemp("streams")):
            yield Written(origins, read(mini_cluster, dead_letters, 3), dead_letters)


def understood(written: Written) -> list[DeadLetter]:
    letters = [Recogniser().read(record) for record in written.letters]
    assert None not in letters
    return [letter for letter in letters if letter is not None]


def without_trace(record: Record) -> tuple[Header, ...]:
    return tuple(header for header in record.headers if not header[0].endswith("stacktrace"))


class TestConnect:
    def test_the_bytes_of_a_dead_letter(self, connect: Written) -> None:
        first = connect.letters[0]
        origin = connect.origins[Place(first.headers[3][1].decode() if first.headers[3][1] else "", 1, 0)]
        assert (first.key, first.value, first.timestamp_ms) == (b"1", b'{"a": ', origin.timestamp_ms)
        assert without_trace(first) == (
            *HEADERS,
            ("__connect.errors.topic", origin.topic.encode()),
            ("__connect.errors.partition", b"1"),
            ("__connect.errors.offset", b"0"),
            ("__connect.errors.connector.name", origin.topic.encode()),
            ("__connect.errors.task.id", b"0"),
            ("__connect.errors.stage", b"VALUE_CONVERTER"),
            ("__connect.errors.class.name", b"org.apache.kafka.connect.json.JsonConverter"),
            ("__connect.errors.exception.class.name", b"org.apache.kafka.connect.errors.DataException"),
            (
                "__connect.errors.exception.message",
                b"Converting byte[] to Kafka Connect data failed due to serialization error: ",
            ),
        )

    def test_cause_origin_and_task_as_values(self, connect: Written) -> None:
        for letter in understood(connect):
            origin = connect.origins[place_of(letter)]
            assert letter.dialect == dialects.CONNECT
            assert letter.last_origin.timestamp_ms == origin.timestamp_ms
            assert letter.exception == "org.apache.kafka.connect.errors.DataException"
            assert (letter.connector, letter.stage, letter.task) == (origin.topic, "VALUE_CONVERTER", 0)
            assert str(letter.stacktrace).startswith(f"{letter.exception}: {letter.message}\n\tat ")
            assert isinstance(letter.attempts, Problem)

    def test_what_would_be_sent_back_is_what_was_written(self, connect: Written) -> None:
        assert_sent_back_as_written(connect)

    def test_the_command_finds_the_topic_by_its_headers(self, mini_cluster: Status, connect: Written) -> None:
        assert_found(mini_cluster, connect, "kafka-connect")


class TestStreams:
    def test_the_bytes_of_a_dead_letter(self, streams: Written) -> None:
        first = streams.letters[0]
        assert (first.key, first.value, first.timestamp_ms) == (b"\x00" * 7 + b"\x07", None, BEGAN)
        assert without_trace(first) == (
            *HEADERS,
            ("__streams.errors.exception", b"java.lang.NullPointerException"),
            (
                "__streams.errors.message",
                b'Cannot invoke "String.toLowerCase(java.util.Locale)" because "value" is null',
            ),
            ("__streams.errors.topic", STREAMS_IN.encode()),
            ("__streams.errors.partition", b"0"),
            ("__streams.errors.offset", b"0"),
        )

    def test_cause_and_origin_as_values(self, streams: Written) -> None:
        letters = understood(streams)
        assert [place_of(letter) for letter in letters] == list(streams.origins)
        assert {letter.dialect for letter in letters} == {dialects.STREAMS}
        serialization = "org.apache.kafka.common.errors.SerializationException"
        assert [letter.exception for letter in letters[1:]] == [serialization] * 2
        assert letters[1].message == "Size of data received by LongDeserializer is not 8"

    def test_what_would_be_sent_back_is_what_was_written(self, streams: Written) -> None:
        assert_sent_back_as_written(streams)

    def test_the_command_finds_the_topic_by_its_headers(self, mini_cluster: Status, streams: Written) -> None:
        assert_found(mini_cluster, streams, "kafka-streams")


def place_of(letter: DeadLetter) -> Place:
    place = letter.last_origin.place
    assert isinstance(place, Place)
    return place


def assert_sent_back_as_written(written: Written) -> None:
    letters = understood(written)
    topic = place_of(letters[0]).topic
    for letter, planned in zip(letters, plan(letters, Redrive("j", {topic: PARTITIONS})), strict=True):
        origin = written.origins[place_of(letter)]
        assert isinstance(planned, Send)
        record = planned.record
        assert (record.topic, record.partition, record.key, record.value) == (
            origin.topic, origin.partition, origin.key, origin.value,
        )  # fmt: skip
        assert record.headers[: len(HEADERS)] == origin.headers
        assert [name for name, _ in record.headers[len(HEADERS) :]] == [
            "kafkatui-replay-id", "kafkatui-source", "kafkatui-attempt",
        ]  # fmt: skip


def assert_found(mini_cluster: Status, written: Written, dialect: str) -> None:
    ran = command_line.run("dlq", "-b", mini_cluster.bootstrap, "--output", "csv")
    assert ran.code == 0, ran.err
    rows = [line.split(",") for line in ran.out.decode().splitlines()]
    (row,) = [row for row in rows if row[0] == written.dead_letters]
    assert row[1:4] == ["dead-letters", dialect, "headers"]
