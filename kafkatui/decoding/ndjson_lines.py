"""Lines of JSON back to records about to be written. What is not understood is refused: a guess would be written."""

from __future__ import annotations

import base64
import binascii
import json

from kafkatui.model.records import Header, NewRecord
from kafkatui.safe_text import shorten

_NAMES = {
    *("topic", "partition", "offset", "timestamp", "timestamp_type", "key", "value", "headers", "decoded", "masked"),
}
_MOST_PATHS = 120
"""Characters."""
_MOST_PARTITION = (1 << 31) - 1
_MOST_TIMESTAMP = (1 << 63) - 1


class LineError(ValueError):
    """The line is no record; the text says why."""


class MaskedLine(LineError):
    """Something was hidden of the record when it was read."""


def read_line(line: str, topic: str | None = None, *, allow_masked: bool = False) -> NewRecord:
    """`topic` goes before the line's own. The offset, the timestamp's type and what was decoded are not read.

    Raises `LineError`: also for a name that is none of ours, and when `value` is missing, since `"vlaue": ...` would
    otherwise write a tombstone; and `MaskedLine` for a record of which something was hidden when it
    was read, unless `allow_masked`: stars would be written in its place.
    """
    document = _document(line)
    if not document.keys() <= _NAMES:
        unknown = min(document.keys() - _NAMES)
        raise LineError(f"unknown name {unknown!r}; there are {', '.join(sorted(_NAMES))}")
    if document.get("masked") and not allow_masked:
        raise MaskedLine(f"it was masked when it was read, so it is not what was stored: {_paths(document['masked'])}")
    if "value" not in document:
        raise LineError('no "value"; a tombstone is written as null')
    return NewRecord(
        topic=topic if topic is not None else _topic(document.get("topic")),
        key=_stored("key", document.get("key")),
        value=_stored("value", document["value"]),
        headers=_headers(document.get("headers")),
        timestamp_ms=_number("timestamp", document.get("timestamp"), -1, _MOST_TIMESTAMP),
        partition=_number("partition", document.get("partition"), 0, _MOST_PARTITION),
    )


def _document(line: str) -> dict[str, object]:
    try:
        document = _DECODER.decode(line)
    except LineError:
        raise
    except json.JSONDecodeError as error:
        raise LineError(f"not JSON: {error.msg} at character {error.pos}") from error
    except ValueError as error:
        raise LineError("not JSON: a number has too many digits") from error
    except RecursionError as error:
        raise LineError("not a record: nested too deep") from error
    if not isinstance(document, dict):
        raise LineError("not a JSON object")
    return document


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise LineError("a name appears twice in one object")
    return document


# json.loads makes one for each call, which takes as long as decoding.
_DECODER = json.JSONDecoder(object_pairs_hook=_distinct)


def _paths(value: object) -> str:
    """Names of fields, as they were printed."""
    return shorten(", ".join(map(str, value)) if isinstance(value, list) else str(value), _MOST_PATHS)


def _topic(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise LineError("no topic")


def _number(name: str, value: object, least: int, most: int) -> int | None:
    if value is None:
        return None
    if type(value) is int and least <= value <= most:  # a bool is an int too
        return value
    raise LineError(f"{name} is not a whole number from {least} to {most}")


def _stored(name: str, value: object) -> bytes | None:
    if value is None:
        return None
    if type(value) is dict and len(value) == 1:
        if type(text := value.get("text")) is str:
            return _utf8(name, text)
        if type(text := value.get("base64")) is str:
            return _base64(name, text)
    raise LineError(f'{name} is neither {{"text": ...}} nor {{"base64": ...}} nor null')


def _utf8(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise LineError(f"{name} holds half a surrogate pair, which UTF-8 can not") from error


def _base64(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LineError(f"{name} is not base64: {error}") from error


def _headers(value: object) -> tuple[Header, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise LineError("headers are not a list of pairs")
    return tuple([_header(pair) for pair in value])


def _header(pair: object) -> Header:
    if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
        raise LineError("a header is not a pair of a name and a value")
    name, value = pair
    if not name.isascii():
        try:
            name.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise LineError(f"a header's name holds {name[error.start]!r}, which stands for no byte") from error
    return name, None if value is None else _stored(f"header {name!r}", value)
