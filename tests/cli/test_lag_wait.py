"""`lag --wait-drained`: what it waits for, how it ends, and what it says. The cluster changes with each reading."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from kafkatui.cli import connect, lag_wait, lag_watching
from kafkatui.model.cluster import Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import Group
from kafkatui.model.parts import Commits, ListedGroup, Offsets
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.unread import FirstUnread, ReadFrom
from tests.builders import a_group, a_group_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster

REFUSED = Problem("unreachable", "a:9092: connection refused")
UNSEEN = Problem("group_authorization_failed", "not authorized to see it")
Step = Callable[["Changing"], None]


class Changing(FakeCluster):
    """Takes the next step before each answer about commits, and stays as the last one left it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(a_snapshot())
        self._steps = list(steps)

    async def commits(self, groups: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]:
        if self._steps:
            self._steps.pop(0)(self)
            self._ask("a step")
        return await super().commits(groups)

    def _asked_for(self, groups: Collection[ListedGroup]) -> list[Group]:
        """Kafka tells no commits of a group that is gone."""
        return super()._asked_for([each for each in groups if each.group in self.snapshot.groups])


def reads(*groups: Group) -> Step:
    """The groups as they are then; what was wrong is over."""

    def step(cluster: Changing) -> None:
        cluster.unreachable, cluster.unlisted = None, {}
        cluster.snapshot = a_world(groups)

    return step


def a_world(groups: Sequence[Group]) -> Snapshot:
    return a_snapshot(topics=[a_topic("orders", 2)], groups=groups)


def stays(cluster: Changing) -> None:
    """Nothing happens."""


def is_lost(cluster: Changing) -> None:
    cluster.unreachable = REFUSED


def billing(first: int | Problem = 1_000, second: int = 2_000, **changes: object) -> Group:
    rows = [a_group_partition(partition=at, committed=each) for at, each in enumerate((first, second))]
    return a_group("billing", rows, **changes)


Playing = Callable[..., Changing]


@pytest.fixture
def playing(monkeypatch: pytest.MonkeyPatch) -> Playing:
    """A cluster that goes through these steps, a hundred readings a second."""

    def play(*steps: Step) -> Changing:
        fake = Changing(steps)
        fake.snapshot = a_world([billing(0), a_group("mailer", [], members=(), state="Empty")])
        monkeypatch.setattr(connect, "open_source", fake.open)
        monkeypatch.setattr(lag_watching, "PAUSE", 0.01)
        monkeypatch.setenv("KAFKATUI_BOOTSTRAP_SERVER", "fake:9092")
        return fake

    return play


def test_it_ends_as_soon_as_all_is_read(playing: Playing, kafkatui: Kafkatui) -> None:
    cluster = playing(reads(billing(900)), reads(billing(950)), reads(billing()), reads(billing(0)))
    ran = kafkatui("lag", "billing", "--wait-drained")
    assert ran == (0, "", "kafkatui: 1 group has read all\n")
    assert cluster.asked.count("commits") == 3


def test_the_last_reading_is_printed_where_it_is_asked_for(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(900)), reads(billing()))
    ran = kafkatui("lag", "billing", "--wait-drained", "--json")
    assert ran.code == 0
    assert [group["lag"] for group in json.loads(ran.out)["groups"]] == [0]


def test_what_is_left_is_told_when_the_time_is_over(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(900, 1_999), a_group("mailer", [a_group_partition(committed=999)], members=())))
    ran = kafkatui("lag", "--wait-drained", "--timeout", "500ms")
    said = ("not drained within 0.5s", "group billing: 101 records left", "group mailer: 1 record left")
    assert ran == (4, "", "".join(f"kafkatui: {each}\n" for each in said))


def test_only_the_topics_and_partitions_that_are_meant_count(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(0, 2_000)))
    drained = (0, "", "kafkatui: 1 group has read all\n")
    assert kafkatui("lag", "billing", "--wait-drained", "-t", "orders", "-p", "1") == drained
    assert kafkatui("lag", "billing", "--wait-drained", "-p", "0", "--timeout", "500ms").code == 4


def test_a_name_that_is_not_there_ends_it_at_once(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(0)))
    for line, sentence in (
        ("biling billing", "group biling does not exist; did you mean billing?"),
        ("pay*", "no group matches pay*"),
        ("billing -t order", "topic order does not exist; did you mean orders?"),
    ):
        assert kafkatui("lag", "--wait-drained", *line.split()) == (1, "", f"kafkatui: {sentence}\n")


