"""`lag` as a check: which bound is exceeded, what could not be checked, and the exit code for either."""

from __future__ import annotations

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem
from kafkatui.model.unread import FirstUnread, ReadFrom
from tests.builders import a_group, a_group_partition, a_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster

NO_FETCH = Problem("no_answer", "broker 1: no answer for 4 s")


@pytest.fixture
def well(cluster: FakeCluster) -> FakeCluster:
    """A cluster in which all can be read: billing lags by 100 of 900 and by 60 of 2000, mailer by nothing."""
    partitions = [a_partition("orders", 0, start=100), a_partition("orders", 1)]
    cluster.snapshot = a_snapshot(topics=[a_topic("orders", partitions)], groups=[billing(900, 1_940), mailer()])
    return cluster


def billing(*committed: int | None) -> Group:
    return a_group("billing", [a_group_partition(partition=at, committed=each) for at, each in enumerate(committed)])


def mailer() -> Group:
    return a_group("mailer", [a_group_partition(partition=at, committed=end) for at, end in ((0, 1_000), (1, 2_000))])


def reads_nothing_known(cluster: FakeCluster, partition: int, offset: int) -> None:
    at = ReadFrom(TopicPartition("orders", partition), offset)
    cluster.first_unread[at] = NO_FETCH  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("--max 160 --max-time 2m --max-retention 50%", 0, ""),
        ("--max-time 1m40s", 0, ""),
        ("--max-time 1m", 4, "kafkatui: group billing is 1m39s behind on orders-0, more than 1m\n"),
        ("--max-retention 11.2%", 0, ""),
        (
            "--max-retention 11",
            4,
            "kafkatui: group billing has not read 11.1 % of what orders-0 holds, more than 11 %\n",
        ),
        ("--max-retention 0% mailer", 0, ""),
        ("-p 1 --max-time 1m", 0, ""),
        (
            "-p 1 --max-time 1s --max-retention 1%",
            4,
            "kafkatui: group billing is 59s behind on orders-1, more than 1s\n"
            "kafkatui: group billing has not read 3.0 % of what orders-1 holds, more than 1 %\n",
        ),
        (
            "--max 159 --max-time 10s",
            4,
            "kafkatui: group billing lags by 160 records, more than 159\n"
            "kafkatui: group billing is 1m39s behind on orders-0, more than 10s\n",
        ),
    ],
)
def test_each_bound_that_is_exceeded_is_named(
    well: FakeCluster, kafkatui: Kafkatui, line: str, code: int, said: str
) -> None:
    ran = kafkatui("lag", *line.split())
    assert (ran.code, ran.err) == (code, said)
    assert ran.out.startswith("GROUP")


def test_an_age_that_is_not_known_never_passes(well: FakeCluster, kafkatui: Kafkatui) -> None:
    reads_nothing_known(well, 0, 900)
    said = "kafkatui: group billing, orders-0: its time lag is not known: broker 1: no answer for 4 s\n"
    ran = kafkatui("lag", "--max-time", "1m")
    assert (ran.code, ran.err) == (1, said)


def test_an_age_that_is_not_known_hides_none_that_is_too_old(well: FakeCluster, kafkatui: Kafkatui) -> None:
    reads_nothing_known(well, 0, 900)
    ran = kafkatui("lag", "--max-time", "30s")
    assert ran.code == 4
    assert ran.err.endswith("kafkatui: group billing is 59s behind on orders-1, more than 30s\n")


def test_only_markers_are_no_lag(well: FakeCluster, kafkatui: Kafkatui) -> None:
    for partition, offset, end in ((0, 900, 1_000), (1, 1_940, 2_000)):
        at = ReadFrom(TopicPartition("orders", partition), offset)
        well.first_unread[at] = FirstUnread(None, None, end)
    ran = kafkatui("lag", "--max", "0", "--max-time", "1ms", "--max-retention", "0")
    assert (ran.code, ran.err) == (0, "")


