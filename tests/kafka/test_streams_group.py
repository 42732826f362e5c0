"""A real Kafka Streams application with a group of the newer protocol: refused while it runs, reset and given back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from tests import kafka_tools
from tests.kafka.command_line import Ran, run
from tests.kafka.resting_groups import JVM_SECONDS, a_name, commits, lag, listed, state_of
from tests.making_topics import make_topics
from tests.waiting import eventually

INPUT, OUTPUT = kafka_tools.WORD_COUNT_TOPICS


@pytest.fixture
def bootstrap(mini_cluster: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the topics of the application, and something to count in them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-home"))
    where = {"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2}
    admin = AdminClient(where)
    missing = {INPUT, OUTPUT} - admin.list_topics(timeout=20).topics.keys()
    if missing:
        make_topics(mini_cluster.bootstrap, *(NewTopic(name, 2, 3) for name in missing))
    producer = Producer(where)
    for number in range(20):
        producer.produce(INPUT, f"one word and another {number}".encode(), partition=number % 2)
    assert producer.flush(20) == 0
    return mini_cluster.bootstrap


def assert_as_kafkas_tool_says(bootstrap: str, group: str) -> None:
    """`kafka-streams-groups` and `lag --json`, row by row, while nothing is written to what the application reads."""
    (ours,) = json.loads(run("lag", group, "--json", "-b", bootstrap).out)["groups"]
    assert (ours["type"], ours["state"]) == ("streams", "Stable")
    rows = {(row["topic"], row["partition"]): row for row in ours["partitions"]}
    theirs = kafka_tools.described(kafka_tools.STREAMS_GROUPS, bootstrap, group, "--offsets", "--verbose")
    assert {row["TOPIC"] for row in theirs} > {INPUT}
    for row in theirs:
        found = rows[row["TOPIC"], int(row["PARTITION"])]
        said = [row["CURRENT-OFFSET"], row["LOG-END-OFFSET"], row["OFFSET-LAG"]]
        assert said == [str(found[each]) for each in ("committed", "end", "lag")]


def test_a_streams_application_is_reset_and_given_back(bootstrap: str, tmp_path: Path) -> None:
    group = a_name("count")

    def groups(*words: str) -> Ran:
        return run("groups", *words, "-b", bootstrap)

    with kafka_tools.word_count(bootstrap, group, tmp_path):
        eventually(lambda: lag(bootstrap, group) == 0, JVM_SECONDS)
        assert_as_kafkas_tool_says(bootstrap, group)
        was = commits(bootstrap, group)
        for words in (["reset", group, "--to", "start"], ["delete", group], ["delete", group, "-t", INPUT]):
            refused = groups(*words, "-y")
            assert (refused.code, refused.out) == (1, b"")
            assert f"client {group}-" in refused.err
            assert "host /127.0.0.1" in refused.err
        assert commits(bootstrap, group) == was
    eventually(lambda: state_of(bootstrap, group) == "Empty", JVM_SECONDS)

    was = commits(bootstrap, group)
    assert {where.topic for where in was} > {INPUT}, "it has a repartition topic, too"
    assert any(commit.metadata for commit in was.values()), "it keeps its stream time beside the offset"
    reset = groups("reset", group, "--to", "start", "-y")
    assert reset.code == 0
    assert "its internal topics, changelogs among them, are left alone" in reset.err
    now = commits(bootstrap, group)
    assert {where for where in was if now[where] != was[where]} == {TopicPartition(INPUT, 0), TopicPartition(INPUT, 1)}
    assert now[TopicPartition(INPUT, 0)] == Commit(0)
    assert run("undo", "-y", "-b", bootstrap).code == 0
    assert commits(bootstrap, group) == was

    assert groups("delete", group, "-y").code == 0
    assert listed(bootstrap, group) is None
    assert run("undo", "-y", "-b", bootstrap).code == 0
    assert commits(bootstrap, group) == was
    with kafka_tools.word_count(bootstrap, group, tmp_path):
        eventually(lambda: state_of(bootstrap, group) == "Stable", JVM_SECONDS)
        found = listed(bootstrap, group)
        assert found is not None
        assert found.type is GroupType.STREAMS
        assert lag(bootstrap, group) == 0
