"""`lag --status`: what is watched, for how long, and what is said of the verdicts. The clock goes a second a look."""

from __future__ import annotations

import json
import re

import pytest

from kafkatui.cli import connect, lag_watching
from kafkatui.model.cluster import Topology
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem
from tests.builders import AT, a_group, a_group_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster


class Watched(FakeCluster):
    """Its time goes on with each look at the clock."""

    def __init__(self, *groups: Group) -> None:
        super().__init__(a_snapshot(topics=[a_topic("orders", 2)], groups=groups))
        self.now = AT

    def clock(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Groups of every verdict that needs no change: STALL, STOP, OK."""
    fake = Watched(of("billing", 900), of("left", 800, members=(), state="Empty"), of("mailer", 1_000, 2_000))
    monkeypatch.setattr(connect, "open_source", fake.open)
    monkeypatch.setattr(connect, "clock", fake.clock)
    monkeypatch.setattr(lag_watching, "PAUSE", 0.001)
    monkeypatch.setenv("KAFKATUI_BOOTSTRAP_SERVER", "fake:9092")
    return fake


def of(name: str, *committed: int | None, **changes: object) -> Group:
    both = committed if len(committed) == 2 else (*committed, 2_000)
    return a_group(name, [a_group_partition(partition=at, committed=each) for at, each in enumerate(both)], **changes)


def test_a_verdict_that_is_not_ok_is_told_with_its_rule_and_numbers(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "--status")
    assert ran.code == 4
    assert ran.out.startswith("GROUP")
    stalled, stopped = ran.err.splitlines()
    rule = r"the commit stands at 900 for \d\d s while 100 records wait"
    assert re.fullmatch(rf"kafkatui: group billing is STALL on orders-0: {rule}", stalled)
    rule = r"no members: no commit after 800 for \d\d s while 200 records wait"
    assert re.fullmatch(rf"kafkatui: group left is STOP on orders-0: {rule}", stopped)


def test_all_is_well(watched: Watched, kafkatui: Kafkatui) -> None:
    began = watched.now
    ran = kafkatui("lag", "mailer", "--status", "--json")
    assert (ran.code, ran.err) == (0, "")
    (group,) = json.loads(ran.out)["groups"]
    assert (group["verdict"], group["verdict_rule"]) == ("OK", "it has read all")
    assert 30 <= watched.now - began < 45


@pytest.mark.parametrize(("more", "code"), [([], 1), (["--nagios"], 3)], ids=["plain", "nagios"])
def test_a_group_that_may_not_be_seen_is_told_so(
    watched: Watched, kafkatui: Kafkatui, more: list[str], code: int
) -> None:
    watched.hidden["payroll"] = Problem("group_authorization_failed", "not authorized to see it")
    ran = kafkatui("lag", "payroll", "--status", *more)
    assert ran.code == code
    assert "group payroll: not authorized to see it" in (ran.out if more else ran.err)


def test_only_the_partitions_that_are_meant_are_judged(watched: Watched, kafkatui: Kafkatui) -> None:
    assert kafkatui("lag", "billing", "-p", "1", "--status").code == 0


def test_it_watches_as_long_as_is_asked_for(watched: Watched, kafkatui: Kafkatui) -> None:
    began = watched.now
    assert kafkatui("lag", "mailer", "--status", "--observe", "90s").code == 0
    assert 90 <= watched.now - began < 105


def test_a_shorter_watch_lasts_until_there_are_verdicts(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "billing", "--status", "--observe", "1s")
    assert (ran.code, "STALL" in ran.err) == (4, True)


def test_what_can_not_be_judged_is_told(watched: Watched, kafkatui: Kafkatui) -> None:
    watched.snapshot = a_snapshot(topics=[a_topic("orders", 2)], groups=[of("billing", None)])
    ran = kafkatui("lag", "billing", "--status")
    assert (ran.code, ran.err) == (1, "kafkatui: group billing, orders-0: it was not judged: no commit\n")


def test_a_name_that_is_not_there_is_not_watched(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "biling", "--status")
    assert (ran.code, ran.err) == (1, "kafkatui: group biling does not exist; did you mean billing?\n")
    assert watched.asked.count("commits") == 1


def test_several_checks_are_made_of_one_watch(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "billing", "--status", "--max", "50", "--max-time", "1m", "--max-retention", "5%")
    assert ran.code == 4
    records, age, share, verdict = ran.err.splitlines()
    assert records == "kafkatui: group billing lags by 100 records, more than 50"
    assert re.fullmatch(r"kafkatui: group billing is \S+ behind on orders-0, more than 1m", age)
    assert share == "kafkatui: group billing has not read 10.0 % of what orders-0 holds, more than 5 %"
    assert verdict.startswith("kafkatui: group billing is STALL on orders-0")


def test_nagios_gets_the_verdict(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "billing", "--status", "--nagios")
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.startswith("LAG CRITICAL - group billing is STALL on orders-0: the commit stands at 900 for ")
    assert ran.out.count("\n") == 1


def test_nobody_answers(watched: Watched, kafkatui: Kafkatui) -> None:
    watched.unreachable = Problem("unreachable", "a:9092: connection refused")
    assert kafkatui("lag", "--status") == (3, "", "kafkatui: a:9092: connection refused\n")


def test_a_connection_that_is_lost_meanwhile(
    watched: Watched, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def topology() -> Topology:
        """Lost between two readings."""
        if watched.now > AT + 20:
            watched.unreachable = Problem("unreachable", "a:9092: connection refused")
        return await Watched.topology(watched)

    monkeypatch.setattr(watched, "topology", topology)
    monkeypatch.setattr(connect, "clock", lambda: Watched.clock(watched) + (100 if watched.unreachable else 0))
    ran = kafkatui("lag", "billing", "--status")
    lost_words = "the connection was lost while the groups were observed"
    assert ran == (3, "", f"kafkatui: {lost_words}: a:9092: connection refused\n")
