"""The polling loop on a scripted cluster: stages, turns, waking, pausing, and never losing the last good snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from math import inf

import pytest

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import GroupType
from kafkatui.model.open_transactions import OpenTransaction
from kafkatui.model.outlook import Verdict
from kafkatui.model.parts import ClusterDetails, Described, GroupList, ListedGroup
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.unread import FirstUnread, ReadFrom
from kafkatui.monitor import Monitor, Want, read_once
from tests.builders import a_group, a_group_partition, a_member, a_partition, a_snapshot, a_topic
from tests.fake_cluster import FakeCluster

SILENT = Problem("unreachable", "none of 3 brokers can be used")


class Clock:
    """Two seconds pass between any two looks at it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        self.now += 2.0
        return self.now


async def take(snapshots: AsyncIterator[Snapshot], count: int) -> list[Snapshot]:
    return [await anext(snapshots) for _ in range(count)]


def with_end(snapshot: Snapshot, end: int) -> Snapshot:
    return replace(snapshot, topics={"orders": a_topic("orders", [a_partition(end=end)])})


async def test_the_first_reading_comes_in_stages() -> None:
    monitor = Monitor(FakeCluster(a_snapshot()), seconds=0)
    names, offsets, whole = await take(monitor.watch(), 3)
    assert (names.stage, offsets.stage, whole.stage) == (Stage.NAMES, Stage.OFFSETS, Stage.GROUPS)
    assert names.topics["orders"].partitions[0].end is PENDING
    assert names.groups == {}
    assert offsets.topics["orders"].partitions[0].end == 1_000
    assert offsets.groups["billing"].lag is PENDING
    assert whole.groups["billing"].lag == 1_200
    assert whole.version == "4.3"


async def test_commits_are_read_before_ends() -> None:
    source = FakeCluster(a_snapshot())
    monitor = Monitor(source, seconds=0)
    snapshots = monitor.watch()
    await take(snapshots, 3)
    for _ in range(8):
        source.asked.clear()
        await anext(snapshots)
        assert source.asked.index("commits") < source.asked.index("ends")


async def test_what_changes_slowly_takes_turns_and_none_is_forgotten() -> None:
    share = a_group("queue", type=GroupType.SHARE)
    source = FakeCluster(a_snapshot(groups=[a_group("billing"), share]))
    snapshots = Monitor(source, seconds=0).watch()
    await take(snapshots, 3)
    turns: list[set[str]] = []
    looked = 0
    for _ in range(15):
        source.asked.clear()
        await anext(snapshots)
        turns.append(set(source.asked) - {"topology", "details", "commits", "ends", "unread"})
        looked += source.asked.count("unread")
    # The commits stand still: what comes next is looked up once.
    assert looked == 1
    assert all(len(turn) == 1 for turn in turns)
    assert set.union(*turns) == {
        "groups",
        "described",
        "share_offsets",
        "starts",
        "stable_ends",
        "sizes",
        "retention_ms",
    }


async def test_an_answer_that_takes_long_does_not_bring_back_older_ones() -> None:
    class Slow(FakeCluster):
        async def described(self, groups: Collection[ListedGroup]) -> Mapping[str, Described | Problem]:
            found = await super().described(groups)
            for _ in range(20):
                await asyncio.sleep(0)
            return found

    source = Slow(with_end(a_snapshot(), 0))
    snapshots = Monitor(source, seconds=0).watch()
    await take(snapshots, 3)
    for end in range(1, 10):
        source.snapshot = with_end(source.snapshot, end)
        assert (await anext(snapshots)).topics["orders"].partitions[0].end == end


