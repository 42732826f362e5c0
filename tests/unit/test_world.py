"""The sample world as it is declared: whole, deterministic, and telling what it claims to tell."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest

from kafkatui.kafka.partitioners import Partitioner
from kafkatui.minicluster import orders, world
from kafkatui.minicluster.clicks import packed
from kafkatui.minicluster.load import Pulse, due
from kafkatui.minicluster.world import FEEDS, GROUPS, TOPICS, Feed, Group
from kafkatui.minicluster.world_dead_letters import DEAD_LETTERS
from kafkatui.model.records import NewRecord

NOW_MS = 1_795_000_000_000


def written(feed: Feed, seed: int = 7, now_ms: int = NOW_MS, count: int = 400) -> list[NewRecord]:
    return [record for order in orders.history(seed, count, now_ms) for record in feed.of_order(order)]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.topic)
def test_the_same_seed_and_time_make_the_same_bytes(feed: Feed) -> None:
    assert written(feed) == written(feed)
    assert written(feed, seed=8) != written(feed)


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.topic)
def test_the_time_moves_records_but_not_their_number_and_keys(feed: Feed) -> None:
    later = written(feed, now_ms=NOW_MS + 86_400_000)
    assert [(r.key, r.partition) for r in later] == [(r.key, r.partition) for r in written(feed)]
    assert all(a.timestamp_ms != b.timestamp_ms for a, b in zip(later, written(feed), strict=True))


def test_orders_come_in_order_and_fill_a_day() -> None:
    times = [order.at_ms for order in orders.history(7, world.ORDERS, NOW_MS)]
    assert times == sorted(times)
    assert times[0] == NOW_MS - 24 * orders.HOUR_MS
    assert NOW_MS - orders.HOUR_MS < times[-1] <= NOW_MS


def test_every_record_of_an_order_carries_its_trace() -> None:
    order = next(order for order in orders.history(7, 100, NOW_MS) if order.is_shipped)
    made = [r for make in (orders.created, orders.states, orders.payments, orders.shipments) for r in make(order)]
    parts = [dict(record.headers)["traceparent"] for record in made]
    assert {part and part.split(b"-")[1] for part in parts} == {b"%032x" % order.trace}
    assert all(part and [len(field) for field in part.split(b"-")] == [2, 32, 16, 2] for part in parts)


def test_the_compacted_topic_gets_tombstones_with_a_key() -> None:
    tombstones = [r for r in written(FEEDS[1]) if r.value is None]
    assert len(tombstones) == 100
    assert all(record.key for record in tombstones)


def test_the_poison_is_one_payment_on_the_partition_where_fraud_check_is_stuck() -> None:
    payments = next(feed for feed in FEEDS if feed.topic == "payments")
    bad = [record for record in written(payments, count=world.ORDERS) if orders.is_poison(record.value)]
    assert [record.key for record in bad] == [b"o-%d" % orders.POISONED]
    group = next(group for group in GROUPS if group.name == "fraud-check")
    place = group.behind["payments"].index(world.Stuck.ON_POISON)
    assert Partitioner.MURMUR2.place(bad[0].key or b"", 4) == place


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_group_says_where_it_stands_on_each_partition_of_its_topics(group: Group) -> None:
    for name, behind in group.behind.items():
        assert len(behind) == world.topic(name).partitions


def test_feeds_and_dead_letters_use_declared_topics() -> None:
    names = {topic.name for topic in TOPICS}
    assert {feed.topic for feed in FEEDS} | {letters.topic for letters in DEAD_LETTERS} == names
    assert {record.topic for feed in FEEDS for record in written(feed)} == {feed.topic for feed in FEEDS}


def test_the_snapshots_are_large_and_the_clicks_are_binary() -> None:
    snapshots = next(feed for feed in FEEDS if feed.topic == "inventory.snapshots")
    assert all(len(record.value or b"") > 20_000 for record in written(snapshots))
    clicks = next(feed for feed in FEEDS if feed.topic == "clicks.raw")
    with pytest.raises(UnicodeDecodeError):
        (written(clicks)[0].value or b"").decode()


def test_clicks_are_messagepack() -> None:
    assert packed({"a": "x", "b": b"\xff", "n": 5, "m": 300, "at": 1 << 40}) == (
        b"\x85\xa1a\xa1x\xa1b\xc4\x01\xff\xa1n\x05\xa1m\xcd\x01\x2c\xa2at\xcf\x00\x00\x01\x00\x00\x00\x00\x00"
    )


def test_some_amounts_are_written_as_people_write_them() -> None:
    payments = next(feed for feed in FEEDS if feed.topic == "payments")
    values = [r.value or b"" for r in written(payments, count=world.ORDERS) if not orders.is_poison(r.value)]
    kinds = Counter(type(json.loads(value)["amount"]) for value in values)
    assert 15 < kinds[str] < 30 < kinds[int]


def test_the_load_has_a_steady_rate_with_gentle_waves() -> None:
    start = 1_795_000_000
    a_second = [due(start + at + 1) - due(start + at) for at in range(600)]
    assert 24 < sum(a_second) / len(a_second) < 26
    assert 10 < min(a_second) < 20
    assert 30 < max(a_second) < 45
    assert max(abs(b - a) for a, b in itertools.pairwise(a_second)) < 5


async def test_the_pulse_fades_only_without_signs_of_life() -> None:
    pulse = Pulse(0.05)
    pulse.beat()
    await pulse.fade()
