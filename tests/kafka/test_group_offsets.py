"""`kafkatui groups reset|delete|export` on real brokers: every scenario, in every state, on every type of group."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

import kafkatui
from kafkatui.kafka import group_changes
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.link import Failed
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from kafkatui.resets.deleting import plan_delete_groups
from kafkatui.resets.errors import Refused
from kafkatui.resets.resetting import Reset, plan_reset
from kafkatui.resets.run import carry_out
from kafkatui.resets.scopes import Scope
from kafkatui.resets.targets import ShiftBy, parse_offset
from kafkatui.undo.journal import Journal, Result
from tests import kafka_tools
from tests.kafka.command_line import Ran, run
from tests.kafka.resting_groups import (
    END,
    FIRST_MS,
    JVM_SECONDS,
    START,
    a_connection,
    a_live_group,
    a_name,
    a_resting_group,
    a_topic,
    commits,
    listed,
    offsets,
    set_offsets,
    state_of,
)
from tests.waiting import eventually

TYPES = [GroupType.CLASSIC, GroupType.CONSUMER, GroupType.SHARE, GroupType.STREAMS]
AT_15 = f"@{FIRST_MS // 1_000 + 15}"
ISO_15 = "2023-11-14T22:13:35.000"
"""The same, in UTC."""
OTHER = {0: 7, 1: 9}
"""Offsets of the file and of the group that a reset copies."""


@pytest.fixture(scope="module")
def bootstrap(mini_cluster: Status) -> str:
    return mini_cluster.bootstrap


@pytest.fixture(scope="module")
def topic(bootstrap: str) -> Iterator[str]:
    name = a_topic(bootstrap)
    yield name
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.delete_topics([name])[name].result(20)


@pytest.fixture(scope="module")
def resting(bootstrap: str, topic: str, tmp_path_factory: pytest.TempPathFactory) -> dict[GroupType, str]:
    """A group at rest of each type that has had a member."""
    folder = tmp_path_factory.mktemp("resting")
    return {kind: a_resting_group(bootstrap, kind, topic, folder) for kind in TYPES}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "kafkatui" / "undo"


def before(topic: str) -> dict[TopicPartition, Commit]:
    return {TopicPartition(topic, 0): Commit(10), TopicPartition(topic, 1): Commit(12)}


SCENARIOS = {
    "start": ("--to start", {0: START, 1: START}),
    "end": ("--to end", {0: END, 1: END}),
    "offset": ("--to 8", {0: 8, 1: 8}),
    "offset before the start": ("--to 2", {0: START, 1: START}),
    "offset behind the end": ("--to 99", {0: END, 1: END}),
    "after the start": ("--to +3", {0: START + 3, 1: START + 3}),
    "before the end": ("--to -3", {0: END - 3, 1: END - 3}),
    "time": (f"--to {AT_15}", {0: 15, 1: 15}),
    "time behind all": ("--to @now", {0: END, 1: END}),
    "current": ("--to current", {0: 10, 1: 12}),
    "shift": ("--shift-by 3", {0: 13, 1: 15}),
    "shift clamped": ("--shift-by -100", {0: START, 1: START}),
    "file": ("--from-file FILE", OTHER),
    "group": ("--to-group OTHER", OTHER),
    "a partition more": ("--to end -t TOPIC:1-2", {0: 10, 1: END, 2: END}),
}


@pytest.fixture(scope="module")
def other(bootstrap: str, topic: str) -> str:
    """A group with the offsets `OTHER`."""
    name = a_name("other")
    set_offsets(
        bootstrap, name, GroupType.CLASSIC, {TopicPartition(topic, number): Commit(at) for number, at in OTHER.items()}
    )
    return name


@pytest.fixture
def words(topic: str, other: str, tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "offsets.csv"
    file.write_text("".join(f"{topic},{number},{at}\n" for number, at in OTHER.items()))
    return {"FILE": str(file), "OTHER": other, "TOPIC": topic}


def filled(line: str, words: dict[str, str]) -> list[str]:
    for name, value in words.items():
        line = line.replace(name, value)
    return line.split()


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_group_at_rest_goes_there_and_back(
    bootstrap: str,
    topic: str,
    resting: dict[GroupType, str],
    words: dict[str, str],
    state: Path,
    scenario: str,
    kind: GroupType,
) -> None:
    """A dry run changes nothing, `-y` does what it showed, undo gives back exactly what was."""
    group, (line, expected) = resting[kind], SCENARIOS[scenario]
    set_offsets(bootstrap, group, kind, before(topic))
    command = ["groups", "reset", group, *filled(line, words), "-b", bootstrap]
    dry = run(*command, "--dry-run", "--json")
    assert commits(bootstrap, group) == before(topic)
    assert not state.exists()
    done = run(*command, "-y", "--json")
    assert (dry.code, done.code) == (0, 0), done.err
    assert offsets(bootstrap, group) == expected
    planned, became = (json.loads(ran.out)["groups"][0] for ran in (dry, done))
    rows = {row["partition"]: row["after"] for row in became["partitions"]}
    assert rows == {number: at for number, at in expected.items() if number in rows}
    assert [row["after"] for row in planned["partitions"]] == [row["after"] for row in became["partitions"]]
    assert became["type"] == kind.value
    if expected != {0: 10, 1: 12}:
        assert json.loads(done.out)["plan_hash"] == json.loads(dry.out)["plan_hash"] or "@" in line
        assert run("undo", "-y", "-b", bootstrap).code == 0
    assert commits(bootstrap, group) == before(topic)
    found = listed(bootstrap, group)
    assert found is not None
    assert found.type is kind


LIVE_TRIES = [
    "reset G --to start",
    "reset G --shift-by -1",
    "reset G --to 8 -t TOPIC:2",
    "delete G",
    "delete G -t TOPIC",
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_group_with_members_is_refused_and_nothing_changes(
    bootstrap: str, topic: str, tmp_path: Path, state: Path, kind: GroupType
) -> None:
    name = a_resting_group(bootstrap, kind, topic, tmp_path)
    set_offsets(bootstrap, name, kind, {TopicPartition(topic, number): Commit(END) for number in range(3)})
    was = commits(bootstrap, name)
    with a_live_group(bootstrap, kind, topic, tmp_path, name):
        eventually(lambda: _reads(bootstrap, name, topic, kind), JVM_SECONDS)
        for line in LIVE_TRIES:
            ran = run("groups", *filled(line.replace("G", name, 1), {"TOPIC": topic}), "-y", "-b", bootstrap)
            assert (ran.code, ran.out) == (1, b""), line
            assert "host /127.0.0.1" in ran.err, ran.err
            assert "  member " in ran.err
        assert offsets(bootstrap, name) == {where.partition: commit.offset for where, commit in was.items()}
    assert not state.exists()


def _reads(bootstrap: str, group: str, topic: str, kind: GroupType) -> bool:
    """A streams member that never beats its heart again is given no tasks; the others get all partitions."""
    if kind is GroupType.STREAMS:
        return True
    document = json.loads(run("groups", group, "--json", "-b", bootstrap).out)
    (group_,) = document["groups"]
    return [len(member["partitions"]) for member in group_["members"]] == [3]


@pytest.mark.parametrize("kind", TYPES, ids=str)
async def test_the_brokers_own_word_counts_when_a_member_comes_in_between(
    bootstrap: str, topic: str, tmp_path: Path, kind: GroupType
) -> None:
    """What is sent to a group with members is refused by the broker, partition by partition or as a whole."""
    where = TopicPartition(topic, 0)
    with a_live_group(bootstrap, kind, topic, tmp_path) as name:
        async with Cluster.open(a_connection(bootstrap), changing=True) as cluster:
            if kind is GroupType.SHARE:
                with pytest.raises(Failed) as refused:
                    await group_changes.alter_share_offsets(cluster.nodes, name, {where: 8})
                assert refused.value.problem.code == "non_empty_group"
            else:
                said = await group_changes.commit_offsets(cluster.nodes, name, {where: Commit(8)})
                assert [problem and problem.code for problem in said.values()] == ["unknown_member_id"]
            problem = await group_changes.delete_group(cluster.nodes, name)
            assert problem is not None
            assert problem.code == "non_empty_group"


@pytest.mark.parametrize("line", ["--to start", "--to current", "--shift-by 1", "--to 8 -t nope"])
def test_a_new_group_needs_topics_and_is_not_made_without(bootstrap: str, state: Path, line: str) -> None:
    name = a_name("new")
    ran = run("groups", "reset", name, *line.split(), "-y", "-b", bootstrap)
    assert ran.code == 1
    assert listed(bootstrap, name) is None
    assert not state.exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--to start -t TOPIC", {0: START, 1: START, 2: START}),
        ("--to current -t TOPIC:0", {0: END}),
        ("--from-file FILE", OTHER),
        ("--to-group OTHER", OTHER),
    ],
)
def test_a_new_group_is_made_and_undone(
    bootstrap: str, words: dict[str, str], state: Path, line: str, expected: dict[int, int]
) -> None:
    name = a_name("new")
    ran = run("groups", "reset", name, *filled(line, words), "-y", "-b", bootstrap)
    assert (ran.code, offsets(bootstrap, name)) == (0, expected), ran.err
    assert f"group {name}: new\n" in ran.err
    assert run("undo", "-y", "-b", bootstrap).code == 0
    assert listed(bootstrap, name) is None


WORDS = [
    "--to-earliest", "--to-latest", "--to-current", "--to-offset 8", "--to-offset 2", "--to-offset 99",
    "--shift-by 3", "--shift-by -100", f"--to-datetime {ISO_15}", f"--to-datetime {ISO_15}+02:00",
    "--to-datetime 2050-01-01T00:00:00.000", "--by-duration P1D",
]  # fmt: skip
TOOLS = {
    GroupType.CLASSIC: (kafka_tools.GROUPS, "--topic", WORDS),
    GroupType.SHARE: (kafka_tools.SHARE_GROUPS, "--topic", ["--to-earliest", "--to-latest", f"--to-datetime {ISO_15}"]),
    GroupType.STREAMS: (kafka_tools.STREAMS_GROUPS, "--input-topic", WORDS[:1] + WORDS[4:9]),
}


@pytest.mark.parametrize(
    ("kind", "words_"),
    [(kind, words) for kind, (_, _, every) in TOOLS.items() for words in every],
    ids=lambda value: str(value),
)
def test_kafkas_own_tools_plan_the_same(
    bootstrap: str, topic: str, resting: dict[GroupType, str], kind: GroupType, words_: str
) -> None:
    """The same words to both."""
    group, (tool, scope, _) = resting[kind], TOOLS[kind]
    # A share group's tool takes whole topics only.
    wanted, name = (before(topic), f"{topic}:0,1") if kind is not GroupType.SHARE else (whole(topic), topic)
    set_offsets(bootstrap, group, kind, wanted)
    theirs = kafka_tools.reset_offsets(bootstrap, group, scope, name, *words_.split(), "--dry-run", tool=tool)
    line = ["groups", "reset", group, "--topic", name, *words_.split(), "--dry-run", "--json"]
    rows = json.loads(run(*line, "-b", bootstrap).out)["groups"][0]["partitions"]
    assert {row["partition"]: row["after"] for row in rows} == {row.partition: row.offset for row in theirs}
    assert len(theirs) == len(wanted)


def whole(topic: str) -> dict[TopicPartition, Commit]:
    return {**before(topic), TopicPartition(topic, 2): Commit(14)}


def test_kafkas_own_tool_sees_a_share_groups_new_starts(
    bootstrap: str, topic: str, resting: dict[GroupType, str], state: Path
) -> None:
    group = resting[GroupType.SHARE]
    set_offsets(bootstrap, group, GroupType.SHARE, whole(topic))
    assert kafka_tools.share_offsets(bootstrap, group) == {0: 10, 1: 12, 2: 14}
    assert run("groups", "reset", group, "--to", "8", "-t", f"{topic}:0,2", "-y", "-b", bootstrap).code == 0
    assert kafka_tools.share_offsets(bootstrap, group) == {0: 8, 1: 12, 2: 8}
    assert run("undo", "-y", "-b", bootstrap).code == 0
    assert kafka_tools.share_offsets(bootstrap, group) == {0: 10, 1: 12, 2: 14}


UNCONFIRMED = ["reset G --to start", "reset G --to 8 -t TOPIC", "delete G", "delete G -t TOPIC"]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_what_nobody_confirms_changes_nothing(
    bootstrap: str, topic: str, resting: dict[GroupType, str], state: Path, kind: GroupType
) -> None:
    """Neither groups nor the journal: a dry run ends well, and without a terminal and a yes it is exit 2."""
    group = resting[kind]
    set_offsets(bootstrap, group, kind, before(topic))
    was = listed(bootstrap, group)
    for line in UNCONFIRMED:
        command = ["groups", *filled(line.replace("G", group, 1), {"TOPIC": topic}), "-b", bootstrap]
        assert run(*command, "--dry-run").code == 0, line
        asked = run(*command)
        assert (asked.code, asked.out) == (2, b""), line
        assert "nobody can be asked here" in asked.err
    assert (listed(bootstrap, group), commits(bootstrap, group)) == (was, before(topic))
    assert not state.exists()


def test_kafkas_exports_are_read_as_they_are_and_ours_by_kafkas_tool(
    bootstrap: str, topic: str, tmp_path: Path, state: Path
) -> None:
    one, two = a_name("csv"), a_name("csv")
    set_offsets(bootstrap, one, GroupType.CLASSIC, before(topic))
    set_offsets(bootstrap, two, GroupType.CLASSIC, {TopicPartition(topic, 2): Commit(9)})
    words = (
        "--bootstrap-server",
        bootstrap,
        "--reset-offsets",
        "--all-topics",
        "--to-current",
        "--export",
        "--dry-run",
    )
    single = kafka_tools.run(kafka_tools.GROUPS, *words, "--group", one)
    several = kafka_tools.run(kafka_tools.GROUPS, *words, "--group", one, "--group", two)
    assert _same_lines(run("groups", "export", one, "-b", bootstrap), single)
    assert _same_lines(run("groups", "export", one, two, "-b", bootstrap), several)

    for text in (single, several):
        file = tmp_path / "theirs.csv"
        file.write_text(text)
        set_offsets(bootstrap, one, GroupType.CLASSIC, {TopicPartition(topic, 0): Commit(19)})
        ran = run("groups", "reset", one, "--from-file", str(file), "--execute", "-b", bootstrap)
        assert (ran.code, commits(bootstrap, one)) == (0, before(topic)), ran.err

    file = tmp_path / "ours.csv"
    for groups in ([one], [one, two]):
        file.write_bytes(run("groups", "export", *groups, "-b", bootstrap).out)
        set_offsets(bootstrap, one, GroupType.CLASSIC, {TopicPartition(topic, 0): Commit(19)})
        flags = [word for group in groups for word in ("--group", group)]
        kafka_tools.run(
            kafka_tools.GROUPS, "--bootstrap-server", bootstrap, "--reset-offsets", *flags,
            "--from-file", str(file), "--execute",
        )  # fmt: skip
        assert offsets(bootstrap, one) == {0: 10, 1: 12}


def _same_lines(ours: Ran, theirs: str) -> bool:
    """Kafka's tool has no order of its own."""
    return sorted(ours.out.decode().splitlines()) == sorted(theirs.strip().replace('"', "").splitlines())


