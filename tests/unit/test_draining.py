"""What is left of groups that are waited for, in words and as a line that moves."""

from __future__ import annotations

import pytest

from kafkatui.cli.draining import Draining, left_of, remarks
from kafkatui.model.groups import Group
from kafkatui.model.problems import PENDING
from tests.builders import NO_ANSWER, a_group, a_group_partition


def lagging(by: int, name: str = "billing") -> Group:
    return a_group(name, [a_group_partition(committed=0, end=by)])


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (lagging(0), None),
        (lagging(1), "group billing: 1 record left"),
        (lagging(120), "group billing: 120 records left"),
        (a_group("billing", [a_group_partition(committed=NO_ANSWER)]), "what is left is not known: no answer"),
        (a_group("billing", partitions=None, members=NO_ANSWER), "group billing: 200 records left"),
        (a_group("billing", [], members=()), None),
        (a_group("billing", [], members=NO_ANSWER), "what it reads is not known: no answer"),
        (a_group("billing", [], state="Assigning"), "its members have no partitions yet (it is Assigning)"),
    ],
)
def test_what_is_left_of_a_group(group: Group, words: str | None) -> None:
    found = left_of(group)
    assert found is None if words is None else (found or "").endswith(words)


def test_what_is_not_read_yet_is_not_drained() -> None:
    group = a_group("billing", [a_group_partition(committed=PENDING)])
    assert left_of(group) == "group billing: what is left is not known: not read yet"


def test_what_a_lag_of_nothing_would_hide() -> None:
    idle = [a_group(name, [], members=()) for name in ("a", "b", "c")]
    ahead = a_group("billing", [a_group_partition(committed=1_005)])
    said = list(remarks([*idle, ahead, lagging(0, "mailer")]))
    assert said == [
        "group a and 2 more have no commit and read no partition here",
        "group billing, orders-0: the commit is 5 ahead of the log: was the topic made anew?",
    ]


def words(*readings: tuple[float, int]) -> str:
    draining = Draining()
    for at, left in readings:
        draining.add(at, [lagging(left)])
    return draining.words


def test_before_anything_is_read() -> None:
    assert Draining().words == "reads how far the groups are"


@pytest.mark.parametrize(
    ("readings", "shown"),
    [
        ([(0, 1_000)], "░" * 20 + " 1\u202f000 left of 1\u202f000 records"),
        ([(0, 1_000), (5, 500)], "█" * 10 + "░" * 10 + " 500 left of 1\u202f000 records   100/s   5s to go"),
        ([(0, 100), (5, 100)], "░" * 20 + " 100 left of 100 records   not getting fewer"),
        ([(0, 100), (5, 400)], "░" * 20 + " 400 left of 100 records   not getting fewer"),
        ([(0, 1), (5, 0)], "█" * 20 + " 0 left of 1 record"),
        ([(0, 0)], "█" * 20 + " 0 left of 0 records"),
        ([(0, 900), (10, 900), (45, 600)], "██████░░░░░░░░░░░░░░ 600 left of 900 records"),
        ([(0, 900), (20, 800), (40, 600)], "██████░░░░░░░░░░░░░░ 600 left of 900 records   10/s   1m to go"),
    ],
)
def test_the_line(readings: list[tuple[float, int]], shown: str) -> None:
    assert words(*readings) == shown


def test_groups_that_are_not_known_are_counted() -> None:
    draining = Draining()
    draining.add(0, [lagging(10), a_group("mailer", partitions=None, members=()), a_group("lost", [])])
    assert draining.words == "░" * 20 + " 210 left of 210 records"
    unknown = a_group("lost", [a_group_partition(committed=NO_ANSWER)])
    draining.add(1, [lagging(10), unknown])
    assert draining.words.endswith(" 10 left of 210 records   1 group not known")
