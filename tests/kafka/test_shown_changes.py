"""A topic changes while it is shown: it gets partitions, goes, and comes back as another one of the same name."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import Topic
from kafkatui.model.connection import Connection
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor
from tests.making_topics import make_topics

SECONDS = 40.0


async def test_each_reading_is_of_the_topic_as_it_is(mini_cluster: Status) -> None:
    name = f"shown-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 2, 3))
    write(mini_cluster, name, 5)
    async with (
        Cluster.open(Connection(tuple(mini_cluster.bootstrap.split(",")))) as cluster,
        asyncio.timeout(SECONDS),
    ):
        snapshots = Monitor(cluster, seconds=0.1).watch()
        forget(admin, name, until=3)
        first = await shown(snapshots, name, lambda topic: ends(topic) == [5, 0] and topic.partitions[0].start == 3)
        admin.create_partitions([NewPartitions(name, 4)])[name].result(20)
        more = await shown(snapshots, name, lambda topic: ends(topic) == [5, 0, 0, 0])
        assert more.topic_id == first.topic_id
        admin.delete_topics([name])[name].result(20)
        await gone(snapshots, name)
        make_topics(mini_cluster.bootstrap, NewTopic(name, 1, 3))
        anew = await shown(snapshots, name, lambda topic: not isinstance(ends(topic)[0], Problem))
        assert anew.topic_id != first.topic_id
        assert ends(anew) == [0]
        # Where a partition starts is read in its turn; until then it is unknown, and not what it was in the old topic.
        anew = await shown(snapshots, name, lambda topic: topic.partitions[0].start != PENDING)
        assert anew.partitions[0].start == 0
    admin.delete_topics([name])[name].result(20)


def write(status: Status, topic: str, records: int) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2})
    for _ in range(records):
        producer.produce(topic, b"x", partition=0)
    assert producer.flush(30) == 0


def forget(admin: AdminClient, topic: str, until: int) -> None:
    for each in admin.delete_records([TopicPartition(topic, 0, until)]).values():
        each.result(20)


def ends(topic: Topic) -> list[object]:
    return [each.end for each in topic.partitions]


async def shown(snapshots: AsyncIterator[Snapshot], name: str, holds: Callable[[Topic], bool]) -> Topic:
    async for now in snapshots:
        if now.stage is Stage.GROUPS and name in now.topics and holds(now.topics[name]):
            return now.topics[name]
    raise AssertionError("a monitor never ends")


async def gone(snapshots: AsyncIterator[Snapshot], name: str) -> None:
    async for now in snapshots:
        if name not in now.topics:
            return