async def test_an_older_stable_end_beside_a_newer_end_is_no_open_transaction() -> None:
    source = FakeCluster(with_end(a_snapshot(), 10))
    source.snapshot = replace(
        source.snapshot, topics={"orders": a_topic("orders", [a_partition(end=10, stable_end=10)])}
    )
    snapshots = Monitor(source, seconds=0).watch()
    await take(snapshots, 3)
    for end in range(11, 20):
        source.snapshot = replace(
            source.snapshot, topics={"orders": a_topic("orders", [a_partition(end=end, stable_end=end)])}
        )
        partition = (await anext(snapshots)).topics["orders"].partitions[0]
        assert (partition.end, partition.stable_end) == (end, end)


async def test_an_open_transaction_holds_the_stable_end_back() -> None:
    topic = a_topic("orders", [a_partition(end=10, stable_end=4), a_partition(partition=1, end=10, stable_end=SILENT)])
    source = FakeCluster(a_snapshot(topics=[topic]))
    whole = (await take(Monitor(source, seconds=0).watch(), 3))[-1]
    assert [each.stable_end for each in whole.topics["orders"].partitions] == [4, SILENT]
    once = await read_once(source)
    assert [each.stable_end for each in once.topics["orders"].partitions] == [4, SILENT]


async def test_a_reading_nobody_answers_repeats_the_last_one_with_the_reason() -> None:
    source = FakeCluster(a_snapshot())
    snapshots = Monitor(source, seconds=0).watch()
    good = (await take(snapshots, 3))[-1]
    source.unreachable = SILENT
    failed = await anext(snapshots)
    assert failed.problems == (SILENT,)
    assert (failed.at, failed.topics) == (good.at, good.topics)
    source.unreachable = None
    assert (await anext(snapshots)).problems == ()


async def test_nobody_answers_from_the_start() -> None:
    source = FakeCluster(a_snapshot())
    source.unreachable = SILENT
    snapshots = Monitor(source, seconds=0).watch()
    (failed,) = await take(snapshots, 1)
    assert (failed.stage, failed.problems) == (Stage.NOTHING, (SILENT,))
    source.unreachable = None
    assert (await anext(snapshots)).stage is Stage.NAMES


async def test_a_bug_is_not_taken_for_a_silent_cluster() -> None:
    class Broken(FakeCluster):
        async def topology(self) -> Topology:
            raise ZeroDivisionError

    with pytest.raises(BaseExceptionGroup) as caught:
        await anext(Monitor(Broken(a_snapshot()), seconds=0).watch())
    assert caught.group_contains(ZeroDivisionError)


async def test_rates_and_events_come_from_consecutive_readings() -> None:
    source = FakeCluster(with_end(a_snapshot(), 10))
    snapshots = Monitor(source, seconds=0, clock=Clock()).watch()
    await take(snapshots, 3)
    source.snapshot = with_end(source.snapshot, 50)
    now = await anext(snapshots)
    assert now.trends.rate("orders") == 10.0
    source.snapshot = replace(source.snapshot, topics={})
    assert [event.text for event in (await anext(snapshots)).events] == ["orders is gone"]


async def test_waking_ends_the_pause_and_pausing_holds_it() -> None:
    monitor = Monitor(FakeCluster(a_snapshot()), seconds=0)
    snapshots = monitor.watch()
    await take(snapshots, 3)
    monitor.paused = True
    next_one = asyncio.ensure_future(anext(snapshots))
    done, _ = await asyncio.wait([next_one], timeout=0.05)
    assert done == set()
    monitor.wake()
    assert (await asyncio.wait_for(next_one, 5)).stage is Stage.GROUPS


async def test_reading_once_asks_only_what_is_wanted() -> None:
    source = FakeCluster(a_snapshot(groups=[a_group("billing")]))
    snapshot = await read_once(source, Want.LAG)
    whole = ["topology", "groups", "described", "commits", "share_offsets", "ends"]
    assert source.asked == [*whole, "starts", "stable_ends", "retention_ms", "unread"]
    assert snapshot.groups["billing"].lag == 1_200
    assert snapshot.topics["orders"].partitions[0].start == 0
    assert snapshot.topics["orders"].partitions[2].start is PENDING


