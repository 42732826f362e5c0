"""What the variables of an expression are, taken from a record: decoded late, and at most once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from kafkatui.filters.condition import Decode
from kafkatui.filters.expressions.json_values import text_reader
from kafkatui.filters.expressions.values import Failure
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON_STARTS = (b"{", b"[")


Reader = Callable[[Record], Any]


def readers(fields: frozenset[str] | None, decode: Decode | None) -> dict[str, Reader]:
    """By the name of the variable: what a record gives, or a `Failure`. `fields`: all that is asked of the value."""
    key, value = _key_reader(), _value_reader(fields)
    return {
        "headers": _headers,
        "key": key if decode is None else _decoded(decode, "key", key),
        "offset": lambda record: record.offset,
        "partition": lambda record: record.partition,
        "timestamp": _timestamp,
        "timestamp_ms": lambda record: record.timestamp_ms,
        "topic": lambda record: record.topic,
        "value": value if decode is None else _decoded(decode, "value", value),
    }


def _key_reader() -> Reader:
    """A text, as most keys are: `"42"` is no number. Only what begins as a map or a list may be JSON."""
    read = text_reader(None)

    def key(record: Record) -> Any:
        raw = record.key
        if raw is None:
            return None
        return read(raw) if raw.lstrip().startswith(_JSON_STARTS) else text_or_bytes(raw)

    return key


def _value_reader(fields: Collection[str] | None) -> Reader:
    read = text_reader(fields)

    def value(record: Record) -> Any:
        raw = record.value
        return None if raw is None else read(raw)

    return value


def _decoded(decode: Decode, place: str, otherwise: Reader) -> Reader:
    def read(record: Record) -> Any:
        found = decode(record)
        if found is None:
            return otherwise(record)
        value = getattr(found, place).value
        return Failure(value.text) if isinstance(value, Problem) else value

    return read


def _headers(record: Record) -> dict[str, Any]:
    """Of a name that repeats, the last one's value."""
    return {name: None if raw is None else text_or_bytes(raw) for name, raw in record.headers}


def text_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _timestamp(record: Record) -> datetime | Failure:
    if record.timestamp_ms < 0:
        return Failure("the record has no timestamp")
    try:
        return _EPOCH + timedelta(milliseconds=record.timestamp_ms)
    except OverflowError:
        return Failure(f"the timestamp {record.timestamp_ms} lies beyond the year 9999")