async def test_what_the_broker_refuses_is_said_for_its_partition_and_kept(bootstrap: str, tmp_path: Path) -> None:
    """The topic goes away between the plan and the change: its partition fails, the other is done."""
    stays, goes, group = a_topic(bootstrap, 1), a_topic(bootstrap, 1), a_name("errors")
    admin = AdminClient({"bootstrap.servers": bootstrap})
    set_offsets(bootstrap, group, GroupType.CLASSIC, {TopicPartition(stays, 0): Commit(10)})
    wanted = Reset(group, parse_offset("8"), [Scope(stays), Scope(goes)])
    journal = Journal(tmp_path / "undo")
    async with Cluster.open(a_connection(bootstrap), changing=True) as cluster:
        plan = await plan_reset(cluster, wanted)
        admin.delete_topics([goes])[goes].result(20)
        eventually(lambda: goes not in admin.list_topics(timeout=20).topics)
        ran = await carry_out(cluster, plan, journal, "kafkatui ...")
    assert [(name, problem.code) for name, problem in ran.failed] == [
        (f"{group}, {goes}-0", "unknown_topic_or_partition")
    ]
    assert offsets(bootstrap, group) == {0: 8}
    (entry,) = journal.entries()
    assert (entry.result, entry.counts) == (Result.FAILED, {"changed": 1, "failed": 1, "omitted": 0})
    assert entry.problem == f"{group}, {goes}-0: the topic or partition does not exist"
    admin.delete_topics([stays])[stays].result(20)


