"""Faults of all kinds at once: an open transaction, a hanging broker, moved coordinators, a deleted topic.

Whoever is not concerned is right and fresh all the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as TheirPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.groups import Group
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor
from tests.live_members import a_member
from tests.making_topics import make_topics
from tests.waiting import eventually

VICTIM = 3
GROUPS = 24
"""Enough for every broker to coordinate some."""
PARTITIONS = 6
RECORDS = 100
PATIENCE = 2.0
SECONDS = 60.0
LONGEST_REFRESH = 3 * PATIENCE
"""A refresh meets a broker's silence at most twice, at commits and at what it hands on to a controller: 4.0 s measured;
and the machine does other things beside."""


@pytest.fixture
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Status, Path]]:
    """A cluster of its own: a broker of it is stopped."""
    home = tmp_path_factory.mktemp("lag-faults")
    try:
        status = minicluster.up(3, "java", home=home)
        names = [NewTopic(name, PARTITIONS if name == "steady" else 1, 3) for name in ("steady", "held", "gone")]
        make_topics(status.bootstrap, *names)
        produce(status, "steady", RECORDS)
        produce(status, "gone", 5)
        produce(status, "held", 1)
        commit(status, 10)
        yield status, home
    finally:
        minicluster.resume_broker(VICTIM, home)
        minicluster.down(home)


def produce(status: Status, topic: str, records: int) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2})
    for number in range(records):
        for partition in range(PARTITIONS if topic == "steady" else 1):
            producer.produce(topic, str(number), partition=partition)
    assert producer.flush(30) == 0


def commit(status: Status, offset: int) -> None:
    """For every group; again where its coordinator only just came to it."""
    admin = AdminClient({"bootstrap.servers": status.bootstrap, "log_level": 0})
    left = list(range(GROUPS))
    while left:
        asked = {number: admin.alter_consumer_group_offsets([commits(number, offset)]) for number in left}
        left = [number for number, futures in asked.items() if not all(map(stands, futures.values()))]


def delete(status: Status, topic: str) -> None:
    """Again by another broker, where the one that hangs was asked to hand it on to the controller."""

    def is_deleted() -> bool:
        admin = AdminClient({"bootstrap.servers": status.bootstrap, "log_level": 0})
        try:
            admin.delete_topics([topic], request_timeout=3)[topic].result(10)
        except KafkaException as error:
            return bool(error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART)
        return True

    eventually(is_deleted, 60)


def commits(number: int, offset: int) -> ConsumerGroupTopicPartitions:
    partitions = [TheirPartition("steady", partition, offset + number) for partition in range(PARTITIONS)]
    return ConsumerGroupTopicPartitions(f"steady-{number:02}", partitions)


def stands(future: object) -> bool:
    try:
        return not any(each.error for each in future.result(30).topic_partitions)  # type: ignore[attr-defined]
    except KafkaException:
        return False


async def test_whoever_is_not_concerned_is_right_and_fresh(hurt: tuple[Status, Path]) -> None:
    status, home = hurt
    holding = Producer({
        "bootstrap.servers": status.bootstrap, "log_level": 0, "transactional.id": "holding",
        "transaction.timeout.ms": 600_000,
    })  # fmt: skip
    holding.init_transactions(30)
    holding.begin_transaction()
    holding.produce("held", b"x", partition=0)
    assert holding.flush(30) == 0
    with (
        a_member(status.bootstrap, "mourner", "gone", "classic"),
        a_member(status.bootstrap, "waiting", "held", "classic"),
    ):
        async with Cluster.open(Connection(tuple(status.bootstrap.split(","))), patience=PATIENCE) as cluster:
            monitor = Monitor(cluster, seconds=0.1)
            snapshots = monitor.watch()
            before = await first(
                snapshots, lambda now: is_right(now, 10) and reads(now, "mourner") and reads(now, "waiting")
            )
            moved = {name for name, group in before.groups.items() if group.coordinator == VICTIM}
            assert moved, "the broker that hangs coordinates some"
            minicluster.pause_broker(VICTIM, home)
            async with asyncio.TaskGroup() as both:
                both.create_task(asyncio.to_thread(delete, status, "gone"))
                both.create_task(asyncio.to_thread(commit, status, 50))
            now = await first(snapshots, lambda now: is_right(now, 50) and concerned(now))
    assert {now.groups[name].coordinator for name in moved} <= {1, 2}, "others have taken their groups"
    assert now.brokers[VICTIM].problem is not None


def is_right(snapshot: Snapshot, offset: int) -> bool:
    """Every group at rest is there, with its lag of now and with nothing to complain of."""
    return all(
        (group := snapshot.groups.get(f"steady-{number:02}")) is not None
        and group.lag == PARTITIONS * (RECORDS - offset - number)
        and group.problem is None
        and all(row.problem is None for row in group.rows)
        for number in range(GROUPS)
    )


def reads(snapshot: Snapshot, group: str) -> bool:
    found = snapshot.groups.get(group)
    return found is not None and any(row.member is not None for row in found.rows)


def concerned(snapshot: Snapshot) -> bool:
    """Those that are say why."""
    mourner, waiting = snapshot.groups.get("mourner"), snapshot.groups.get("waiting")
    return code_of(mourner) == "unknown_topic_or_partition" and code_of(waiting) == "open_transaction"


def code_of(group: Group | None) -> str | None:
    problems = [row.problem for row in group.rows if row.problem is not None] if group is not None else []
    return problems[0].code if problems else None


async def first(snapshots: AsyncIterator[Snapshot], holds: Callable[[Snapshot], bool]) -> Snapshot:
    """The first snapshot for which `holds`; each of those before it comes soon after the one before."""
    started = last = time.monotonic()
    async for snapshot in snapshots:
        now = time.monotonic()
        assert now - last < LONGEST_REFRESH, snapshot
        assert now - started < SECONDS, [(name, group.lag, group.problem) for name, group in snapshot.groups.items()]
        last = now
        if snapshot.stage is Stage.GROUPS and holds(snapshot):
            return snapshot
    raise AssertionError("a monitor never ends")
