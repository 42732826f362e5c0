"""Readings that are kept: out of the ring as they went in, in bounded memory, and fewer the older they are."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf, nan
from pathlib import Path

import pytest

from kafkatui.history.errors import FrameError
from kafkatui.history.frames import MOST_BYTES, Key, check, expanded, frame_of, parts_of, snapshot_of
from kafkatui.history.ring import FRESH, SPARSE, Kind, Ring
from kafkatui.history.timeline import at_or_after, stepped
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.outlook import GroupOutlook, Judgement, Outlook, Verdict
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.model.trends import Trends
from tests.builders import (
    AT,
    NO_ANSWER,
    a_broker,
    a_group,
    a_group_partition,
    a_member,
    a_partition,
    a_snapshot,
    a_topic,
    a_wave,
    an_event,
    an_order_system,
)

LAST = Problem("no_answer", "no answer", 900, AT - 5)


def packed(snapshot: Snapshot) -> bytes:
    return frame_of(parts_of(snapshot))


def shown(snapshot: Snapshot) -> object:
    """All that screens show of it: everything but what only the next reading needs."""
    trends = snapshot.trends
    rates = {name: rate for name, rate in trends.rates.items() if rate is not None}
    fields = {name: getattr(snapshot, name) for name in Snapshot.__slots__ if name != "trends"}
    return fields, rates, dict(trends.topics), dict(trends.lags), trends.cluster


def a_hard_snapshot() -> Snapshot:
    """What can be unknown is, and what is seldom there is."""
    owner, other = a_member("worker-1", partitions=(0, 1)), a_member("left-behind")
    rows = [
        a_group_partition(partition=0, member=owner),
        a_group_partition(partition=1, committed=None, member=owner),
        replace(a_group_partition(partition=2, member=other), committed=LAST, lag=LAST, problem=LAST),
    ]
    outlook = Outlook(
        time_lag=LAST, is_estimated=True, drains_in=inf, still_since=AT - 60, judgement=Judgement(Verdict.OK, "r", 5)
    )
    return a_snapshot(
        brokers=[a_broker(1, version=NO_ANSWER, disk=LAST, problem=NO_ANSWER)],
        topics=[
            a_topic(
                "orders", [a_partition(leader=None, end=LAST, offline=(3,)), a_partition(partition=4, end=PENDING)]
            ),
            a_topic("secret", 0, topic_id=None, problem=NO_ANSWER),
        ],
        groups=[
            a_group("billing", rows, members=(owner,)),
            a_group("lost", rows, members=NO_ANSWER, problem=NO_ANSWER),
            replace(a_group("silent"), partitions=NO_ANSWER, members=PENDING),
            a_group("\x1b[31mred", []),
        ],
        problems=(NO_ANSWER,),
        unlisted={3: NO_ANSWER},
        controller=NO_ANSWER,
        version=NO_ANSWER,
        events=(an_event(), an_event("orders was created", at=AT - 20)),
        outlooks={"billing": GroupOutlook({TopicPartition("orders", 2): outlook}, worst=TopicPartition("orders", 2))},
        trends=Trends(
            rates={TopicPartition("orders", 0): 2.35, TopicPartition("orders", 4): None},
            topics={"orders": (None, 2.35), "secret": ()},
            lags={"billing": a_wave(120.0), "lost": (None,)},
            cluster=(1.5, None),
        ),
    )


@pytest.mark.parametrize(
    "snapshot",
    [an_order_system(), a_hard_snapshot(), NOTHING, a_snapshot([], [], [], stage=Stage.NAMES)],
    ids=["orders", "hard", "nothing", "names"],
)
def test_a_reading_comes_out_as_it_went_in(snapshot: Snapshot) -> None:
    again = snapshot_of(packed(snapshot))
    assert shown(again) == shown(snapshot)
    check(again)


def test_rows_share_the_members_they_name() -> None:
    group = snapshot_of(packed(a_hard_snapshot())).groups["billing"]
    assert isinstance(group.members, tuple)
    assert group.rows[0].member is group.rows[1].member is group.members[0]


def test_a_frame_needs_its_key_and_no_other() -> None:
    first, second = packed(an_order_system()), packed(replace(an_order_system(), at=AT + 1))
    key = Key(first)
    small = key.compress(second)
    assert expanded(key.data) == first
    assert expanded(small, first) == second
    assert len(small) < len(key.data) / 20
    with pytest.raises(FrameError, match="damaged"):
        expanded(small)


def later(snapshot: Snapshot, step: int) -> Snapshot:
    """A reading of a cluster that moves, with something new in it."""
    partitions = [a_partition(partition=number, end=1_000 + step * (number + 1)) for number in range(20)]
    rows = [a_group_partition(partition=number, committed=900 + step, end=1_000 + step) for number in range(20)]
    trends = replace(snapshot.trends, lags={"billing": a_wave(step or 1.0)}, topics={"orders": a_wave(step / 7)})
    return a_snapshot(
        topics=[a_topic("orders", partitions)], groups=[a_group("billing", rows)], at=AT + step, trends=trends
    )


def readings(count: int) -> Iterator[Snapshot]:
    return (later(a_snapshot(), step) for step in range(count))


def test_the_ring_gives_back_every_reading_of_the_last_minutes_as_it_was() -> None:
    ring = Ring()
    kept = list(readings(150))
    for snapshot in kept:
        ring.add(packed(snapshot), snapshot.at)
    assert list(ring.moments) == [snapshot.at for snapshot in kept]
    for number in (0, 1, 59, 60, 149):
        assert shown(ring.snapshot(number)) == shown(kept[number])


def test_what_is_older_is_kept_more_sparsely_and_what_saw_an_event_more_densely() -> None:
    ring = Ring()
    for snapshot in readings(2_000):
        ring.add(packed(snapshot), snapshot.at, has_event=snapshot.at == AT + 700)
    now, moments = AT + 1_999, list(ring.moments)
    assert [moment for moment in moments if now - moment < FRESH] == [now - age for age in range(299, -1, -1)]
    old = [(now - older, newer - older) for older, newer in pairwise(moments) if now - newer > FRESH * 1.5]
    assert len(old) > 30
    assert all(gap <= 3 * age / SPARSE for age, gap in old)
    assert AT + 700 in moments
    for number in (0, len(moments) // 2, moments.index(AT + 700)):
        assert ring.snapshot(number).at == moments[number]


def test_its_memory_is_bounded_and_the_newest_is_always_there() -> None:
    most = 60_000
    ring, sizes = Ring(most), []
    for snapshot in readings(600):
        ring.add(packed(snapshot), snapshot.at)
        sizes.append(ring.size)
    assert max(sizes) <= most
    assert ring.moments[-1] == AT + 599
    assert len(ring.moments) > 50
    assert shown(ring.snapshot(len(ring.moments) - 1)) == shown(later(a_snapshot(), 599))


def test_a_key_whose_reading_went_is_still_told_to_who_saves() -> None:
    ring = Ring()
    for snapshot in readings(1_000):
        ring.add(packed(snapshot), snapshot.at)
    frames = list(ring.frames())
    assert frames[0].kind in (Kind.KEY, Kind.BARE_KEY)
    assert Kind.BARE_KEY in {frame.kind for frame in frames}
    assert [frame.seen for frame in frames if frame.kind is not Kind.BARE_KEY] == list(ring.moments)


def test_steps_go_on_from_a_moment_that_is_not_kept_any_more() -> None:
    moments = [10.0, 20.0, 30.0]
    assert [stepped(moments, 20.0, steps) for steps in (-1, 1, -2, 2)] == [0, 2, -1, 3]
    assert [stepped(moments, 25.0, steps) for steps in (-1, 1)] == [1, 2]
    assert [at_or_after(moments, seen) for seen in (5, 10, 11, 31)] == [0, 0, 1, 2]


def test_what_is_too_large_is_not_kept() -> None:
    with pytest.raises(FrameError, match="too large"):
        frame_of([b"x" * (MOST_BYTES + 1)])


@pytest.mark.parametrize(
    "changes",
    [
        {"at": nan},
        {"at": 1e300},
        {"events": (an_event(at=-1.0),)},
        {"brokers": {1: a_broker(problem=Problem("a", "b", 1, inf))}},
        {"trends": Trends(cluster=(nan,))},
        {"trends": Trends(lags={"billing": (inf,)})},
    ],
    ids=str,
)
def test_numbers_that_would_stop_a_screen_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(FrameError, match="it holds"):
        check(replace(a_snapshot(), **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\x90", b"\x91\x92\xa1x\xc4\x00", b"\xdd\xff\xff\xff\xff", b"\xc1"], ids=repr)
def test_bytes_that_are_no_reading_are_refused(data: bytes) -> None:
    with pytest.raises(FrameError, match="not a reading"):
        snapshot_of(data)


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def test_what_a_large_reading_leaves_behind_is_as_small_as_what_is_kept_of_it() -> None:
    """The memory of the process, not the sum of the pieces: one that pins 2 MiB each makes 200 of a hundred."""
    ring, large = Ring(), bytearray(random.Random(1).randbytes(1 << 18) * 8)
    ring.add(bytes(large), AT)
    before = resident_mib()
    for number in range(1, 100):
        large[number * 20_000] ^= 1
        ring.add(bytes(large), AT + number)
    assert len(ring.moments) == 100
    assert resident_mib() - before < 40
