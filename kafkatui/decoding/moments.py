"""Days, times and moments that schemas store as numbers, as ISO 8601 text. What is beyond a calendar stays a number."""

from __future__ import annotations

from datetime import date, datetime, timedelta

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1)
_DIGITS = {1_000: 3, 1_000_000: 6, 1_000_000_000: 9}


def day(days: int) -> str | int:
    """Days since 1970."""
    try:
        return (date(1970, 1, 1) + timedelta(days=days)).isoformat()
    except OverflowError:
        return days


def time_of_day(units: int, per_second: int) -> str | int:
    """`per_second`: 1,000, 1,000,000 or 1,000,000,000 units. `13:05:00.250`."""
    seconds, rest = divmod(units, per_second)
    if not 0 <= seconds < _DAY:
        return units
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:0{_DIGITS[per_second]}}"


def moment(units: int, per_second: int, zone: str = "Z") -> str | int:
    """Since 1970 in UTC, all digits kept: `2026-11-23T20:00:00.000Z`. `zone` empty: a local time of nobody's zone."""
    seconds, rest = divmod(units, per_second)
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return units
    return f"{at.isoformat()}.{rest:0{_DIGITS[per_second]}}{zone}"