async def test_a_group_that_moved_since_the_plan_is_left_alone(bootstrap: str, topic: str, tmp_path: Path) -> None:
    group, journal = a_name("moved"), Journal(tmp_path / "undo")
    set_offsets(bootstrap, group, GroupType.CLASSIC, before(topic))
    moved = {**before(topic), TopicPartition(topic, 0): Commit(11)}
    async with Cluster.open(a_connection(bootstrap), changing=True) as cluster:
        plan = await plan_reset(cluster, Reset(group, ShiftBy(-1)))
        set_offsets(bootstrap, group, GroupType.CLASSIC, moved)
        with pytest.raises(Refused, match=f"has changed on {topic}-0 since the plan was made"):
            await carry_out(cluster, plan, journal, "kafkatui ...")
    assert commits(bootstrap, group) == moved
    assert journal.entries() == []


async def test_a_group_that_has_more_than_was_planned_is_not_deleted(
    bootstrap: str, topic: str, tmp_path: Path
) -> None:
    group, journal = a_name("more"), Journal(tmp_path / "undo")
    set_offsets(bootstrap, group, GroupType.CLASSIC, before(topic))
    more = {**before(topic), TopicPartition(topic, 2): Commit(11)}
    async with Cluster.open(a_connection(bootstrap), changing=True) as cluster:
        plan = await plan_delete_groups(cluster, [group])
        set_offsets(bootstrap, group, GroupType.CLASSIC, more)
        with pytest.raises(Refused, match=f"has changed on {topic}-2 since the plan was made"):
            await carry_out(cluster, plan, journal, "kafkatui ...")
    assert commits(bootstrap, group) == more
    assert journal.entries() == []


