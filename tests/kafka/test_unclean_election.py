"""An unclean election on real brokers: where nobody leads, a replica that lacks records does, once one says yes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import Partition
from kafkatui.model.connection import Connection
from tests.kafka import command_line
from tests.waiting import until

TOPIC, SAFE = "unclean", "safe"
LEADER, FOLLOWER = 2, 3


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A cluster of its own: its brokers are killed."""
    try:
        minicluster.up(3, "java", home=tmp_path)
        yield tmp_path
    finally:
        minicluster.down(tmp_path)


def produce(status: Status, topic: str, value: str) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2, "message.timeout.ms": 30_000})
    producer.produce(topic, value=value, partition=0)
    assert producer.flush(40) == 0


async def partition(status: Status, topic: str = TOPIC) -> Partition:
    async with Cluster.open(Connection(tuple(status.bootstrap.split(",")))) as cluster:
        return (await cluster.topology()).topics[topic].partitions[0]


async def test_a_replica_that_lives_leads_where_nobody_does(home: Path) -> None:
    status = minicluster.status(home)
    assert status is not None
    admin = AdminClient({"bootstrap.servers": status.bootstrap, "log_level": 2})
    config = {"min.insync.replicas": "1"}
    topics = [
        NewTopic(TOPIC, 1, replica_assignment=[[LEADER, FOLLOWER]], config=config),
        NewTopic(SAFE, 1, replica_assignment=[[1, LEADER, FOLLOWER]], config=config),
    ]
    for future in admin.create_topics(topics).values():
        future.result(20)
    produce(status, TOPIC, "both have it")

    minicluster.kill_broker(FOLLOWER, home)
    await until(lambda: in_sync(status, (LEADER,)))
    produce(status, TOPIC, "only the leader has it")
    minicluster.kill_broker(LEADER, home)
    minicluster.start_broker(FOLLOWER, home)
    await until(lambda: leads(status, None))

    words = ("topics", "elect-leaders", "--unclean", "-b", status.bootstrap)
    nobody = command_line.run(*words)
    assert (nobody.code, "lost for good" in nobody.err) == (2, True)
    assert (await partition(status)).leader is None
    ran = command_line.run(*words, "-y", "--json")
    assert ran.code == 0, ran.err
    assert [(each["topic"], each["leader"], each["result"]) for each in json.loads(ran.out)["items"]] == [
        (TOPIC, None, "ok")
    ]
    await until(lambda: leads(status, FOLLOWER))
    async with Cluster.open(Connection(tuple(status.bootstrap.split(",")))) as cluster:
        ends = await cluster.ends(await cluster.topology())
    assert ends[(await partition(status)).name] == 1, "the record that only the lost leader had is gone, as was said"


async def in_sync(status: Status, brokers: tuple[int, ...]) -> bool:
    return (await partition(status)).in_sync == brokers


async def leads(status: Status, broker: int | None) -> bool:
    return (await partition(status)).leader == broker
