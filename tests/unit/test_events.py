"""What happened between two snapshots, in words."""

from __future__ import annotations

from dataclasses import replace

from kafkatui.model.cluster import Health
from kafkatui.model.events import changes
from kafkatui.model.problems import Problem
from tests.builders import a_broker, a_group, a_partition, a_snapshot, a_topic

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
    assert texts(before, now) == ["billing Stable → Empty", "billing members 1 → 0"]


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
