"""Reading real topics: exactly what confluent-kafka reads, in both isolation levels, from any range."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.fetch_request import Limits
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Step, Wanted
from kafkatui.kafka.wire import Api
from kafkatui.minicluster.cluster import Status
from kafkatui.model import cluster as names
from kafkatui.model.cluster import Partition
from kafkatui.model.connection import Connection
from kafkatui.model.positions import START, Anchor, AtOffset, AtTime, Range
from kafkatui.model.spans import Isolation, Span
from tests.kafka.torture import CODECS, PARTITIONS, PLAIN, Seen, a_producer, a_torture_topic, read_by_confluent, where
from tests.making_topics import make_topics
from tests.waiting import until

WHOLE = Range()
EVERYTHING = Wanted()
COMMITTED = Isolation.COMMITTED
SMALL = Limits(request_bytes=300_000, partition_bytes=100_000)
"""So small that one partition fills an answer, and a range takes many."""


@pytest.fixture(scope="module")
def torture(mini_cluster: Status) -> Iterator[str]:
    with a_torture_topic(mini_cluster) as name:
        yield name


@pytest.fixture
async def cluster(mini_cluster: Status) -> AsyncIterator[Cluster]:
    async with Cluster.open(Connection(tuple(mini_cluster.bootstrap.split(",")))) as opened:
        yield opened


async def spans_of(cluster: Cluster, topic: str, wanted: Range, isolation: Isolation) -> list[Span]:
    partitions = await partitions_of(cluster, topic)
    spans = (await resolve(cluster.nodes, partitions, wanted, isolation)).values()
    return [span for span in spans if isinstance(span, Span)]


async def partitions_of(cluster: Cluster, topic: str) -> tuple[Partition, ...]:
    return (await cluster.topology()).topics[topic].partitions


async def steps_of(
    cluster: Cluster,
    topic: str,
    wanted: Range = WHOLE,
    isolation: Isolation = COMMITTED,
    limits: Limits = SMALL,
) -> list[Step]:
    spans = await spans_of(cluster, topic, wanted, isolation)
    assert len(spans) == PARTITIONS
    return [step async for step in scan(cluster.nodes, spans, EVERYTHING, isolation, limits)]


def seen_in(steps: list[Step]) -> list[Seen]:
    """In the order they came, which is the log's within a partition."""
    assert [gap for step in steps for gap in step.gaps] == []
    return [
        Seen(each.partition, each.offset, each.timestamp_ms, each.timestamp_type, each.key, each.value, each.headers)
        for step in steps
        for each in step.found
    ]


@pytest.mark.parametrize("isolation", Isolation)
async def test_it_reads_what_confluent_reads(
    cluster: Cluster, mini_cluster: Status, torture: str, isolation: Isolation
) -> None:
    steps = await steps_of(cluster, torture, isolation=isolation)
    ours = seen_in(steps)
    theirs = read_by_confluent(mini_cluster, torture, isolation)
    assert len(ours) > 1_500
    assert sorted(ours, key=where) == theirs
    assert sorted(ours, key=lambda seen: seen.partition) == theirs  # a stable sort: the order within is the log's


async def test_records_know_codec_and_producer_of_their_batches(cluster: Cluster, torture: str) -> None:
    records = [each for step in await steps_of(cluster, torture) for each in step.found]
    assert {each.batch.codec for each in records} == set(CODECS)
    for record in records:
        batch = record.batch
        assert batch.first <= record.offset <= batch.last
        assert batch.transactional == (record.value or b"").startswith(b"in ")
        assert (batch.producer_id >= 0) == batch.transactional
        if batch.transactional:
            # librdkafka leaves a batch as it is that compressing would make larger.
            assert batch.codec.encode() in (record.key, b"none")


async def test_what_lies_behind_an_open_transaction_is_said(cluster: Cluster, torture: str) -> None:
    spans = await spans_of(cluster, torture, WHOLE, COMMITTED)
    assert [gap.problem.code for gap in spans[0].clipped] == ["open_transaction"]
    assert [span.clipped for span in spans[1:]] == [(), ()]