async def test_nobody_who_has_read_all_is_asked_about_further() -> None:
    source = FakeCluster(a_snapshot(groups=[a_group("billing", [a_group_partition(committed=1_000)], members=())]))
    assert (await read_once(source, Want.LAG)).groups["billing"].lag == 0
    assert source.asked == ["topology", "groups", "described", "commits", "share_offsets", "ends"]


async def test_transaction_markers_alone_are_no_lag() -> None:
    source = FakeCluster(a_snapshot(groups=[a_group("billing", [a_group_partition(committed=997)], members=())]))
    source.first_unread[ReadFrom(TopicPartition("orders", 0), 997)] = FirstUnread(None, None, 1_000)
    (row,) = (await read_once(source, Want.LAG)).groups["billing"].rows
    assert row.problem is not None
    assert (row.lag, row.problem.code) == (0, "only_markers")
    assert row.problem.text == "nothing to read: the 3 offsets left are transaction markers or aborted records"


async def test_one_who_looked_no_further_than_the_end_of_then_looks_again() -> None:
    source = FakeCluster(a_snapshot(groups=[a_group("billing", [a_group_partition(committed=997)], members=())]))
    at = ReadFrom(TopicPartition("orders", 0), 997)
    source.first_unread[at] = FirstUnread(None, None, 1_000)
    snapshots = Monitor(source, seconds=0).watch()
    assert (await take(snapshots, 6))[-1].groups["billing"].lag == 0
    source.snapshot = replace(source.snapshot, topics={"orders": a_topic("orders", [a_partition(end=1_001)])})
    source.first_unread[at] = FirstUnread(1_000, 1, 1_001)
    seen = [snapshot.groups["billing"].lag for snapshot in await take(snapshots, 4)]
    assert seen[-1] == 4


async def test_who_holds_records_back_stands_beside_the_lag() -> None:
    partition = a_partition(end=1_000, stable_end=998)
    group = a_group("billing", [a_group_partition(committed=990)], members=())
    source = FakeCluster(a_snapshot(topics=[a_topic("orders", [partition])], groups=[group]))
    source.transactions[partition.name] = OpenTransaction(7, 998, "billing-tx", 1_795_618_700_000)
    for snapshot in (await read_once(source, Want.LAG), (await take(Monitor(source, seconds=0).watch(), 3))[-1]):
        (row,) = snapshot.groups["billing"].rows
        assert row.problem is not None
        assert (row.lag, row.problem.code) == (10, "open_transaction")
        assert row.problem.text.startswith("2 of 10 are hidden by the open transaction of billing-tx since 2026-11-25 ")


async def test_an_empty_group_has_not_read_the_partitions_it_has_no_commit_on() -> None:
    rows = [a_group_partition(partition=0, committed=1_000)]
    for protocol, lags in (("consumer", [0, 2_000]), ("", [0])):
        group = a_group("billing", rows, state="Empty", members=(), protocol=protocol)
        source = FakeCluster(a_snapshot(topics=[a_topic("orders", 2)], groups=[group]))
        found = (await read_once(source, Want.LAG)).groups["billing"].rows
        assert [row.lag for row in found] == lags


async def test_a_lag_without_a_commit_reads_the_starts_it_needs() -> None:
    member = a_member(partitions=(0,))
    group = a_group("new", [a_group_partition(committed=None, member=member)], members=(member,))
    source = FakeCluster(a_snapshot(topics=[a_topic("orders", [a_partition(start=400, end=1_000)])], groups=[group]))
    assert (await read_once(source, Want.LAG)).groups["new"].lag == 600


async def test_reading_once_can_leave_groups_out() -> None:
    source = FakeCluster(a_snapshot())
    snapshot = await read_once(source, Want.LAG, only=lambda group: group.group == "billing")
    assert snapshot.groups["billing"].lag == 1_200
    assert snapshot.groups["mailer"].lag is PENDING


