"""What `kafkatui read` prints is what Kafka's own readers read, and `kafkatui produce` makes the same records of it."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from confluent_kafka import Producer

from kafkatui.minicluster.cluster import Status
from kafkatui.model.records import Header, TimestampType
from kafkatui.model.spans import Isolation
from tests import kafka_tools
from tests.batches import Wire, batch
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.torture import (
    PARTITIONS,
    PLAIN,
    TAKES_ALL,
    Seen,
    a_producer,
    a_topic,
    a_torture_topic,
    read_by_confluent,
)
from tests.waiting import until

CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
BETWEEN, BETWEEN_HEADERS, END, NULL = "\x1f", "\x1d", "\x1e", "\x1anull"
"""What the console consumer puts between, behind and in the place of what it prints; no record holds it."""
NOW = int(time.time() * 1000)


@pytest.fixture(scope="module")
def torture(mini_cluster: Status) -> Iterator[str]:
    with a_torture_topic(mini_cluster) as name:
        yield name


@pytest.fixture(scope="module")
def compacted(mini_cluster: Status) -> Iterator[str]:
    """Compaction took records out of batches, whole batches and whole transactions."""
    often = {"min.cleanable.dirty.ratio": "0.001", "segment.bytes": "1048576", "delete.retention.ms": "100"}
    with a_topic(mini_cluster, "compacted", {**TAKES_ALL, "cleanup.policy": "compact", **often}) as name:
        written = 9_000
        for turn, codec in enumerate(("none", "zstd", "lz4")):
            producer = a_producer(mini_cluster, codec, batch_size=20_000, transactional_id=uuid.uuid4().hex)
            producer.init_transactions(20)
            for part in range(6):
                producer.begin_transaction()
                for number in range(turn * 3_000 + part * 500, turn * 3_000 + part * 500 + 500):
                    write_keyed(producer, name, number)
                producer.flush(20)
                (producer.commit_transaction if part % 3 else producer.abort_transaction)(20)

        async def cleaned() -> list[Seen] | None:
            left = read_by_confluent(mini_cluster, name, Isolation.UNCOMMITTED)
            return left if len(left) < written // 2 else None

        asyncio.run(until(cleaned, 90))
        yield name


def write_keyed(producer: Producer, topic: str, number: int) -> None:
    key = b"rare-%d" % number if number % 97 == 0 else b"k%d" % (number % 10)
    value = None if number % 101 == 0 else random.Random(number).randbytes(900)
    producer.produce(topic, partition=number % PARTITIONS, key=key, value=value)
    producer.poll(0)


def read(mini_cluster: Status, topic: str, isolation: Isolation) -> Ran:
    words = ("--output", "ndjson", "--isolation", isolation.value)
    return command_line.run("read", topic, "-b", mini_cluster.bootstrap, *words)


def seen_in(lines: bytes) -> list[Seen]:
    """Understood by nothing of ours but the shape that CONVENTIONS promise."""
    return [seen(json.loads(line)) for line in lines.splitlines()]


def seen(document: dict[str, Any]) -> Seen:
    return Seen(
        document["partition"],
        document["offset"],
        document["timestamp"],
        TimestampType(document["timestamp_type"]),
        stored(document["key"]),
        stored(document["value"]),
        tuple((name, stored(value)) for name, value in document["headers"]),
    )


def stored(value: dict[str, str] | None) -> bytes | None:
    if value is None:
        return None
    ((form, text),) = value.items()
    return text.encode() if form == "text" else base64.b64decode(text, validate=True)


def in_partition_order(found: Sequence[Seen]) -> list[Seen]:
    """A stable sort: within a partition they stay as they came."""
    return sorted(found, key=lambda each: each.partition)


@pytest.mark.parametrize("isolation", Isolation)
def test_it_prints_what_confluent_reads(mini_cluster: Status, torture: str, isolation: Isolation) -> None:
    ran = read(mini_cluster, torture, isolation)
    assert ran.code == 0, ran.err
    ours = in_partition_order(seen_in(ran.out))
    assert ours == read_by_confluent(mini_cluster, torture, isolation)
    assert len(ours) > 1_500
    assert max(len(each.value or b"") for each in ours) > 1_000_000
    assert ("undecided" in ran.out.decode()) is (isolation is Isolation.UNCOMMITTED)


@pytest.mark.parametrize("isolation", Isolation)
def test_it_prints_what_the_console_consumer_prints(mini_cluster: Status, torture: str, isolation: Isolation) -> None:
    ours = seen_in(read(mini_cluster, torture, isolation).out)
    theirs = console_consumer(mini_cluster, torture, isolation, len(ours))
    assert sorted(theirs) == sorted(shown(each) for each in ours)
    for partition in range(PARTITIONS):
        mark = b"Partition:%d\x1f" % partition
        expected = [shown(each) for each in ours if each.partition == partition]
        assert [each for each in theirs if mark in each] == expected


def console_consumer(mini_cluster: Status, topic: str, isolation: Isolation, count: int) -> list[bytes]:
    """What it prints for each record."""
    words = ["--bootstrap-server", mini_cluster.bootstrap, "--topic", topic, "--from-beginning"]
    words += ["--isolation-level", isolation.value, "--max-messages", str(count), "--timeout-ms", "30000"]
    for name in ("timestamp", "partition", "offset", "headers", "key"):
        words += ["--formatter-property", f"print.{name}=true"]
    for name, value in (
        ("key.separator", BETWEEN),
        ("headers.separator", BETWEEN_HEADERS),
        ("line.separator", END),
        ("null.literal", NULL),
    ):
        words += ["--formatter-property", f"{name}={value}"]
    command = kafka_tools.command(CONSOLE_CONSUMER, *words)
    ran = subprocess.run(command, capture_output=True, check=True, timeout=kafka_tools.TOOL_SECONDS)
    return ran.stdout.split(END.encode())[:-1]


def shown(record: Seen) -> bytes:
    """The same record as the console consumer shows it."""
    headers = BETWEEN_HEADERS.encode().join(name.encode() + b":" + shown_bytes(value) for name, value in record.headers)
    return BETWEEN.encode().join(
        [
            f"{record.timestamp_type.value}:{record.timestamp_ms}".encode(),
            b"Partition:%d" % record.partition,
            b"Offset:%d" % record.offset,
            headers or b"NO_HEADERS",
            shown_bytes(record.key),
            shown_bytes(record.value),
        ]
    )


def shown_bytes(value: bytes | None) -> bytes:
    return NULL.encode() if value is None else value


@pytest.mark.parametrize("isolation", Isolation)
async def test_a_compacted_topic_is_printed_as_it_lies(
    mini_cluster: Status, compacted: str, isolation: Isolation
) -> None:
    async def at_rest() -> tuple[list[Seen], list[Seen]] | None:
        """The cleaner may come once more in between."""
        before = read_by_confluent(mini_cluster, compacted, isolation)
        ran = await asyncio.to_thread(read, mini_cluster, compacted, isolation)
        after = read_by_confluent(mini_cluster, compacted, isolation)
        return (in_partition_order(seen_in(ran.out)), before) if before == after else None

    ours, theirs = await until(at_rest, 60)
    assert ours == theirs
    assert len({each.offset for each in ours}) < max(each.offset for each in ours) // 2, "there are no holes"


def piped(mini_cluster: Status, source: str, target: str, *words: str) -> Ran:
    """`kafkatui read source --output ndjson | kafkatui produce target`."""
    where = ("-b", mini_cluster.bootstrap)
    reading = command_line.start("read", source, *where, "--output", "ndjson")
    assert reading.stdout is not None
    producing = command_line.start("produce", target, *where, *words, given=reading.stdout)
    reading.stdout.close()
    ran = command_line.ended(producing)
    assert reading.wait(20) == 0
    command_line.ended(reading)
    return ran


def contents(found: Sequence[Seen]) -> list[tuple[int, int, bytes | None, bytes | None, tuple[Header, ...]]]:
    """All but the offset, which a copy can not keep."""
    return [(each.partition, each.timestamp_ms, each.key, each.value, each.headers) for each in found]


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_a_copy_through_a_pipe_is_equal_record_by_record(mini_cluster: Status, torture: str, codec: str) -> None:
    with a_topic(mini_cluster, "copy", TAKES_ALL) as copy:
        ran = piped(mini_cluster, torture, copy, "--codec", codec)
        assert ran.code == 0, ran.err
        original = read_by_confluent(mini_cluster, torture, Isolation.COMMITTED)
        copied = read_by_confluent(mini_cluster, copy, Isolation.UNCOMMITTED)
        assert contents(copied) == contents(original)
        assert f"{copy}: {len(original)} records written to 3 partitions" in ran.err


def test_a_copy_of_a_compacted_topic_is_equal_record_by_record(mini_cluster: Status, compacted: str) -> None:
    with a_topic(mini_cluster, "copy", TAKES_ALL) as copy:
        original = read_by_confluent(mini_cluster, compacted, Isolation.COMMITTED)
        assert piped(mini_cluster, compacted, copy).code == 0
        copied = read_by_confluent(mini_cluster, copy, Isolation.UNCOMMITTED)
        assert contents(copied) == contents(original)


NAMED: list[Wire] = [
    Wire(b"v%d" % number, b"k", ((b"\xff\x00", b"1"), (b"", None), (b"\xed\xa0\x80", b""), (name, b"\xfe")), ms=number)
    for number, name in enumerate((b"plain", "ü".encode(), b"\xc3", b"\x80abc", b"a\xffb"))
]
"""Header names of any bytes, as a broker stores them; no client of another language writes or shows them all."""


TIMELESS: list[Wire] = [Wire(b"timeless"), Wire(None, b"k"), Wire(b"", None)]
"""Records whose timestamp is -1, Kafka's word for none."""


