"""`read --format`: a record in the verbs of kcat's -f, understood once and before anything is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kafkatui.cli.exits import Code, Failure
from kafkatui.model.records import Record

_Part = Callable[[Record], bytes]
_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "0": b"\0", "\\": b"\\"}
_TOKENS = re.compile(r"%(.)|\\x([0-9a-fA-F]{2})|\\(.)|([^%\\]+)|(.)", re.DOTALL)


def compile_format(text: str) -> Callable[[Record], bytes]:
    """`%s %S %R %k %K %T %h %t %p %o %%` and the escapes `\\n \\r \\t \\0 \\\\ \\xHH`. Raises Failure."""
    parts: Sequence[_Part] = [_part(match, text) for match in _TOKENS.finditer(text)]
    return lambda record: b"".join(part(record) for part in parts)


def _part(match: re.Match[str], text: str) -> _Part:
    verb, code, escape, plain, _ = match.groups()
    if verb == "%":
        return _constant(b"%")
    if verb is not None and verb in _VERBS:
        return _VERBS[verb]
    if code is not None:
        return _constant(bytes([int(code, 16)]))
    if escape is not None and escape in _ESCAPES:
        return _constant(_ESCAPES[escape])
    if plain is not None:
        return _constant(plain.encode("utf-8", "surrogateescape"))
    verbs = " ".join(f"%{each}" for each in (*_VERBS, "%"))
    raise Failure(Code.USAGE, f"--format {text!r}: {match[0]!r} is no verb; there are {verbs} and \\n \\t \\xHH")


def _constant(value: bytes) -> _Part:
    return lambda record: value


def _size(data: bytes | None) -> int:
    """-1 for a null, as kcat."""
    return -1 if data is None else len(data)


def _headers(record: Record) -> bytes:
    return b",".join(
        name.encode("utf-8", "surrogateescape") + b"=" + (b"NULL" if value is None else value)
        for name, value in record.headers
    )


_VERBS: dict[str, _Part] = {
    "s": lambda record: record.value or b"",
    "S": lambda record: b"%d" % _size(record.value),
    "R": lambda record: _size(record.value).to_bytes(4, "big", signed=True),
    "k": lambda record: record.key or b"",
    "K": lambda record: b"%d" % _size(record.key),
    "T": lambda record: b"%d" % record.timestamp_ms,
    "h": _headers,
    "t": lambda record: record.topic.encode(),
    "p": lambda record: b"%d" % record.partition,
    "o": lambda record: b"%d" % record.offset,
}
