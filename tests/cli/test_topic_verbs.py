"""The verbs of `topics`: how they are told from names, what is typed wrong, their plans and lists byte by byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kafkatui.model.configs import Config, ConfigSource, Synonym
from kafkatui.model.problems import Problem
from tests.builders import a_group, a_group_partition, a_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.cli.test_complete import completed
from tests.fake_cluster import FakeCluster

VERBS = ("create", "delete", "add-partitions", "config", "delete-records", "elect-leaders")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("create", "Missing argument 'TOPIC'; see kafkatui topics create --help"),
        ("create a --partitions 0", "Invalid value for '--partitions': 0 is not in the range x>=1"),
        ("create a --config retention.ms", "'retention.ms' is not a config; write it as name=value"),
        ("create a --config =1", "'=1' is not a config; write it as name=value"),
        ("delete", "Missing argument 'TOPIC...'; see kafkatui topics delete --help"),
        ("add-partitions a", "Missing argument 'N'; see kafkatui topics add-partitions --help"),
        ("add-partitions a many", "Invalid value for 'N': 'many' is not a valid"),
        ("config", "Missing argument 'TOPIC'; see kafkatui topics config --help"),
        ("config a retention.ms", "'retention.ms' is not a config; write it as name=value"),
        ("config a x=1 --delete x", "x: it can not be set and deleted at once"),
        ("config a x=1 --output csv", "a change is printed as table or json, not as csv"),
        ("config a --output prometheus", "configs are no metrics: print them as table, json, ndjson or csv"),
        ("delete-records a", "Missing option '--before'; see kafkatui topics delete-records --help"),
        ("delete-records a --before soon", "--before: 'soon' is no position: write start, end, N, +N, -N or @TIME"),
        ("delete-records a:x --before end", "'x' is no list of partitions; write a:0,2-4"),
        ("delete-records :1 --before end", "':1' names no topic; write it as TOPIC or TOPIC:0,2-4"),
        ("elect-leaders a:", "'' is no list of partitions; write a:0,2-4"),
        ("delete a --json --output table", "--json and --output table contradict each other"),
        ("delete a --output csv", "Invalid value for '--output': 'csv' is not one of 'table', 'json'"),
        ("delete a -t b", "No such option: -t"),
    ],
)
def test_what_is_typed_wrong(cluster: FakeCluster, kafkatui: Kafkatui, line: str, sentence: str) -> None:
    ran = kafkatui("topics", *line.split())
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"kafkatui: {sentence}")
    assert cluster.asked == []


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_a_help(kafkatui: Kafkatui, verb: str) -> None:
    for flag in ("-h", "--help"):
        ran = kafkatui("topics", verb, flag)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Usage: kafkatui topics {verb} ")
    listed = kafkatui("topics", "--help").out
    _, _, verbs = listed.partition("Commands:\n")
    assert f"\n  {verb} " in f"\n{verbs}"
    assert "..." not in verbs


def test_a_word_that_is_no_verb_is_a_name(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    plain = kafkatui("topics", "payments")
    assert plain.code == 0
    for line in ("topics -t payments", "topics --timeout 9s payments", "topic payments", "-b x topics payments"):
        assert kafkatui(*line.split()) == plain


def test_a_topic_that_is_called_like_a_verb(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    cluster.snapshot = a_snapshot(topics=[a_topic("delete", 1), a_topic("orders", 1)])
    for line in ("topics --json -t delete", "topics --json -- delete", "describe topic delete --json"):
        ran = kafkatui(*line.split())
        assert (ran.code, [each["topic"] for each in json.loads(ran.out)["topics"]]) == (0, ["delete"]), line
    ran = kafkatui("describe", "topic", "delete", "orders", "--json")
    assert [each["topic"] for each in json.loads(ran.out)["topics"]] == ["delete", "orders"]


def test_flags_in_front_of_a_verb_count_as_behind_it(kafkatui: Kafkatui) -> None:
    for line in ("-b a:b topics delete x", "topics -b a:b delete x", "topics delete x -b a:b", "topic -b a:b delete x"):
        ran = kafkatui(*line.split())
        assert (ran.code, ran.err.startswith("kafkatui: -b: 'a:b' is not an address")) == (2, True), line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("topics del", ["delete", "delete-records"]),
        ("topics or", ["orders"]),
        ("topics orders de", []),
        ("topics delete or", ["orders"]),
        ("topics config pay", ["payments"]),
        ("topics create a --like or", ["orders"]),
        ("topics -t de", []),
        ("get topics de", []),
    ],
)
def test_verbs_and_names_are_completed(
    cluster: FakeCluster, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    assert completed(f"kafkatui {line}", kafkatui, monkeypatch) == (expected, "")


DELETE = """\
delete 2 topics (orders, bills) on cluster q3xKzW0gRv2mB7aTfN1yLw:
  TOPIC   PARTITIONS  RECORDS  SIZE     RECORDS/S  READ BY
  orders  2           3\u202f000    586 KiB  0          mailer (1 member), =cmd␛[2J (no members)
  bills   1           ?        195 KiB  ?          nobody
! orders is read right now by mailer
! undo could only make orders with the brokers' default configs: its configs are not told
! undo could only make bills with the brokers' default configs: its configs are not told
no way back for the records: kafkatui undo makes topics again with partitions and configs, but empty
plan HASH
! left out: topic nope does not exist
"""


def test_the_plan_byte_by_byte(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    """Without a terminal and without --yes it is shown, and that is all."""
    bills = a_topic("bills", [a_partition("bills", end=Problem("leaderless", "no leader"))])
    groups = [a_group("mailer"), a_group("=cmd\x1b[2J", [a_group_partition(committed=500)], members=())]
    cluster.snapshot = a_snapshot(topics=[a_topic("orders", 2), bills], groups=groups)
    ran = kafkatui("topics", "delete", "orders", "bills", "nope", "orders")
    *plan, last = ran.err.splitlines(keepends=True)
    shown = "".join("plan HASH\n" if line.startswith("plan ") else line for line in plan)
    assert (ran.code, ran.out) == (2, "")
    assert shown == DELETE
    assert last == "kafkatui: nobody can be asked here: give --yes to do it, or --dry-run to see the plan only\n"


def test_the_plan_as_a_document(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    cluster.snapshot = a_snapshot(topics=[a_topic("orders", [a_partition(leader=3)])])
    ran = kafkatui("topics", "elect-leaders", "--dry-run", "--json")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert len(document.pop("hash")) == 64
    assert document == {
        "schema": "kafkatui.topic-change/1",
        "change": "topic-leaders",
        "context": None,
        "cluster_id": "q3xKzW0gRv2mB7aTfN1yLw",
        "what": "elect preferred leaders of 1 partition",
        "made": False,
        "journal": None,
        "cannot_undo": "Kafka moves no leader back",
        "warnings": [],
        "items": [
            {
                "topic": "orders",
                "partition": 0,
                "leader": 3,
                "becomes": 1,
                "replicas": [1, 2, 3],
                "in_sync": [1, 2, 3],
                "result": None,
                "problem": None,
            }
        ],
    }


def test_nothing_is_opened_for_changes_where_nobody_says_yes(
    cluster: FakeCluster, kafkatui: Kafkatui, bare_home: Path
) -> None:
    """The scripted cluster takes no change at all; the journal stays empty."""
    for line in ("delete orders", "delete-records payments --before end", "elect-leaders"):
        assert kafkatui("topics", *line.split(), "--dry-run").code in (0, 1)
        assert kafkatui("topics", *line.split()).code in (0, 2)
    assert not (bare_home / "kafkatui" / "undo").exists()


def test_a_wrong_cluster_is_not_planned_for(cluster: FakeCluster, kafkatui: Kafkatui, bare_home: Path) -> None:
    (bare_home / "kafkatui").mkdir()
    text = '[contexts.prod]\nbootstrap = "a:1"\nread_only = false\ncluster_id = "another"\n'
    (bare_home / "kafkatui" / "config.toml").write_text(text)
    ran = kafkatui("topics", "delete", "orders", "-y", "-c", "prod")
    assert (ran.code, ran.out) == (3, "")
    assert "context prod expects the cluster another" in ran.err


CONFIGS = {
    "cleanup.policy": Config("cleanup.policy", "delete", ConfigSource.DEFAULT),
    "empty": Config("empty", "", ConfigSource.TOPIC),
    "min.insync.replicas": Config(
        "min.insync.replicas",
        "2",
        ConfigSource.CLUSTER,
        synonyms=(
            Synonym("min.insync.replicas", "2", ConfigSource.CLUSTER),
            Synonym("min.insync.replicas", "1", ConfigSource.DEFAULT),
        ),
    ),
    "secret\x1b": Config("secret\x1b", None, ConfigSource.BROKER, is_read_only=True, is_sensitive=True),
}
LISTED = {
    "table": """\
CONFIG               VALUE        SOURCE   DEFAULT
empty                ""           topic    no
min.insync.replicas  2            cluster  no
secret␛              (sensitive)  broker   no
""",
    "csv": """\
topic,config,value,source,default,read_only,sensitive\r
orders,empty,,topic,false,false,false\r
orders,min.insync.replicas,2,cluster,false,false,false\r
orders,secret\x1b,,broker,false,true,true\r
""",
}


@pytest.mark.parametrize("output", LISTED)
def test_configs_byte_by_byte(cluster: FakeCluster, kafkatui: Kafkatui, output: str) -> None:
    cluster.configs["orders"] = CONFIGS
    ran = kafkatui("topics", "config", "orders", "--output", output)
    assert (ran.code, ran.out, ran.err) == (0, LISTED[output], "")


def test_configs_as_documents(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    cluster.configs["orders"] = CONFIGS
    lines = kafkatui("topics", "config", "orders", "--output", "ndjson", "--all").out.splitlines()
    assert [json.loads(line)["config"] for line in lines] == list(CONFIGS)
    document = json.loads(kafkatui("topics", "config", "orders", "--json").out)
    assert (document["schema"], document["topic"]) == ("kafkatui.topic-configs/1", "orders")
    assert document["configs"][1]["synonyms"] == [
        {"config": "min.insync.replicas", "value": "2", "source": "cluster"},
        {"config": "min.insync.replicas", "value": "1", "source": "default"},
    ]
    assert (document["configs"][2]["value"], document["configs"][2]["sensitive"]) == (None, True)


def test_nothing_but_defaults_says_so(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    cluster.configs["orders"] = {"cleanup.policy": CONFIGS["cleanup.policy"]}
    ran = kafkatui("topics", "config", "orders", "--no-headers")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "kafkatui: every config of orders is Kafka's default; --all shows them\n"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("order", "topic order does not exist; did you mean orders?"),
        ("ord*", "topic ord* does not exist"),
        ("payments", "topic payments: its configs are not told"),
    ],
)
def test_configs_that_are_not_there(cluster: FakeCluster, kafkatui: Kafkatui, name: str, why: str) -> None:
    ran = kafkatui("topics", "config", name)
    assert (ran.code, ran.out, ran.err) == (1, "", f"kafkatui: {why}\n")
