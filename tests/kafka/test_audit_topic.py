"""Every change in a topic of the cluster, where a context names one: by the command, on real brokers."""

from __future__ import annotations

import json
import signal
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.torture import PARTITIONS, TAKES_ALL, a_topic, read_by_confluent
from tests.making_topics import make_topics
from tests.waiting import eventually


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's changes are written down."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "kafkatui" / "undo"


@pytest.fixture
def audit(folder: Path, tmp_path: Path, mini_cluster: Status, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A context `audited` that names this topic, which is not there yet."""
    name = f"audit-{uuid.uuid4().hex[:8]}"
    config = tmp_path / "config.toml"
    config.write_text(
        f'[contexts.audited]\nbootstrap = "{mini_cluster.bootstrap}"\nread_only = false\naudit_topic = "{name}"\n'
    )
    monkeypatch.setenv("KAFKATUI_CONFIG", str(config))
    yield name
    AdminClient({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2}).delete_topics([name])[name].exception(20)


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "changing", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
        for number in range(300):
            producer.produce(name, partition=number % PARTITIONS, value=b"%d" % number)
        assert producer.flush(30) == 0
        yield name


def run(*words: str) -> Ran:
    return command_line.run(*words, "-c", "audited", "-y")


def make(mini_cluster: Status, audit: str) -> None:
    make_topics(mini_cluster.bootstrap, NewTopic(audit, PARTITIONS, 3))


def told(mini_cluster: Status, audit: str) -> list[Mapping[str, Any]]:
    """What the topic says; lines of one change lie in one partition, in their order."""
    found = read_by_confluent(mini_cluster, audit, Isolation.COMMITTED)
    for each in found:
        assert each.key == json.loads(each.value or b"")["id"].encode()
    return [json.loads(each.value or b"") for each in found]


def kept(folder: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def in_order(lines: list[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(line, sort_keys=True) for line in lines)


def test_every_kind_of_change_is_there_once(mini_cluster: Status, audit: str, topic: str, folder: Path) -> None:
    make(mini_cluster, audit)
    group = f"group-{uuid.uuid4().hex[:8]}"
    consumer = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": group, "log_level": 2})
    consumer.commit(offsets=[TopicPartition(topic, 0, 5)], asynchronous=False)
    consumer.close()
    assert run("topics", "config", topic, "retention.ms=90000").code == 0
    assert run("groups", "reset", group, "--to", "start").code == 0
    assert run("undo").code == 0
    with a_topic(mini_cluster, "copies", TAKES_ALL) as copies:
        assert run("replay", topic, "--to", copies).code == 0
        dry = command_line.run("topics", "config", topic, "retention.ms=80000", "-c", "audited", "--dry-run")
        assert dry.code == 0, dry.err
    lines = kept(folder)
    assert [line["event"] for line in lines] == ["started", "ended"] * 4
    assert in_order(told(mini_cluster, audit)) == in_order(lines)
    assert {line["cluster_id"] for line in lines} == {mini_cluster.cluster_id}


def test_what_the_topic_did_not_take_is_with_the_next_change(
    mini_cluster: Status, audit: str, topic: str, folder: Path
) -> None:
    ran = run("topics", "config", topic, "retention.ms=90000")
    assert (ran.code, f"the audit topic {audit} could not be written" in ran.err) == (0, True), ran.err
    assert audit not in AdminClient({"bootstrap.servers": mini_cluster.bootstrap}).list_topics(timeout=20).topics
    make(mini_cluster, audit)
    assert run("topics", "config", topic, "retention.ms=80000").code == 0
    assert in_order(told(mini_cluster, audit)) == in_order(kept(folder))
    assert len(kept(folder)) == 4


def test_a_change_that_was_killed_is_told_by_the_next_one(
    mini_cluster: Status, audit: str, topic: str, folder: Path
) -> None:
    make(mini_cluster, audit)
    with a_topic(mini_cluster, "copies", TAKES_ALL) as copies:
        pace = ["--rate", "20", "--chunk", "5", "--job", f"job-{uuid.uuid4().hex[:8]}", "-y", "-c", "audited"]
        running = command_line.start("replay", topic, "--to", copies, *pace)
        eventually(lambda: len(read_by_confluent(mini_cluster, copies, Isolation.COMMITTED)) > 0, 60)
        running.send_signal(signal.SIGKILL)
        command_line.ended(running)
        assert told(mini_cluster, audit) == []
        assert run("topics", "config", topic, "retention.ms=80000").code == 0
    events = [(line["kind"], line["event"], line["result"]) for line in kept(folder)]
    assert events[:2] == [("replay", "started", None), ("replay", "ended", "unknown")]
    assert in_order(told(mini_cluster, audit)) == in_order(kept(folder))