def test_a_group_that_may_not_be_seen_is_told_so(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(0))).hidden["payroll"] = UNSEEN
    ran = kafkatui("lag", "payroll", "billing", "--wait-drained")
    assert ran == (1, "", "kafkatui: group payroll: not authorized to see it\n")


def test_a_connection_that_is_lost_over_that_question_comes_back(
    playing: Playing, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = playing(reads(billing(0)))
    cluster.hidden["payroll"] = UNSEEN
    answer = cluster.hidden_groups

    async def lose(names: Collection[str]) -> Mapping[str, Problem]:
        monkeypatch.setattr(cluster, "hidden_groups", answer)
        raise Unreachable(REFUSED)

    monkeypatch.setattr(cluster, "hidden_groups", lose)
    ran = kafkatui("lag", "payroll", "--wait-drained")
    lost, back, unseen = ran.err.splitlines()
    assert (ran.code, lost) == (1, f"kafkatui: connection lost, waiting for it to come back: {REFUSED.text}")
    assert back.startswith("kafkatui: connected again after ")
    assert unseen == "kafkatui: group payroll: not authorized to see it"


def test_a_group_that_nobody_lists_now_is_waited_for(playing: Playing, kafkatui: Kafkatui) -> None:
    cluster = playing(stays, stays, stays, reads(billing()))
    cluster.unlisted = {3: Problem("no_answer", "broker 3: no answer for 4 s")}
    cluster.snapshot = a_world([])
    assert kafkatui("lag", "billing", "--wait-drained") == (0, "", "kafkatui: 1 group has read all\n")


def test_who_can_not_be_listed_is_told_when_the_time_is_over(playing: Playing, kafkatui: Kafkatui) -> None:
    cluster = playing()
    cluster.unlisted = {3: Problem("no_answer", "broker 3: no answer for 4 s")}
    cluster.snapshot = a_world([billing()])
    ran = kafkatui("lag", "--wait-drained", "--timeout", "500ms")
    assert ran.code == 4
    assert ran.err.endswith("groups may be missing: those of broker 3 could not be listed\n")


def test_a_group_that_is_deleted_meanwhile_is_missing(playing: Playing, kafkatui: Kafkatui) -> None:
    other = a_group("mailer", [a_group_partition(committed=0)], members=())
    playing(reads(billing(900, members=(), state="Empty"), other), reads(other))
    ran = kafkatui("lag", "billing", "--wait-drained")
    assert ran == (1, "", "kafkatui: group billing does not exist\n")


def test_an_unknown_lag_is_not_drained(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(Problem("coordinator_not_available", "no coordinator"))))
    ran = kafkatui("lag", "billing", "--wait-drained", "--timeout", "500ms")
    left = "1 of 2 unknown (no coordinator); the others make 0"
    assert ran.code == 4
    assert ran.err.endswith(f"kafkatui: group billing: what is left is not known: {left}\n")


def test_only_markers_left_is_drained(playing: Playing, kafkatui: Kafkatui) -> None:
    cluster = playing(reads(billing(990)))
    cluster.first_unread[ReadFrom(a_group_partition().name, 990)] = FirstUnread(None, None, 1_000)
    assert kafkatui("lag", "billing", "--wait-drained") == (0, "", "kafkatui: 1 group has read all\n")


def test_a_group_that_reads_nothing_is_told(playing: Playing, kafkatui: Kafkatui) -> None:
    playing()
    said = "kafkatui: group mailer has no commit and reads no partition here\nkafkatui: 1 group has read all\n"
    assert kafkatui("lag", "mailer", "--wait-drained") == (0, "", said)


def test_a_group_whose_members_are_joining_is_not_drained(playing: Playing, kafkatui: Kafkatui) -> None:
    """A script that starts its consumers and waits at once would else be let go before they read anything."""
    joining = a_group("billing", [], members=(), state="PreparingRebalance")
    playing(stays, stays, reads(billing(900)), reads(billing())).snapshot = a_world([joining])
    assert kafkatui("lag", "billing", "--wait-drained") == (0, "", "kafkatui: 1 group has read all\n")
    playing().snapshot = a_world([joining])
    ran = kafkatui("lag", "billing", "--wait-drained", "--timeout", "500ms")
    why = "its members have no partitions yet (it is PreparingRebalance)"
    assert ran == (4, "", f"kafkatui: not drained within 0.5s\nkafkatui: group billing: {why}\n")


