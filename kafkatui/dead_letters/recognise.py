"""From a record to a dead letter, by its headers. What is missing or odd becomes a reason in its place, no guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TypeVar

from kafkatui.dead_letters.dialects import DIALECTS, Dialect, mapped
from kafkatui.dead_letters.letter import DeadLetter, Origin, Text
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.header_names import NUMBERS
from kafkatui.decoding.headers import decode_header
from kafkatui.decoding.integers import decode_int32, decode_int64
from kafkatui.decoding.text import is_text
from kafkatui.kafka.fetch_request import Limits
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Header, Record, TimestampType
from kafkatui.replay.stamps import STAMPS, attempt_of

LIMITS = Limits(request_bytes=1 << 20, partition_bytes=256 * 1024)
"""Of reading dead letters: their stack traces are much alike, so that a megabyte of batches may become a hundred."""
_Value = TypeVar("_Value")
_REMEMBERED = 1_000
"""Different sequences of header names that are kept in mind."""
_LONGEST_NAMES = 4_000
"""Characters of one of them."""
_HIGHEST_PARTITION = 2**31 - 1


class Recogniser:
    """Reads the dead letters of every known dialect, and of those the config files describe."""

    def __init__(self, rules: Sequence[DeadLetterRule] = ()) -> None:
        self._rules = tuple((rule.topics, mapped(rule)) for rule in rules)
        self._by_topic: dict[str, tuple[Dialect, ...]] = {}
        self._by_names: dict[tuple[str, ...], _Known | None] = {}

    def dialects(self, topic: str) -> tuple[Dialect, ...]:
        """What may lie in a topic: the first table that fits it counts, and goes before what is known anyway."""
        if topic not in self._by_topic:
            own = next((dialect for glob, dialect in self._rules if fnmatchcase(topic, glob)), None)
            self._by_topic[topic] = DIALECTS if own is None else (own, *DIALECTS)
        return self._by_topic[topic]

    def read(self, record: Record) -> DeadLetter | None:
        """None: no header of it tells of a failure."""
        known = self._known(record)
        if known is None:
            return None
        dialect = known.dialect
        told = _Told(dialect, record.headers, _newest_headers(dialect, record.headers))
        origins = told.origins()
        if dialect.keeps_timestamp and record.timestamp_type is TimestampType.CREATE:
            origins = (*origins[:-1], replace(origins[-1], timestamp_ms=record.timestamp_ms))
        return DeadLetter(
            record=record,
            dialect=dialect,
            others=known.others,
            origins=origins,
            attempts=told.attempts(),
            sent=attempt_of(record.headers, len(origins)),
            exception=told.text(dialect.exception, "the exception"),
            message=told.text(dialect.message, "the message"),
            stacktrace=told.text(dialect.stacktrace, "the stack trace"),
            connector=told.text(_one(dialect.connector), "a connector"),
            stage=told.text(_one(dialect.stage), "the stage"),
            task=told.number(dialect.task, "a task"),
            own=known.own,
        )

    def _known(self, record: Record) -> _Known | None:
        """What the names of its headers tell. Those of a topic are the same over and over, so it is worked out once."""
        names = (record.topic, *(name for name, _ in record.headers))
        if sum(map(len, names)) > _LONGEST_NAMES:
            return _recognised(self.dialects(record.topic), names[1:])
        if names not in self._by_names:
            if len(self._by_names) >= _REMEMBERED:
                self._by_names.clear()
            self._by_names[names] = _recognised(self.dialects(record.topic), names[1:])
        return self._by_names[names]


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose headers they are."""

    dialect: Dialect
    others: tuple[Dialect, ...]
    own: frozenset[str]


def _recognised(dialects: Sequence[Dialect], names: Sequence[str]) -> _Known | None:
    there = frozenset(names)
    found = [dialect for dialect in dialects if dialect.is_in(there)]
    if not found:
        return None
    dialect = _newest(found, names)
    own = (name for name in there if name in STAMPS or any(each.owns(name) for each in found))
    return _Known(dialect, tuple(each for each in found if each is not dialect), frozenset(own))


def _one(name: str) -> tuple[str, ...]:
    return (name,) if name else ()


def _newest(found: Sequence[Dialect], names: Sequence[str]) -> Dialect:
    """The dialect of the newest failure: most append their headers, so it is the one whose headers stand last.

    A table of the config files goes first; a dialect that puts its headers in front counts where it is the only one.
    """
    if found[0].guesses_numbers or len(found) == 1:
        return found[0]
    appending = [dialect for dialect in found if not dialect.is_newest_first]
    last = {name: at for at, name in enumerate(names)}

    def place(dialect: Dialect) -> int:
        return max(last[name] for name in last if dialect.owns(name))

    return max(appending or found, key=place)


def _newest_headers(dialect: Dialect, headers: Sequence[Header]) -> Mapping[str, bytes | None]:
    """The headers of the newest failure; of those that are replaced there is only one."""
    if not dialect.is_newest_first:
        return dict(headers)
    block: dict[str, bytes | None] = {}
    for name, raw in headers:
        if name in block or (block and not dialect.owns(name)):
            break
        if dialect.owns(name):
            block[name] = raw
    return block


