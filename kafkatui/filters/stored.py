"""Conditions on the bytes as they are stored: a text anywhere, the whole key, a header."""

from __future__ import annotations

from kafkatui.filters.condition import Condition
from kafkatui.filters.selection import FilterError
from kafkatui.model.records import Record


def contains(text: str) -> Condition:
    """The text within the key, the value or a header value, not across two of them. Raises `FilterError`."""
    wanted = _bytes(text)
    if not wanted:
        raise FilterError("the text to look for is empty: every record has that; leave it out")

    def test(record: Record) -> bool:
        if record.value is not None and wanted in record.value:
            return True
        if record.key is not None and wanted in record.key:
            return True
        return any(value is not None and wanted in value for _, value in record.headers)

    return Condition(test, _quoted(text), (wanted,), highlights=(text,), is_of_stored=True)


def has_key(text: str) -> Condition:
    """The whole key, byte for byte. Raises `FilterError`."""
    wanted = _bytes(text)

    def test(record: Record) -> bool:
        return record.key == wanted

    return Condition(test, f"key {_quoted(text)}", _required(wanted), highlights=_texts(text), is_of_stored=True)


def has_header(text: str) -> Condition:
    """NAME: a header of that name, null or not; NAME=VALUE: one with exactly this value. Raises `FilterError`."""
    name, equals, value = text.partition("=")
    if not name:
        raise FilterError(f"a header is asked for as NAME or NAME=VALUE, not as {_quoted(text)}")
    name_bytes, value_bytes = _bytes(name), _bytes(value)

    def named(record: Record) -> bool:
        return any(each == name for each, _ in record.headers)

    def equal(record: Record) -> bool:
        return any(each == name and found == value_bytes for each, found in record.headers)

    if not equals:
        return Condition(named, f"header {text}", (name_bytes,), is_of_stored=True)
    required = _required(name_bytes, value_bytes)
    return Condition(equal, f"header {text}", required, highlights=_texts(value), is_of_stored=True)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise FilterError(f"character {error.start + 1} of {text!r} is half a character and no text") from error


def _quoted(text: str) -> str:
    return f'"{text}"'


def _required(*wanted: bytes) -> tuple[bytes, ...]:
    return tuple(each for each in wanted if each)


def _texts(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
