"""How late a group is, on a topic that is silent for long and then gets 10,000 records at once."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer
from confluent_kafka import TopicPartition as TheirPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.outlook import Outlook
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Stage
from kafkatui.monitor import Monitor
from tests.kafka import command_line
from tests.making_topics import make_topics
from tests.waiting import eventually

BURST = 10_000
SILENCE_MS = 3_600_000
"""The first record is so much older than the burst."""


class Bursty(NamedTuple):
    """The cluster, and a topic with one record of `old_ms`, epoch ms."""

    bootstrap: str
    topic: str
    old_ms: int


@pytest.fixture
def bursty(mini_cluster: Status) -> Iterator[Bursty]:
    """A topic with one old record."""
    name = f"bursty-{uuid.uuid4().hex[:8]}"
    make_topics(mini_cluster.bootstrap, NewTopic(name, 1, 3, config={"retention.ms": "86400000"}))
    old_ms = now_ms() - SILENCE_MS
    produce(mini_cluster.bootstrap, name, 1, old_ms)
    yield Bursty(mini_cluster.bootstrap, name, old_ms)
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    admin.delete_topics([name])[name].result(20)


def now_ms() -> int:
    return round(time.time() * 1000)


def produce(bootstrap: str, topic: str, records: int, at_ms: int) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2, "compression.type": "lz4", "linger.ms": 50})
    for number in range(records):
        producer.produce(topic, f"record {number}", partition=0, timestamp=at_ms)
    assert producer.flush(30) == 0


def commit(bootstrap: str, group: str, topic: str, offset: int) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})

    def stands() -> bool:
        wanted = ConsumerGroupTopicPartitions(group, [TheirPartition(topic, 0, offset)])
        asked = admin.alter_consumer_group_offsets([wanted])
        try:
            done = asked[group].result(20)
        except (KafkaException, TimeoutError):
            # In a cluster that has only started, nobody coordinates groups yet.
            return False
        return all(each.error is None for each in done.topic_partitions)

    eventually(stands, 60)


def of_command(bootstrap: str, group: str) -> dict[str, Any]:
    """The group as `lag --json` has it."""
    ran = command_line.run("lag", group, "--json", "-b", bootstrap)
    assert ran.code == 0, ran.err
    (found,) = json.loads(ran.out)["groups"]
    found["at_ms"] = now_ms()
    assert isinstance(found, dict)
    return found


def test_the_command_tells_it_to_the_second(bursty: Bursty) -> None:
    bootstrap, topic, old_ms = bursty
    group = f"reader-{topic}"
    commit(bootstrap, group, topic, 0)
    begun = now_ms()
    lag = of_command(bootstrap, group)
    assert begun - old_ms <= lag["time_lag_ms"] <= lag["at_ms"] - old_ms
    burst_ms = now_ms()
    produce(bootstrap, topic, BURST, burst_ms)
    for offset in (1, 2, 5_000, BURST):
        commit(bootstrap, group, topic, offset)
        begun = now_ms()
        lag = of_command(bootstrap, group)
        assert lag["lag"] == BURST + 1 - offset
        # Read somewhere between `begun` and the end of the process.
        assert begun - burst_ms <= lag["time_lag_ms"] <= lag["at_ms"] - burst_ms
        assert lag["time_lag_estimated"] is False
        (row,) = lag["partitions"]
        assert row["time_lag_ms"] == lag["time_lag_ms"]
        assert row["loses_in_ms"] == 86_400_000 - row["time_lag_ms"]
    commit(bootstrap, group, topic, BURST + 1)
    lag = of_command(bootstrap, group)
    assert (lag["lag"], lag["time_lag_ms"]) == (0, 0)


async def test_the_screens_guess_only_between_samples_of_their_own(bursty: Bursty) -> None:
    """A commit that moves is not looked up; nothing older than the session is guessed at, and the rest is right."""
    bootstrap, topic, old_ms = bursty
    group, name = f"reader-{topic}", TopicPartition(topic, 0)
    commit(bootstrap, group, topic, 0)
    seen: list[tuple[int, Outlook, float]] = []
    async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
        readings = 0
        async for snapshot in Monitor(cluster, seconds=0.2).watch():
            if snapshot.stage is not Stage.GROUPS:
                continue
            readings += 1
            found = snapshot.outlooks[group].partitions.get(name)
            (row,) = (row for row in snapshot.groups[group].rows if row.name == name)
            assert isinstance(row.committed, int)
            if found is not None:
                seen.append((row.committed, found, snapshot.at))
            if readings == 3:
                burst_ms = now_ms()
                produce(bootstrap, topic, BURST, burst_ms)
                sampled_ms = now_ms()
            if readings >= 3:
                # It moves with every reading, so that none of its places is looked up.
                commit(bootstrap, group, topic, 100 * (readings - 2))
            if readings == 12:
                break
    moving = [(outlook, at) for committed, outlook, at in seen if committed >= 100]
    assert any(outlook.is_estimated for outlook, _ in moving)
    for outlook, at in moving:
        if outlook.is_estimated:
            assert isinstance(outlook.time_lag, int)
            written = round(at * 1000) - outlook.time_lag
            assert burst_ms - 2_000 <= written <= sampled_ms + 2_000, "between the samples before and after the burst"
    before = [outlook for committed, outlook, _ in seen if committed == 0]
    assert before
    assert not any(outlook.is_estimated for outlook in before), "it was written before the session began"
    for outlook in before:
        known = outlook.time_lag
        assert isinstance(known, Problem) or SILENCE_MS <= known <= now_ms() - old_ms
