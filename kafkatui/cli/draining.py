"""How far groups are from having read all: what is left of each, and when it will be read. No clock and no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from kafkatui.cli import failures
from kafkatui.cli.durations import span_words
from kafkatui.columns.cells import rate_text, thousands
from kafkatui.model.counted import counted
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem, known

_SETTLED = frozenset({"Stable", "Empty", "Dead"})
"""In other states members are yet to be told what they read."""
_RATES = 30.0
"""Seconds that the rate looks back over."""
_LEAST = 3.0
"""Seconds before a rate is told."""
_BAR = 20
"""Cells."""


def left_of(group: Group) -> str | None:
    """What it has not read, in words; None when it has read all. What is not known is not read."""
    lag = group.lag
    if isinstance(lag, Problem):
        return f"group {group.group}: what is left is not known: {lag.text}"
    if lag:
        return f"group {group.group}: {counted(lag, 'record')} left"
    if lag is None and isinstance(group.members, Problem):
        return f"group {group.group}: what it reads is not known: {group.members.text}"
    if lag is None and group.state not in _SETTLED:
        return f"group {group.group}: its members have no partitions yet (it is {group.state})"
    return None


def remarks(groups: Sequence[Group]) -> Iterator[str]:
    """What a lag of 0 would hide, of groups that have read all."""
    idle = [group.group for group in groups if group.lag is None]
    if len(idle) == 1:
        yield f"group {idle[0]} has no commit and reads no partition here"
    elif idle:
        yield f"group {idle[0]} and {len(idle) - 1} more have no commit and read no partition here"
    yield from failures.sentences(
        (f"group {group.group}, {row.name}", row.problem)
        for group in groups
        for row in group.rows
        if row.problem is not None and row.problem.code == "ahead_of_log"
    )


class Draining:
    """What was left at each reading, as one line for a person who waits."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        self._begun: int | None = None
        self._left = 0
        self._unknown = 0

    def add(self, at: float, groups: Iterable[Group]) -> None:
        """One reading; `at` is when it was made, in seconds."""
        lags = [group.lag for group in groups]
        self._left = sum(known(lag) or 0 for lag in lags)
        self._unknown = sum(isinstance(lag, Problem) for lag in lags)
        self._begun = self._left if self._begun is None else self._begun
        self._samples.append((at, self._left))
        while at - self._samples[0][0] > _RATES:
            self._samples.popleft()

    @property
    def words(self) -> str:
        if self._begun is None:
            return "reads how far the groups are"
        share = 1 - self._left / self._begun if self._begun > self._left else 0.0 if self._left else 1.0
        full = int(share * _BAR)
        bar = "█" * full + "░" * (_BAR - full)
        noun = "record" if self._begun == 1 else "records"
        parts = [f"{bar} {thousands(self._left)} left of {thousands(self._begun)} {noun}", *self._speed()]
        if self._unknown:
            parts.append(f"{counted(self._unknown, 'group')} not known")
        return "   ".join(parts)

    def _speed(self) -> Iterator[str]:
        (began, before), (now, left) = self._samples[0], self._samples[-1]
        if now - began < _LEAST or not left:
            return
        rate = (before - left) / (now - began)
        if rate > 0:
            yield f"{rate_text(rate)}/s"
            yield f"{span_words(ceil(left / rate))} to go"
        else:
            yield "not getting fewer"
