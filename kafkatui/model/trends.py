"""Rates and lags over the time of this session: pure arithmetic over what consecutive readings saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.groups import Group
from kafkatui.model.problems import known

LENGTH = 60
"""Samples a trend keeps: two minutes at one reading every two seconds."""

Series = tuple[float | None, ...]
"""Oldest first; None where a reading brought no number."""

_K = TypeVar("_K")


WINDOW = 5
"""Readings a rate looks back over: producers write in batches, and a rate that jumps between them says nothing."""

Ends = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True, eq=False)
class Trends:
    """What changed from reading to reading. Nothing in it is guessed: a gap stays None."""

    rates: Mapping[TopicPartition, float | None] = field(default_factory=dict)
    """Records/s written to a partition over the last readings."""
    topics: Mapping[str, Series] = field(default_factory=dict)
    """Records/s written to a topic."""
    lags: Mapping[str, Series] = field(default_factory=dict)
    """Lag of a group, records."""
    cluster: Series = ()
    """Records/s written to all topics."""
    window: tuple[tuple[float, Ends], ...] = ()
    """When the last readings asked for the ends (epoch seconds) and what they found, oldest first."""

    def rate(self, topic: str) -> float | None:
        """Records/s of a topic now, or None while unknown."""
        series = self.topics.get(topic, ())
        return series[-1] if series else None


def extend(trends: Trends, at: float, ends: Ends, topics: Mapping[str, Topic], groups: Mapping[str, Group]) -> Trends:
    """Add one reading: `ends` are the known ends, asked for at `at`, epoch seconds."""
    rates = {name: _rate(trends.window, name, at, end) for name, end in ends.items()}
    per_topic = {
        name: sum_or_none([rates.get(partition.name) for partition in topic.partitions])
        for name, topic in topics.items()
    }
    lags: dict[str, float | None] = {name: known(group.lag) for name, group in groups.items()}
    users = [per_topic[name] for name, topic in topics.items() if not topic.internal]
    return Trends(
        rates=rates,
        topics=_append(trends.topics, per_topic),
        lags=_append(trends.lags, lags),
        cluster=(*trends.cluster, sum_or_none(users))[-LENGTH:],
        window=(*trends.window, (at, ends))[-WINDOW:],
    )


def _rate(window: tuple[tuple[float, Ends], ...], name: TopicPartition, at: float, end: int) -> float | None:
    """Growth since the oldest reading that saw the partition; None if it shrank, as one made anew does."""
    for then, ends in window:
        before = ends.get(name)
        if before is not None and then < at:
            return (end - before) / (at - then) if end >= before else None
    return None


def sum_or_none(values: Iterable[float | None]) -> float | None:
    """The sum of the known values; None when none is known."""
    numbers = [value for value in values if value is not None]
    return sum(numbers) if numbers else None


def _append(series: Mapping[_K, Series], values: Mapping[_K, float | None]) -> dict[_K, Series]:
    return {key: (*series.get(key, ()), value)[-LENGTH:] for key, value in values.items()}
