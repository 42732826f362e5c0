"""A broker is killed and started again while a topic is written and tailed: every record once, in order, in both."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from tests.kafka import command_line
from tests.making_topics import make_topics
from tests.waiting import eventually

PARTITIONS = 6
RECORDS = 1_500
"""In each partition."""
VICTIM = 3
PATIENCE = 60.0

Write = Callable[[Status, str, threading.Event], None]


@pytest.fixture(params=["confluent", "kafkatui"])
def topic(request: pytest.FixtureRequest, status: Status) -> Iterator[str]:
    """Named for who writes to it."""
    admin = AdminClient({"bootstrap.servers": status.bootstrap})
    name: str = request.param
    make_topics(status.bootstrap, NewTopic(name, PARTITIONS, 3, config={"min.insync.replicas": "2"}))
    yield name
    admin.delete_topics([name])[name].result(20)


def write_by_confluent(status: Status, topic: str, half_way: threading.Event) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "enable.idempotence": True, "log_level": 2})
    for number in range(PARTITIONS * RECORDS):
        producer.produce(topic, partition=number % PARTITIONS, value=b"%d" % (number // PARTITIONS))
        producer.poll(0.001)
        if number == PARTITIONS * RECORDS // 2:
            half_way.set()
    assert producer.flush(PATIENCE) == 0


def write_by_kafkatui(status: Status, topic: str, half_way: threading.Event) -> None:
    """Its own exactly-once is shown along with the tail's."""
    running = command_line.start("produce", topic, "-b", status.bootstrap, "--rate", "3000")
    assert running.stdin is not None
    for number in range(PARTITIONS * RECORDS):
        document = {"partition": number % PARTITIONS, "value": {"text": f"{number // PARTITIONS}"}}
        running.stdin.write(json.dumps(document).encode() + b"\n")
        if number == PARTITIONS * RECORDS // 2:
            half_way.set()
    ran = command_line.ended(running)
    assert ran.code == 0, ran.err
    assert f"{topic}: {PARTITIONS * RECORDS} records written to {PARTITIONS} partitions" in ran.err


WRITERS: dict[str, Write] = {"confluent": write_by_confluent, "kafkatui": write_by_kafkatui}


def test_every_record_once_and_in_order(status: Status, home: Path, topic: str) -> None:
    half_way = threading.Event()
    tail = command_line.start("read", topic, "-f", "-o", "start", "-b", status.bootstrap, "--output", "ndjson")
    found: dict[int, list[str]] = defaultdict(list)
    listening = threading.Thread(target=listen, args=(tail, found))
    listening.start()
    writing = threading.Thread(target=WRITERS[topic], args=(status, topic, half_way))
    writing.start()
    try:
        eventually(lambda: count(found) > PARTITIONS * 10, PATIENCE)
        assert half_way.wait(PATIENCE)
        minicluster.kill_broker(VICTIM, home)
        at_the_kill = count(found)
        eventually(lambda: count(found) > at_the_kill + PARTITIONS * 10, PATIENCE)
    finally:
        minicluster.start_broker(VICTIM, home)
    writing.join(PATIENCE)
    assert not writing.is_alive()
    eventually(lambda: count(found) >= PARTITIONS * RECORDS, PATIENCE)
    tail.send_signal(signal.SIGINT)
    listening.join(PATIENCE)
    ran = command_line.ended(tail)
    assert ran.code == 130, ran.err
    expected = [str(number) for number in range(RECORDS)]
    assert {partition: values for partition, values in found.items() if values != expected} == {}
    assert len(found) == PARTITIONS


def listen(tail: subprocess.Popen[bytes], found: dict[int, list[str]]) -> None:
    assert tail.stdout is not None
    for line in tail.stdout:
        document = json.loads(line)
        found[document["partition"]].append(document["value"]["text"])


def count(found: dict[int, list[str]]) -> int:
    return sum(map(len, list(found.values())))


def test_what_keeps_records_from_being_confirmed_is_said(status: Status, home: Path) -> None:
    name = "careful"
    all_of_them = {"min.insync.replicas": "3"}
    make_topics(status.bootstrap, NewTopic(name, 1, replica_assignment=[[1, 2, VICTIM]], config=all_of_them))
    minicluster.kill_broker(VICTIM, home)
    try:
        eventually(lambda: in_sync(status, name) == 2, PATIENCE)
        line = b'{"value": null}\n'
        ran = command_line.run("produce", name, "-b", status.bootstrap, "--timeout", "6s", given=line * 3)
    finally:
        minicluster.start_broker(VICTIM, home)
    why = "fewer replicas are in sync than the topic's min.insync.replicas"
    assert (ran.code, ran.out) == (1, b"")
    assert ran.err.splitlines() == [
        f"kafkatui: {name}: the brokers have not confirmed all of lines 1-3 for 5 s, and are given 6 s: {why}",
        f"kafkatui: {name}: 0 records written",
        f"kafkatui: no broker has confirmed them in time: {why}",
        "kafkatui: ended after line 3; perhaps not written: lines 1-3",
    ]


def in_sync(status: Status, topic: str) -> int:
    """Of its first partition, by a client that never knew the victim; 0 where a broker has not heard of it yet."""
    living = [f"{each.host}:{each.port}" for each in status.brokers if each.node_id != VICTIM]
    admin = AdminClient({"bootstrap.servers": ",".join(living), "log_level": 2})
    partition = admin.list_topics(topic, 20).topics[topic].partitions.get(0)
    return len(partition.isrs) if partition is not None else 0