def test_a_log_that_lost_all_it_held_is_not_passed_over(well: FakeCluster, kafkatui: Kafkatui) -> None:
    partitions = [a_partition("orders", 0, start=1_000), a_partition("orders", 1)]
    well.snapshot = a_snapshot(topics=[a_topic("orders", partitions)], groups=[billing(900, 2_000)])
    ran = kafkatui("lag", "--max-retention", "80%")
    assert ran.code == 1
    what = "what it has not read of the log is not known"
    assert ran.err == f"kafkatui: group billing, orders-0: {what}: the log holds nothing any more\n"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--max-time soon", "--max-time: 'soon' is not a length of time; write it as 500ms, 5s, 2m or 1h"),
        ("--max-time 0s", "--max-time must be longer than nothing"),
        ("--max-retention 101%", "--max-retention: 101% is not between 0% and 100%"),
        ("--max-retention -1", "--max-retention: -1 is not between 0% and 100%"),
        ("--max-retention nan", "--max-retention: nan is not between 0% and 100%"),
        ("--max-retention most", "--max-retention: 'most' is not a percentage; write it as 80%"),
    ],
)
def test_what_is_no_bound_asks_nothing(well: FakeCluster, kafkatui: Kafkatui, line: str, sentence: str) -> None:
    assert kafkatui("lag", *line.split()) == (2, "", f"kafkatui: {sentence}\n")
    assert well.asked == []


@pytest.mark.parametrize(
    ("line", "code", "out"),
    [
        (
            "--max 200",
            0,
            "LAG OK - 2 groups 160 records behind, at most 1m39s | "
            "'billing'=160;;200;0 'billing time'=99s;;;0 'mailer'=0;;200;0 'mailer time'=0s;;;0\n",
        ),
        (
            "billing --max 100 --max-time 1m30s",
            2,
            "LAG CRITICAL - group billing lags by 160 records, more than 100; "
            "group billing is 1m39s behind on orders-0, more than 1m30s"
            " | 'billing'=160;;100;0 'billing time'=99s;;90;0\n",
        ),
        (
            "billing bill --max 500",
            3,
            "LAG UNKNOWN - group bill does not exist; did you mean billing? | "
            "'billing'=160;;500;0 'billing time'=99s;;;0\n",
        ),
    ],
)
def test_one_line_for_nagios(well: FakeCluster, kafkatui: Kafkatui, line: str, code: int, out: str) -> None:
    assert kafkatui("lag", "--nagios", *line.split()) == (code, out, "")


def test_no_connection_is_unknown_to_nagios(well: FakeCluster, kafkatui: Kafkatui) -> None:
    well.unreachable = Problem("unreachable", "a:9092: connection refused")
    for check in (["--max", "5"], ["--status"]):
        ran = kafkatui("lag", "--nagios", *check)
        assert ran == (3, "LAG UNKNOWN - a:9092: connection refused\n", "")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "--nagios",
            "--nagios tells what checks came to: it needs one of --max, --max-time, --max-retention or --status",
        ),
        ("--nagios --max 5 --json", "--nagios prints a line of its own: it goes with no --output"),
        ("--nagios --max 5 --output csv", "--nagios prints a line of its own: it goes with no --output"),
        ("--nagios --wait-drained", "--wait-drained waits for a lag of 0: it goes with no other check"),
        ("--status --wait-drained", "--wait-drained waits for a lag of 0: it goes with no other check"),
        ("--observe 1m", "--observe says how long --status watches: without it there is nothing to watch"),
        ("--status --observe soon", "--observe: 'soon' is not a length of time; write it as 500ms, 5s, 2m or 1h"),
    ],
)
def test_modes_that_do_not_go_together(well: FakeCluster, kafkatui: Kafkatui, line: str, sentence: str) -> None:
    assert kafkatui("lag", *line.split()) == (2, "", f"kafkatui: {sentence}\n")
    assert well.asked == []
