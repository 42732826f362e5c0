"""What one line of input means to `produce`: a whole record as JSON, or a value with or without a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kafkatui.cli.exits import Code, Failure
from kafkatui.decoding.ndjson_lines import LineError, MaskedLine, read_line
from kafkatui.model.records import Header, NewRecord

_DOCUMENT = '{"schema": "kafkatui.'
"""How what `--json` prints begins."""


def from_ndjson(topic: str, *, allow_masked: bool = False) -> Callable[[bytes], NewRecord | None]:
    """Lines as `read --output ndjson` prints them; an empty one holds nothing.

    `allow_masked`: also those of which something was hidden.
    """

    def parse(line: bytes) -> NewRecord | None:
        if not line.strip():
            return None
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise LineError(f"not UTF-8: byte {line[error.start]:#04x} at {error.start}") from error
        if text.startswith(_DOCUMENT):
            raise LineError("a document, not lines of records: read --output ndjson prints those")
        try:
            return read_line(text, topic, allow_masked=allow_masked)
        except MaskedLine as error:
            raise LineError(f"{error}; --allow-masked writes it all the same") from None

    return parse


def from_values(
    topic: str, key: bytes | None, headers: tuple[Header, ...], separator: bytes | None
) -> Callable[[bytes], NewRecord | None]:
    """Each line is a value, byte by byte; with a separator, the key stands in front of it."""

    def parse(line: bytes) -> NewRecord | None:
        if separator is None:
            return NewRecord(topic, key, line, headers)
        own, found, value = line.partition(separator)
        if not found:
            raise LineError(f"no {separator.decode()!r} between a key and a value")
        return NewRecord(topic, own, value, headers)

    return parse


def headers_of(given: Sequence[str]) -> tuple[Header, ...]:
    """`NAME=VALUE` each; `NAME` alone is a header that is null. Raises Failure."""
    headers: list[Header] = []
    for each in given:
        name, found, value = each.partition("=")
        if not name:
            raise Failure(Code.USAGE, f"--header {each!r} has no name; write it as --header NAME=VALUE")
        headers.append((name, bytes_of(value) if found else None))
    return tuple(headers)


def bytes_of(word: str) -> bytes:
    """A word of the command line as the bytes that were typed."""
    return word.encode("utf-8", "surrogateescape")