async def test_every_span_is_read_to_its_end(cluster: Cluster, torture: str) -> None:
    steps = await steps_of(cluster, torture)
    spans = await spans_of(cluster, torture, WHOLE, COMMITTED)
    assert {step.where: step.position for step in steps} == {span.where: span.until for span in spans}
    assert cluster.requests[Api.FETCH] > 3


async def test_ten_ranges_by_offset(cluster: Cluster, torture: str) -> None:
    whole = seen_in(await steps_of(cluster, torture))
    for seed in range(10):
        first, until = sorted(random.Random(seed).sample(range(1_000), 2))
        wanted = Range(AtOffset(Anchor.OFFSET, first), AtOffset(Anchor.OFFSET, until))
        found = seen_in(await steps_of(cluster, torture, wanted))
        assert sorted(found, key=where) == sorted((each for each in whole if first <= each.offset < until), key=where)


async def test_ten_ranges_by_time(cluster: Cluster, torture: str) -> None:
    plain = [each for each in seen_in(await steps_of(cluster, torture)) if each.partition == PLAIN]
    end = plain[-1].offset + 1
    for seed in range(10):
        times = sorted(1_795_000_000_000 + random.Random(seed).randrange(1_000_100) for _ in range(2))
        first, until = (next((each.offset for each in plain if each.timestamp_ms >= moment), end) for moment in times)
        wanted = Range(*(AtTime(datetime.fromtimestamp(moment / 1000, UTC)) for moment in times))
        found = [each for each in seen_in(await steps_of(cluster, torture, wanted)) if each.partition == PLAIN]
        assert found == [each for each in plain if first <= each.offset < until]


async def test_a_text_is_found_without_decoding_all(cluster: Cluster, torture: str) -> None:
    whole = seen_in(await steps_of(cluster, torture))
    needle = next(each.value for each in whole if each.partition == PLAIN and each.value and len(each.value) > 4_000)
    spans = await spans_of(cluster, torture, WHOLE, COMMITTED)
    wanted = Wanted((needle,), lambda record: record.value == needle)
    steps = [step async for step in scan(cluster.nodes, spans, wanted)]
    assert [record.value for step in steps for record in step.found] == [needle]
    assert sum(step.skipped for step in steps) > sum(step.looked for step in steps)


async def test_a_partition_that_does_not_exist_is_given_up(cluster: Cluster, torture: str) -> None:
    missing = Span(names.TopicPartition("missing", 0), 5, 9)
    (real,) = [span for span in await spans_of(cluster, torture, WHOLE, COMMITTED) if span.where.partition == PLAIN]
    limits = Limits(patience_seconds=0.2)
    steps = [step async for step in scan(cluster.nodes, [missing, real], EVERYTHING, COMMITTED, limits)]
    gaps = [(gap.where, gap.first, gap.until, gap.problem.code) for step in steps for gap in step.gaps]
    assert gaps == [(missing.where, 5, 9, "unknown_topic_or_partition")]
    assert max(step.position for step in steps if step.where == real.where) == real.until


async def test_what_retention_takes_meanwhile_is_said(cluster: Cluster, mini_cluster: Status) -> None:
    name = f"retained-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3))
    producer = a_producer(mini_cluster, "none")
    for number in range(300):
        producer.produce(name, partition=number % PARTITIONS, value=b"%d" % number)
    assert producer.flush(30) == 0
    spans = await spans_of(cluster, name, Range(START, AtOffset(Anchor.OFFSET, 80)), COMMITTED)
    deleted = [TopicPartition(name, 0, 50), TopicPartition(name, 1, 100)]
    for future in admin.delete_records(deleted).values():
        future.result(20)
    steps = [step async for step in scan(cluster.nodes, spans, EVERYTHING)]
    gaps = {gap.where.partition: (gap.first, gap.until, gap.problem.code) for step in steps for gap in step.gaps}
    assert gaps == {0: (0, 50, "offset_out_of_range"), 1: (0, 80, "offset_out_of_range")}
    found = [(record.partition, record.offset) for step in steps for record in step.found]
    assert sorted(found) == [(0, offset) for offset in range(50, 80)] + [(2, offset) for offset in range(80)]
    admin.delete_topics([name])[name].result(20)


