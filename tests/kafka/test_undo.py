"""`kafkatui undo` on real brokers: what was before comes back exactly, also after a process was killed in between."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as TheirPartition
from confluent_kafka.admin import AdminClient

import kafkatui
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from tests.kafka.command_line import Ran, run
from tests.kafka.resting_groups import a_live_group, a_name, a_topic, commits, listed, offsets, set_offsets

_ROOT = Path(kafkatui.__file__).parents[1]


@pytest.fixture(scope="module")
def bootstrap(mini_cluster: Status) -> str:
    return mini_cluster.bootstrap


@pytest.fixture(scope="module")
def topic(bootstrap: str) -> Iterator[str]:
    name = a_topic(bootstrap)
    yield name
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.delete_topics([name])[name].result(20)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "kafkatui" / "undo"


@pytest.fixture
def group(bootstrap: str, topic: str) -> str:
    """At rest, with commits of a consumer that wrote something beside its offsets."""
    name = a_name("undo")
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": name})
    rows = [
        TheirPartition(topic, 0, 10, metadata="até aqui ✓", leader_epoch=0),
        TheirPartition(topic, 1, 12),
    ]
    consumer.commit(offsets=rows, asynchronous=False)
    consumer.close()
    return name


def kafka(bootstrap: str, *words: str) -> Ran:
    return run(*words, "-b", bootstrap)


def changes(bootstrap: str) -> list[dict[str, Any]]:
    """Newest first."""
    return list(json.loads(run("undo", "list", "--json").out)["changes"])


def test_metadata_epochs_and_having_no_commit_come_back(bootstrap: str, topic: str, group: str) -> None:
    was = commits(bootstrap, group)
    first = was[TopicPartition(topic, 0)]
    assert (first.offset, first.leader_epoch) == (10, 0)
    assert first.metadata.startswith("até aqui ✓")
    assert kafka(bootstrap, "groups", "reset", group, "--to", "end", "-t", topic, "-y").code == 0
    assert commits(bootstrap, group) == {TopicPartition(topic, number): Commit(20) for number in range(3)}
    dry = kafka(bootstrap, "undo", "--dry-run", "--json")
    rows = json.loads(dry.out)["groups"][0]["partitions"]
    assert [(row["partition"], row["before"], row["after"]) for row in rows] == [
        (0, 20, 10),
        (1, 20, 12),
        (2, 20, None),
    ]
    assert offsets(bootstrap, group) == {0: 20, 1: 20, 2: 20}
    assert kafka(bootstrap, "undo", "-y").code == 0
    assert commits(bootstrap, group) == was
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    theirs = consumer.committed([TheirPartition(topic, number) for number in range(3)], timeout=20)
    consumer.close()
    assert [each.offset for each in theirs] == [10, 12, -1001]


def test_one_after_the_other_and_an_undo_itself(bootstrap: str, topic: str, group: str) -> None:
    was = commits(bootstrap, group)
    for to in ("start", "15"):
        assert kafka(bootstrap, "groups", "reset", group, "--to", to, "-y").code == 0
    assert kafka(bootstrap, "undo", "-y").code == 0
    assert offsets(bootstrap, group) == {0: 5, 1: 5}
    assert kafka(bootstrap, "undo", "-y").code == 0
    assert commits(bootstrap, group) == was
    nothing = kafka(bootstrap, "undo", "-y")
    assert (nothing.code, nothing.out) == (1, b"")
    newest = changes(bootstrap)[0]
    assert (newest["can_undo"], newest["undoes"]) == (True, changes(bootstrap)[3]["id"])
    assert kafka(bootstrap, "undo", newest["id"], "-y").code == 0
    assert offsets(bootstrap, group) == {0: 5, 1: 5}
    again = kafka(bootstrap, "undo", newest["id"], "-y")
    assert again.code == 1
    assert f"{newest['id']} can not be undone: undone by " in again.err


def test_what_is_as_it_was_already_is_passed_over_from_then_on(bootstrap: str, topic: str, group: str) -> None:
    was = commits(bootstrap, group)
    assert kafka(bootstrap, "groups", "reset", group, "--to", "start", "-y").code == 0
    first = TopicPartition(topic, 0)
    assert kafka(bootstrap, "groups", "reset", group, "--to", "10", "-t", f"{topic}:0", "-y").code == 0
    set_offsets(bootstrap, group, GroupType.CLASSIC, {first: Commit(5), TopicPartition(topic, 1): Commit(5)})
    ran = kafka(bootstrap, "undo", "-y")
    assert ran.code == 0
    assert ran.err.endswith("kafkatui: all is as it was before it already\n")
    assert kafka(bootstrap, "undo", "-y").code == 0
    assert commits(bootstrap, group) == was


def test_a_group_that_has_members_again_is_left_alone(bootstrap: str, topic: str, group: str, tmp_path: Path) -> None:
    assert kafka(bootstrap, "groups", "reset", group, "--to", "end", "-y").code == 0
    with a_live_group(bootstrap, GroupType.CLASSIC, topic, tmp_path, group):
        ran = kafka(bootstrap, "undo", "-y")
        assert (ran.code, ran.out) == (1, b"")
        assert "client classic-client, host /127.0.0.1" in ran.err
        assert offsets(bootstrap, group)[0] == 20
    (only,) = changes(bootstrap)
    assert only["can_undo"]


def test_a_topic_that_is_gone_is_said_and_the_rest_comes_back(bootstrap: str, topic: str, group: str) -> None:
    goes = a_topic(bootstrap, 1)
    set_offsets(
        bootstrap, group, GroupType.CLASSIC, {TopicPartition(topic, 0): Commit(10), TopicPartition(goes, 0): Commit(9)}
    )
    assert kafka(bootstrap, "groups", "reset", group, "--to", "end", "-y").code == 0
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.delete_topics([goes])[goes].result(20)
    ran = kafka(bootstrap, "undo", "-y")
    assert ran.code == 1
    assert f"group {group}, {goes}-0: the topic does not exist" in ran.err
    assert offsets(bootstrap, group) == {0: 10}


def test_a_group_that_was_made_and_is_used_for_more_stays(bootstrap: str, topic: str) -> None:
    name = a_name("made")
    assert kafka(bootstrap, "groups", "reset", name, "--to", "start", "-t", f"{topic}:0", "-y").code == 0
    more = {TopicPartition(topic, 0): Commit(5), TopicPartition(topic, 2): Commit(9)}
    set_offsets(bootstrap, name, GroupType.CLASSIC, more)
    ran = kafka(bootstrap, "undo", "-y")
    assert ran.code == 0
    assert "it has other commits now, so it stays" in ran.err
    assert offsets(bootstrap, name) == {2: 9}


def killed(point: str, *words: str) -> None:
    """A command line that is ended by SIGKILL at this point of its change."""
    command = [sys.executable, "-m", "tests.kafka.killed_change", point, *words]
    ran = subprocess.run(command, check=False, cwd=_ROOT, capture_output=True, timeout=60)
    assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()


@pytest.mark.parametrize(
    ("point", "result", "sentence", "there"),
    [
        ("kept", "failed", "none of 2 was changed", False),
        ("sent", "ok", "all 2 are as they were planned", True),
    ],
)
def test_a_killed_reset_is_looked_at_by_the_next_change(
    bootstrap: str, topic: str, group: str, state: Path, point: str, result: str, sentence: str, there: bool
) -> None:
    was, other = commits(bootstrap, group), a_name("other")
    killed(point, "groups", "reset", group, "--to", "start", "-y", "-b", bootstrap)
    assert (commits(bootstrap, group) != was) is there
    (left,) = changes(bootstrap)
    assert (left["result"], left["can_undo"]) == ("cut off", False)
    dry = kafka(bootstrap, "groups", "reset", other, "--to", "start", "-t", topic, "--dry-run")
    assert dry.code == 0
    assert changes(bootstrap)[0]["result"] == "cut off"
    ran = kafka(bootstrap, "groups", "reset", other, "--to", "start", "-t", topic, "-y")
    assert ran.err.startswith(
        f"kafkatui: {left['id']} (reset the offsets of {group} to start) was cut off: {sentence}\n"
    )
    newer, closed = changes(bootstrap)
    assert (closed["id"], closed["result"]) == (left["id"], result)
    assert closed["can_undo"] is there
    if there:
        assert kafka(bootstrap, "undo", left["id"], "-y").code == 0
    assert commits(bootstrap, group) == was
    lines = [json.loads(line) for line in (state / "audit.jsonl").read_text().splitlines()]
    assert [(line["event"], line["result"]) for line in lines if line["id"] == left["id"]] == [
        ("started", None),
        ("ended", result),
    ]
    assert (state / "audit.jsonl").stat().st_mode & 0o777 == 0o600
    assert newer["result"] == "ok"


def test_a_deletion_killed_half_way_is_told_and_undone(bootstrap: str, topic: str, group: str) -> None:
    second = a_name("second")
    set_offsets(bootstrap, second, GroupType.CLASSIC, {TopicPartition(topic, 2): Commit(9)})
    was = [commits(bootstrap, name) for name in (group, second)]
    killed("half", "groups", "delete", group, second, "-y", "-b", bootstrap)
    assert (listed(bootstrap, group), listed(bootstrap, second) is not None) == (None, True)
    ran = kafka(bootstrap, "undo", "-y")
    assert ran.code == 0
    assert "was cut off: of 3 are 2 as planned, 1 as before\n" in ran.err
    assert [commits(bootstrap, name) for name in (group, second)] == was
    undone, deleted = changes(bootstrap)
    assert (deleted["result"], deleted["undone_by"]) == ("unknown", undone["id"])


def test_a_killed_undo_is_looked_at_too(bootstrap: str, topic: str, group: str) -> None:
    was = commits(bootstrap, group)
    assert kafka(bootstrap, "groups", "reset", group, "--to", "start", "-y").code == 0
    killed("sent", "undo", "-y", "-b", bootstrap)
    assert commits(bootstrap, group) == was
    ran = kafka(bootstrap, "undo", "-y")
    assert ran.code == 1
    assert "was cut off: all 2 are as they were planned\n" in ran.err
    undo, reset = changes(bootstrap)
    assert (undo["result"], reset["undone_by"]) == ("ok", undo["id"])
