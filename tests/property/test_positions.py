"""Positions and ranges: what is written is what is meant, what is shown can be written again, the rest is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kafkatui.model.positions import (
    END,
    START,
    Anchor,
    AtOffset,
    AtTime,
    Position,
    PositionError,
    Range,
    parse_position,
    parse_range,
)

NOW = datetime(2026, 11, 22, 15, 0, 30, tzinfo=timezone(timedelta(hours=1)))
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=_ZONES).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
OFFSETS = st.builds(AtOffset, st.sampled_from(Anchor), st.integers(0, (1 << 63) - 1)).filter(
    lambda each: each.count > 0 or each.anchor is Anchor.OFFSET
)
POSITIONS: st.SearchStrategy[Position] = OFFSETS | _MOMENTS.map(AtTime) | st.sampled_from([START, END])


@given(POSITIONS)
def test_what_is_shown_of_a_position_is_that_position(position: Position) -> None:
    assert parse_position(str(position), NOW) == position
    assert parse_range(str(position), NOW) == Range(position)


@given(POSITIONS, POSITIONS)
@example(AtTime(datetime(2026, 11, 22, 15, tzinfo=UTC)), AtOffset(Anchor.OFFSET, 20))
def test_what_is_shown_of_a_range_is_that_range(first: Position, until: Position) -> None:
    """`@2026-11-22T15:00:00.000+00:00:20` was one time once, with seconds in its zone."""
    wanted = Range(first, until)
    with suppress(PositionError):
        assert parse_range(str(wanted), NOW) == wanted
        return
    with pytest.raises(PositionError, match="ends before it begins"):
        parse_range(str(wanted), NOW)


@given(st.integers(0, 999_999_999), st.sampled_from(["ms", "s", "m", "h", "d", "w"]))
@example(999_999_999, "w")
@example(999_999_999, "d")
def test_back_from_now_is_a_moment_or_refused(count: int, unit: str) -> None:
    seconds = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}[unit] * count
    try:
        found = parse_position(f"@-{count}{unit}", NOW)
    except PositionError:
        assert seconds > (NOW.year - 2) * 365 * 86_400
        return
    assert isinstance(found, AtTime)
    assert abs((NOW - found.at).total_seconds() - seconds) < 1


@given(st.integers(100_000_000, 10**16 - 1))
def test_epochs_are_seconds_or_milliseconds(number: int) -> None:
    with suppress(PositionError):
        found = parse_position(f"@{number}", NOW)
        assert isinstance(found, AtTime)
        assert abs(found.epoch_ms - (number if number >= 100_000_000_000 else number * 1000)) <= 1


@given(st.datetimes(), st.sampled_from(["T", " "]))
@example(datetime.min, "T")
@example(datetime.max, "T")
def test_a_time_without_a_zone_is_in_that_of_now_or_refused(at: datetime, between: str) -> None:
    with suppress(PositionError):
        found = parse_position(f"@{at.isoformat(between)}", NOW)
        assert isinstance(found, AtTime)
        assert found.at.replace(tzinfo=None) == at


_PIECES = st.sampled_from([*"@:+-0129TZ. wdhms", "start", "end", "now", "2026-11-22", "T15:00", "+01:00", "٣", "\x00"])


@given(st.lists(_PIECES, max_size=8).map("".join) | st.text(max_size=12))
def test_anything_else_is_refused_and_nothing_else_is_raised(text: str) -> None:
    for parse in (parse_position, parse_range):
        with suppress(PositionError):
            found = parse(text, NOW)
            assert parse(str(found), NOW) == found or "T" in str(found)
