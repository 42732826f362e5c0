"""Changes to topics on real brokers: each does what its plan says, nothing else, and is undone where it can be."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kafkatui.config.places import undo_folder
from kafkatui.kafka import topic_changes
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.errors import ReadOnly
from kafkatui.model.new_topics import NewTopic
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.configs import plan_configs
from kafkatui.topic_changes.delete import plan_deletion
from kafkatui.topic_changes.partitions import plan_partitions
from kafkatui.topic_changes.restore import restore
from kafkatui.topic_changes.run import NotKept, carry_out, journalled
from kafkatui.undo.journal import Entry, Journal, Result
from tests import kafka_tools
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.topic_state import Topics
from tests.live_members import a_member
from tests.terminal import rest_of
from tests.waiting import eventually

Run = Callable[..., Ran]


@pytest.fixture
def topics(mini_cluster: Status) -> Iterator[Topics]:
    found = Topics(mini_cluster.bootstrap)
    yield found
    found.remove()


@pytest.fixture
def run(mini_cluster: Status) -> Run:
    """`kafkatui topics ...`, without a terminal."""
    return lambda *words: command_line.run("topics", *words, "-b", mini_cluster.bootstrap)


@asynccontextmanager
async def changing(bootstrap: str) -> AsyncIterator[Cluster]:
    async with Cluster.open(connection(bootstrap), changing=True) as cluster:
        await cluster.topology()
        yield cluster


def connection(bootstrap: str, *, read_only: bool = False) -> Connection:
    return Connection(tuple(bootstrap.split(",")), read_only=read_only)


def journal() -> Journal:
    return Journal(undo_folder(os.environ))


def last_entry() -> Entry:
    return journal().entries()[0]


def document(ran: Ran) -> Any:
    return json.loads(ran.out)


# create


def test_a_topic_is_made_as_it_was_asked_for(topics: Topics, run: Run) -> None:
    name = topics.name()
    ran = run(
        "create", name, "--partitions", "4", "--replication", "2", "--config", "retention.ms=60000", "-y", "--json"
    )
    assert ran.code == 0
    assert (len(topics.replicas(name)), {len(each) for each in topics.replicas(name).values()}) == (4, {2})
    assert topics.overrides(name) == {"retention.ms": "60000"}
    (item,) = document(ran)["items"]
    assert (item["made_partitions"], item["made_replication"], item["result"]) == (4, 2, "ok")
    entry = last_entry()
    assert (entry.change.kind, entry.result, entry.id) == ("topic-create", Result.OK, document(ran)["journal"])
    assert entry.change.plan_hash == document(ran)["hash"]


def test_what_is_left_to_the_brokers_is_shown_before(topics: Topics, run: Run) -> None:
    ran = run("create", topics.name(), "--dry-run", "--json")
    (item,) = document(ran)["items"]
    assert (item["partitions"], item["made_partitions"], item["made_replication"]) == (None, 3, 3)
    assert "3 (the brokers' default)" in ran.err
    assert topics.names() == set()


def test_a_topic_like_another_one(topics: Topics, run: Run) -> None:
    pattern = topics.make("pattern", 5, cleanup_policy="compact", retention_ms="77000", max_message_bytes="2000000")
    assert run("create", topics.name("b"), "--like", pattern, "-y").code == 0
    assert topics.overrides(topics.name("b")) == topics.overrides(pattern)
    assert len(topics.replicas(topics.name("b"))) == 5
    own = ("--partitions", "1", "--replication", "1", "--config", "retention.ms=5")
    assert run("create", topics.name("c"), "--like", pattern, *own, "-y").code == 0
    assert topics.overrides(topics.name("c")) == {**topics.overrides(pattern), "retention.ms": "5"}
    assert [len(each) for each in topics.replicas(topics.name("c")).values()] == [1]
    ran = run("create", topics.name("d"), "--like", topics.name("nope"), "-y")
    assert (ran.code, ran.err) == (1, f"kafkatui: topic {topics.name('nope')} does not exist\n")
    assert topics.name("nope") not in topics.names()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["a"], "already exists"),
        (["b", "--config", "no.such=1"], "Unknown topic config name: no.such"),
        (["b", "--config", "retention.ms=soon"], "Invalid value soon for configuration retention.ms"),
        (["b", "--replication", "9"], "only 3 broker(s) are registered"),
        (["b/c"], "contains one or more characters other than"),
    ],
)
def test_the_brokers_say_why_a_topic_can_not_be_made(topics: Topics, run: Run, words: list[str], why: str) -> None:
    topics.make()
    before = topics.state(), len(journal().entries())
    for how in ("--dry-run", "-y"):
        ran = run("create", topics.name(words[0]), *words[1:], how)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, b"", 1)
        assert why in ran.err
    assert (topics.state(), len(journal().entries())) == before


def test_few_replicas_are_warned_of(topics: Topics, run: Run) -> None:
    ran = run("create", topics.name(), "--replication", "1", "--dry-run", "--json")
    first, second = document(ran)["warnings"]
    assert "with one replica" in first
    assert "min.insync.replicas is 2" in second


# delete, and undo


def test_a_topic_is_deleted_with_all_that_is_said_before(topics: Topics, run: Run, mini_cluster: Status) -> None:
    name, other = topics.make("a", 3, retention_ms="-1"), topics.make("b")
    topics.fill(name, {0: 7, 2: 5})
    topics.commit(group := f"{topics.prefix}-resting", name, {0: 2})
    ran = run("delete", name, topics.name("nope"), "-y", "--json")
    assert ran.code == 1, "one of the two does not exist"
    done, missing = document(ran)["items"]
    assert (done["result"], done["records"], done["partitions"]) == ("ok", 12, 3)
    assert done["readers"] == [{"group": group, "type": "classic", "state": "Empty", "members": 0, "lag": 5}]
    assert (missing["result"], missing["problem"]) == (None, f"topic {topics.name('nope')} does not exist")
    topics.settle(lambda seen: name not in seen and other in seen)
    assert f"kafkatui undo {last_entry().id}" in ran.err


def test_members_and_what_is_written_meanwhile_are_shown(topics: Topics, run: Run, mini_cluster: Status) -> None:
    name = topics.make()
    topics.fill(name, {0: 3})
    group = f"{topics.prefix}-live"
    with a_member(mini_cluster.bootstrap, group, name, "consumer"):
        eventually(lambda: f"{group} (1 member)" in run("delete", name, "--dry-run").err)
        assert "or it is back at once, empty" in run("delete", name, "--dry-run").err
    assert name in topics.names()


async def test_the_rate_is_what_comes_in_between_two_readings(topics: Topics) -> None:
    name = topics.make()

    class Written(Cluster):
        """Fifty records come in after the first reading of the ends."""

        async def ends(self, topology: Any) -> Any:
            found = await super().ends(topology)
            topics.fill(name, {0: 50})
            return found

    async with Written.open(connection(topics.bootstrap)) as cluster:
        change = await plan_deletion(cluster, [name], seconds=0.5)
    (item,) = change.plan.items
    assert 5 < item.effect["records_per_second"] <= 100
    assert item.effect["records"] == 0, "as it was at the first reading"


async def test_undo_makes_it_again_with_partitions_and_configs_but_empty(topics: Topics, run: Run) -> None:
    name = topics.make("a", 5, retention_ms="123000", cleanup_policy="compact,delete")
    topics.fill(name, {0: 3})
    before = topics.overrides(name), topics.topic_id(name)
    assert run("delete", name, "-y").code == 0
    topics.settle(lambda seen: name not in seen)
    async with changing(topics.bootstrap) as cluster:
        assert await restore(cluster, last_entry()) == {name: None}
        topics.settle(lambda seen: name in seen)
        assert (topics.overrides(name), len(topics.replicas(name))) == (before[0], 5)
        assert {len(each) for each in topics.replicas(name).values()} == {3}
        assert set(topics.ends(name).values()) == {0}
        again = await restore(cluster, last_entry())
    assert [problem.text for problem in again.values() if problem] == [
        f"there is a topic {name} again, and it is left alone"
    ]
    assert topics.topic_id(name) != before[1]


async def test_another_topic_of_the_same_name_is_never_deleted(topics: Topics, tmp_path: Path) -> None:
    name = topics.make()
    async with changing(topics.bootstrap) as cluster:
        change = await plan_deletion(cluster, [name], seconds=0)
        old = change.plan.topics[name]
        topics.admin.delete_topics([name])[name].result(20)
        topics.settle(lambda seen: name not in seen)
        topics.make()
        ended = await carry_out(cluster, change, Journal(tmp_path), journalled(change.plan))
        assert [problem and problem.text for problem in ended.results.values()] == [
            f"topic {name} was made anew since the plan was made"
        ]
        assert (ended.entry, Journal(tmp_path).entries()) == (None, [])
        answer = await topic_changes.delete_topics(cluster.nodes, {name: old})
        assert answer == {name: Problem("unknown_topic_id", "the topic does not exist any more")}
    assert topics.names() == {name}


# add partitions


def test_partitions_are_added_and_their_records_stay(topics: Topics, run: Run) -> None:
    name = topics.make("a", 2, retention_ms="-1")
    topics.fill(name, {0: 3, 1: 4})
    ran = run("add-partitions", name, "6", "-y", "--json")
    assert ran.code == 0
    topics.settle(lambda seen: len(seen[name]) == 6)
    assert (topics.ends(name), topics.overrides(name)) == (
        {0: 3, 1: 4, 2: 0, 3: 0, 4: 0, 5: 0},
        {"retention.ms": "-1"},
    )
    assert "most keys move" in document(ran)["warnings"][0]
    assert document(ran)["cannot_undo"] == "Kafka takes no partition away"
    assert run("add-partitions", name, "6", "-y").code == 1
    too_many = run("add-partitions", name, "1000000", "-y")
    assert (too_many.code, "at once are more than" in too_many.err) == (1, True), "the brokers must not even be asked"
    assert len(topics.ends(name)) == 6


async def test_partitions_somebody_added_meanwhile_stop_it(topics: Topics, tmp_path: Path) -> None:
    name = topics.make("a", 2)
    async with changing(topics.bootstrap) as cluster:
        change = await plan_partitions(cluster, name, 6)
        assert await topic_changes.create_partitions(cluster.nodes, {name: 4}) == {name: None}
        eventually(lambda: len(topics.ends(name)) == 4)
        ended = await carry_out(cluster, change, Journal(tmp_path), journalled(change.plan))
    assert [problem.text for problem in ended.failed.values()] == [f"{name} has 4 partitions by now"]
    assert len(topics.ends(name)) == 4


# configs, and undo


def test_configs_are_listed_with_their_source(topics: Topics, run: Run) -> None:
    name = topics.make("a", 1, retention_ms="5000")
    found = document(run("config", name, "--json"))
    assert (found["schema"], found["topic"]) == ("kafkatui.topic-configs/1", name)
    by_name = {each["config"]: each for each in found["configs"]}
    assert by_name["retention.ms"]["value"] == "5000"
    assert (by_name["retention.ms"]["source"], by_name["retention.ms"]["default"]) == ("topic", False)
    assert not any(each["default"] for each in by_name.values())
    everything = {each["config"]: each for each in document(run("config", name, "--all", "--json"))["configs"]}
    assert everything["cleanup.policy"]["default"] is True
    assert len(everything) > 25
    lines = run("config", name).out.decode().splitlines()
    assert lines[0].split() == ["CONFIG", "VALUE", "SOURCE", "DEFAULT"]
    assert ["retention.ms", "5000", "topic", "no"] in [line.split() for line in lines]


async def test_other_overrides_survive_and_undo_gives_back_exactly(topics: Topics, run: Run) -> None:
    name = topics.make("a", 1, retention_ms="5000", max_message_bytes="2000000", segment_bytes="1048576")
    before = topics.overrides(name)
    ran = run("config", name, "retention.ms=6000", "cleanup.policy=compact,delete", "--delete", "segment.bytes", "-y")
    assert ran.code == 0
    after = {"retention.ms": "6000", "max.message.bytes": "2000000", "cleanup.policy": "compact,delete"}
    assert topics.overrides(name) == after
    entry = last_entry()
    assert entry.change.before["configs"] == {
        "retention.ms": "5000",
        "cleanup.policy": None,
        "segment.bytes": "1048576",
    }
    async with changing(topics.bootstrap) as cluster:
        assert set((await restore(cluster, entry)).values()) == {None}
        assert topics.overrides(name) == before
        assert await restore(cluster, entry) == {}, "all is as it was"


async def test_undo_leaves_alone_what_somebody_changed_since(topics: Topics, run: Run) -> None:
    name = topics.make("a", 1, retention_ms="5000", segment_ms="70000")
    assert run("config", name, "retention.ms=6000", "segment.ms=80000", "-y").code == 0
    entry = last_entry()
    assert run("config", name, "retention.ms=9000", "-y").code == 0
    async with changing(topics.bootstrap) as cluster:
        results = await restore(cluster, entry)
    assert {key: problem and problem.text for key, problem in results.items()} == {
        "retention.ms": "retention.ms was changed again since, to 9000",
        "segment.ms": None,
    }
    assert topics.overrides(name) == {"retention.ms": "9000", "segment.ms": "70000"}


def test_what_the_broker_refuses_is_named_and_nothing_is_changed(topics: Topics, run: Run) -> None:
    name = topics.make("a", 1, retention_ms="5000")
    before, entries = topics.state(), len(journal().entries())
    ran = run("config", name, "retention.ms=7000", "max.message.bytes=many", "no.such=1", "-y", "--json")
    assert ran.code == 1
    assert [(each["config"], each["problem"], each["result"]) for each in document(ran)["items"]] == [
        ("retention.ms", "left out: configs of a topic are changed all at once or not at all", None),
        ("max.message.bytes", "Invalid value many for configuration max.message.bytes: Not a number of type INT", None),
        ("no.such", "Unknown topic config name: no.such", None),
    ]
    assert (topics.state(), len(journal().entries())) == (before, entries)


async def test_a_config_somebody_changed_meanwhile_stops_it(topics: Topics, run: Run, tmp_path: Path) -> None:
    name = topics.make("a", 1, retention_ms="5000")
    async with changing(topics.bootstrap) as cluster:
        change = await plan_configs(cluster, name, {"retention.ms": "1"})
        assert run("config", name, "retention.ms=8000", "-y").code == 0
        ended = await carry_out(cluster, change, Journal(tmp_path), journalled(change.plan))
    assert [problem.text for problem in ended.failed.values()] == ["retention.ms was changed since the plan was made"]
    assert topics.overrides(name) == {"retention.ms": "8000"}


def test_nothing_to_change_is_no_failure(topics: Topics, run: Run) -> None:
    name = topics.make("a", 1, retention_ms="5000")
    ran = run("config", name, "retention.ms=5000", "--delete", "segment.ms")
    assert (ran.code, ran.err) == (0, f"kafkatui: nothing to do: topic {name} has these configs already\n")


# delete records


LATER = 1_700_000_000_000
POSITIONS = [
    ("3", {0: 3, 1: 3}),
    ("+2", {0: 2, 1: 2}),
    ("-4", {0: 6, 1: 0}),
    ("end", {0: 10, 1: 4}),
    ("99", {0: 10, 1: 4}),
    (f"@{datetime.fromtimestamp(LATER / 1000, UTC).isoformat()}", {0: 6, 1: 4}),
    ("@now", {0: 10, 1: 4}),
    ("start", {0: 0, 1: 0}),
]


@pytest.mark.parametrize(("position", "starts"), POSITIONS, ids=[position for position, _ in POSITIONS])
def test_records_before_a_position_are_deleted(topics: Topics, run: Run, position: str, starts: dict[int, int]) -> None:
    """Ten records in partition 0, the last four of them later, and four in partition 1, all of them early."""
    name = topics.make("a", 2, retention_ms="-1")
    topics.fill(name, {0: 6, 1: 4}, LATER - 1_000)
    topics.fill(name, {0: 4}, LATER)
    ran = run("delete-records", name, "--before", position, "-y", "--json")
    assert ran.code == 0
    assert (topics.starts(name), topics.ends(name)) == (starts, {0: 10, 1: 4})
    assert {item["partition"]: item["records"] for item in document(ran)["items"]} == {
        number: start for number, start in starts.items() if start
    }


def test_only_the_partitions_that_are_named_lose_records(topics: Topics, run: Run) -> None:
    name = topics.make("a", 3, retention_ms="-1")
    topics.fill(name, {0: 5, 1: 5, 2: 5})
    ran = run("delete-records", f"{name}:0,2,7", "--before", "2", "-y")
    assert ran.code == 1
    assert f"topic {name} has only 3 partitions" in ran.err
    assert topics.starts(name) == {0: 2, 1: 0, 2: 2}


def test_who_has_not_read_them_is_told_how_many(topics: Topics, run: Run) -> None:
    name = topics.make("a", 2, retention_ms="-1")
    topics.fill(name, {0: 10, 1: 10})
    behind, ahead = f"{topics.prefix}-behind", f"{topics.prefix}-ahead"
    topics.commit(behind, name, {0: 4, 1: 0})
    topics.commit(ahead, name, {0: 10, 1: 10})
    ran = run("delete-records", name, "--before", "6", "--dry-run", "--json")
    lost = {item["partition"]: item["not_read"] for item in document(ran)["items"]}
    assert lost == {0: [{"group": behind, "records": 2}], 1: [{"group": behind, "records": 6}]}
    assert f"{behind} has not read 8 records of them" in document(ran)["warnings"]
    assert topics.starts(name) == {0: 0, 1: 0}


def test_records_of_a_compacted_topic_are_refused_before_they_are_tried(topics: Topics, run: Run) -> None:
    name = topics.make("a", 1, cleanup_policy="compact")
    ran = run("delete-records", name, "--before", "end", "-y")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "cleanup.policy=compact" in ran.err


# elect leaders


def move_preference(topics: Topics, name: str, tmp_path: Path) -> None:
    """Another replica becomes the first of the list; who leads stays as it is."""
    turned = {number: [*replicas[1:], replicas[0]] for number, replicas in topics.replicas(name).items()}
    parts = [{"topic": name, "partition": number, "replicas": replicas} for number, replicas in turned.items()]
    file = tmp_path / "move.json"
    file.write_text(json.dumps({"version": 1, "partitions": parts}))
    words = ("--bootstrap-server", topics.bootstrap, "--reassignment-json-file", str(file), "--execute")
    kafka_tools.run("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", *words)
    eventually(lambda: topics.replicas(name) == turned)


def test_the_preferred_replicas_lead_again(topics: Topics, run: Run, tmp_path: Path) -> None:
    name = topics.make("a", 3)
    move_preference(topics, name, tmp_path)
    before, wanted = topics.leaders(name), {number: each[0] for number, each in topics.replicas(name).items()}
    assert all(before[number] != wanted[number] for number in wanted)
    dry = run("elect-leaders", name, "--dry-run", "--json")
    assert topics.leaders(name) == before
    assert {each["partition"]: (each["leader"], each["becomes"]) for each in document(dry)["items"]} == {
        number: (before[number], wanted[number]) for number in wanted
    }
    assert run("elect-leaders", f"{name}:0,1", "-y").code == 0
    eventually(lambda: topics.leaders(name) == {**wanted, 2: before[2]})
    assert run("elect-leaders", name, "-y").code == 0
    eventually(lambda: topics.leaders(name) == wanted)
    ran = run("elect-leaders", name, "-y")
    assert (ran.code, ran.err) == (0, "kafkatui: nothing to do: the preferred replicas lead already\n")


def test_no_unclean_leader_is_elected_where_there_is_a_leader(topics: Topics, run: Run) -> None:
    name = topics.make()
    before = topics.state()
    ran = run("elect-leaders", name, "--unclean", "-y")
    assert (ran.code, ran.err) == (0, "kafkatui: nothing to do: every partition has a leader\n")
    assert topics.state() == before


# what must change nothing


def every_change(topics: Topics) -> list[list[str]]:
    """Words that would change something, each of them."""
    name = topics.name()
    return [
        ["create", topics.name("new")],
        ["delete", name],
        ["add-partitions", name, "9"],
        ["config", name, "retention.ms=1", "--delete", "segment.ms"],
        ["delete-records", name, "--before", "end"],
        ["elect-leaders", name],
    ]


@pytest.fixture
def prepared(topics: Topics, tmp_path: Path) -> Topics:
    """A topic that every change would change."""
    name = topics.make("a", 2, segment_ms="70000")
    topics.fill(name, {0: 3, 1: 3})
    move_preference(topics, name, tmp_path)
    return topics


def test_without_a_yes_nothing_is_changed(prepared: Topics, run: Run, mini_cluster: Status) -> None:
    """A dry run, nobody to ask, and a wrong answer: topics, configs, log starts, leaders and the journal stay."""
    before, entries = prepared.state(), len(journal().entries())
    for words in every_change(prepared):
        dry = run(*words, "--dry-run", "--json")
        assert (dry.code, document(dry)["made"]) == (0, False), words
        assert dry.err.endswith("dry run: nothing was changed\n"), words
        nobody = run(*words)
        assert (nobody.code, nobody.out) == (2, b""), words
        assert "nobody can be asked here" in nobody.err
        answered = on_terminal(b"yes please\n", *words, bootstrap=mini_cluster.bootstrap)
        assert answered.code == 1, words
        assert answered.err.endswith("kafkatui: nothing was changed\r\n"), words
    left = on_terminal(signal.SIGINT, *words, bootstrap=mini_cluster.bootstrap)
    assert (left.code, "Traceback" in left.err) == (130, False)
    assert (prepared.state(), len(journal().entries())) == (before, entries)


def on_terminal(answer: bytes | signal.Signals, *words: str, bootstrap: str) -> Ran:
    """The same with a person who answers, or leaves by Ctrl-C."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        running = command_line.start("topics", *words, "-b", bootstrap, given=theirs, errors=theirs)
        os.close(theirs)
        shown = b""
        while not shown.endswith(b"] "):
            shown += terminal.read(1_000)
        if isinstance(answer, bytes):
            terminal.write(answer)
        else:
            running.send_signal(answer)
        code = command_line.ended(running).code
        shown += rest_of(terminal.fileno())
    return Ran(code, b"", shown.decode())


