"""`kafkatui produce` against real brokers: what was in the line is in the log, byte by byte, or the line is named."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.decoding.ndjson import record_line
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Wanted
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.records import Header, Record
from kafkatui.model.spans import Span
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.making_topics import make_topics
from tests.terminal import rest_of

NOW = int(time.time() * 1000)
Topic = Callable[..., str]


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[Topic]:
    """Makes topics of two partitions, with configs if given."""
    made: list[str] = []
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})

    def make(**configs: str) -> str:
        name = f"produced-{uuid.uuid4().hex[:8]}"
        config = {"retention.ms": "-1", **{key.replace("_", "."): value for key, value in configs.items()}}
        make_topics(mini_cluster.bootstrap, NewTopic(name, 2, 3, config=config))
        made.append(name)
        return name

    yield make
    for future in admin.delete_topics(made).values() if made else ():
        future.result(20)


@pytest.fixture
def produce(mini_cluster: Status) -> Callable[..., Ran]:
    def run(topic: str, *arguments: str, given: bytes | str = b"") -> Ran:
        lines = given.encode() if isinstance(given, str) else given
        return command_line.run("produce", topic, "-b", mini_cluster.bootstrap, *arguments, given=lines)

    return run


def read(mini_cluster: Status, topic: str) -> list[Message]:
    """All records, by partition and offset, by confluent-kafka."""
    options = {"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused", "enable.partition.eof": True}
    consumer = Consumer({**options, "log_level": 2})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(2)])
    found: list[Message] = []
    ended = 0
    while ended < 2:
        message = consumer.poll(20)
        assert message is not None
        ended += message.error() is not None
        if not message.error():
            found.append(message)
    consumer.close()
    return sorted(found, key=lambda each: (each.partition(), each.offset()))


def values(mini_cluster: Status, topic: str) -> list[bytes | None]:
    return [message.value() for message in read(mini_cluster, topic)]


def line(value: str | None = "v", **more: object) -> str:
    return json.dumps({"value": None if value is None else {"text": value}, **more}) + "\n"


ODD: list[tuple[bytes | None, bytes | None, tuple[Header, ...], int]] = [
    (None, None, (), NOW),
    (b"", b"", (("", b""), ("", None)), NOW - 1),
    (b"\xff\x00", b"\xed\xa0\x80", (("b", b"1"), ("a", b"\xff"), ("b", b"2"), ("b", None)), -1),
    (b"k", "Zürich \u202e\x1b".encode(), (("ü", b"x"),), 0),
    (b"k", None, (), 1),
    (b"k", b"x" * 1_000_000, (), -1),
]


def lines_of_odd(partition: int) -> str:
    return "".join(
        record_line(Record("other", partition, 7, timestamp, key, value, headers)) + "\n"
        for key, value, headers, timestamp in ODD
    )


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_byte_comes_back(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran], codec: str) -> None:
    name = topic()
    ran = produce(name, "--codec", codec, given=lines_of_odd(1) + lines_of_odd(0))
    assert (ran.code, ran.out) == (0, b"")
    assert ran.err == f"kafkatui: {name}: 12 records written to 2 partitions (offsets p0 0-6, p1 0-6)\n"
    found = [
        (each.partition(), each.key(), each.value(), tuple(each.headers() or ()), each.timestamp()[1])
        for each in read(mini_cluster, name)
    ]
    assert found == [(partition, *odd) for partition in (0, 1) for odd in ODD]


async def test_header_names_that_are_not_utf8_come_back(
    mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]
) -> None:
    name = topic()
    headers: tuple[Header, ...] = (("\udcff\udc00"[:1] + "a", b"1"), ("ü", None), ("\udced\udca0\udc80", b""))
    records = [
        Record(name, 0, number, NOW + number, b"k", b"v", headers if number % 3 == 1 else (("plain", b"x"),))
        for number in range(9)
    ]
    ran = produce(name, given="".join(record_line(each) + "\n" for each in records))
    assert ran.code == 0
    async with Cluster.open(Connection(tuple(mini_cluster.bootstrap.split(",")))) as cluster:
        partitions = (await cluster.topology()).topics[name].partitions
        spans = [
            each for each in (await resolve(cluster.nodes, partitions, Range())).values() if isinstance(each, Span)
        ]
        found = [record async for step in scan(cluster.nodes, spans, Wanted()) for record in step.found]
    assert found == records


def test_no_timestamp_is_the_moment_of_writing(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]) -> None:
    name = topic()
    before = int(time.time() * 1000)
    assert produce(name, given=line("a") + line("b", timestamp=None)).code == 0
    assert all(before <= each.timestamp()[1] <= time.time() * 1000 for each in read(mini_cluster, name))


def test_a_topic_may_keep_the_time_of_its_brokers_and_that_is_said_once(
    topic: Topic, produce: Callable[..., Ran]
) -> None:
    name = topic(message_timestamp_type="LogAppendTime")
    ran = produce(name, given=line(timestamp=1) * 3)
    assert (ran.code, ran.err.count("LogAppendTime")) == (0, 1)
    assert "LogAppendTime" not in produce(name, given=line()).err


def test_the_key_decides_as_in_other_clients(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]) -> None:
    keys = [b"order-%d" % number for number in range(50)]
    lines = "".join(line(key={"text": key.decode()}) for key in keys)
    for by, partitioner in (("key", "murmur2_random"), ("key-crc32", "consistent_random")):
        ours, theirs = topic(), topic()
        assert produce(ours, "--partition-by", by, given=lines).code == 0
        options = {"bootstrap.servers": mini_cluster.bootstrap, "partitioner": partitioner, "log_level": 2}
        producer = Producer(options)
        for key in keys:
            producer.produce(theirs, key=key, value=b"v")
        assert producer.flush(20) == 0
        placed = [[(each.partition(), each.key()) for each in read(mini_cluster, name)] for name in (ours, theirs)]
        assert placed[0] == placed[1]
        assert {partition for partition, _ in placed[0]} == {0, 1}


def test_one_record_needs_no_input(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]) -> None:
    name = topic()
    assert produce(name, "-p", "1", "--value", "hé", "-k", "k", "--header", "a=1=2", "--header", "b").code == 0
    assert produce(name, "-p", "1", "--tombstone", "-k", "k").code == 0
    first, second = read(mini_cluster, name)
    assert (first.key(), first.value(), first.headers()) == (b"k", "hé".encode(), [("a", b"1=2"), ("b", None)])
    assert (second.key(), second.value(), second.headers()) == (b"k", None, None)


def test_lines_are_values_byte_by_byte(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]) -> None:
    name = topic()
    assert produce(name, "-p", "0", "--input", "lines", given=b"a\r\n\n\xff\x00\nlast").code == 0
    assert values(mini_cluster, name) == [b"a\r", b"", b"\xff\x00", b"last"]


def test_an_unknown_topic_is_never_made(mini_cluster: Status, produce: Callable[..., Ran]) -> None:
    """The brokers make topics that somebody asks about, as they do by default."""
    name = f"unknown-{uuid.uuid4().hex[:8]}"
    ran = produce(name, given=line())
    assert (ran.code, ran.err) == (1, f"kafkatui: topic {name} does not exist\n")
    assert name not in AdminClient({"bootstrap.servers": mini_cluster.bootstrap}).list_topics(timeout=20).topics


def test_a_dry_run_writes_nothing(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]) -> None:
    name = topic()
    assert produce(name, "--dry-run", given=line() * 3).code == 0
    assert values(mini_cluster, name) == []


def test_what_came_before_a_bad_line_is_written(
    mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]
) -> None:
    name = topic()
    ran = produce(name, given="".join(line(f"{number}", partition=0) for number in range(41)) + "{}\n" + line("after"))
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"kafkatui: {name}: 41 records written to 1 partition (offsets p0 0-41)",
        'kafkatui: line 42: no "value"; a tombstone is written as null',
    ]
    assert values(mini_cluster, name) == [b"%d" % number for number in range(41)]


BAD_RECORDS: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({"max_message_bytes": "5000"}, {"value": {"text": "x" * 6_000}}, "it is larger than the topic takes"),
    ({"cleanup_policy": "compact"}, {"key": None}, "the broker finds it invalid, as one without a key"),
    ({}, {"timestamp": NOW + 10**9}, "its timestamp is too far from now"),
]


@pytest.mark.parametrize(("configs", "fault", "words"), BAD_RECORDS, ids=["too large", "keyless", "too new"])
def test_a_refused_record_is_named(
    mini_cluster: Status,
    topic: Topic,
    produce: Callable[..., Ran],
    configs: dict[str, str],
    fault: dict[str, Any],
    words: str,
) -> None:
    """It hides among good ones in the same batch; without --skip-bad its partition ends there."""
    culprits = {123, 124, 300}
    documents = [
        {"key": {"text": "k"}, "value": {"text": f"{number}"}, "partition": number % 2} for number in range(400)
    ]
    lines = [json.dumps(each | fault if index in culprits else each) for index, each in enumerate(documents)]
    name = topic(**configs)
    ran = produce(name, "--skip-bad", given="\n".join([*lines, ""]))
    assert ran.code == 1
    assert [each.split(": ")[1] for each in ran.err.splitlines()[1:]] == ["line 124", "line 125", "line 301"]
    assert ran.err.count(f"refused: {words}") == 3
    good = [number for number in range(400) if number not in culprits]
    expected = [b"%d" % number for partition in (0, 1) for number in good if number % 2 == partition]
    assert values(mini_cluster, name) == expected
    name = topic(**configs)
    ran = produce(name, given="\n".join([*lines, ""]))
    assert ran.code == 1
    _, first, second, end = ran.err.splitlines()
    assert first.startswith(f"kafkatui: line 124: refused: {words}")
    assert second.startswith("kafkatui: line 125: refused:")
    assert end.startswith("kafkatui: ended after line 400; not written: lines 126-400")
    assert values(mini_cluster, name) == [b"%d" % number for number in [*range(0, 124, 2), *range(1, 123, 2)]]


def test_batches_shrink_to_what_the_topic_takes(
    mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]
) -> None:
    name = topic(max_message_bytes="1000")
    lines = "".join(line(f"{number}" + "x" * (number % 700), partition=number % 2) for number in range(1_000))
    ran = produce(name, given=lines)
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    expected = [b"%d" % n + b"x" * (n % 700) for partition in (0, 1) for n in range(1_000) if n % 2 == partition]
    assert values(mini_cluster, name) == expected


def test_a_slow_pipe_is_written_promptly_and_ctrl_c_says_what_was(mini_cluster: Status, topic: Topic) -> None:
    name = topic()
    running = command_line.start("produce", name, "-b", mini_cluster.bootstrap)
    assert running.stdin is not None
    took = []
    for number in range(3):
        running.stdin.write(line(f"{number}", partition=0).encode())
        began = time.monotonic()
        while len(values(mini_cluster, name)) <= number:
            assert time.monotonic() - began < 20
        took.append(time.monotonic() - began)
    assert min(took) < 1.0
    running.send_signal(signal.SIGINT)
    ran = command_line.ended(running)
    assert (ran.code, ran.out) == (130, b"")
    assert ran.err.splitlines() == [
        f"kafkatui: {name}: 3 records written to 1 partition (offsets p0 0-3)",
        "kafkatui: interrupted after line 3",
    ]


def test_ctrl_c_amid_a_flood_says_exactly_what_is_in_the_log(mini_cluster: Status, topic: Topic) -> None:
    name = topic()
    running = command_line.start("produce", name, "-b", mini_cluster.bootstrap)
    assert running.stdin is not None
    flood = "".join(line(f"{number}", partition=number % 2) for number in range(5_000)).encode()
    running.stdin.write(flood)
    while not values(mini_cluster, name):
        running.stdin.write(flood)
    running.send_signal(signal.SIGINT)
    ran = command_line.ended(running)
    assert ran.code == 130
    said, interrupted = ran.err.splitlines()
    count = int(said.split(" records ")[0].split()[-1])
    assert count == len(values(mini_cluster, name)) > 0
    assert interrupted == f"kafkatui: interrupted after line {count}"


def test_a_rate_is_kept(mini_cluster: Status, topic: Topic, produce: Callable[..., Ran]) -> None:
    name = topic()
    assert produce(name, "--rate", "100/s", given=line(partition=0) * 101).code == 0
    times = [each.timestamp()[1] for each in read(mini_cluster, name)]
    assert 800 <= times[-1] - times[0] <= 3_000
    assert max(sum(first <= each < first + 200 for each in times) for first in times) <= 41


def test_a_topic_that_is_deleted_meanwhile_ends_it(mini_cluster: Status) -> None:
    name = f"produced-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 2, 3))
    running = command_line.start("produce", name, "-b", mini_cluster.bootstrap, "--timeout", "3s")
    assert running.stdin is not None
    running.stdin.write(line("first", partition=0).encode())
    while not values(mini_cluster, name):
        pass
    admin.delete_topics([name])[name].result(20)
    running.stdin.write(line("second", partition=0).encode())
    assert running.wait(30) == 1
    written, why, end = command_line.ended(running).err.splitlines()
    assert written == f"kafkatui: {name}: 1 record written to 1 partition (offsets p0 0-1)"
    assert why.startswith("kafkatui: no broker has confirmed them in time")
    assert end == "kafkatui: ended after line 2; perhaps not written: line 2"
    assert name not in admin.list_topics(timeout=20).topics


def test_a_person_who_types_is_told_so_and_nothing_is_drawn_into_the_line(mini_cluster: Status, topic: Topic) -> None:
    name = topic()
    ours, theirs = os.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        running = command_line.start("produce", name, "-b", mini_cluster.bootstrap, given=theirs, errors=theirs)
        os.close(theirs)
        shown = b""
        while not shown.endswith(b"ends them\r\n"):
            shown += terminal.read(1_000)
        for number in range(2):
            terminal.write(line(f"{number}", partition=0).encode())
            while len(values(mini_cluster, name)) <= number:
                assert running.poll() is None
        terminal.write(b"\x04")
        assert command_line.ended(running).code == 0
        shown += rest_of(terminal.fileno())
    assert b"\x1b" not in shown
    assert shown.splitlines()[0] == b"kafkatui: records are read from this terminal, one a line; Ctrl-D ends them"
    assert shown.splitlines()[-1].endswith(b"2 records written to 1 partition (offsets p0 0-2)")
