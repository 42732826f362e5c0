"""One number over time, as it was sampled: how long it stood where. What the number is, is not known here."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

KEPT = 32
"""Stretches that are kept of a number that changes; the older ones grow further apart."""


class Stretch(NamedTuple):
    """A time in which each sample was the same. Epoch seconds."""

    since: float
    """Its first sample."""
    until: float
    """Its last sample."""
    value: int


class Stretches:
    """Mutable, because there is one for each partition and each commit. One that never changed is a few words long."""

    __slots__ = ("_past", "since", "until", "value")

    def __init__(self, at: float, value: int) -> None:
        self.since = at
        self.until = at
        self.value = value
        self._past: array[int] | None = None
        """Since and until in ms and the value of each earlier stretch, oldest first."""

    def move(self, at: float, value: int) -> None:
        """Another value was sampled at `at`, later than any before."""
        if self._past is None:
            self._past = array("q")
        self._past.extend((round(self.since * 1000), round(self.until * 1000), self.value))
        if len(self._past) >= 3 * KEPT:
            self._thin(self._past)
        self.since = self.until = at
        self.value = value

    def _thin(self, past: array[int]) -> None:
        """Give up every second one of the older half, but not the oldest: how far it reaches back is worth most.

        Where it went back stays, unless it does so all the time.
        """
        half = len(past) // 6
        values = past[2 : 3 * half + 3 : 3]
        turns = {step + side for step in range(half) if values[step + 1] < values[step] for side in (0, 1)}
        if len(turns) > half // 2:
            turns = set()
        kept = array("q")
        for index in range(half):
            if index % 2 == 0 or index in turns:
                kept.extend(past[3 * index : 3 * index + 3])
        kept.extend(past[3 * half :])
        self._past = kept

    @property
    def moved(self) -> bool:
        """Whether it was ever anything else."""
        return self._past is not None

    def newest_first(self) -> Iterator[Stretch]:
        yield Stretch(self.since, self.until, self.value)
        past = self._past or ()
        for index in range(len(past) - 3, -1, -3):
            yield Stretch(past[index] / 1000, past[index + 1] / 1000, past[index + 2])

    @property
    def first(self) -> float:
        """When it was first sampled."""
        return self._past[0] / 1000 if self._past else self.since

    def at(self, when: float) -> int | None:
        """What it was at a moment, if it was the same before and after."""
        if self.since - 0.001 <= when:
            return self.value if when <= self.until + 0.001 else None
        past, moment = self._past or (), round(when * 1000)
        for index in range(len(past) - 3, -1, -3):
            if past[index] - 1 <= moment:
                return past[index + 2] if moment <= past[index + 1] + 1 else None
        return None

    def passed(self, value: int) -> float | None:
        """When a number that grows went beyond `value`: between two samples, on a straight line.

        None: it was beyond it already at the first sample, or is not yet.
        """
        if self.value <= value:
            return None
        after, above = self.since, self.value
        past = self._past or ()
        for index in range(len(past) - 3, -1, -3):
            if past[index + 2] <= value:
                until = past[index + 1] / 1000
                return until + (after - until) * (value - past[index + 2]) / (above - past[index + 2])
            after, above = past[index] / 1000, past[index + 2]
        return None

    def rate(self, seconds: float, least: float) -> float | None:
        """Its growth per second over the last `seconds`; None if it was sampled for less than `least`, or shrank."""
        begin = self.until - seconds
        since, until, value = self.since, self.until, self.value
        past = self._past or ()
        index = len(past) - 3
        while since > begin and index >= 0:
            since, until, value = past[index] / 1000, past[index + 1] / 1000, past[index + 2]
            index -= 3
        then = min(max(since, begin), until)
        if self.until - then < least or self.value < value:
            return None
        return (self.value - value) / (self.until - then)