def test_what_has_no_way_back_wants_the_name_typed(prepared: Topics, mini_cluster: Status) -> None:
    name = prepared.name()
    typed = f"{name}\n".encode()
    ran = on_terminal(typed, "delete-records", name, "--before", "end", bootstrap=mini_cluster.bootstrap)
    assert ran.code == 0
    assert f"[type {name} to go on]" in ran.err
    assert prepared.starts(name) == {0: 3, 1: 3}
    refused = on_terminal(b"y\n", "delete", name, bootstrap=mini_cluster.bootstrap)
    assert refused.code == 1
    assert prepared.names() == {name}
    assert on_terminal(typed, "delete", name, bootstrap=mini_cluster.bootstrap).code == 0
    prepared.settle(lambda seen: name not in seen)


def test_a_read_only_context_refuses_everything(prepared: Topics, tmp_path: Path, mini_cluster: Status) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[contexts.prod]\nbootstrap = "{mini_cluster.bootstrap}"\nread_only = true\n')
    before = prepared.state()
    for words in every_change(prepared):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KAFKATUI_CONFIG", str(config))
            ran = command_line.run("topics", *words, "-y", "-c", "prod")
            tried = command_line.run("topics", *words, "--dry-run", "-c", "prod")
        assert (ran.code, ran.out) == (2, b""), words
        assert ran.err.startswith("kafkatui: context prod is read-only")
        # A plan only reads, and is allowed.
        assert tried.code == 0, (words, tried.err)
        assert tried.err.endswith("dry run: nothing was changed\n"), words
    assert prepared.state() == before


