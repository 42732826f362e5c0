"""A replay while brokers die, come back and leaders move: the target holds each record once, in order."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.config.places import jobs_folder
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.replay.jobs import Jobs
from tests.kafka import command_line
from tests.making_topics import make_topics
from tests.waiting import eventually

PARTITIONS = 6
RECORDS = 5_000
"""In each partition."""
VICTIM = 3
PATIENCE = 90.0


@pytest.fixture
def topics(status: Status) -> Iterator[tuple[str, str]]:
    """Source, filled with numbers in order, and target."""
    admin = AdminClient({"bootstrap.servers": status.bootstrap})
    names = [f"{each}-{uuid.uuid4().hex[:6]}" for each in ("source", "target")]
    for name in names:
        make_topics(status.bootstrap, NewTopic(name, PARTITIONS, 3, config={"min.insync.replicas": "2"}))
    producer = Producer({"bootstrap.servers": status.bootstrap, "enable.idempotence": True, "log_level": 2})
    for number in range(PARTITIONS * RECORDS):
        producer.produce(names[0], partition=number % PARTITIONS, value=b"%d" % (number // PARTITIONS))
        producer.poll(0)
    assert producer.flush(PATIENCE) == 0
    yield names[0], names[1]
    for name in names:
        admin.delete_topics([name])[name].result(20)


class Listening:
    """A read_committed reader of Kafka's own kind that runs all the while."""

    def __init__(self, status: Status, topic: str) -> None:
        self.found: dict[int, list[bytes]] = defaultdict(list)
        self.stop = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": status.bootstrap,
                "group.id": f"reader-{uuid.uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "log_level": 2,
            }
        )
        self._consumer.assign([TopicPartition(topic, each, 0) for each in range(PARTITIONS)])
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self.stop.is_set():
            for message in self._consumer.consume(1_000, 0.2):
                if not message.error():
                    self.found[message.partition()].append(message.value())
        self._consumer.close()

    @property
    def count(self) -> int:
        return sum(map(len, self.found.values()))

    def end(self) -> None:
        self.stop.set()
        self._thread.join(PATIENCE)


def leaders_of(admin: AdminClient, topic: str) -> set[int]:
    return {each.leader for each in admin.list_topics(topic, timeout=20).topics[topic].partitions.values()}


def is_running(job: str) -> bool:
    found = Jobs(jobs_folder(os.environ)).find(job)
    return found is not None and found.is_running


def is_whole(found: dict[int, list[bytes]]) -> None:
    expected = [b"%d" % number for number in range(RECORDS)]
    assert {partition: values for partition, values in found.items() if values != expected} == {}
    assert len(found) == PARTITIONS


def test_a_broker_is_killed_and_comes_back_and_the_command_is_killed_too(
    status: Status, home: Path, topics: tuple[str, str]
) -> None:
    source, target = topics
    job = f"job-{uuid.uuid4().hex[:8]}"
    listening = Listening(status, target)
    words = ["replay", source, "--to", target, "--job", job, "--rate", "3000", "--chunk", "500", "-y"]
    running = command_line.start(*words, "-b", status.bootstrap)
    try:
        eventually(lambda: listening.count > 1_000, PATIENCE)
        minicluster.kill_broker(VICTIM, home)
        at_the_kill = listening.count
        eventually(lambda: listening.count > at_the_kill + 3_000, PATIENCE)
        running.send_signal(signal.SIGKILL)
        command_line.ended(running)
        resumed = command_line.start("replay", "resume", job, "--chunk", "500", "-y", "-b", status.bootstrap)
        minicluster.start_broker(VICTIM, home)
        ran = command_line.ended(resumed)
        assert ran.code == 0, ran.err
        eventually(lambda: listening.count >= PARTITIONS * RECORDS, PATIENCE)
    finally:
        listening.end()
    is_whole(listening.found)
    assert command_line.run("replay", "verify", job, "-b", status.bootstrap).code == 0


def test_a_broker_that_hangs_and_goes_on(status: Status, home: Path, topics: tuple[str, str]) -> None:
    """Its transactions and leaders time out, others take over, and it must not come back with the old ones."""
    source, target = topics
    job = f"job-{uuid.uuid4().hex[:8]}"
    listening = Listening(status, target)
    words = ["replay", source, "--to", target, "--job", job, "--rate", "4000", "--chunk", "500", "-y"]
    running = command_line.start(*words, "-b", status.bootstrap)
    try:
        eventually(lambda: listening.count > 1_000, PATIENCE)
        minicluster.pause_broker(VICTIM, home)
        admin = AdminClient({"bootstrap.servers": status.bootstrap})
        eventually(lambda: VICTIM not in leaders_of(admin, target), PATIENCE)
        minicluster.resume_broker(VICTIM, home)
        ran = command_line.ended(running)
        assert ran.code == 0, ran.err
        eventually(lambda: listening.count >= PARTITIONS * RECORDS, PATIENCE)
    finally:
        listening.end()
    is_whole(listening.found)


def test_a_target_without_a_leader_does_not_keep_one_from_leaving(status: Status, home: Path) -> None:
    admin = AdminClient({"bootstrap.servers": status.bootstrap})
    names = [f"{each}-{uuid.uuid4().hex[:6]}" for each in ("kept", "lost")]
    make_topics(status.bootstrap, NewTopic(names[0], 1, replica_assignment=[[1]]))
    make_topics(status.bootstrap, NewTopic(names[1], 1, replica_assignment=[[VICTIM]]))
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2})
    for number in range(1_000):
        producer.produce(names[0], partition=0, value=b"%d" % number)
    producer.flush(20)
    minicluster.kill_broker(VICTIM, home)
    try:
        eventually(lambda: admin.list_topics(timeout=20).topics[names[1]].partitions[0].leader == -1, PATIENCE)
        job = f"job-{uuid.uuid4().hex[:8]}"
        running = command_line.start("replay", names[0], "--to", names[1], "--job", job, "-y", "-b", status.bootstrap)
        eventually(lambda: is_running(job), PATIENCE)
        running.send_signal(signal.SIGINT)
        told = time.monotonic()
        ran = command_line.ended(running)
        assert (ran.code, time.monotonic() - told < 2.0) == (130, True), ran.err
    finally:
        minicluster.start_broker(VICTIM, home)
    resumed = command_line.run("replay", "resume", job, "-y", "-b", status.bootstrap)
    assert resumed.code == 0, resumed.err