async def test_header_names_of_any_bytes_and_missing_times_survive(mini_cluster: Status) -> None:
    with a_topic(mini_cluster, "named", TAKES_ALL) as name, a_topic(mini_cluster, "copy", TAKES_ALL) as copy:
        await write_raw(mini_cluster, name, PLAIN, NAMED, NOW)
        await write_raw(mini_cluster, name, PLAIN, TIMELESS, -1)
        await write_raw(mini_cluster, name, PLAIN, NAMED, NOW)
        assert (await asyncio.to_thread(piped, mini_cluster, name, copy)).code == 0
        for topic in (name, copy):
            ran = await asyncio.to_thread(read, mini_cluster, topic, Isolation.COMMITTED)
            found = [(each.timestamp_ms, each.value, as_bytes(each.headers)) for each in seen_in(ran.out)]
            named = [(NOW + wire.ms, wire.value, wire.headers) for wire in NAMED]
            assert found == [*named, *((-1, wire.value, ()) for wire in TIMELESS), *named]


def as_bytes(headers: Sequence[Header]) -> tuple[tuple[bytes, bytes | None], ...]:
    return tuple((name.encode("utf-8", "surrogateescape"), value) for name, value in headers)


class _Written(BatchBuilder):  # type: ignore[misc]
    """A batch that is there already, byte by byte."""

    def __init__(self, raw: bytes, records: int) -> None:
        super().__init__(len(raw), 0)
        self._raw = raw
        self._relative_offset = records

    def _build(self) -> bytes:
        return self._raw


