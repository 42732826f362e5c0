"""Where offsets are to go, in the words of people and of Kafka's own tool. Nothing here looks into a log.

Each target places one partition: the offset, and what must be said of it; or a `Problem` where it has no place.
The rules are those of ConsumerGroupCommand (Kafka 4.3), `--reset-offsets`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.positions import Anchor, AtOffset, AtTime, Position, PositionError, parse_position
from kafkatui.model.problems import Problem
from kafkatui.resets.errors import BadRequest


class Log(NamedTuple):
    """What there is of one partition: offsets from `start` to before `end`."""

    start: int
    end: int


class Place(NamedTuple):
    """Where one partition goes."""

    offset: int
    note: str = ""
    """What must be said of it, such as that it was clamped."""


@dataclass(frozen=True, slots=True)
class ToPosition:
    """A place in the log: offset, distance from start or end, or time."""

    position: Position

    def __str__(self) -> str:
        if isinstance(self.position, AtTime):
            return f"the first record not before {self.position.at.isoformat(timespec='milliseconds')}"
        return str(self.position)

    def place(self, where: TopicPartition, log: Log, committed: int | None, at: int | None) -> Place | Problem:
        if isinstance(self.position, AtTime):
            return Place(log.end, "all records are older: the end") if at is None else Place(at)
        counted_from = {Anchor.OFFSET: 0, Anchor.START: log.start, Anchor.END: log.end}[self.position.anchor]
        count = -self.position.count if self.position.anchor is Anchor.END else self.position.count
        return _clamped(counted_from + count, log)


@dataclass(frozen=True, slots=True)
class ToCurrent:
    """Where the group is; the end where it has no commit."""

    def __str__(self) -> str:
        return "current"

    def place(self, where: TopicPartition, log: Log, committed: int | None, at: int | None) -> Place | Problem:
        return Place(log.end, "no commit: the end") if committed is None else Place(committed)


@dataclass(frozen=True, slots=True)
class ShiftBy:
    """So many offsets on, or back where it is negative. Every partition has to have a commit."""

    count: int

    def __str__(self) -> str:
        return f"{self.count:+} from where it is"

    def place(self, where: TopicPartition, log: Log, committed: int | None, at: int | None) -> Place | Problem:
        if committed is None:
            return Problem("no_commit", "no commit to shift")
        return _clamped(committed + self.count, log)


@dataclass(frozen=True, slots=True)
class ToOffsets:
    """An offset for each partition."""

    offsets: Mapping[TopicPartition, int]
    source: str
    """Where they come from: a file, another group."""

    def __str__(self) -> str:
        return f"the offsets of {self.source}"

    def place(self, where: TopicPartition, log: Log, committed: int | None, at: int | None) -> Place | Problem:
        if where not in self.offsets:
            return Problem("not_named", f"{self.source} has no offset for it")
        return _clamped(self.offsets[where], log)


@dataclass(frozen=True, slots=True)
class ToGroup:
    """Where another group is; its offsets have to be read first."""

    group: str

    def __str__(self) -> str:
        return f"the offsets of group {self.group}"


Target: TypeAlias = ToPosition | ToCurrent | ShiftBy | ToOffsets


def _clamped(offset: int, log: Log) -> Place:
    if offset < log.start:
        return Place(log.start, f"{offset} is before the start")
    if offset > log.end:
        return Place(log.end, f"{offset} is behind the end")
    return Place(offset)


def parse_target(text: str, now: datetime) -> Target:
    """A position, or `current`. `now` has a zone: times without one are in it. Raises `BadRequest`."""
    if text.strip() == "current":
        return ToCurrent()
    try:
        return ToPosition(parse_position(text, now))
    except PositionError as error:
        raise BadRequest(str(error)) from None


def parse_datetime(text: str) -> ToPosition:
    """Kafka's `--to-datetime`: ISO 8601, in UTC where it names no zone. Raises `BadRequest`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is no time; write it as 2026-11-22T15:00:00.000") from None
    return ToPosition(AtTime(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)))


_DURATION = re.compile(r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?", re.ASCII)


def parse_duration(text: str, now: datetime) -> ToPosition:
    """Kafka's `--by-duration`: an ISO 8601 length of time back from now, `P1DT2H30M`. Raises `BadRequest`."""
    match = _DURATION.fullmatch(text.upper())
    if match is None or not any(match.groups()):
        raise BadRequest(f"{text!r} is no length of time; write it as P1DT2H30M")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    back = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        return ToPosition(AtTime(now - back))
    except OverflowError:
        raise BadRequest(f"{text!r} is longer ago than time goes back") from None


def parse_offset(text: str) -> ToPosition:
    """Kafka's `--to-offset`. Raises `BadRequest`."""
    if re.fullmatch(r"\d{1,19}", text, re.ASCII) is None:
        raise BadRequest(f"{text!r} is no offset")
    return ToPosition(AtOffset(Anchor.OFFSET, int(text)))
