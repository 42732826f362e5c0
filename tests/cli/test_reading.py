"""Names, filters, streams and exit codes of the commands that read a cluster."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from kafkatui.model.problems import Problem
from tests.builders import a_group, a_group_partition, a_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.cli.world import EVIL, NO_ANSWER
from tests.fake_cluster import FakeCluster


@pytest.fixture
def well(cluster: FakeCluster) -> FakeCluster:
    """A cluster of which everything can be read."""
    cluster.snapshot = a_snapshot()
    return cluster


def test_a_well_cluster_ends_with_zero_and_in_silence(well: FakeCluster, kafkatui: Kafkatui) -> None:
    for command in ("lag", "topics", "brokers", "groups"):
        assert kafkatui(command)[::2] == (0, ""), command


def test_named_groups_come_in_the_order_they_are_named(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "picking", "-g", "bil*", "--no-headers")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["picking"] * 2 + ["billing"] * 5


def test_only_the_named_groups_are_asked_about(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    lost = replace(cluster.snapshot.groups["lost"], members=NO_ANSWER)
    cluster.snapshot = replace(cluster.snapshot, groups={**cluster.snapshot.groups, "lost": lost})
    assert kafkatui("lag", EVIL)[::2] == (0, "")


def test_topics_and_partitions_narrow_the_lag(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "billing", "-t", "ord*", "-p", "0-1", "--no-headers")
    assert [line.split()[1:3] for line in ran.out.splitlines()] == [["orders", "0"], ["orders", "1"]]
    assert ran.code == 0, "the unread partition 2 was not asked for"
    document = json.loads(kafkatui("lag", "billing", "-t", "ord*", "-p", "0-1", "--json").out)
    assert document["groups"][0]["lag"] == 960


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lag", "nobody"], "group nobody does not exist"),
        (["lag", "no*"], "no group matches no*"),
        (["lag", "biling"], "group biling does not exist; did you mean billing?"),
        (["lag", "-t", "nothing"], "topic nothing does not exist"),
        (["topics", "nothing"], "topic nothing does not exist"),
        (["topics", "no*"], "no topic matches no*"),
        (["groups", "nobody"], "group nobody does not exist"),
        (["brokers", "9"], "broker 9 does not exist"),
    ],
)
@pytest.mark.parametrize("output", ["table", "json", "ndjson", "csv", "prometheus"])
def test_a_name_that_is_not_there(
    well: FakeCluster, kafkatui: Kafkatui, arguments: list[str], sentence: str, output: str
) -> None:
    ran = kafkatui(*arguments, "--output", output)
    assert ran.code == 1
    assert ran.err == f"kafkatui: {sentence}\n"


def test_the_others_are_still_printed(well: FakeCluster, kafkatui: Kafkatui) -> None:
    ran = kafkatui("topics", "nothing", "payments", "--no-headers")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["payments", "payments"]
    assert (ran.code, ran.err) == (1, "kafkatui: topic nothing does not exist\n")


def test_a_reason_is_said_once_for_all_it_cost(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    moving = Problem("not_leader_or_follower", "the leader is moving to another broker")
    partitions = [a_partition("orders", number, end=moving) for number in range(5)]
    cluster.snapshot = a_snapshot(topics=[a_topic("orders", partitions)], groups=[])
    ran = kafkatui("topics")
    assert ran.code == 1
    assert ran.err == "kafkatui: topic orders, partition 0 and 4 more: the leader is moving to another broker\n"


def test_a_deleted_topics_commits_are_still_rows(well: FakeCluster, kafkatui: Kafkatui) -> None:
    well.snapshot = a_snapshot(groups=[a_group("billing", [a_group_partition("gone")], members=())])
    ran = kafkatui("lag", "-t", "gone", "--no-headers")
    assert ran.out.split()[:6] == ["billing", "gone", "0", "900", "?", "?"]
    assert ran.code == 1
    assert "billing, gone-0: the topic or partition does not exist any more" in ran.err


def test_a_group_without_rows_is_no_failure(well: FakeCluster, kafkatui: Kafkatui) -> None:
    well.snapshot = a_snapshot(groups=[a_group("mailer", [], members=())])
    ran = kafkatui("lag", "mailer", "--no-headers")
    assert ran == (0, "", "kafkatui: group mailer has no commit and reads no partition here\n")
    well.snapshot = a_snapshot(groups=[])
    assert kafkatui("lag", "--no-headers") == (0, "", "kafkatui: the cluster lists no groups\n")
    well.may_see_groups = False
    said = "no groups that you may see: without DESCRIBE on the cluster the others are not listed"
    assert kafkatui("lag", "--no-headers") == (0, "", f"kafkatui: {said}\n")


def test_groups_that_could_not_be_listed_are_not_passed_over(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    topics = [a_topic(), a_topic("__consumer_offsets", [a_partition("__consumer_offsets", 7, leader=None)])]
    cluster.snapshot = a_snapshot(topics=topics, groups=[a_group("billing")])
    said = "kafkatui: groups may be missing: those of leaderless __consumer_offsets-7 could not be listed\n"
    for command in ("groups", "lag"):
        assert kafkatui(command)[::2] == (1, said)
        assert kafkatui(command, "b*")[::2] == (1, said)
        assert kafkatui(command, "nobody")[::2] == (1, f"kafkatui: group nobody does not exist\n{said}")
        assert kafkatui(command, "billing")[::2] == (0, "")


def test_a_table_asks_for_nothing_it_does_not_show(well: FakeCluster, kafkatui: Kafkatui) -> None:
    well.snapshot = a_snapshot(groups=[a_group("billing")])
    asked = {"topology", "groups", "described", "commits", "share_offsets", "ends"}
    # Of partitions that are not read to the end only, but for documents that show all.
    of_lagging = {"starts", "stable_ends", "retention_ms", "unread"}
    for arguments in (["lag", "--output", "prometheus"], ["lag"], ["lag", "--json"], ["groups"]):
        well.asked.clear()
        kafkatui(*arguments)
        assert set(well.asked) == asked | of_lagging, arguments
        assert len(well.asked) == len(set(well.asked)), arguments
    well.snapshot = a_snapshot(groups=[a_group("billing", [a_group_partition(committed=1_000)], members=())])
    for arguments, more in ((["lag"], set[str]()), (["lag", "--json"], {"starts", "stable_ends"})):
        well.asked.clear()
        kafkatui(*arguments)
        assert set(well.asked) == asked | more, arguments
    for arguments, exactly in (
        (["topics"], {"topology", "starts", "ends", "sizes"}),
        (["topics", "orders"], {"topology", "starts", "ends", "sizes", "stable_ends"}),
        (["brokers"], {"topology", "details", "sizes"}),
    ):
        well.asked.clear()
        kafkatui(*arguments)
        assert set(well.asked) == exactly, arguments


AHEAD = (
    "time_lag_estimated time_lag_problem consume_rate produce_rate drains_in_ms falls_behind retention_share "
    "loses_in_ms verdict verdict_rule"
)


def test_the_lag_document_has_the_promised_keys_in_their_order(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    document = json.loads(kafkatui("lag", "--json").out)
    assert list(document) == ["schema", "cluster_id", "at", "groups"]
    assert document["schema"] == "kafkatui.lag/1"
    assert document["at"] == "2026-11-25T15:00:00.000Z"
    for group in document["groups"]:
        first = "group type state members coordinator lag time_lag_ms problem partitions"
        assert " ".join(group) == f"{first} {AHEAD}"
        for row in group["partitions"]:
            first = "topic partition committed start end stable_end lag time_lag_ms member client_id host problem"
            assert " ".join(row) == f"{first} {AHEAD}"


def test_null_always_stands_beside_a_problem(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    documents = [
        json.loads(kafkatui(what, "--json").out)[key] for what, key in (("lag", "groups"), ("topics", "topics"))
    ]
    numbers = {"lag", "members", "committed", "start", "end", "stable_end", "records", "size", "leaderless"}
    for each in [item for document in documents for item in document]:
        for row in [each, *each["partitions"]]:
            unknown = [key for key in numbers & row.keys() if row[key] is None]
            assert not unknown or row["problem"], (unknown, row)


def test_csv_comes_back_as_it_was(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "--output", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out, newline="")))
    assert rows[0]["group"] == f"'{EVIL}", "a formula is disarmed, everything else is exact"
    records = [json.loads(line) for line in kafkatui("lag", "--output", "ndjson").out.splitlines()]
    assert [list(row) for row in rows] == [list(record) for record in records]
    for row, record in zip(rows[1:], records[1:], strict=True):
        assert list(row.values()) == [_in_csv(value) for value in record.values()]


def test_exact_csv_disarms_nothing(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "--output", "csv", "--exact-csv")
    assert next(csv.DictReader(io.StringIO(ran.out, newline="")))["group"] == EVIL


def _in_csv(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_csv_without_headers(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    head, _, rest = kafkatui("brokers", "--output", "csv").out.partition("\r\n")
    assert head.startswith("broker,host,")
    assert kafkatui("brokers", "--output", "csv", "--no-headers").out == rest


def test_aliases_lead_to_the_same(well: FakeCluster, kafkatui: Kafkatui) -> None:
    expected = kafkatui("topics", "orders")
    for words in ("topic", "get topics", "get topic", "describe topic", "describe topics"):
        assert kafkatui(*words.split(), "orders") == expected, words
    assert kafkatui("group") == kafkatui("get", "consumer-groups") == kafkatui("groups")
    assert kafkatui("broker", "1") == kafkatui("describe", "broker", "1")


def test_the_context_pins_the_cluster(
    well: FakeCluster, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[contexts.prod]\nbootstrap = "a"\ncluster_id = "another"\n')
    monkeypatch.setenv("KAFKATUI_CONFIG", str(file))
    ran = kafkatui("lag", "-c", "prod")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == f"kafkatui: context prod expects the cluster another, but this is {well.snapshot.cluster_id}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["billing", "--max", "5000"], 1, ""),
        (["billing", "--max", "2960"], 1, ""),
        (["billing", "--max", "2959"], 4, "kafkatui: group billing lags by 2960 records, more than 2959\n"),
        (["billing", "-t", "payments", "--max", "2000"], 0, ""),
        (["billing", "-t", "payments", "--max", "0"], 4, "kafkatui: group billing lags by 2000 records, more than 0\n"),
        (["lost", "--max", "0"], 1, ""),
    ],
)
def test_a_lag_that_is_too_big_is_an_unmet_check(
    cluster: FakeCluster, kafkatui: Kafkatui, arguments: list[str], code: int, said: str
) -> None:
    """What can not be read is never taken for a met check, nor does it hide an unmet one."""
    ran = kafkatui("lag", *arguments)
    assert ran.code == code
    assert ran.err.endswith(said)
    assert ("more than" in ran.err) is bool(said)


def test_nobody_answers(well: FakeCluster, kafkatui: Kafkatui) -> None:
    well.unreachable = Problem("unreachable", "a:9092: connection refused")
    for command in ("lag", "topics", "brokers", "groups"):
        assert kafkatui(command) == (3, "", "kafkatui: a:9092: connection refused\n")


def test_what_is_left_out_says_nothing_of_how_late_a_group_is(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    rows = [a_group_partition("orders", 0, committed=10), a_group_partition("payments", 0, committed=990)]
    cluster.snapshot = a_snapshot(groups=[a_group("billing", rows, members=())])
    for topic, late in (("orders", 989_000), ("payments", 9_000)):
        (group,) = json.loads(kafkatui("lag", "billing", "-t", topic, "--json").out)["groups"]
        assert (group["time_lag_ms"], group["partitions"][0]["time_lag_ms"]) == (late, late)
