"""Positions and ranges as people might write them: one, or a refusal; and what is shown of one can be written again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from kafkatui.model.positions import AtTime, PositionError, parse_position, parse_range

_ZONES = (UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12, minutes=-30)))


def one(data: bytes) -> None:
    """The first byte picks the zone of the clock."""
    text = data[1:].decode("utf-8", "replace")
    now = datetime(2026, 11, 22, 15, tzinfo=_ZONES[data[0] % len(_ZONES)] if data else UTC)
    try:
        position = parse_position(text, now)
    except PositionError:
        position = None
    if position is not None:
        again = parse_position(str(position), now)
        assert str(again) == str(position)
        if isinstance(position, AtTime):
            assert isinstance(again, AtTime)
            assert abs(again.epoch_ms - position.epoch_ms) <= 1
    try:
        found = parse_range(text, now)
    except PositionError:
        return
    assert str(parse_range(str(found), now)) == str(found)
