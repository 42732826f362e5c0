"""Replays from one real cluster to another: the same promises, with the progress where the copies are."""

from __future__ import annotations

import json
import random
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.replays import a_job, content, sent
from tests.kafka.torture import PARTITIONS, TAKES_ALL, a_topic, a_torture_topic, read_by_confluent
from tests.making_topics import make_topics
from tests.waiting import eventually

RECORDS = 12_000
COMMITTED = Isolation.COMMITTED


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Status]:
    """Another cluster, of one broker."""
    home = tmp_path_factory.mktemp("other")
    try:
        yield minicluster.up(1, "java", home=home)
    finally:
        minicluster.down(home)


@pytest.fixture(scope="module")
def source(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "across", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "linger.ms": 20})
        for number in range(RECORDS):
            key, value = b"k%d" % (number % 100), b'{"number": %d}' % number
            producer.produce(name, partition=number % PARTITIONS, key=key, value=value, headers=[("n", b"%d" % number)])
        assert producer.flush(60) == 0
        yield name


@contextmanager
def in_the_other(other: Status, partitions: int = PARTITIONS) -> Iterator[str]:
    name = f"arrived-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": other.bootstrap, "log_level": 2})
    make_topics(other.bootstrap, NewTopic(name, partitions, 1, config=TAKES_ALL))
    yield name
    admin.delete_topics([name])[name].result(20)


@pytest.fixture
def target(other: Status) -> Iterator[str]:
    with in_the_other(other) as name:
        yield name


def words(mini_cluster: Status, other: Status, source: str, target: str, *more: str) -> list[str]:
    ends = ["-b", mini_cluster.bootstrap, "--to-bootstrap", other.bootstrap]
    return ["replay", source, "--to", target, *ends, *more]


def replay(mini_cluster: Status, other: Status, source: str, target: str, *more: str) -> Ran:
    return command_line.run(*words(mini_cluster, other, source, target, *more), "-y")


def groups_of(status: Status) -> set[str]:
    admin = AdminClient({"bootstrap.servers": status.bootstrap, "log_level": 2})
    return {each.group_id for each in admin.list_consumer_groups(request_timeout=20).result().valid}


def test_every_kind_of_record_arrives_as_it_was(mini_cluster: Status, other: Status, target: str) -> None:
    with a_torture_topic(mini_cluster) as torture:
        job = a_job()
        ran = replay(mini_cluster, other, torture, target, "--job", job)
        assert ran.code == 0, ran.err
        assert f"reads cluster {mini_cluster.cluster_id}, writes to {other.cluster_id}: exactly once" in ran.err
        chosen = content(read_by_confluent(mini_cluster, torture, COMMITTED))
        assert content(read_by_confluent(other, target, COMMITTED)) == chosen
        verified = command_line.run("replay", "verify", job, "--json")
        assert (verified.code, json.loads(verified.out)["equal"]) == (0, True), verified.err


@pytest.mark.parametrize(
    ("partitions", "ways"), [(PARTITIONS, "same"), (2, "key-murmur2"), (1, "key-murmur2")], ids=["same", "two", "one"]
)
def test_it_is_killed_again_and_again_and_every_record_arrives_once(
    mini_cluster: Status, other: Status, source: str, partitions: int, ways: str
) -> None:
    chance = random.Random(partitions)
    with in_the_other(other, partitions) as target:
        job = a_job()
        first = words(mini_cluster, other, source, target, "--job", job, "--partitions", ways)
        pace = ["--rate", "2000", "--chunk", "300", "-y"]
        for kill in range(4):
            verb = first if kill == 0 else ["replay", "resume", job]
            running = command_line.start(*verb, *pace)
            wanted = chance.randrange(kill * 1_000, (kill + 1) * 1_000)

            def is_there(running=running, wanted=wanted) -> bool:  # type: ignore[no-untyped-def]
                return running.poll() is not None or sent(other, job) > wanted

            eventually(is_there, 60)
            running.send_signal(signal.SIGKILL)
            assert command_line.ended(running).code == -signal.SIGKILL
        assert 0 < sent(other, job) < RECORDS
        ended = command_line.run("replay", "resume", job, "-y")
        assert ended.code == 0, ended.err
        chosen = content(read_by_confluent(mini_cluster, source, COMMITTED))
        found = content(read_by_confluent(other, target, COMMITTED, partitions))
        if ways == "same":
            assert found == chosen
        in_order = sorted(str(each) for records in chosen.values() for each in records)
        assert sorted(str(each) for records in found.values() for each in records) == in_order
        assert command_line.run("replay", "verify", job).code == 0
        again = command_line.run("replay", "resume", job, "-y")
        assert (again.code, "is done" in again.err) == (0, True)
        assert job not in str(groups_of(mini_cluster))
        # What the group commits there is no place in the topic, so it has no lag either.
        lag = json.loads(command_line.run("lag", f"kafkatui-replay-{job}", "--json", "-b", other.bootstrap).out)
        assert [(group["lag"], group["partitions"]) for group in lag["groups"]] == [(None, [])]


