"""What happened between two snapshots, in words."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from kafkatui.model.changes import Observer, changes
from kafkatui.model.cluster import Health, TopicPartition
from kafkatui.model.outlook import GroupOutlook, Judgement, Verdict
from kafkatui.model.problems import Problem
from kafkatui.model.trends import Trends
from tests.builders import a_broker, a_group, a_group_partition, a_member, a_partition, a_snapshot, a_topic

GONE = Problem("gone", "broker 3: connection refused")


def texts(before: object, now: object) -> list[str]:
    return [event.text for event in changes(before, now)]  # type: ignore[arg-type]


def test_nothing_happened() -> None:
    assert changes(a_snapshot(), a_snapshot()) == ()


def test_a_broker_goes_and_comes_back() -> None:
    well = a_snapshot()
    ill = a_snapshot(brokers=[a_broker(1), a_broker(2, is_controller=True), a_broker(3, problem=GONE)])
    (event,) = changes(well, ill)
    assert (event.text, event.health) == ("broker 3: connection refused", Health.BAD)
    assert texts(ill, well) == ["broker 3 is back"]


def test_a_leader_moves_and_a_replica_falls_behind() -> None:
    before = a_snapshot(topics=[a_topic("orders", [a_partition(leader=1)])])
    now = a_snapshot(topics=[a_topic("orders", [a_partition(leader=2, in_sync=(1, 2))])])
    assert texts(before, now) == ["orders-0 in sync 3 → 2 (broker 3 left)", "orders-0 leader 1 → 2"]
    assert texts(now, before) == ["orders-0 leader 2 → 1", "orders-0 in sync 2 → 3"]


def test_a_partition_that_one_reading_lacks_does_not_shift_the_others() -> None:
    before = a_snapshot(topics=[a_topic("orders", [a_partition(partition=0, leader=1), a_partition(partition=1)])])
    now = a_snapshot(topics=[a_topic("orders", [a_partition(partition=1)])])
    assert texts(before, now) == []
    assert texts(now, before) == []


def test_what_happens_to_many_partitions_is_one_event() -> None:
    well = [a_topic("orders", [a_partition(partition=number, in_sync=(1, 2, 3)) for number in range(5)])]
    ill = [a_topic("orders", [a_partition(partition=number, in_sync=(1, 2)) for number in range(5)])]
    (event,) = changes(a_snapshot(topics=well), a_snapshot(topics=ill))
    assert event.text == "5 partitions of 1 topics in sync 3 → 2 (broker 3 left)"
    assert event.name == "orders-0"


def test_the_worst_comes_first() -> None:
    before = a_snapshot(topics=[a_topic("orders", [a_partition(), a_partition(partition=1)])])
    lost = a_partition(partition=1, leader=None)
    now = a_snapshot(topics=[a_topic("orders", [a_partition(leader=2), lost]), a_topic("new", 1)])
    assert [event.health for event in changes(before, now)] == [Health.BAD, Health.OK, Health.OK]


def test_a_topic_made_anew_is_said_once() -> None:
    before = a_snapshot(topics=[a_topic("orders", [a_partition(leader=1)])])
    now = a_snapshot(topics=[a_topic("orders", [a_partition(leader=2)], topic_id="another")])
    assert texts(before, now) == ["orders was deleted and made anew"]


def test_groups_change_state_and_size() -> None:
    before = a_snapshot(groups=[a_group("billing")])
    now = a_snapshot(groups=[replace(a_group("billing"), state="Empty", members=())])
    assert texts(before, now) == ["billing Stable → Empty", "billing: billing-1 left (1 → 0)"]
    assert texts(now, before) == ["billing Empty → Stable", "billing: billing-1 joined (0 → 1)"]


def test_many_members_that_leave_are_one_event() -> None:
    many = tuple(a_member(f"worker-{number}") for number in range(5))
    before, now = (a_snapshot(groups=[a_group(members=members)]) for members in (many, many[:1]))
    assert texts(before, now) == ["billing: 4 members left (5 → 1)"]


def test_a_static_member_that_comes_back_under_another_id_neither_left_nor_joined() -> None:
    was = replace(a_member(), instance_id="pod-1")
    is_ = replace(was, member_id="another")
    before, now = (a_snapshot(groups=[a_group(members=(member,))]) for member in (was, is_))
    assert texts(before, now) == []


def test_a_rebalance_is_told_when_it_begins_and_when_it_is_over() -> None:
    states = ("Stable", "PreparingRebalance", "CompletingRebalance", "Stable", "Assigning", "Reconciling", "Stable")
    readings = [a_snapshot(groups=[a_group(state=state)]) for state in states]
    told = [texts(before, now) for before, now in pairwise(readings)]
    assert told == [
        ["billing rebalances (PreparingRebalance)"],
        [],
        ["billing is through with its rebalance"],
        ["billing rebalances (Assigning)"],
        [],
        ["billing is through with its rebalance"],
    ]


def test_a_rebalance_between_two_readings_is_told_by_what_it_moved() -> None:
    first, second = a_member("a", partitions=(0, 1)), a_member("b", partitions=(2,))
    before = a_snapshot(groups=[a_group(members=(first, second))])
    first, second = a_member("a", partitions=(0,)), a_member("b", partitions=(1, 2))
    now = a_snapshot(groups=[a_group(members=(first, second))])
    assert texts(before, now) == ["billing rebalanced: 1 partition changed hands"]


def test_what_could_not_be_read_in_between_is_no_event() -> None:
    well = a_snapshot(groups=[a_group()], outlooks={"billing": judged(Verdict.STALL)})
    lost = replace(a_group(), members=GONE, partitions=GONE, problem=GONE)
    silent = a_snapshot(groups=[lost], controller=GONE, outlooks={"billing": judged(None)})
    after = a_snapshot(
        groups=[a_group(members=(a_member("other"),))], controller=3, outlooks={"billing": judged(Verdict.OK)}
    )
    observer = Observer()
    observer.look(well, well)
    assert observer.look(well, silent) == ()
    assert {event.text for event in observer.look(silent, after)} == {
        "controller 2 → 3",
        "billing: billing-1 left (1 → 1)",
        "billing: other joined (1 → 1)",
        "billing moves again (was STALL)",
    }


def test_a_group_that_nobody_listed_is_not_gone_and_does_not_appear() -> None:
    both = a_snapshot()
    one = a_snapshot(groups=[a_group("mailer", [])], unlisted={2: GONE})
    assert texts(both, one) == []
    assert texts(one, both) == []


def test_what_came_and_went_while_a_broker_listed_nothing_is_told_when_it_does_again() -> None:
    whole = a_snapshot(groups=[a_group("old")])
    silent = a_snapshot(groups=[], unlisted={2: GONE})
    new = a_snapshot(groups=[a_group("new")])
    observer = Observer()
    told = [[event.text for event in observer.look(*pair)] for pair in pairwise([whole, silent, silent, new, new])]
    assert told == [[], [], ["old is gone", "new appeared"], []]


def judged(verdict: Verdict | None, rule: str = "12 commits of 900") -> GroupOutlook:
    judgement = None if verdict is None else Judgement(verdict, rule, 60_000)
    return GroupOutlook(judgement=judgement, worst=TopicPartition("orders", 1))


def test_a_group_that_stands_still_and_moves_again() -> None:
    verdicts = (None, Verdict.OK, Verdict.WARN, Verdict.STALL, Verdict.STALL, Verdict.STOP, Verdict.WARN, Verdict.OK)
    readings = [a_snapshot(outlooks={"billing": judged(verdict)}) for verdict in verdicts]
    told = [texts(before, now) for before, now in pairwise(readings)]
    assert told == [
        [],
        [],
        ["billing STALL on orders-1: 12 commits of 900"],
        [],
        ["billing STOP on orders-1: 12 commits of 900"],
        ["billing moves again (was STOP)"],
        [],
    ]


def test_a_group_that_lagged_for_a_while_has_read_all() -> None:
    done = a_group(partitions=[a_group_partition(committed=1_000)])
    trends = [(5.0, *[120.0] * 11, None, 0.0), (*[120.0] * 9, 0.0), (0.0, *[1.0] * 12, None)]
    readings = [a_snapshot(groups=[done], trends=Trends(lags={"billing": series})) for series in trends]
    told = [texts(readings[0], now) for now in readings]
    assert told == [["billing has read all: lag 120 → 0"], [], []]


def test_topics_and_groups_come_and_go() -> None:
    before = a_snapshot(topics=[a_topic("old")], groups=[a_group("old-readers")])
    now = a_snapshot(topics=[a_topic("new")], groups=[a_group("new-readers")])
    assert sorted(texts(before, now)) == [
        "new was created",
        "new-readers appeared",
        "old is gone",
        "old-readers is gone",
    ]


def test_the_controller_moves() -> None:
    assert texts(a_snapshot(controller=1), a_snapshot(controller=2)) == ["controller 1 → 2"]
    assert texts(a_snapshot(controller=GONE), a_snapshot(controller=2)) == []