def test_what_can_not_be_kept_is_not_changed(bootstrap: str, topic: str, state: Path) -> None:
    """There is no room for the journal, or no way to write it."""
    group = a_name("kept")
    set_offsets(bootstrap, group, GroupType.CLASSIC, before(topic))
    state.parent.mkdir(parents=True)
    state.write_text("no folder")
    for words in (["reset", group, "--to", "start"], ["delete", group], ["delete", group, "-t", topic]):
        ran = run("groups", *words, "-y", "-b", bootstrap)
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err.endswith("undo: File exists\n")
    assert commits(bootstrap, group) == before(topic)


@pytest.mark.parametrize(("answer", "code", "expected"), [("n\n", 1, {0: 10, 1: 12}), ("y\n", 0, {0: 5, 1: 5})])
def test_on_a_terminal_it_asks(
    bootstrap: str, topic: str, state: Path, answer: str, code: int, expected: dict[int, int]
) -> None:
    group = a_name("asked")
    set_offsets(bootstrap, group, GroupType.CLASSIC, before(topic))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kafkatui", "groups", "reset", group, "--to", "start", "-b", bootstrap]
    with subprocess.Popen(
        command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, cwd=Path(kafkatui.__file__).parents[1]
    ) as running:
        os.close(theirs)
        said = b""
        while b"? [y/N] " not in said:
            said += os.read(ours, 4_096)
        assert commits(bootstrap, group) == before(topic)
        os.write(ours, answer.encode())
        assert running.wait(60) == code
    os.close(ours)
    assert f"reset 2 offsets of {group} on cluster {bootstrap}? [y/N]" in said.decode()
    assert offsets(bootstrap, group) == expected


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_deleting_a_group_and_its_offsets_and_giving_them_back(
    bootstrap: str, topic: str, tmp_path: Path, state: Path, kind: GroupType
) -> None:
    name = a_resting_group(bootstrap, kind, topic, tmp_path)
    set_offsets(bootstrap, name, kind, before(topic))
    here = ("-y", "-b", bootstrap)
    part = f"{topic}:0" if kind is not GroupType.SHARE else topic
    assert run("groups", "delete", name, "-t", part, *here).code == 0
    assert offsets(bootstrap, name) == ({1: 12} if kind is not GroupType.SHARE else {})
    assert run("undo", *here).code == 0
    assert commits(bootstrap, name) == before(topic)
    assert run("groups", "delete", name, *here).code == 0
    assert state_of(bootstrap, name) is None
    assert run("undo", *here).code == 0
    assert commits(bootstrap, name) == before(topic)
    with a_live_group(bootstrap, kind, topic, tmp_path, name):
        found = listed(bootstrap, name)
        assert found is not None
        assert found.type is kind
