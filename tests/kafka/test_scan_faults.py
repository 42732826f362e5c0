"""A broker dies or falls silent while its partitions are read: every record comes once, in order, nothing is lost."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.fetch_request import Limits
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import follow, scan
from kafkatui.kafka.search import Wanted
from kafkatui.minicluster import cluster as minicluster
from kafkatui.model import cluster as names
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.spans import Span
from tests.making_topics import make_topics

TOPIC = "moving"
PARTITIONS = 6
RECORDS = 2_000
"""In each partition."""
VICTIM = 3
EVERYTHING = Wanted()


@pytest.fixture(scope="module")
def bootstrap(home: Path) -> str:
    found = minicluster.running(home).bootstrap
    make_topics(found, NewTopic(TOPIC, PARTITIONS, 3))
    producer = Producer({"bootstrap.servers": found, "log_level": 2, "enable.idempotence": True, "batch.size": 20_000})
    for number in range(PARTITIONS * RECORDS):
        producer.produce(TOPIC, partition=number % PARTITIONS, value=b"%0500d" % (number // PARTITIONS))
        producer.poll(0)
    assert producer.flush(30) == 0
    return found


async def test_a_leader_is_killed_while_it_is_read(bootstrap: str, home: Path) -> None:
    found = await read_through(bootstrap, VICTIM, lambda: minicluster.kill_broker(VICTIM, home))
    assert found == WRITTEN


async def test_a_leader_falls_silent_while_it_is_read(bootstrap: str, home: Path) -> None:
    """It keeps its connections and answers nothing, as one that is swapped out or cut off does."""
    await asyncio.to_thread(minicluster.start_broker, VICTIM, home)
    silent = await a_leader(bootstrap)
    try:
        found = await read_through(bootstrap, silent, lambda: minicluster.pause_broker(silent, home))
    finally:
        minicluster.resume_broker(silent, home)
    assert found == WRITTEN


WRITTEN = {partition: [(each, b"%0500d" % each) for each in range(RECORDS)] for partition in range(PARTITIONS)}


async def a_leader(bootstrap: str) -> int:
    async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
        leaders = [each.leader for each in (await cluster.topology()).topics[TOPIC].partitions]
    return next(each for each in leaders if each is not None and each != VICTIM)


async def read_through(
    bootstrap: str, victim: int, trouble: Callable[[], object]
) -> dict[int, list[tuple[int, bytes | None]]]:
    """Read the whole topic; once something of the victim's was read, make trouble. Offsets and values by partition."""
    limits = Limits(request_bytes=60_000, partition_bytes=20_000)
    found: dict[int, list[tuple[int, bytes | None]]] = defaultdict(list)
    connection = Connection(tuple(bootstrap.split(",")), request_seconds=3.0)
    async with Cluster.open(connection, patience=2.0) as cluster:
        partitions = (await cluster.topology()).topics[TOPIC].partitions
        resolved = (await resolve(cluster.nodes, partitions, Range())).values()
        spans = [span for span in resolved if isinstance(span, Span)]
        led = {each.partition for each in partitions if each.leader == victim}
        assert led
        made = False
        async for step in scan(cluster.nodes, spans, EVERYTHING, limits=limits):
            assert step.gaps == ()
            found[step.where.partition].extend((record.offset, record.value) for record in step.found)
            if not made and step.where.partition in led:
                trouble()
                made = True
    assert made
    return dict(found)


async def test_a_topic_that_is_made_anew_is_not_taken_for_the_old_one(bootstrap: str) -> None:
    """Its offsets count from 0 again: going on where the old one ended would pass over records in silence."""
    name, other = "anew", names.TopicPartition("anew", 0)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    found: list[bytes | None] = []
    async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
        make_with_records(admin, bootstrap, name, b"old", 3)
        async for step in follow(cluster.nodes, [Span(other, 0, 0)], EVERYTHING):
            if step.gaps:
                break
            found += [record.value for record in step.found]
            if found == [b"old"] * 3 and step.found:
                admin.delete_topics([name])[name].result(20)
                await asyncio.to_thread(make_with_records, admin, bootstrap, name, b"new", 20)
    assert [(gap.where, gap.first, gap.problem.code) for gap in step.gaps] == [(other, 3, "unknown_topic_id")]
    assert found == [b"old"] * 3


def make_with_records(admin: AdminClient, bootstrap: str, name: str, value: bytes, count: int) -> None:
    make_topics(bootstrap, NewTopic(name, 1, 3))
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2})
    for _ in range(count):
        producer.produce(name, partition=0, value=value)
    assert producer.flush(30) == 0