def test_a_plan_writes_nothing_to_either(mini_cluster: Status, other: Status, source: str, target: str) -> None:
    before = groups_of(mini_cluster), groups_of(other)
    ran = replay(mini_cluster, other, source, target, "--where", "value.number < 30", "--dry-run", "--json")
    plan = json.loads(ran.out)
    assert (plan["cluster_id"], plan["source"]["cluster_id"]) == (other.cluster_id, mini_cluster.cluster_id)
    assert plan["records"] == 30
    assert (groups_of(mini_cluster), groups_of(other)) == before
    assert read_by_confluent(other, target, Isolation.UNCOMMITTED) == []


def test_a_second_instance_takes_over(mini_cluster: Status, other: Status, source: str, target: str) -> None:
    job = a_job()
    pace = ["--rate", "3000", "--chunk", "300", "-y"]
    first = command_line.start(*words(mini_cluster, other, source, target, "--job", job, *pace))
    try:
        eventually(lambda: sent(other, job) > 0)
        second = command_line.run("replay", "resume", job, "-y")
    finally:
        ran = command_line.ended(first)
    assert second.code == 0, second.err
    assert (ran.code, f"another instance of job {job} has taken over" in ran.err) == (1, True)
    chosen = content(read_by_confluent(mini_cluster, source, COMMITTED))
    assert content(read_by_confluent(other, target, COMMITTED)) == chosen


def test_two_addresses_of_one_cluster_are_no_two_clusters(mini_cluster: Status, source: str) -> None:
    first, last = mini_cluster.bootstrap.split(",")[0], mini_cluster.bootstrap.split(",")[-1]
    with a_topic(mini_cluster, "copies", TAKES_ALL) as copies:
        asked = ["replay", source, "--to", copies, "-b", first, "--to-bootstrap", last, "-o", "0:5"]
        ran = command_line.run(*asked, "--dry-run", "--json")
        assert "cluster_id" not in json.loads(ran.out)["source"]
        assert command_line.run(*asked, "-y").code == 0
        assert len(read_by_confluent(mini_cluster, copies, COMMITTED)) == 5 * PARTITIONS


def test_another_source_than_the_job_was_planned_with_is_refused(
    mini_cluster: Status, other: Status, source: str, target: str, state_home: Path
) -> None:
    job = a_job()
    assert replay(mini_cluster, other, source, target, "--job", job, "--canary", "100", "--chunk", "100").code == 0
    assert sent(other, job) < RECORDS
    path = state_home / "kafkatui" / "jobs" / f"{job}.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "source_bootstrap": other.bootstrap.split(",")}))
    ran = command_line.run("replay", "resume", job, "-y")
    assert (ran.code, "reads cluster" in ran.err) == (2, True), ran.err
    path.write_text(json.dumps(kept))
    assert command_line.run("replay", "resume", job, "-y").code == 0
    assert len(read_by_confluent(other, target, COMMITTED)) == RECORDS


def test_what_can_not_be_asked_for(mini_cluster: Status, other: Status, source: str, target: str) -> None:
    both = replay(mini_cluster, other, source, target, "--to-context", "prod")
    assert (both.code, "give one" in both.err) == (2, True)
    ends = ["-b", mini_cluster.bootstrap, "--to-bootstrap", other.bootstrap]
    origin = command_line.run("replay", source, "--to-origin", *ends, "-y")
    assert (origin.code, "no other one" in origin.err) == (2, True)
    missing = replay(mini_cluster, other, target, target)
    assert (missing.code, f"topic {target} does not exist" in missing.err) == (2, True)
