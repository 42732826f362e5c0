"""The pure parts of the screens: sparklines, finding names, shares of a strip, which groups need a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kafkatui.columns.sparkline import level_line, rate_line
from kafkatui.model.cluster import Health
from kafkatui.tui.attention import direction, needs
from kafkatui.tui.find import closest
from kafkatui.tui.widgets.partition_strip import shares
from tests.builders import a_group, a_group_partition, a_snapshot, an_order_system


@pytest.mark.parametrize(
    ("series", "line"),
    [
        ((), "    "),
        ((0.0, 0.0), "  ▁▁"),
        ((1.0, 2.0, 3.0, 4.0), "▃▄▅▇"),
        ((4.0, None, 4.0, 4.0), "▇ ▇▇"),
        ((9.0, 0.0, 1.0, 0.0, 0.0), "▁▇▁▁"),
    ],
)
def test_a_rate_is_drawn_from_zero_and_a_gap_stays_a_gap(series: tuple[float | None, ...], line: str) -> None:
    assert rate_line(series, 4) == line


@pytest.mark.parametrize(
    ("series", "line"),
    [
        ((None, None), "    "),
        ((341.0, 341.0, 341.0, 341.0), "▁▁▁▁"),
        ((10_000.0, 10_000.0, 10_010.0, 10_000.0), "▁▁▁▁"),
        ((9_000.0, 9_500.0, 10_000.0, 10_500.0), "▁▃▅▇"),
    ],
)
def test_a_level_is_drawn_from_its_lowest_and_noise_is_flat(series: tuple[float | None, ...], line: str) -> None:
    assert level_line(series, 4) == line


NAMES = ("orders.created", "payments", "created", "recreated", "c-r-e-a-t-e-d", "other")


def test_the_closest_name_comes_first() -> None:
    found = closest("created", ((name, name) for name in NAMES), 10)
    assert found == ["created", "orders.created", "recreated", "c-r-e-a-t-e-d"]


def test_without_letters_names_come_in_their_order() -> None:
    assert closest(" ", ((name, name) for name in NAMES), 2) == ["orders.created", "payments"]


def test_a_strip_is_shared_by_size_and_no_label_is_cut() -> None:
    assert shares([100, 300, 0], [5, 5, 5], 57) == [15, 35, 5]
    assert shares([0, 0], [5, 5], 40) == [5, 5]


@pytest.mark.parametrize(
    ("series", "where"),
    [
        ((1.0, 2.0, 3.0), 0),
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), 1),
        ((6.0, 5.0, 4.0, None, 3.0, 2.0, 1.0), -1),
        ((50.0, 10.0, 60.0, 20.0, 70.0, 15.0, 65.0, 30.0), 0),
        ((5.0,) * 20, 0),
    ],
)
def test_a_lag_that_goes_up_and_down_does_not_grow(series: tuple[float | None, ...], where: int) -> None:
    assert direction(series) == where


def test_groups_that_stand_still_need_a_person_before_those_that_grow() -> None:
    found = {need.group.group: need for need in needs(replace(an_order_system(), outlooks={}))}
    assert list(found) == ["mailer", "billing", "fraud-check"]
    assert found["mailer"].verdict == "stopped: no members"
    assert found["billing"].verdict.startswith("lag grows")


def test_where_there_is_a_verdict_it_says_why_a_group_needs_a_person() -> None:
    found = {need.group.group: (need.health, need.verdict) for need in needs(an_order_system())}
    assert found == {
        "billing": (Health.BAD, "STALL payments-3: the commit stands at 807417 for 96 s while 9823 records wait"),
        "mailer": (Health.BAD, "STOP no members: no commit after 659 for 120 s while 341 records wait"),
        "fraud-check": (Health.OK, "keeps pace"),
    }


def test_a_group_that_is_read_up_needs_nobody() -> None:
    done = a_group(partitions=[a_group_partition(committed=1_000)])
    assert not needs(a_snapshot(groups=[done]))


def test_a_group_that_shares_out_its_work_is_worth_a_look() -> None:
    moving = a_group(partitions=[a_group_partition(committed=1_000)], state="PreparingRebalance")
    (need,) = needs(a_snapshot(groups=[moving]))
    assert need.health is Health.WARN