async def test_a_compacted_topic(cluster: Cluster, mini_cluster: Status) -> None:
    """Compaction takes records out of batches, and whole batches: what is left is read as it lies."""
    name = f"compacted-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    config = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.001", "segment.bytes": "1048576"}
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3, config=config))
    written = 12_000
    for codec in ("none", "zstd"):
        producer = a_producer(mini_cluster, codec, batch_size=20_000)
        for number in range(written // 2):
            key = b"rare-%d" % number if number % 97 == 0 else b"k%d" % (number % 10)
            producer.produce(name, partition=number % PARTITIONS, key=key, value=random.Random(number).randbytes(900))
            producer.poll(0)
        assert producer.flush(30) == 0

    async def compacted() -> list[Seen] | None:
        left = read_by_confluent(mini_cluster, name, COMMITTED)
        return left if len(left) < written // 2 else None

    await until(compacted, 60)
    ours = seen_in(await steps_of(cluster, name))
    assert sorted(ours, key=where) == read_by_confluent(mini_cluster, name, COMMITTED)
    wanted = Range(AtOffset(Anchor.OFFSET, 500), AtOffset(Anchor.OFFSET, 1_500))
    part = seen_in(await steps_of(cluster, name, wanted))
    assert sorted(part, key=where) == sorted((each for each in ours if 500 <= each.offset < 1_500), key=where)
    admin.delete_topics([name])[name].result(20)


async def test_a_topic_that_is_made_anew_meanwhile_is_never_mixed_with_the_old_one(
    cluster: Cluster, mini_cluster: Status
) -> None:
    name = f"anew-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_filled(admin, mini_cluster, name, b"old")
    spans = await spans_of(cluster, name, WHOLE, COMMITTED)
    steps: list[Step] = []
    async for step in scan(cluster.nodes, spans, EVERYTHING, COMMITTED, SMALL):
        if not steps:
            admin.delete_topics([name])[name].result(20)
            make_filled(admin, mini_cluster, name, b"new")
        steps.append(step)
    gaps = [gap for step in steps for gap in step.gaps]
    assert {gap.problem.code for gap in gaps} == {"unknown_topic_id"}
    assert {(record.value or b"")[:3] for step in steps for record in step.found} == {b"old"}
    read = Counter(record.partition for step in steps for record in step.found)
    assert {gap.where.partition: gap.until - gap.first for gap in gaps} == {
        span.where.partition: span.until - read[span.where.partition] for span in spans
    }
    admin.delete_topics([name])[name].result(20)


def make_filled(admin: AdminClient, mini_cluster: Status, name: str, value: bytes) -> None:
    """A topic with 2 MB in each partition."""
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3))
    producer = a_producer(mini_cluster, "none", batch_size=20_000)
    for number in range(2_000 * PARTITIONS):
        producer.produce(name, partition=number % PARTITIONS, value=value + bytes(1_000))
        producer.poll(0)
    assert producer.flush(30) == 0


async def test_a_value_of_ten_megabytes_and_what_is_around_it(cluster: Cluster, mini_cluster: Status) -> None:
    name = f"big-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3, config={"max.message.bytes": "12000000"}))
    big = random.Random(1).randbytes(5_000_000).hex().encode() + b" needle"
    for codec in CODECS:
        producer = a_producer(mini_cluster, codec, message_max_bytes=12_000_000)
        for value in (b"before", big, b"after"):
            producer.produce(name, partition=0, value=value)
            assert producer.flush(30) == 0
    found = [each.value for each in seen_in(await steps_of(cluster, name))]
    assert found == [b"before", big, b"after"] * len(CODECS)
    spans = await spans_of(cluster, name, WHOLE, COMMITTED)
    wanted = Wanted((b" needle",), lambda record: b" needle" in (record.value or b""))
    steps = [step async for step in scan(cluster.nodes, spans, wanted)]
    assert [record.offset for step in steps for record in step.found] == [1, 4, 7, 10, 13]
    admin.delete_topics([name])[name].result(20)
