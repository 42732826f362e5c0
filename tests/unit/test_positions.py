"""The grammar of positions and ranges, as CONVENTIONS of other tools write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

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

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=timezone(timedelta(hours=1)))


def after_start(count: int) -> AtOffset:
    return AtOffset(Anchor.START, count)


def before_end(count: int) -> AtOffset:
    return AtOffset(Anchor.END, count)


def offset(count: int) -> AtOffset:
    return AtOffset(Anchor.OFFSET, count)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("start", START),
        ("end", END),
        ("0", offset(0)),
        ("120", offset(120)),
        ("+5", after_start(5)),
        ("-100", before_end(100)),
        (" 7 ", offset(7)),
        ("@now", AtTime(NOW)),
        ("@-30m", AtTime(NOW - timedelta(minutes=30))),
        ("@-2h", AtTime(NOW - timedelta(hours=2))),
        ("@-1d", AtTime(NOW - timedelta(days=1))),
        ("@-1500ms", AtTime(NOW - timedelta(seconds=1.5))),
        ("@1795356000", AtTime(datetime(2026, 11, 22, 14, 0, tzinfo=UTC))),
        ("@1795356000000", AtTime(datetime(2026, 11, 22, 14, 0, tzinfo=UTC))),
        ("@2026-11-22", AtTime(datetime(2026, 11, 22, tzinfo=NOW.tzinfo))),
        ("@2026-11-22T10:30", AtTime(datetime(2026, 11, 22, 10, 30, tzinfo=NOW.tzinfo))),
        ("@2026-11-22T10:30:15.250Z", AtTime(datetime(2026, 11, 22, 10, 30, 15, 250_000, UTC))),
        ("@2026-11-22 10:30+02:00", AtTime(datetime(2026, 11, 22, 8, 30, tzinfo=UTC))),
    ],
)
def test_a_position(text: str, position: Position) -> None:
    assert parse_position(text, NOW) == position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start:end", Range(START, END)),
        ("5:10", Range(offset(5), offset(10))),
        ("+5:-5", Range(after_start(5), before_end(5))),
        (":10", Range(START, offset(10))),
        ("5:", Range(offset(5), END)),
        (":", Range(START, END)),
        ("-100", Range(before_end(100), END)),
        ("@-30m:@now", Range(AtTime(NOW - timedelta(minutes=30)), AtTime(NOW))),
        ("@-30m:", Range(AtTime(NOW - timedelta(minutes=30)), END)),
        (
            "@2026-11-22T10:00:@2026-11-22T11:00",
            Range(
                AtTime(datetime(2026, 11, 22, 10, tzinfo=NOW.tzinfo)),
                AtTime(datetime(2026, 11, 22, 11, tzinfo=NOW.tzinfo)),
            ),
        ),
        (
            "@2026-11-22T10:00:30Z:500",
            Range(AtTime(datetime(2026, 11, 22, 10, 0, 30, tzinfo=UTC)), offset(500)),
        ),
        ("@2026-11-22T10:00", Range(AtTime(datetime(2026, 11, 22, 10, tzinfo=NOW.tzinfo)), END)),
    ],
)
def test_a_range(text: str, expected: Range) -> None:
    assert parse_range(text, NOW) == expected


NONSENSE = (
    "",
    *("x", "begin", "1.5", "--5", "5-10", "1:2:3", "5:x", "²", "-", "+"),
    *("@", "@soon", "@-5", "@-5y", "@2026-13-01", "@20261122", "@99999999999999999", "@10:00"),
)


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_range_says_what_would_be(text: str) -> None:
    with pytest.raises(PositionError, match="start, end, N"):
        parse_range(text, NOW)


@pytest.mark.parametrize(
    "text", ["start:end", "5:10", "+5:-5", "12:end", "-100:end", "@2026-11-22T10:00:30.250+01:00:end"]
)
def test_a_range_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_range(text, NOW)) == text
    assert parse_range(str(parse_range(text, NOW)), NOW) == parse_range(text, NOW)


def test_a_time_is_resolved_to_milliseconds_with_its_zone() -> None:
    moment = parse_position("@2026-11-22T10:30:15.250", NOW)
    assert isinstance(moment, AtTime)
    assert moment.epoch_ms == 1_795_339_815_250
    assert str(moment) == "@2026-11-22T10:30:15.250+01:00"
