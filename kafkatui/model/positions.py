"""Where to read in a topic, in the words of people: the grammar of positions and ranges. It resolves no offsets.

`start` `end` `N` `+N` (after the start) `-N` (before the end) `@TIME`; a range is `FROM:TO`, half-open. TIME is
ISO 8601, epoch seconds or milliseconds, `now`, or back from now: `-30m` `-2h` `-1d`. A time without a zone is
in the zone of `now`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from kafkatui.model import moments


class PositionError(ValueError):
    """What was written is no position or range; the text says what would be."""


class Anchor(Enum):
    """What a number of records is counted from."""

    OFFSET = "offset"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class AtOffset:
    """A place counted in offsets: absolute, after the start, or before the end."""

    anchor: Anchor
    count: int = 0

    def __str__(self) -> str:
        if self.anchor is Anchor.OFFSET:
            return str(self.count)
        if not self.count:
            return str(self.anchor.value)
        return f"+{self.count}" if self.anchor is Anchor.START else f"-{self.count}"


@dataclass(frozen=True, slots=True)
class AtTime:
    """The first record whose timestamp is not before a moment."""

    at: datetime
    """With a zone."""

    @property
    def epoch_ms(self) -> int:
        return round(self.at.timestamp() * 1000)

    def __str__(self) -> str:
        # Zones of the 19th century have offsets with seconds, which are not read: `:30` might be the end of a range.
        offset = self.at.utcoffset()
        at = self.at if offset is None or not offset.total_seconds() % 60 else self.at.astimezone(UTC)
        return f"@{at.isoformat(timespec='milliseconds')}"


Position = AtOffset | AtTime

START = AtOffset(Anchor.START)
END = AtOffset(Anchor.END)


@dataclass(frozen=True, slots=True)
class Range:
    """Half-open: `first` is in it, `until` is not."""

    first: Position = START
    until: Position = END

    def __str__(self) -> str:
        return f"{self.first}:{self.until}"


def parse_range(text: str, now: datetime) -> Range:
    """`FROM:TO`, `FROM:`, `:TO`, or one position, which means from there to the end.

    `now` has a zone: times without one are in it. Raises `PositionError`.
    """
    text = text.strip()
    single = _position(text, now)
    if single is not None:
        return Range(single)
    # A time may hold colons itself, so every colon is tried; written times never leave two ways that both parse.
    for colon in (match.start() for match in re.finditer(":", text)):
        first, until = _side(text[:colon], START, now), _side(text[colon + 1 :], END, now)
        if first is not None and until is not None:
            if _is_before(until, first):
                raise PositionError(f"{text!r} ends before it begins")
            return Range(first, until)
    raise PositionError(f"{text!r} is no position or range: {_GRAMMAR}")


def parse_position(text: str, now: datetime) -> Position:
    """One position. `now` has a zone: times without one are in it. Raises `PositionError`."""
    found = _position(text.strip(), now)
    if found is None:
        raise PositionError(f"{text!r} is no position: {_GRAMMAR}")
    return found


def _is_before(one: Position, other: Position) -> bool:
    """Whether that is sure, whatever is in the log."""
    match one, other:
        case AtTime(), AtTime():
            return one.at < other.at
        case AtOffset(Anchor.END), AtOffset(Anchor.END):
            return one.count > other.count
        case AtOffset(), AtOffset():
            return one.anchor is other.anchor and one.count < other.count
    return False


_GRAMMAR = "write start, end, N, +N, -N or @TIME (2026-11-22T15:00, epoch, now, -30m), and FROM:TO for a range"


def _side(text: str, missing: Position, now: datetime) -> Position | None:
    return _position(text, now) if text else missing


def _position(text: str, now: datetime) -> Position | None:
    words = {"start": START, "end": END}
    if text in words:
        return words[text]
    if text.startswith("@"):
        moment = _moment(text[1:], now)
        return AtTime(moment) if moment is not None else None
    match = re.fullmatch(r"([+-]?)(\d{1,19})", text)
    if match is None:
        return None
    anchor = {"": Anchor.OFFSET, "+": Anchor.START, "-": Anchor.END}[match[1]]
    return AtOffset(anchor, int(match[2]))


_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FIRST_MS = 100_000_000_000
"""A bare number from here on is milliseconds: as seconds it would lie after the year 5000."""


def _moment(text: str, now: datetime) -> datetime | None:
    if text == "now":
        return now
    back = re.fullmatch(r"-(\d{1,9})(ms|[smhdw])", text)
    if back is not None:
        return _or_none(lambda: moments.later(now, -timedelta(**{_UNITS[back[2]]: int(back[1])})))
    # Shorter numbers would be moments before 1974: they are meant as a date or an hour, and must not pass for one.
    if re.fullmatch(r"\d{9,16}", text):
        return _of_epoch(int(text), now)
    return _of_iso(text, now)


def _or_none(moment: Callable[[], datetime]) -> datetime | None:
    """None where it lies beyond the calendar: before the year 1, after 9999."""
    try:
        return moment()
    except (OverflowError, ValueError, OSError):
        return None


def _of_epoch(number: int, now: datetime) -> datetime | None:
    return _or_none(lambda: datetime.fromtimestamp(number / 1000 if number >= _FIRST_MS else number, now.tzinfo))


def _of_iso(text: str, now: datetime) -> datetime | None:
    # The standard library also takes ISO weeks and dates without dashes, which look like numbers and mislead.
    # An offset with seconds, which nobody has, would swallow the end of a range: `@...+01:00:20`.
    if not re.match(r"\d{4}-\d{2}-\d{2}", text) or re.search(r"[+-]\d{2}:?\d{2}:?\d{2}(?:\.\d+)?$", text[10:]):
        return None
    moment = _or_none(lambda: datetime.fromisoformat(text))
    if moment is None or moment.tzinfo is not None:
        return moment
    return _or_none(lambda: _local(moment, now))


def _local(moment: datetime, now: datetime) -> datetime:
    """A time without a zone is in the zone of `now`; the machine's own zone knows summer time, a fixed one does not."""
    local = moment.astimezone()
    return local if now.tzinfo == now.astimezone().tzinfo else moment.replace(tzinfo=now.tzinfo)
