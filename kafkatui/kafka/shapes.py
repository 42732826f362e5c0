"""Where the fields of a reply lie: whether its counts can be true, and what of it is newer than kio.

kio 0.6 takes the length of an array at its word, and the whole process ends where there is no memory for it; a reply
with one error code or tagged field that it does not know it does not read at all. What fields mean is not known here.
"""

# Composed of small functions, one for each kind of field: of a reply about 10,000 partitions they take 10 ms.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from kio.schema.errors import ErrorCode

_Step = Callable[[memoryview, int], int]
"""Gets a reply and where a value begins in it, and gives where that ends. Raises `Impossible`."""

_SIZES = {
    "int8": 1, "uint8": 1, "bool": 1, "int16": 2, "uint16": 2, "error_code": 2, "int32": 4, "uint32": 4,
    "timedelta_i32": 4, "int64": 8, "uint64": 8, "float64": 8, "timedelta_i64": 8, "datetime_i64": 8, "uuid": 16,
}  # fmt: skip
"""Bytes of what always takes as many, by the name kio gives it."""
_UNKNOWN_ERROR = b"\xff\xff"
"""UNKNOWN_SERVER_ERROR."""
_ERRORS = frozenset(int(code) for code in ErrorCode)


_Edit = tuple[int, int, bytes]
"""From where to where there is something else instead."""
_Edits = list[_Edit] | None


class Impossible(Exception):
    """A count or a length goes beyond the end of the reply."""


class _Shape(NamedTuple):
    """One kind of value."""

    least: int
    """Bytes that the smallest one takes."""
    step: _Step | None
    """None: it always takes so many."""


def check(entity: Any, reply: memoryview) -> None:
    """Look at all counts of a reply without its header, of a kio class. Raises `Impossible`."""
    _walk(_checking(entity), reply)


def mended(entity: type[Any], reply: memoryview) -> memoryview:
    """The reply without what is newer than kio: tagged fields are left out, error codes are UNKNOWN_SERVER_ERROR.

    Raises `Impossible`.
    """
    edits: list[_Edit] = []
    _walk(_entity(entity, edits), reply)
    pieces: list[bytes | memoryview] = []
    at = 0
    for begin, end, instead in edits:
        pieces += [reply[at:begin], instead]
        at = end
    return memoryview(b"".join([*pieces, reply[at:]]))


def _walk(shape: _Shape, reply: memoryview) -> None:
    try:
        if shape.step is not None:
            shape.step(reply, 0)
    except IndexError as error:
        raise Impossible("it ends in the middle") from error


@cache
def _checking(entity: Any) -> _Shape:
    return _entity(entity, None)


def _entity(entity: Any, edits: _Edits) -> _Shape:
    """`edits`: where a walk puts what is to be changed; None: it only looks."""
    flexible = bool(entity.__flexible__)
    parts: list[_Shape] = []
    tagged: dict[int, _Shape] = {}
    for field in fields(entity):
        if "tag" in field.metadata:
            tagged[int(field.metadata["tag"])] = _value(field, flexible, edits, is_tagged=True)
        else:
            parts.append(_value(field, flexible, edits))
    if flexible:
        parts.append(_Shape(1, _tags(tagged, edits)))
    return _in_a_row(parts)


def _in_a_row(parts: list[_Shape]) -> _Shape:
    """Values that always take the same are passed over together."""
    least, ahead = sum(part.least for part in parts), 0
    steps: list[tuple[int, _Step]] = []
    for part in parts:
        if part.step is None:
            ahead += part.least
        else:
            steps.append((ahead, part.step))
            ahead = 0
    if not steps:
        return _Shape(least, None)
    behind = ahead

    def step(reply: memoryview, at: int) -> int:
        for ahead, one in steps:
            at = one(reply, at + ahead)
        return at + behind

    return _Shape(least, step)


def _value(field: Field[Any], flexible: bool, edits: _Edits, *, is_tagged: bool = False) -> _Shape:
    is_array, is_nullable, inner = _type_of(field.type)
    is_struct = is_dataclass(inner)
    if is_struct:
        shape = _checking(inner) if edits is None else _entity(inner, edits)
    elif edits is not None and field.metadata["kafka_type"] == "error_code":
        shape = _Shape(2, _error_code(edits))
    else:
        shape = _primitive(str(field.metadata["kafka_type"]), flexible)
    if is_array:
        return _array(shape, flexible)
    return _nullable(shape) if is_nullable and not is_tagged and is_struct else shape