@dataclass(frozen=True, slots=True)
class _Told:
    """What the headers of one dialect tell in one record."""

    dialect: Dialect
    headers: Sequence[Header]
    newest: Mapping[str, bytes | None]
    """Of the newest failure."""

    def origins(self) -> tuple[Origin, ...]:
        """The oldest first. Where the parts are not repeated equally often nobody can tell which belong together."""
        dialect = self.dialect
        topics = self._all(dialect.topic, "the topic", _text)
        partitions = self._all(dialect.partition, "the partition", self._partition)
        offsets = self._all(dialect.offset, "the offset", self._offset)
        counts = {len(each) for each in (topics, partitions, offsets) if not isinstance(each, Problem)}
        if len(counts) > 1:
            uneven = Problem("uneven", f"{self._counted()}: which belong together can not be told")
            return (Origin(uneven, uneven, uneven, uneven, uneven),)
        count = counts.pop() if counts else 1
        return tuple(
            Origin(*parts)
            for parts in zip(
                _spread(topics, count),
                _spread(partitions, count),
                _spread(offsets, count),
                _spread(self._all(dialect.timestamp, "the timestamp", self._whole), count),
                _spread(self._all(dialect.group, "the group", _text), count),
                strict=True,
            )
        )

    def attempts(self) -> Reading:
        names = self.dialect.attempts
        name = next((name for name in names if name in self.newest), "")
        if names and not name:
            return Problem("not_told", f"no attempts are told: there is no header {' or '.join(names)}")
        found = self.number(name, "attempts")
        # The header names the delivery to come, and that one did not fail yet.
        return found - 1 if isinstance(found, int) and name in self.dialect.one_ahead else found

    def text(self, names: Sequence[str], what: str) -> Text:
        """Of the newest failure, the first of these headers that is there."""
        if not names:
            return self._not_told(what)
        name = next((name for name in names if self.newest.get(name) is not None), names[-1])
        return _text(name, self.newest[name]) if name in self.newest else _missing(name)

    def number(self, name: str, what: str) -> Reading:
        if not name:
            return self._not_told(what)
        return self._whole(name, self.newest[name]) if name in self.newest else _missing(name)

    def _all(
        self, name: str, what: str, read: Callable[[str, bytes | None], _Value | Problem]
    ) -> list[_Value | Problem] | Problem:
        """One value for each time the header is there, the oldest first."""
        if not name:
            return self._not_told(what)
        found = [read(name, raw) for each, raw in self.headers if each == name]
        if self.dialect.is_newest_first:
            found.reverse()
        return found or _missing(name)

    def _not_told(self, what: str) -> Problem:
        return Problem("not_told", f"{self.dialect.title} does not tell {what}")

    def _counted(self) -> str:
        names = filter(None, (self.dialect.topic, self.dialect.partition, self.dialect.offset))
        all_names = [name for name, _ in self.headers]
        return ", ".join(f"{all_names.count(name)} x {name}" for name in names)

    def _partition(self, name: str, raw: bytes | None) -> Reading:
        found = self._place(name, raw)
        if isinstance(found, int) and found > _HIGHEST_PARTITION:
            return Problem("malformed", f"{name} is {found}: no partition has such a number")
        return found

    def _offset(self, name: str, raw: bytes | None) -> Reading:
        return self._place(name, raw)

    def _place(self, name: str, raw: bytes | None) -> Reading:
        found = self._whole(name, raw)
        if isinstance(found, int) and found < 0:
            return Problem("not_told", f"{name} is {found}: no record of a topic was at work")
        return found

    def _whole(self, name: str, raw: bytes | None) -> Reading:
        if raw is None:
            return Problem("missing", f"the header {name} is null")
        decoded = _guessed(raw) if self.dialect.guesses_numbers and name not in NUMBERS else decode_header(name, raw)
        if isinstance(decoded.value, int):
            return decoded.value
        if decoded.problem is not None:
            return Problem("malformed", f"the header {name}: {decoded.problem.text}")
        return Problem("malformed", f"the header {name} is no number: {decoded.value!r:.40}")


def _missing(name: str) -> Problem:
    return Problem("missing", f"the header {name} is missing")


def _spread(found: list[_Value | Problem] | Problem, count: int) -> Iterable[_Value | Problem]:
    """One for each origin; a single reason stands for all."""
    if isinstance(found, Problem):
        return [found] * count
    if len(found) == count:
        return found
    return [Problem("uneven", f"told {len(found)} times for {count} origins: which is whose can not be told")] * count


def _text(name: str, raw: bytes | None) -> Text:
    if raw is None:
        return Problem("missing", f"the header {name} is null")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte 0x{raw[error.start]:02x} at {error.start}"
        return Problem("malformed", f"the header {name} is {reason}")


def _guessed(raw: bytes) -> Decoded:
    """Digits are decimal text; four or eight bytes that are no text at all are a binary number, big-endian."""
    if is_text(raw):
        return decode_header("__connect.errors.offset", raw)
    return decode_int32(raw) if len(raw) == 4 else decode_int64(raw)
