"""`lag --watch` and `lag --by`: what a pipe gets, what a terminal is sent, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kafkatui.cli import connect, report
from kafkatui.model.cluster import Topology
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from tests.builders import a_group, a_group_partition, a_snapshot
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster

LOST = Problem("unreachable", "127.0.0.1:9092: the connection was lost")


class Watched(FakeCluster):
    """Is interrupted as by Ctrl-C when it is read for the last time; some readings fail before."""

    def __init__(self, readings: int, failing: frozenset[int] = frozenset()) -> None:
        rows = [a_group_partition("orders", 0, committed=900), a_group_partition("payments", 1, committed=1_990)]
        groups = [a_group("billing", rows, members=()), a_group("mailer", rows[:1], members=())]
        super().__init__(a_snapshot(groups=groups))
        self._left = readings
        self._failing = failing
        self._count = 0

    @asynccontextmanager
    async def opened(self, connection: Connection) -> AsyncIterator[Watched]:
        yield self

    async def topology(self) -> Topology:
        self._count += 1
        if self._count > self._left:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        if self._count in self._failing:
            raise Unreachable(LOST)
        return await super().topology()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return watch(monkeypatch, Watched(3))


def watch(monkeypatch: pytest.MonkeyPatch, cluster: Watched) -> Watched:
    monkeypatch.setattr(connect, "open_source", cluster.opened)
    monkeypatch.setattr(connect, "clock", lambda: cluster.snapshot.at)
    monkeypatch.setenv("KAFKATUI_BOOTSTRAP_SERVER", "fake:9092")
    return cluster


def test_a_pipe_gets_every_reading_as_lines_with_its_moment(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "--watch", "10ms")
    assert (ran.code, ran.err) == (130, "")
    records = [json.loads(line) for line in ran.out.splitlines()]
    assert len(records) == 3 * 3
    assert [(each["group"], each["topic"], each["lag"], each["time_lag_ms"]) for each in records[:3]] == [
        ("billing", "orders", 100, 99_000),
        ("billing", "payments", 10, 9_000),
        ("mailer", "orders", 100, 99_000),
    ]
    assert {each["at"] for each in records} == {"2026-11-25T15:00:00.000Z"}
    assert next(iter(records[0])) == "at"


def test_a_group_that_may_not_be_seen_is_told_so_once(watched: Watched, kafkatui: Kafkatui) -> None:
    watched.hidden["payroll"] = Problem("group_authorization_failed", "not authorized to see it")
    ran = kafkatui("lag", "payroll", "--watch", "10ms")
    assert ran == (130, "", "kafkatui: group payroll: not authorized to see it\n")
    assert watched.asked.count("hidden_groups") == 3


def test_csv_has_one_head(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "mailer", "--watch", "10ms", "--output", "csv")
    heads = [line for line in ran.out.splitlines() if line.startswith("at,group,")]
    assert (ran.code, len(heads), len(ran.out.splitlines())) == (130, 1, 4)


def test_a_document_a_reading(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "--watch", "10ms", "--json", "--by", "topic")
    assert [json.loads(line)["schema"] for line in ran.out.splitlines()] == ["kafkatui.lag-by-topic/1"] * 3


def test_it_goes_on_after_a_fault_and_says_so_once(monkeypatch: pytest.MonkeyPatch, kafkatui: Kafkatui) -> None:
    watch(monkeypatch, Watched(5, frozenset({2, 3})))
    ran = kafkatui("lag", "mailer", "--watch", "10ms")
    assert ran.err == f"kafkatui: no new reading: {LOST.text}\nkafkatui: connected again\n"
    assert (ran.code, len(ran.out.splitlines())) == (130, 3)


def test_without_a_first_reading_there_is_no_connection(monkeypatch: pytest.MonkeyPatch, kafkatui: Kafkatui) -> None:
    watch(monkeypatch, Watched(5, frozenset({1})))
    assert kafkatui("lag", "--watch", "10ms") == (3, "", f"kafkatui: {LOST.text}\n")


def test_a_terminal_is_drawn_over_and_gets_its_cursor_back(monkeypatch: pytest.MonkeyPatch, kafkatui: Kafkatui) -> None:
    watch(monkeypatch, Watched(3, frozenset({2})))
    monkeypatch.setattr(report, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "4")
    ran = kafkatui("lag", "--watch", "10ms")
    assert ran.code == 130
    assert ran.out.startswith("\x1b[?25l\x1b[2J\x1b[H")
    assert ran.out.endswith("\x1b[?25h")
    first, lost, *_, last = ran.out.removesuffix("\x1b[?25h").split("\x1b[H")[2:]
    lines = [line.removeprefix("\x1b[2K") for line in first.removesuffix("\x1b[J").split("\n")]
    assert len(lines) == 4
    assert max(map(len, lines)) <= 60
    assert [line.split()[0] for line in lines[:3]] == ["GROUP", "billing", "billing"]
    assert re.fullmatch(r"as of \d\d:00:00   1 more rows", lines[3])
    assert "▲ 0s old: 127.0.0.1:9092: the connection was lost" in lost
    assert last == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--watch 2s --max 3", "--watch and a check do not go together"),
        ("--watch 2s --serve 127.0.0.1:0", "--watch and --serve do not go together"),
        ("--serve 127.0.0.1:0 --wait-drained", "--serve and a check do not go together"),
        ("--serve 127.0.0.1:0 --json", "--serve has a format of its own: it goes with no --output and no --by"),
        ("--serve 9308", "--serve: '9308' is no address; write it as 127.0.0.1:9308"),
        ("--serve 0.0.0.0:9308", "--serve: others can reach 0.0.0.0; say --allow-remote if that is meant"),
        ("--every 5s", "--every says how often --serve reads: it goes with nothing else"),
        ("--allow-remote", "--allow-remote is for --serve: it goes with nothing else"),
    ],
)
def test_what_makes_no_sense_together_is_refused(watched: Watched, kafkatui: Kafkatui, words: str, said: str) -> None:
    ran = kafkatui("lag", *words.split())
    assert (ran.code, ran.out, ran.err) == (2, "", f"kafkatui: {said}\n")
    assert watched.asked == []


def test_by_topic(watched: Watched, kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "--by", "topic")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["TOPIC", "PARTITIONS", "LAG", "BEHIND", "GROUPS", "WORST", "PROBLEM"],
        ["orders", "1", "200", "1m39s", "billing,mailer", "billing"],
        ["payments", "1", "10", "9.0s", "billing", "billing"],
    ]
    (orders, _) = json.loads(kafkatui("lag", "--by", "topic", "--json").out)["topics"]
    assert orders["groups"] == [{"group": "billing", "lag": 100}, {"group": "mailer", "lag": 100}]


def test_by_partition(watched: Watched, kafkatui: Kafkatui) -> None:
    lines = kafkatui("lag", "--by", "partition", "-t", "payments", "--output", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "topic": "payments", "partition": 1, "leader": 2, "groups": ["billing"], "lag": 10, "time_lag_ms": 9_000,
            "worst_group": "billing", "problem": None,
        }
    ]  # fmt: skip