async def test_nothing_leaves_a_connection_that_is_read_only(prepared: Topics) -> None:
    name, before = prepared.name(), prepared.state()
    read_only = connection(prepared.bootstrap, read_only=True)
    with pytest.raises(ReadOnly):
        async with Cluster.open(read_only, changing=True):
            pass
    async with Cluster.open(connection(prepared.bootstrap)) as cluster:
        topology, nodes = await cluster.topology(), cluster.nodes
        partitions = topology.topics[name].partitions
        sent = dict(cluster.requests)
        for change in (
            lambda: topic_changes.create_topics(nodes, [NewTopic(prepared.name("new"))]),
            lambda: topic_changes.create_topics(nodes, [NewTopic(prepared.name("new"))], validate_only=True),
            lambda: topic_changes.delete_topics(nodes, {name: topology.topics[name].topic_id}),
            lambda: topic_changes.create_partitions(nodes, {name: 9}),
            lambda: topic_changes.alter_topic_configs(nodes, name, {"retention.ms": "1"}),
            lambda: topic_changes.delete_records(nodes, partitions, {each.name: 1 for each in partitions}),
            lambda: topic_changes.elect_leaders(nodes, [each.name for each in partitions]),
        ):
            with pytest.raises(ReadOnly):
                await change()
        assert dict(cluster.requests) == sent
    assert prepared.state() == before


