"""Rates and trends: what was not seen twice has no rate."""

from __future__ import annotations

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.trends import LENGTH, Trends, extend
from tests.builders import a_group, a_group_partition, a_topic

A, B = TopicPartition("orders", 0), TopicPartition("orders", 1)
TOPICS = {"orders": a_topic("orders", 2)}


def test_a_rate_is_the_growth_over_the_time_between_two_readings() -> None:
    trends = extend(Trends(), ({A: 10, B: 5}, {A: 30, B: 5}), 2.0, TOPICS, {})
    assert trends.rates == {A: 10.0, B: 0.0}
    assert trends.rate("orders") == 10.0
    assert trends.cluster == (10.0,)


def test_a_partition_seen_once_or_made_anew_has_no_rate() -> None:
    trends = extend(Trends(), ({A: 10}, {A: 3, B: 5}), 2.0, TOPICS, {})
    assert trends.rates == {A: None, B: None}
    assert trends.rate("orders") is None


def test_no_time_between_readings_gives_no_rate() -> None:
    assert extend(Trends(), ({A: 10}, {A: 20}), 0.0, TOPICS, {}).rates == {}


def test_lags_are_kept_with_a_gap_where_one_was_unknown() -> None:
    unread = Problem("no_answer", "no answer")
    known = {"billing": a_group(partitions=[a_group_partition(committed=10, end=30)])}
    unknown = {"billing": a_group(partitions=[a_group_partition(committed=10, end=unread)])}
    trends = Trends()
    for groups in (known, unknown, known):
        trends = extend(trends, ({}, {}), 1.0, {}, groups)
    assert trends.lags == {"billing": (20, None, 20)}


def test_a_trend_has_an_end() -> None:
    trends = Trends()
    for _ in range(LENGTH + 5):
        trends = extend(trends, ({A: 1}, {A: 2}), 1.0, TOPICS, {})
    assert len(trends.topics["orders"]) == LENGTH


def test_internal_topics_do_not_count_into_the_clusters_rate() -> None:
    topics = {"__consumer_offsets": a_topic("__consumer_offsets", 1, internal=True)}
    name = TopicPartition("__consumer_offsets", 0)
    trends = extend(Trends(), ({name: 1}, {name: 9}), 1.0, topics, {})
    assert trends.rate("__consumer_offsets") == 8.0
    assert trends.cluster == (None,)
