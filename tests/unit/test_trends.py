"""Rates and trends: what was not seen twice has no rate."""

from __future__ import annotations

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.trends import LENGTH, WINDOW, Trends, extend
from tests.builders import a_group, a_group_partition, a_topic

A, B = TopicPartition("orders", 0), TopicPartition("orders", 1)
TOPICS = {"orders": a_topic("orders", 2)}


def after(*readings: tuple[float, dict[TopicPartition, int]]) -> Trends:
    trends = Trends()
    for at, ends in readings:
        trends = extend(trends, at, ends, TOPICS, {})
    return trends


def test_one_reading_gives_no_rate() -> None:
    trends = after((0, {A: 10, B: 5}))
    assert trends.rates == {A: None, B: None}
    assert trends.rate("orders") is None
    assert trends.cluster == (None,)


def test_a_rate_is_the_growth_over_the_time_between_readings() -> None:
    trends = after((0, {A: 10, B: 5}), (2, {A: 30, B: 5}))
    assert trends.rates == {A: 10.0, B: 0.0}
    assert trends.topics["orders"] == (None, 10.0)
    assert trends.cluster == (None, 10.0)


def test_a_rate_looks_back_over_several_readings_and_no_further() -> None:
    bursts = [(float(at), {A: end}) for at, end in enumerate([0, 30, 30, 30, 60, 60, 60])]
    assert after(*bursts[:4]).rates[A] == 10.0
    assert after(*bursts).rates[A] == (60 - 30) / WINDOW


def test_a_partition_seen_once_or_made_anew_has_no_rate() -> None:
    assert after((0, {A: 10}), (2, {A: 3, B: 5})).rates == {A: None, B: None}


def test_a_partition_that_was_unknown_for_a_while_is_measured_from_when_it_was_known() -> None:
    assert after((0, {A: 10}), (2, {}), (4, {A: 30})).rates == {A: 5.0}


def test_no_time_between_readings_gives_no_rate() -> None:
    assert after((1, {A: 10}), (1, {A: 20})).rates == {A: None}


def test_lags_are_kept_with_a_gap_where_one_was_unknown() -> None:
    unread = Problem("no_answer", "no answer")
    known = {"billing": a_group(partitions=[a_group_partition(committed=10, end=30)])}
    unknown = {"billing": a_group(partitions=[a_group_partition(committed=10, end=unread)])}
    trends = Trends()
    for at, groups in enumerate((known, unknown, known)):
        trends = extend(trends, at, {}, {}, groups)
    assert trends.lags == {"billing": (20, None, 20)}


def test_a_trend_has_an_end() -> None:
    trends = after(*((float(at), {A: at}) for at in range(LENGTH + 5)))
    assert len(trends.topics["orders"]) == len(trends.cluster) == LENGTH
    assert len(trends.window) == WINDOW


def test_internal_topics_do_not_count_into_the_clusters_rate() -> None:
    topics = {"__consumer_offsets": a_topic("__consumer_offsets", 1, internal=True)}
    name = TopicPartition("__consumer_offsets", 0)
    trends = extend(extend(Trends(), 0, {name: 1}, topics, {}), 1, {name: 9}, topics, {})
    assert trends.rate("__consumer_offsets") == 8.0
    assert trends.cluster == (None, None)
