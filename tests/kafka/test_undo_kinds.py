"""Every kind of change under one `undo`: configs and topics come back, records do not, and what was killed is told."""

from __future__ import annotations

import json
import os
import signal
import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from kafkatui.config.places import undo_folder
from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from kafkatui.undo.journal import Entry, Journal, Result
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.torture import TAKES_ALL, a_topic, read_by_confluent
from tests.waiting import eventually


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "undone", TAKES_ALL) as name:
        yield name


def run(mini_cluster: Status, *words: str) -> Ran:
    return command_line.run(*words, "-b", mini_cluster.bootstrap, "-y")


def override(mini_cluster: Status, topic: str, name: str) -> str | None:
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    found = admin.describe_configs([resource])[resource].result(20)[name]
    return str(found.value) if found.source == 1 else None


def entries(what: str) -> list[Entry]:
    return [each for each in Journal(undo_folder(os.environ)).entries() if what in each.change.what]


def test_a_config_goes_back_to_what_it_was_also_to_having_none(mini_cluster: Status, topic: str) -> None:
    assert run(mini_cluster, "topics", "config", topic, "retention.ms=60000", "segment.ms=70000").code == 0
    assert (override(mini_cluster, topic, "retention.ms"), override(mini_cluster, topic, "segment.ms")) == (
        "60000",
        "70000",
    )
    undone = run(mini_cluster, "undo")
    assert undone.code == 0, undone.err
    assert (override(mini_cluster, topic, "retention.ms"), override(mini_cluster, topic, "segment.ms")) == ("-1", None)
    again = run(mini_cluster, "undo", entries(topic)[0].id)
    assert again.code == 0, again.err
    assert override(mini_cluster, topic, "segment.ms") == "70000"


def test_a_deleted_topic_comes_back_empty(mini_cluster: Status) -> None:
    name = f"gone-{uuid.uuid4().hex[:8]}"
    made = run(mini_cluster, "topics", "create", name, "--partitions", "2", "--config", "retention.ms=99000")
    assert made.code == 0, made.err
    assert run(mini_cluster, "topics", "delete", name).code == 0
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    eventually(lambda: name not in admin.list_topics(timeout=20).topics, 30)
    undone = run(mini_cluster, "undo")
    assert undone.code == 0, undone.err
    assert "come back empty" in undone.err
    eventually(lambda: len(admin.list_topics(timeout=20).topics.get(name, _NOTHING).partitions) == 2, 30)
    assert override(mini_cluster, name, "retention.ms") == "99000"
    admin.delete_topics([name])[name].result(20)


class _Nothing:
    partitions: tuple[int, ...] = ()


_NOTHING = _Nothing()


def test_a_replay_has_no_way_back_and_says_so(mini_cluster: Status, topic: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    producer.produce(topic, b"v", partition=0)
    producer.flush(20)
    with a_topic(mini_cluster, "sent", TAKES_ALL) as target:
        assert run(mini_cluster, "replay", topic, "--to", target).code == 0
        (entry,) = entries(target)
        assert (entry.result, entry.counts["records"]) == (Result.OK, 1)
        undone = run(mini_cluster, "undo", entry.id)
        assert undone.code == 1
        assert "records can not be taken back out of a topic" in undone.err
        listed = command_line.run("undo", "list", "--json")
        assert entry.id in {each["id"] for each in json.loads(listed.out)["changes"]}


def committed(mini_cluster: Status, topic: str, job: str) -> int:
    """Of the job's group, as Kafka's own client reads it: a reader of the target waits while a transaction is open."""
    consumer = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": f"kafkatui-replay-{job}"})
    try:
        (found,) = consumer.committed([TopicPartition(topic, 0)], 20)
        return int(found.offset)
    finally:
        consumer.close()


def test_a_killed_replay_is_told_by_the_next_change(mini_cluster: Status, topic: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    for number in range(3_000):
        producer.produce(topic, b"%d" % number, partition=0)
    producer.flush(20)
    with a_topic(mini_cluster, "killed", TAKES_ALL) as target:
        job = f"job-{uuid.uuid4().hex[:8]}"
        words = ["replay", topic, "--to", target, "--job", job, "--rate", "60", "--chunk", "20", "-y"]
        running = command_line.start(*words, "-b", mini_cluster.bootstrap)
        eventually(lambda: committed(mini_cluster, topic, job) > 0, 30)
        running.send_signal(signal.SIGKILL)
        command_line.ended(running)
        (entry,) = entries(job)
        assert entry.result is None
        assert not entry.is_running
        there = len(read_by_confluent(mini_cluster, target, Isolation.COMMITTED))
        ran = run(mini_cluster, "topics", "config", topic, "segment.ms=71000")
        assert ran.code == 0, ran.err
        assert f"{there} records were sent and count; kafkatui replay resume {job} goes on" in ran.err
        (entry,) = entries(job)
        assert (entry.result, entry.counts["records"]) == (Result.UNKNOWN, there)
        assert run(mini_cluster, "replay", "resume", job).code == 0
        assert len(read_by_confluent(mini_cluster, target, Isolation.COMMITTED)) == 3_000
