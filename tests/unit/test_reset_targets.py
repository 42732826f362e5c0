"""Where one partition goes: Kafka's rules for each scenario of `--reset-offsets`, and its own words for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.positions import AtTime
from kafkatui.model.problems import Problem
from kafkatui.resets.errors import BadRequest
from kafkatui.resets.targets import (
    Log,
    Place,
    ShiftBy,
    Target,
    ToCurrent,
    ToOffsets,
    ToPosition,
    parse_datetime,
    parse_duration,
    parse_offset,
    parse_target,
)

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=timezone(timedelta(hours=1)))
WHERE = TopicPartition("orders", 0)
LOG = Log(10, 100)


def place(target: Target, committed: int | None = 50, at: int | None = None) -> Place | Problem:
    return target.place(WHERE, LOG, committed, at)


@pytest.mark.parametrize(
    ("text", "offset", "note"),
    [
        ("start", 10, ""),
        ("end", 100, ""),
        ("60", 60, ""),
        ("10", 10, ""),
        ("100", 100, ""),
        ("9", 10, "9 is before the start"),
        ("101", 100, "101 is behind the end"),
        ("+5", 15, ""),
        ("+95", 100, "105 is behind the end"),
        ("-5", 95, ""),
        ("-95", 10, "5 is before the start"),
        ("current", 50, ""),
    ],
)
def test_a_position_is_clamped_to_the_log_and_says_so(text: str, offset: int, note: str) -> None:
    assert place(parse_target(text, NOW)) == Place(offset, note)


def test_a_moment_is_the_first_record_not_before_it_or_the_end() -> None:
    target = parse_target("@2026-11-22T15:00", NOW)
    assert place(target, at=70) == Place(70)
    assert place(target, at=None) == Place(100, "all records are older: the end")
    assert str(target) == "the first record not before 2026-11-22T15:00:00.000+01:00"


def test_current_is_where_it_is_even_outside_of_the_log_and_else_the_end() -> None:
    assert place(ToCurrent(), committed=500) == Place(500)
    assert place(ToCurrent(), committed=None) == Place(100, "no commit: the end")


@pytest.mark.parametrize(("count", "offset", "note"), [(-5, 45, ""), (5, 55, ""), (-45, 10, "5 is before the start")])
def test_a_shift_is_from_the_commit(count: int, offset: int, note: str) -> None:
    assert place(ShiftBy(count)) == Place(offset, note)


def test_what_has_no_commit_can_not_be_shifted() -> None:
    problem = place(ShiftBy(1), committed=None)
    assert isinstance(problem, Problem)
    assert problem.code == "no_commit"


def test_offsets_of_a_file_are_clamped_and_must_name_the_partition() -> None:
    assert place(ToOffsets({WHERE: 60}, "f.csv")) == Place(60)
    assert place(ToOffsets({WHERE: 600}, "f.csv")) == Place(100, "600 is behind the end")
    problem = place(ToOffsets({}, "f.csv"))
    assert isinstance(problem, Problem)
    assert problem.text == "f.csv has no offset for it"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T15:00:00.000", datetime(2026, 11, 22, 15, 0, tzinfo=UTC)),
        ("2026-11-22T15:00:00.000+01:00", datetime(2026, 11, 22, 14, 0, tzinfo=UTC)),
        ("2026-11-22T15:00:00.000Z", datetime(2026, 11, 22, 15, 0, tzinfo=UTC)),
    ],
)
def test_kafkas_datetime_is_utc_without_a_zone(text: str, moment: datetime) -> None:
    assert parse_datetime(text) == ToPosition(AtTime(moment))


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("P1D", timedelta(days=1)),
        ("PT2H", timedelta(hours=2)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("pt30m", timedelta(minutes=30)),
    ],
)
def test_kafkas_duration_is_back_from_now(text: str, back: timedelta) -> None:
    assert parse_duration(text, NOW) == ToPosition(AtTime(NOW - back))


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "P1Y", "PT1D", "P-1D", "P999999999D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_duration(text, NOW)


@pytest.mark.parametrize("text", ["", "-1", "+1", "end", "1.5", "٣"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_offset(text)


def test_what_is_no_position_or_time_is_refused() -> None:
    with pytest.raises(BadRequest, match="'earliest' is no position"):
        parse_target("earliest", NOW)
    with pytest.raises(BadRequest, match="'yesterday' is no time"):
        parse_datetime("yesterday")
