"""Why a number is not known: the one value that stands in for it. No exceptions and no I/O live here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason why something could not be read; it takes the place of the value."""

    code: str
    """Kafka's error name in lower case (`not_leader_or_follower`), or one of ours (`no_answer`, `leaderless`)."""
    text: str
    """One sentence for a person. May hold text from the cluster: show it through `safe_text`."""
    last: int | None = None
    """The last good value, where this session saw one."""
    last_at: float | None = None
    """When `last` was read, epoch seconds."""


PENDING = Problem("pending", "not read yet")
"""A later stage of the same reading fills it in."""

Reading: TypeAlias = int | Problem
"""A number from the cluster, or why there is none. Never 0 for unknown."""


def is_pending(reading: object) -> bool:
    """Whether it is only not read yet. By its code: a problem that remembers a value is a copy."""
    return isinstance(reading, Problem) and reading.code == PENDING.code


def known(reading: Reading | None) -> int | None:
    """The number, or None where there is none."""
    return reading if isinstance(reading, int) else None


def total(readings: Iterable[Reading]) -> Reading:
    """The sum, or a `partial` problem that says how much of it is known, with the last good sum if there was one."""
    seen = list(readings)
    numbers = [reading for reading in seen if isinstance(reading, int)]
    missing = [reading for reading in seen if isinstance(reading, Problem)]
    if not missing:
        return sum(numbers)
    if all(is_pending(problem) for problem in missing):
        return PENDING
    if len(missing) == len(seen):
        text = missing[0].text
    else:
        text = f"{len(missing)} of {len(seen)} unknown ({missing[0].text}); the others make {sum(numbers)}"
    return Problem("partial", text, *_last_sum(numbers, missing))


def _last_sum(numbers: list[int], missing: list[Problem]) -> tuple[int | None, float | None]:
    lasts = [problem.last for problem in missing if problem.last is not None]
    if len(lasts) < len(missing):
        return None, None
    return sum(numbers) + sum(lasts), min((problem.last_at or 0.0) for problem in missing)


def remember(now: Reading, before: Reading | None, at: float) -> Reading:
    """Give a problem the last good value `before` held; `at` is when `before` was read, epoch seconds."""
    if isinstance(now, int) or before is None:
        return now
    last, last_at = (before, at) if isinstance(before, int) else (before.last, before.last_at)
    return now if last is None else replace(now, last=last, last_at=last_at)


def forget(problem: Problem) -> Problem:
    """The problem without the last good value: that one was of another number than this will stand for."""
    return problem if problem.last is None else replace(problem, last=None, last_at=None)


def difference(end: Reading, start: Reading) -> Reading:
    """What lies between two offsets, or why it is not known, with the last good difference.

    Never negative: a start that was read after its end may have passed it.
    """
    if isinstance(end, int) and isinstance(start, int):
        return max(0, end - start)
    problem = end if isinstance(end, Problem) else start
    last_end, last_start = _last(end), _last(start)
    if not isinstance(problem, Problem) or last_end is None or last_start is None:
        return forget(problem) if isinstance(problem, Problem) else problem
    return replace(problem, last=max(0, last_end - last_start))


def _last(reading: Reading) -> int | None:
    return reading if isinstance(reading, int) else reading.last
