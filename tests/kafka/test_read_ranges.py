"""`kafkatui read -o`: any range by offset and by time gives exactly the records that a full scan says it should."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pytest
from confluent_kafka import Consumer, TopicPartition

from kafkatui.__main__ import main
from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka.torture import (
    PARTITIONS,
    TAKES_ALL,
    Seen,
    a_producer,
    a_topic,
    a_torture_topic,
    read_by_confluent,
)

SEEDS = range(10)
BEGAN = 1_795_000_000_000
NOBODY = -1
"""librdkafka's and the broker's answer where no record is that new."""


class Scanned(NamedTuple):
    """Everything in a topic, read by confluent-kafka."""

    name: str
    committed: list[Seen]
    stored: list[Seen]
    """Records of aborted and open transactions too."""
    stable_ends: Mapping[int, int]


Read = Callable[[Scanned, str], list[tuple[int, int, bytes | None]]]


@pytest.fixture(scope="module")
def torture(mini_cluster: Status) -> Iterator[Scanned]:
    with a_torture_topic(mini_cluster) as name:
        yield scanned(mini_cluster, name)


@pytest.fixture(scope="module")
def ordinary(mini_cluster: Status) -> Iterator[Scanned]:
    """Timestamps that only grow, some of them equal, in many small batches."""
    with a_topic(mini_cluster, "ordinary", TAKES_ALL) as name:
        chance = random.Random(4)
        producer = a_producer(mini_cluster, "zstd", batch_size=4_000)
        moment = BEGAN
        for number in range(3_000):
            moment += chance.choice((0, 1, 7, 1_000))
            producer.produce(name, partition=chance.randrange(PARTITIONS), value=b"%d" % number, timestamp=moment)
            producer.poll(0)
        assert producer.flush(30) == 0
        yield scanned(mini_cluster, name)


def scanned(mini_cluster: Status, name: str) -> Scanned:
    committed = read_by_confluent(mini_cluster, name, Isolation.COMMITTED)
    stored = read_by_confluent(mini_cluster, name, Isolation.UNCOMMITTED)
    consumer = a_consumer(mini_cluster)
    ends = {
        partition: consumer.get_watermark_offsets(TopicPartition(name, partition), 20)[1]
        for partition in range(PARTITIONS)
    }
    consumer.close()
    return Scanned(name, committed, stored, ends)


def a_consumer(mini_cluster: Status) -> Consumer:
    options = {"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused", "log_level": 2}
    return Consumer({**options, "isolation.level": "read_committed"})


@pytest.fixture
def read(mini_cluster: Status, capfdbinary: pytest.CaptureFixture[bytes]) -> Read:
    """What `kafkatui read -o RANGE` prints of a topic: partition, offset and value, by partition, as they came."""

    def run(topic: Scanned, wanted: str) -> list[tuple[int, int, bytes | None]]:
        code = main(["read", topic.name, "-b", mini_cluster.bootstrap, f"-o{wanted}", "--output", "ndjson"])
        out, err = capfdbinary.readouterr()
        assert code == 0, err.decode()
        documents = [json.loads(line) for line in out.splitlines()]
        found = [(each["partition"], each["offset"], stored(each["value"])) for each in documents]
        return sorted(found, key=lambda each: each[0])  # stable: within a partition they stay as they came

    return run


def stored(value: dict[str, str] | None) -> bytes | None:
    if value is None:
        return None
    return value["text"].encode() if "text" in value else base64.b64decode(value["base64"])


def plain(found: Sequence[Seen]) -> list[tuple[int, int, bytes | None]]:
    return [(each.partition, each.offset, each.value) for each in found]


@pytest.fixture(params=["torture", "ordinary"])
def topic(request: pytest.FixtureRequest) -> Scanned:
    found: Scanned = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_by_offset(read: Read, topic: Scanned, seed: int) -> None:
    """Every way to write an offset, absolute, after the start and before the end; a side may be left out."""
    chance = random.Random(seed)
    first, until = forwards(*(chance.choice(("", "+", "-")) + str(chance.randrange(1_100)) for _ in range(2)))
    first, until = chance.choice([(first, until), (first, until), (first, ""), ("", until)])
    expected = [
        each
        for each in topic.committed
        if offset_of(first or "+0", topic.stable_ends[each.partition]) <= each.offset
        and each.offset < offset_of(until or "-0", topic.stable_ends[each.partition])
    ]
    assert read(topic, f"{first}:{until}") == plain(expected)


def forwards(first: str, until: str) -> tuple[str, str]:
    """Two counted from the same place in their order: a range that surely ends before it begins is refused."""
    signs = [each[0] if each[0] in "+-" else "" for each in (first, until)]
    if signs[0] == signs[1] and int(first) > int(until):
        return until, first
    return first, until


def offset_of(position: str, end: int) -> int:
    """What CONVENTIONS say a position means where a log starts at 0."""
    number = int(position.lstrip("+-"))
    return max(0, end - number) if position.startswith("-") else number


@pytest.mark.parametrize("seed", SEEDS)
def test_by_time_on_an_ordinary_topic(read: Read, ordinary: Scanned, seed: int) -> None:
    """By the timestamps alone: from the first that is not before T1 to the first that is not before T2."""
    chance = random.Random(seed)
    times = [each.timestamp_ms for each in ordinary.committed]
    first, until = sorted(chance.choice(times) + chance.choice((-1, 0, 1)) for _ in range(2))
    expected = [each for each in ordinary.committed if first <= each.timestamp_ms < until]
    assert read(ordinary, f"@{first}:@{until}") == plain(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_by_time_on_the_torture_topic(mini_cluster: Status, read: Read, torture: Scanned, seed: int) -> None:
    """Timestamps jump back and forth, so the broker's index says where a time begins; librdkafka asks it too."""
    chance = random.Random(seed)
    times = [each.timestamp_ms for each in torture.stored]
    first, until = sorted(chance.choice(times) + chance.choice((-1, 0, 1)) for _ in range(2))
    assert_between(mini_cluster, read, torture, first, until)