async def test_a_monitor_can_leave_groups_out() -> None:
    groups = [a_group("billing"), a_group("mailer")]
    monitor = Monitor(FakeCluster(a_snapshot(groups=groups)), seconds=0, only=lambda group: group.group == "billing")
    for snapshot in (await take(monitor.watch(), 12))[2:]:
        assert snapshot.groups["billing"].lag == 1_200
        assert snapshot.groups["mailer"].partitions is PENDING


async def test_reading_once_raises_when_nobody_answers() -> None:
    source = FakeCluster(a_snapshot())
    source.unreachable = SILENT
    with pytest.raises(Unreachable) as caught:
        await read_once(source)
    assert caught.value.problem is SILENT


async def test_hours_without_an_answer_do_not_make_the_pause_overflow() -> None:
    source = FakeCluster(a_snapshot())
    source.unreachable = SILENT
    monitor = Monitor(source, seconds=1e-12)
    snapshots = monitor.watch()
    assert (await take(snapshots, 1_200))[-1].problems == (SILENT,)


async def test_a_reading_that_fails_ends_what_it_asked_besides() -> None:
    class Half(FakeCluster):
        """Its details fail while its list of groups is still on the way."""

        failing = False

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__(snapshot)
            self.listing = asyncio.Event()
            self.ended = asyncio.Event()

        async def groups(self, topology: Topology) -> GroupList:
            if not self.failing:
                return await super().groups(topology)
            self.listing.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.ended.set()
            raise AssertionError

        async def details(self, topology: Topology) -> ClusterDetails:
            if self.failing:
                await self.listing.wait()
                raise Unreachable(SILENT)
            return await super().details(topology)

    source = Half(a_snapshot())
    snapshots = Monitor(source, seconds=0).watch()
    await take(snapshots, 3)
    source.failing = True
    assert (await anext(snapshots)).problems == (SILENT,)
    assert source.ended.is_set()


async def test_each_whole_reading_tells_what_is_ahead_of_the_groups() -> None:
    source = FakeCluster(with_end(a_snapshot(groups=[a_group("billing", [a_group_partition(committed=900)])]), 1_000))
    snapshots = Monitor(source, seconds=0, clock=Clock()).watch()
    first = (await take(snapshots, 3))[-1].outlooks["billing"]
    assert (first.retention_share, first.produce_rate, first.judgement) == (10.0, None, None)
    source.snapshot = with_end(source.snapshot, 1_100)
    for seen in await take(snapshots, 12):
        ahead = seen.outlooks["billing"]
    assert (ahead.consume_rate, ahead.drains_in) == (0.0, inf)
    assert ahead.produce_rate is not None
    assert ahead.produce_rate > 0
    assert ahead.judgement is not None
    assert ahead.judgement.verdict is Verdict.STALL
    once = (await read_once(source)).outlooks["billing"]
    assert (once.retention_share, once.judgement) == (100 * 200 / 1_100, None)


async def test_a_group_that_is_looked_at_is_looked_up_though_it_moves() -> None:
    def at(committed: int) -> Snapshot:
        return a_snapshot(groups=[a_group("billing", [a_group_partition(committed=committed)], members=())])

    source = FakeCluster(at(100))
    monitor = Monitor(source, seconds=0)
    snapshots = monitor.watch()
    await take(snapshots, 3)
    for looked_at in (False, True):
        monitor.look_at(["billing"] if looked_at else [])
        for committed in range(101, 110):
            source.snapshot = at(committed + 10 * looked_at)
            seen = (await anext(snapshots)).outlooks["billing"]
        assert (source.asked.count("unread") > 0) == looked_at
        assert seen.is_estimated is False
        assert isinstance(seen.time_lag, int) == looked_at, "no end was sampled when these were written"


def test_a_transaction_with_a_time_that_is_none_is_still_named() -> None:
    assert str(OpenTransaction(7, 998, "billing-tx", 1 << 62)) == f"billing-tx since {1 << 62}"
