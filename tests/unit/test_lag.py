"""The rules of lag: a number is right, or it says why it is not known."""

from __future__ import annotations

import pytest

from kafkatui.model.groups import lag_of
from kafkatui.model.problems import PENDING, Problem, Reading, known, remember, total
from tests.builders import a_group, a_group_partition

NOT_LEADER = Problem("not_leader_or_follower", "the leader is moving to another broker")


@pytest.mark.parametrize(
    ("committed", "start", "end", "lag", "code"),
    [
        (10, 0, 130, 120, None),
        (130, 0, 130, 0, None),
        (0, 0, 0, 0, None),
        (None, 0, 30, 30, "no_commit"),
        (None, 10, 30, 20, "no_commit"),
        (None, 30, 30, 0, "no_commit"),
        (None, 31, 30, 0, "no_commit"),
        (140, 0, 130, 0, "ahead_of_log"),
        (5, 10, 30, 25, "records_lost"),
    ],
)
def test_known_numbers(committed: int | None, start: int, end: int, lag: int, code: str | None) -> None:
    number, problem = lag_of(committed, start, end)
    assert number == lag
    assert (problem.code if problem else None) == code


@pytest.mark.parametrize(
    ("committed", "start", "end"),
    [(NOT_LEADER, 0, 10), (5, 0, NOT_LEADER), (None, NOT_LEADER, 10)],
)
def test_unknown_is_never_zero(committed: Reading | None, start: Reading, end: Reading) -> None:
    assert lag_of(committed, start, end) == (NOT_LEADER, NOT_LEADER)


@pytest.mark.parametrize(("committed", "start", "end"), [(PENDING, 0, 10), (5, 0, PENDING), (None, PENDING, 10)])
def test_pending_is_no_problem_to_report(committed: Reading | None, start: Reading, end: Reading) -> None:
    assert lag_of(committed, start, end) == (PENDING, None)


def test_a_start_that_is_unknown_does_not_spoil_a_lag() -> None:
    assert lag_of(5, NOT_LEADER, 30) == (25, None)


def test_words_name_the_numbers() -> None:
    _, lost = lag_of(5, 10, 30)
    _, ahead = lag_of(140, 0, 130)
    assert lost is not None
    assert lost.text == "5 records were deleted before they were read"
    assert ahead is not None
    assert ahead.text == "the commit is 10 ahead of the log: was the topic made anew?"


def test_a_group_sums_its_rows() -> None:
    group = a_group(partitions=[a_group_partition(committed=10, end=30), a_group_partition(committed=5, end=10)])
    assert group.lag == 25


def test_a_sum_with_unknown_parts_is_unknown_and_says_what_is_known() -> None:
    group = a_group(partitions=[a_group_partition(committed=10, end=30), a_group_partition(end=NOT_LEADER)])
    assert isinstance(group.lag, Problem)
    assert group.lag.text == "1 of 2 unknown (the leader is moving to another broker); the others make 20"


def test_a_sum_of_which_all_was_known_before_keeps_its_last_value() -> None:
    gone = remember(remember(NOT_LEADER, 7, at=100.0), None, at=0.0)
    assert total([20, gone]) == Problem(
        "partial", "1 of 2 unknown (the leader is moving to another broker); the others make 20", 27, 100.0
    )
    assert total([gone, gone]) == Problem("partial", NOT_LEADER.text, 14, 100.0)


def test_a_sum_that_only_waits_is_pending() -> None:
    assert total([1, PENDING]) is PENDING
    assert total([]) == 0


def test_a_problem_remembers_the_last_good_value() -> None:
    first = remember(NOT_LEADER, 7, at=100.0)
    again = remember(NOT_LEADER, first, at=105.0)
    assert isinstance(again, Problem)
    assert (again.last, again.last_at) == (7, 100.0)
    assert remember(8, again, at=110.0) == 8
    assert known(again) is None