def test_kafkas_own_topics_are_refused(topics: Topics, run: Run) -> None:
    topics.make()
    topics.fill(topics.name(), {0: 1})
    topics.commit(f"{topics.prefix}-any", topics.name(), {0: 1})
    own = "__consumer_offsets"
    ends, overrides = topics.ends(own), topics.overrides(own)
    for words in (
        ["create", own],
        ["delete", own],
        ["add-partitions", own, "90"],
        ["config", own, "retention.ms=1"],
        ["delete-records", own, "--before", "end"],
    ):
        ran = run(*words, "-y")
        assert (ran.code, ran.err.count("\n")) == (1, 1), words
        assert f"topic {own} is Kafka's own" in ran.err
    assert (topics.ends(own), topics.overrides(own)) == (ends, overrides)
    assert run("config", own).code == 0, "looking is no change"


async def test_where_the_journal_can_not_be_written_nothing_is_changed(topics: Topics, tmp_path: Path) -> None:
    name = topics.make("a", 1, retention_ms="5000")
    (tmp_path / "undo").write_text("a file where a folder should be")
    async with changing(topics.bootstrap) as cluster:
        change = await plan_configs(cluster, name, {"retention.ms": "1"})
        with pytest.raises(NotKept):
            await carry_out(cluster, change, Journal(tmp_path / "undo"), journalled(change.plan))
    assert topics.overrides(name) == {"retention.ms": "5000"}
    with pytest.MonkeyPatch.context() as patch:
        (tmp_path / "kafkatui").mkdir()
        (tmp_path / "kafkatui" / "undo").write_text("a file where a folder should be")
        patch.setenv("XDG_STATE_HOME", str(tmp_path))
        ran = command_line.run("topics", "config", name, "retention.ms=1", "-y", "-b", topics.bootstrap)
    assert ran.code == 1
    assert "nothing was changed: what was before can not be kept" in ran.err
    assert topics.overrides(name) == {"retention.ms": "5000"}


def test_flags_stand_on_both_sides_of_a_verb(topics: Topics, mini_cluster: Status) -> None:
    name = topics.name()
    where = ("-b", mini_cluster.bootstrap)
    assert command_line.run("topics", *where, "create", name, "-y").code == 0
    assert command_line.run(*where, "topics", "create", topics.name("b"), "-y").code == 0
    assert command_line.run("topic", "create", topics.name("c"), *where, "-y").code == 0
    eventually(lambda: topics.names() == {topics.name(word) for word in "abc"})


def test_describing_never_deletes(topics: Topics, mini_cluster: Status) -> None:
    name = topics.make()
    for noun in ("topic", "topics"):
        for verb in ("describe", "get"):
            ran = command_line.run(verb, noun, "delete", name, "-b", mini_cluster.bootstrap)
            assert (ran.code, "topic delete does not exist" in ran.err) == (1, True)
            assert name.encode() in ran.out
    assert topics.names() == {name}