def test_by_times_that_lie_on_transaction_markers(mini_cluster: Status, read: Read, torture: Scanned) -> None:
    """A marker has a time and an offset of its own and is no record: a range may begin and end on one."""
    there = {(each.partition, each.offset) for each in torture.stored}
    times = sorted({each.timestamp_ms + 1 for each in torture.stored if each.value and each.value.startswith(b"in ")})
    on_markers = [
        moment
        for moment in times
        if any(
            offset != NOBODY and (partition, offset) not in there
            for partition, offset in offsets_at(mini_cluster, torture, moment).items()
        )
    ]
    assert len(on_markers) > 5
    for seed in SEEDS:
        first, until = sorted(random.Random(seed).sample(on_markers, 2))
        assert_between(mini_cluster, read, torture, first, until)


def assert_between(mini_cluster: Status, read: Read, topic: Scanned, first: int, until: int) -> None:
    firsts, untils = (offsets_at(mini_cluster, topic, moment) for moment in (first, until))
    for found in (firsts, untils):
        found.update((partition, topic.stable_ends[partition]) for partition in found if found[partition] == NOBODY)
    expected = [each for each in topic.committed if firsts[each.partition] <= each.offset < untils[each.partition]]
    assert read(topic, f"@{first}:@{until}") == plain(expected), (firsts, untils)


def offsets_at(mini_cluster: Status, topic: Scanned, moment: int) -> dict[int, int]:
    """By partition, the offset of the first record that is not older, as librdkafka tells it."""
    consumer = a_consumer(mini_cluster)
    asked = [TopicPartition(topic.name, partition, moment) for partition in range(PARTITIONS)]
    found = {each.partition: each.offset for each in consumer.offsets_for_times(asked, 20)}
    consumer.close()
    return found


@pytest.mark.parametrize("last", [1, 2, 7, 100, 999, 2_999, 5_000])
def test_the_last_are_the_ends_of_all_partitions(
    mini_cluster: Status, capfdbinary: pytest.CaptureFixture[bytes], topic: Scanned, last: int
) -> None:
    """Where timestamps only grow, they are the newest."""
    code = main(["read", topic.name, "-b", mini_cluster.bootstrap, "--last", str(last), "--output", "ndjson"])
    documents = [json.loads(row) for row in capfdbinary.readouterr().out.splitlines()]
    assert code == 0
    assert len(documents) == min(last, len(topic.committed))
    for partition in range(PARTITIONS):
        found = [each["offset"] for each in documents if each["partition"] == partition]
        offsets = [each.offset for each in topic.committed if each.partition == partition]
        assert found == offsets[len(offsets) - len(found) :]
    if topic.name.startswith("ordinary"):
        newest = sorted(each.timestamp_ms for each in topic.committed)[-last:]
        assert [each["timestamp"] for each in documents] == newest
