"""A search that takes a second process: the same answer, nothing left behind, and what a lost process did not read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.spans import Span
from kafkatui.reading.shared import WORTH_IT, shares
from tests.making_topics import make_topics, remove_topics
from tests.waiting import eventually

PARTITIONS = 3
RECORDS = WORTH_IT + 40_000
"""So many that the search is divided."""


@pytest.fixture(scope="module")
def topic(mini_cluster: Status) -> Iterator[str]:
    """Numbers from 0 on in turn; every thousandth is no JSON."""
    name = f"shared-{uuid.uuid4().hex[:8]}"
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 1))
    producer = Producer(
        {"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "queue.buffering.max.messages": RECORDS}
    )
    for number in range(RECORDS):
        value = b"poison" if number % 1_000 == 0 else b'{"number": %d, "group": %d}' % (number, number % 4_000)
        producer.produce(name, partition=number % PARTITIONS, value=value)
        if number % 10_000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0
    yield name
    remove_topics(mini_cluster.bootstrap, name)


def started(mini_cluster: Status, home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kafkatui", "read", "-b", mini_cluster.bootstrap, "--output", "ndjson", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"HOME": str(home)},
    )


def children_of(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except FileNotFoundError:
        return []


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


def a_child_of(process: subprocess.Popen[bytes]) -> int:
    eventually(lambda: bool(children_of(process.pid)) or process.poll() is not None, 20)
    return children_of(process.pid)[0]


def test_two_processes_find_what_there_is_in_order(mini_cluster: Status, topic: str, tmp_path: Path) -> None:
    ours = started(mini_cluster, tmp_path, topic, "--where", "value.group == 77")
    out, err = ours.communicate(timeout=60)
    lines = [json.loads(line) for line in out.splitlines()]
    found = [json.loads(line["value"]["text"])["number"] for line in lines]
    assert sorted(found) == list(range(77, RECORDS, 4_000))
    for partition in range(PARTITIONS):
        offsets = [line["offset"] for line in lines if line["partition"] == partition]
        assert offsets == sorted(offsets)
    searched, left_out = err.decode().splitlines()
    each = RECORDS // PARTITIONS
    assert searched == f"kafkatui: {topic}: 3 of 3 partitions, offsets 0-{each}, {len(found)} hits"
    assert left_out.startswith(f"kafkatui: {RECORDS // 1_000} records left out, because the filter can not tell")
    assert ours.returncode == 0


def test_what_a_lost_process_did_not_read_is_named(mini_cluster: Status, topic: str, tmp_path: Path) -> None:
    ours = started(mini_cluster, tmp_path, topic, "--where", "value.group == 77")
    os.kill(a_child_of(ours), signal.SIGKILL)
    out, err = ours.communicate(timeout=60)
    assert ours.returncode == 1
    assert f"not read: {topic}-" in err.decode()
    assert "the process that read it ended before it was done" in err.decode()
    assert b"Traceback" not in err
    assert len(out.splitlines()) < RECORDS // 4_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_behind(mini_cluster: Status, topic: str, tmp_path: Path, number: signal.Signals) -> None:
    ours = started(mini_cluster, tmp_path, topic, "--where", "value.group == 77")
    child = a_child_of(ours)
    ours.send_signal(number)
    _, err = ours.communicate(timeout=30)
    assert ours.returncode == {signal.SIGINT: 130, signal.SIGKILL: -9}[number]
    assert b"Traceback" not in err
    eventually(lambda: not is_running(child), 20)


def test_partitions_are_shared_out_by_their_offsets() -> None:
    spans = [Span(TopicPartition("t", number), 0, size) for number, size in enumerate([10, 70, 20, 50, 0])]
    parts = shares(spans, 2)
    assert sorted(sum(span.until for span in part) for part in parts) == [70, 80]
    assert sorted((span for part in parts for span in part), key=lambda span: span.where) == spans
