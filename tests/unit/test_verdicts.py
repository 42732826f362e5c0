"""Burrow's rules, by the cases Burrow publishes (core/internal/evaluator/caching_test.go), and our own points."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kafkatui.model.outlook import Verdict
from kafkatui.model.verdicts import (
    Point,
    always_lagged,
    caught_up_lately,
    judged,
    never_shrank,
    rewound,
    seen_as_commits,
    stalled,
    stopped,
    verdict_of,
)


class Case(NamedTuple):
    """A window of commits and what each rule says of it."""

    why: str
    points: list[Point]
    ends: list[int]
    lag: int
    now: float
    always_lagged: bool
    rewound: bool
    stopped: bool
    stalled: bool
    never_shrank: bool
    caught_up: bool
    verdict: Verdict


def points(*offsets_and_lags: tuple[int, int | None], step: float = 100.0, first: float = 100.0) -> list[Point]:
    return [Point(first + step * index, *each) for index, each in enumerate(offsets_and_lags)]


GROWING = points((1000, 0), (2000, 50), (3000, 100), (4000, 150), (5000, 200))
LATE = points((1000, 50), (2000, 100), (3000, 150), (4000, 200), (5000, 250))
STILL = points((1000, 0), (1000, 50), (1000, 100), (1000, 150), (1000, 200))
STUCK = points((1000, 100), (1000, 150), (1000, 200), (1000, 250), (1000, 300))
FLAT = points((1000, 100), (1000, 100), (1000, 100), (1000, 100), (1000, 100))
FORTH = points((1000, 100), (2000, 150), (3000, 200), (2000, 1250), (4000, 300))
BACK = points((1000, 100), (2000, 150), (3000, 200), (2000, 1250), (2500, 800))
QUICK = points(*((792_748_079 + step, 0) for step in range(15)), step=1.003, first=1_512_224_618.356)
GAPS = points(
    (1000, 0), (1500, None), (2000, 50), (2500, None), (3000, 100), (3500, None), (4000, 150), (4500, None),
    (5000, 200), (5500, None), step=50.0,
)  # fmt: skip
BURSTS = [792_749_024, 792_749_000, 792_748_800, 792_748_600, 792_748_500]
JUST_NOW = [792_748_094, 792_748_093, 792_748_093, 792_748_093]
NO, YES = False, True

CASES = [
    Case("no lag at one point", GROWING, [5200], 200, 600, NO, NO, NO, NO, YES, NO, Verdict.OK),
    Case("as long ago as all took", GROWING, [5200], 200, 900, NO, NO, NO, NO, YES, NO, Verdict.OK),
    Case("longer ago than all took", GROWING, [5200], 200, 1000, NO, NO, YES, NO, YES, NO, Verdict.STOP),
    Case("stopped with lag all the time", LATE, [5250], 250, 1000, YES, NO, YES, NO, YES, NO, Verdict.STOP),
    Case("stands, but had no lag once", STILL, [1200], 200, 600, NO, NO, NO, YES, YES, NO, Verdict.OK),
    Case("stands while lag grows", STUCK, [1300], 300, 600, YES, NO, NO, YES, YES, NO, Verdict.STALL),
    Case("stands while lag stays", FLAT, [1100], 100, 600, YES, NO, NO, YES, YES, NO, Verdict.STALL),
    Case("went back", BACK, [3300], 800, 600, YES, YES, NO, NO, NO, NO, Verdict.REWIND),
    Case("went back and came forward again", FORTH, [4300], 300, 600, YES, NO, NO, NO, NO, NO, Verdict.OK),
    Case("no lag now, whatever was", LATE, [5250], 0, 1000, YES, NO, YES, NO, YES, NO, Verdict.OK),
    Case("new records nobody takes", QUICK, BURSTS, 931, 1_512_224_650, NO, NO, YES, NO, YES, NO, Verdict.STOP),
    Case("new records just now", QUICK, JUST_NOW, 1, 1_512_224_650, NO, NO, YES, NO, YES, YES, Verdict.OK),
    Case("unknown lags change nothing", GAPS, [5700], 200, 600, NO, NO, NO, NO, YES, NO, Verdict.OK),
    Case("lag never shrinks", LATE, [5250], 250, 600, YES, NO, NO, NO, YES, NO, Verdict.WARN),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_each_rule_and_the_verdict(case: Case) -> None:
    said = (
        always_lagged(case.points),
        rewound(case.points) is not None,
        stopped(case.points, case.now),
        stalled(case.points),
        never_shrank(case.points),
        caught_up_lately(case.points, case.ends),
    )
    assert said == (case.always_lagged, case.rewound, case.stopped, case.stalled, case.never_shrank, case.caught_up)
    assert verdict_of(case.points, case.ends, case.lag, case.now) is case.verdict


def test_an_allowed_lag_is_none() -> None:
    assert verdict_of(STUCK, [1300], 300, 600, allowed=300) is Verdict.OK
    assert verdict_of(STUCK, [1300], 300, 600, allowed=100) is Verdict.OK
    assert verdict_of(STUCK, [1300], 300, 600, allowed=99) is Verdict.STALL


def test_a_commit_that_went_back_and_only_nearly_forward_is_still_behind() -> None:
    assert rewound(points((100, 1), (300, 1), (50, 1), (299, 1))) == (300, 50)
    assert rewound(points((100, 1), (300, 1), (50, 1), (300, 1))) is None
    assert rewound(points((100, 1), (300, 1), (50, 1), (300, 1), (200, 1))) == (300, 200)


@pytest.mark.parametrize(
    ("seen", "ends", "lag", "now", "rule"),
    [
        (LATE, [5250], 250, 1000, "no commit after 5000 for 500 s while 250 records wait"),
        (STUCK, [1300], 300, 600, "the commit stands at 1000 for 500 s while 300 records wait"),
        (BACK, [3300], 800, 600, "the commit went back from 3000 to 2000 and has not come forward again"),
        (LATE, [5250], 250, 600, "the lag has not shrunk over 5 commits in 500 s: 50 → 250"),
        (FORTH, [4300], 300, 600, "it reads on: 5 commits in 500 s"),
        (GROWING, [5200], 200, 600, "it had read all at some moment of the last 500 s"),
        (LATE, [5250], 0, 600, "it has read all"),
    ],
)
def test_a_rule_names_its_numbers(seen: list[Point], ends: list[int], lag: int, now: float, rule: str) -> None:
    judgement = judged(seen, ends, lag, now)
    assert judgement.rule == rule
    assert judgement.observed_ms == round((now - 100) * 1000)


def test_without_members_the_rule_says_so_and_since_when() -> None:
    judgement = judged(LATE[-1:], [5250], 250, 620, since=200.0, has_members=False)
    assert judgement.verdict is Verdict.STOP
    assert judgement.rule == "no members: no commit after 5000 for 420 s while 250 records wait"
    assert judgement.observed_ms == 420_000


def test_of_commits_close_together_the_newest_stays_and_none_that_went_back() -> None:
    close = points((1, 9), (2, 9), (3, 9), (4, 9), (5, 9), step=5.0)
    assert [each.offset for each in seen_as_commits(close, None, 12.0)] == [1, 3, 5]
    back = points((1, 9), (200, 9), (150, 9), (160, 9), step=2.0)
    assert [each.offset for each in seen_as_commits(back, None, 12.0)] == [1, 200, 150, 160]


def test_a_commit_that_stands_counts_again_only_for_who_has_members() -> None:
    moved = points((7, 9))
    now = Point(160.0, 7, 20)
    assert seen_as_commits(moved, now, 12.0) == [*moved, now]
    assert seen_as_commits(moved, None, 12.0) == moved
    assert seen_as_commits(moved, now, 61.0) == moved