async def write_raw(mini_cluster: Status, topic: str, partition: int, records: Sequence[Wire], first_ms: int) -> None:
    raw = batch(records, first_ms=first_ms, max_ms=max(first_ms + each.ms for each in records))
    producer = AIOKafkaProducer(bootstrap_servers=mini_cluster.bootstrap, acks="all")
    await producer.start()
    try:
        await (await producer.send_batch(_Written(raw, len(records)), topic, partition=partition))
    finally:
        await producer.stop()


@pytest.mark.parametrize("words", [["-o", "start:end"], ["-o", "1000:2501"], ["-o", "7:2999"]], ids=str)
def test_a_replay_out_of_a_compacted_topic_ends_and_is_whole(
    mini_cluster: Status, compacted: str, words: list[str]
) -> None:
    """Records, batches and whole transactions are missing between the first and the last offset of each range."""
    with a_topic(mini_cluster, "uncompacted", TAKES_ALL) as target:
        words = [*words, "--timestamps", "keep", "-y", "-b", mini_cluster.bootstrap]
        ran = command_line.run("replay", compacted, "--to", target, *words)
        assert ran.code == 0, ran.err
        first, until = (
            0 if word == "start" else 1 << 40 if word == "end" else int(word) for word in words[1].split(":")
        )
        chosen = [
            each
            for each in read_by_confluent(mini_cluster, compacted, Isolation.COMMITTED)
            if first <= each.offset < until
        ]
        copied = read_by_confluent(mini_cluster, target, Isolation.COMMITTED)
        assert [(each.partition, *each[2:]) for each in copied] == [(each.partition, *each[2:]) for each in chosen]
