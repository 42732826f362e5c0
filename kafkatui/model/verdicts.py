"""How a group reads a partition, by the rules of LinkedIn's Burrow: pure, over points that were seen of it.

The rules and their order are those of Burrow's evaluator (core/internal/evaluator/caching.go). Burrow sees every commit
with its time; who asks again and again sees only where the commit stands, and `seen_as_commits` makes points of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from kafkatui.model.outlook import Judgement, Verdict

NO_MEMBERS = "no members"
INTERVALS = 10
"""Points that are judged at most."""


class Point(NamedTuple):
    """A commit as it was seen."""

    at: float
    """Epoch seconds."""
    offset: int
    lag: int | None
    """None: the end was not known then."""


def judged(
    points: Sequence[Point],
    ends: Sequence[int],
    lag: int,
    now: float,
    *,
    since: float | None = None,
    has_members: bool = True,
) -> Judgement:
    """The verdict over `points`, oldest first and at least one, and `ends` that were seen lately, with its rule.

    `since` is when the last offset was first seen, where that is before the points begin; `now` is the present, both
    epoch seconds.
    """
    verdict = verdict_of(points, ends, lag, now)
    begun = points[0].at if since is None else min(since, points[0].at)
    stood = now - (points[-1].at if since is None else since)
    last, who = points[-1].offset, "" if has_members else f"{NO_MEMBERS}: "
    match verdict:
        case Verdict.STOP:
            rule = f"{who}no commit after {last} for {_seconds(stood)} while {lag} records wait"
        case Verdict.REWIND:
            rule = "the commit went back from {} to {} and has not come forward again".format(*rewound(points) or ())
        case Verdict.STALL:
            rule = f"the commit stands at {last} for {_seconds(now - begun)} while {lag} records wait"
        case Verdict.WARN:
            lags = [point.lag for point in points if point.lag is not None]
            grown = f": {lags[0]} → {lags[-1]}" if lags else ""
            rule = f"the lag has not shrunk over {_commits(points)} in {_seconds(now - begun)}{grown}"
        case Verdict.OK:
            rule = _well(points, ends, lag, now)
    return Judgement(verdict, rule, round(max(0.0, now - begun) * 1000))


def verdict_of(points: Sequence[Point], ends: Sequence[int], lag: int, now: float, allowed: int = 0) -> Verdict:
    """The first of the rules that fires; a lag of at most `allowed` is none."""
    if lag <= allowed:
        return Verdict.OK
    if stopped(points, now) and not caught_up_lately(points, ends):
        return Verdict.STOP
    if not always_lagged(points, allowed):
        return Verdict.OK
    if rewound(points) is not None:
        return Verdict.REWIND
    if stalled(points):
        return Verdict.STALL
    return Verdict.WARN if never_shrank(points) else Verdict.OK


def _well(points: Sequence[Point], ends: Sequence[int], lag: int, now: float) -> str:
    over = _seconds(now - points[0].at)
    if not lag:
        return "it has read all"
    if caught_up_lately(points, ends) or not always_lagged(points):
        return f"it had read all at some moment of the last {over}"
    return f"it reads on: {_commits(points)} in {over}"


def stopped(points: Sequence[Point], now: float) -> bool:
    """Whether the last commit is longer ago than all of them took."""
    return now - points[-1].at > points[-1].at - points[0].at


def caught_up_lately(points: Sequence[Point], ends: Sequence[int]) -> bool:
    """Whether some end that was seen lately lies no further than the last commit."""
    return any(end <= points[-1].offset for end in ends)


def always_lagged(points: Sequence[Point], allowed: int = 0) -> bool:
    """Whether no known lag was as small as `allowed`."""
    return all(point.lag is None or point.lag > allowed for point in points)


def rewound(points: Sequence[Point]) -> tuple[int, int] | None:
    """From where to where the commit went back, if it has not reached that place again; the last time it did."""
    for index in range(len(points) - 1, 0, -1):
        before, after = points[index - 1].offset, points[index].offset
        if after < before and all(later.offset < before for later in points[index:]):
            return before, after
    return None


def stalled(points: Sequence[Point]) -> bool:
    """Whether every commit is the same."""
    return all(point.offset == points[0].offset for point in points)


def never_shrank(points: Sequence[Point]) -> bool:
    """Whether no known lag is smaller than the known one before it."""
    lags = [point.lag for point in points if point.lag is not None]
    return all(after >= before for before, after in pairwise(lags))


def seen_as_commits(moved: Sequence[Point], standing: Point | None, distance: float) -> list[Point]:
    """Points to judge from where a commit was first seen at each of its offsets, oldest first.

    Of those closer than `distance` seconds the newest stays, as in Burrow, but where it went back both stay.
    `standing` is where it stands now, for a group with members: they commit though nothing moves, which makes a commit
    that does not move a stall, not a stop.
    """
    kept: list[Point] = []
    for point in moved:
        close = len(kept) > 1 and point.at - kept[-2].at < distance
        if close and kept[-2].offset <= kept[-1].offset <= point.offset:
            kept[-1] = point
        else:
            kept.append(point)
    if standing is not None and standing.at - kept[-1].at >= distance:
        kept.append(standing)
    return kept[-INTERVALS:]


def _commits(points: Sequence[Point]) -> str:
    return "1 commit" if len(points) == 1 else f"{len(points)} commits"


def _seconds(seconds: float) -> str:
    return f"{max(0, round(seconds))} s"
