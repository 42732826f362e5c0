"""JSON as an expression sees it: the same values `decoding.json` shows, read several times as fast.

msgspec reads what is usual, and of a map only the fields an expression names. It refuses more than the standard library
does (NaN, halves of characters, numbers beyond a float) and, in what it skips, checks no UTF-8; all that is read again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypedDict

import msgspec

from kafkatui.filters.expressions.values import Failure

LARGEST = 1 << 20
"""Bytes; as `decoding.limits` has it."""
DEEPEST = 100
_REFUSED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def text_reader(fields: Collection[str] | None) -> Callable[[bytes], Any]:
    """Reads JSON, and what is none as a text, and what is no text as bytes. Of a map at least `fields`; None: all."""
    whole = msgspec.json.Decoder().decode
    some = whole
    # msgspec does not find a field by a name outside of ASCII that is written with escapes.
    if fields is not None and all(map(str.isascii, fields)):
        some = msgspec.json.Decoder(_map_with(fields)).decode

    def read(raw: bytes) -> Any:
        if len(raw) > LARGEST:
            return Failure(f"{len(raw):,} bytes; at most {LARGEST:,} are decoded as JSON")
        if raw.count(b"[") + raw.count(b"{") > DEEPEST:
            return _deep(raw, whole)
        try:
            return some(raw) if raw.isascii() else whole(raw)
        except _REFUSED:
            return _thoroughly(raw)

    return read


def _map_with(fields: Iterable[str]) -> Any:
    make: Any = TypedDict
    return make("Fields", dict.fromkeys(fields, Any), total=False)


def _deep(raw: bytes, whole: Callable[[bytes], Any]) -> Any:
    try:
        found = whole(raw)
    except _REFUSED:
        found = _thoroughly(raw)
    return Failure(f"nested deeper than {DEEPEST} levels") if is_deeper(found) else found


def _thoroughly(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError:
        return text
    except RecursionError:
        return Failure(f"nested deeper than {DEEPEST} levels")


def is_deeper(value: Any) -> bool:
    """Level by level: it needs no stack."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            if node.__class__ is list or node.__class__ is dict
            for child in (node.values() if node.__class__ is dict else node)
        ]
    return any(node.__class__ is list or node.__class__ is dict for node in level)


def _float(text: str) -> float | str:
    number = float(text)
    return text if math.isinf(number) else number


def _int(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # more digits than Python reads
        return text


_DECODER = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=str)