def test_a_commit_ahead_of_the_log_is_told(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(1_005)))
    ran = kafkatui("lag", "billing", "--wait-drained")
    ahead = "group billing, orders-0: the commit is 5 ahead of the log: was the topic made anew?"
    assert ran == (0, "", f"kafkatui: {ahead}\nkafkatui: 1 group has read all\n")


def test_nobody_answers_from_the_start(playing: Playing, kafkatui: Kafkatui) -> None:
    playing().unreachable = REFUSED
    assert kafkatui("lag", "--wait-drained") == (3, "", "kafkatui: a:9092: connection refused\n")


def test_a_connection_that_comes_back_is_no_end(playing: Playing, kafkatui: Kafkatui) -> None:
    cluster = playing(reads(billing(900)), is_lost)
    answers = iter([False, False, True])
    ask = cluster._ask

    def coming_back(question: str) -> None:
        if question == "topology" and cluster.unreachable is not None and next(answers):
            cluster.unreachable = None
            cluster.snapshot = a_world([billing()])
        ask(question)

    cluster._ask = coming_back  # type: ignore[method-assign]
    ran = kafkatui("lag", "billing", "--wait-drained")
    assert ran.code == 0
    lost, back, done = ran.err.splitlines()
    assert lost == "kafkatui: connection lost, waiting for it to come back: a:9092: connection refused"
    assert back.startswith("kafkatui: connected again after 0")
    assert done == "kafkatui: 1 group has read all"


def test_a_connection_that_stays_lost_is_not_taken_for_a_lag(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads(billing(900)), is_lost)
    ran = kafkatui("lag", "billing", "--wait-drained", "--timeout", "500ms")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[-1].startswith("kafkatui: the connection did not come back for 0.")
    assert ran.err.endswith("s: a:9092: connection refused\n")


def test_what_is_left_is_not_taken_for_new_when_no_answer_comes(
    playing: Playing, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = playing(reads(billing(900)))
    answers = cluster.ends

    async def silent(topology: Topology) -> Offsets:
        if cluster.asked.count("commits") > 1:
            await asyncio.Event().wait()
        return await answers(topology)

    monkeypatch.setattr(cluster, "ends", silent)
    monkeypatch.setattr(lag_wait, "STALE", 0.01)
    ran = kafkatui("lag", "billing", "--wait-drained", "--timeout", "500ms")
    assert ran.code == 4
    over, left = ran.err.splitlines()
    assert re.fullmatch(r"kafkatui: not drained within 0.5s; 0.\ds ago this was left", over)
    assert left == "kafkatui: group billing: 100 records left"


def test_another_cluster_than_the_context_names(
    playing: Playing, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch, bare_home: object
) -> None:
    monkeypatch.setenv("KAFKATUI_CONFIG", str(file := bare_home / "config.toml"))  # type: ignore[operator]
    file.write_text('[contexts.prod]\nbootstrap = "a"\ncluster_id = "another"\n')
    found = playing().snapshot.cluster_id
    said = f"kafkatui: context prod expects the cluster another, but this is {found}\n"
    assert kafkatui("lag", "-c", "prod", "--wait-drained") == (3, "", said)


def test_no_groups_at_all(playing: Playing, kafkatui: Kafkatui) -> None:
    playing(reads())
    assert kafkatui("lag", "--wait-drained") == (0, "", "kafkatui: the cluster lists no groups\n")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--wait-drained --max 5", "--wait-drained waits for a lag of 0: it goes with no other check"),
        ("--wait-drained --timeout soon", "--timeout: 'soon' is not a length of time; write it as 500ms, 5s, 2m or 1h"),
        ("--wait-drained --timeout 0s", "--timeout must be longer than nothing"),
    ],
)
def test_usage(playing: Playing, kafkatui: Kafkatui, line: str, sentence: str) -> None:
    cluster = playing()
    assert kafkatui("lag", *line.split()) == (2, "", f"kafkatui: {sentence}\n")
    assert cluster.asked == []