def _type_of(of: Any) -> tuple[bool, bool, Any]:
    """Whether it is an array, whether it may be null, and the type of one."""
    is_nullable = get_origin(of) in (Union, UnionType)
    if is_nullable:
        (of,) = (each for each in get_args(of) if each is not type(None))
    if get_origin(of) is tuple:
        return True, is_nullable, get_args(of)[0]
    return False, is_nullable, of


def _primitive(kind: str, flexible: bool) -> _Shape:
    if kind in _SIZES:
        return _Shape(_SIZES[kind], None)
    if flexible:
        return _Shape(1, _compact_bytes)
    return _Shape(2, _short_bytes) if kind == "string" else _Shape(4, _long_bytes)


def _error_code(edits: list[_Edit]) -> _Step:
    def step(reply: memoryview, at: int) -> int:
        if int.from_bytes(reply[at : at + 2], "big", signed=True) not in _ERRORS:
            edits.append((at, at + 2, _UNKNOWN_ERROR))
        return at + 2

    return step


def _compact_bytes(reply: memoryview, at: int) -> int:
    size = reply[at]
    if size < 0x80:
        at += 1
    else:
        size, at = _varint(reply, at)
    return _within(reply, at + max(0, size - 1))


def _short_bytes(reply: memoryview, at: int) -> int:
    size = int.from_bytes(reply[at : at + 2], "big", signed=True)
    return _within(reply, at + 2 + max(0, size))


def _long_bytes(reply: memoryview, at: int) -> int:
    size = int.from_bytes(reply[at : at + 4], "big", signed=True)
    return _within(reply, at + 4 + max(0, size))


def _within(reply: memoryview, at: int) -> int:
    if at > len(reply):
        raise Impossible(f"a value would end {at - len(reply)} bytes behind it")
    return at


def _varint(reply: memoryview, at: int) -> tuple[int, int]:
    """The number, and where it ends."""
    value = shift = 0
    while shift <= 28:
        byte = reply[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Impossible("a number of more than five bytes")


def _array(item: _Shape, flexible: bool) -> _Shape:
    least, one = item

    def step(reply: memoryview, at: int) -> int:
        if flexible:
            count = reply[at]
            if count < 0x80:
                at += 1
            else:
                count, at = _varint(reply, at)
            count -= 1
        else:
            count = int.from_bytes(reply[at : at + 4], "big", signed=True)
            at += 4
        if count * least > len(reply) - at:
            raise Impossible(f"a list of {count} in {max(0, len(reply) - at)} bytes")
        if one is None:
            return at + max(0, count) * least
        for _ in range(count):
            at = one(reply, at)
        return at

    return _Shape(1 if flexible else 4, step)


def _nullable(shape: _Shape) -> _Shape:
    """A struct that may be null has a byte in front (KIP-893)."""

    def step(reply: memoryview, at: int) -> int:
        if reply[at] >= 0x80:
            return at + 1
        return at + 1 + shape.least if shape.step is None else shape.step(reply, at + 1)

    return _Shape(1, step)


def _tags(known: dict[int, _Shape], edits: _Edits) -> _Step:
    """Fields that are only there when they are needed (KIP-482); those that are not known are passed over."""

    def step(reply: memoryview, at: int) -> int:
        count = reply[at]
        if not count:
            return at + 1
        begin = at
        count, at = _varint(reply, at)
        counted, unknown = (begin, at), list[_Edit]()
        for _ in range(count):
            begin = at
            tag, at = _varint(reply, at)
            size, at = _varint(reply, at)
            shape = known.get(tag)
            if shape is None:
                unknown.append((begin, at + size, b""))
            elif shape.step is not None and edits is None:
                shape.step(reply, at)
            at = _within(reply, at + size)
        if edits is not None and unknown:
            edits.extend([(*counted, _as_varint(count - len(unknown))), *unknown])
        return at

    return step


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
