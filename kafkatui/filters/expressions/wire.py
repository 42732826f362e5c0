"""The library's serialized expression (protobuf `cel.expr.CheckedExpr`) to a tree. Numbers are those of cel-spec."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from kafkatui.filters.expressions.tree import Call, Constant, Elements, Entries, Fold, Name, Node, Select
from kafkatui.filters.expressions.values import Uint

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NotSupported(Exception):
    """Something in it is no part of the language as it is offered here; the text says what."""


def read_expression(serialized: bytes) -> Node:
    """From `Any{CheckedExpr{expr = 4}}`. Raises `NotSupported`."""
    checked = _one(serialized, 2)
    return _node(_one(checked, 4))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        size = 8 if kind == _FIXED64 else 4
        if kind == _BYTES:
            size, at = _varint(data, at)
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _all(data: bytes, number: int) -> list[bytes]:
    return [value for field, value in _fields(data) if field == number and isinstance(value, bytes)]


def _one(data: bytes, number: int) -> bytes:
    """An absent message or text is an empty one."""
    return next(iter(_all(data, number)), b"")


def _text(data: bytes, number: int) -> str:
    return _one(data, number).decode()


def _flag(data: bytes, number: int) -> bool:
    return any(field == number and value for field, value in _fields(data))


def _node(data: bytes) -> Node:
    for number, content in _fields(data):
        if number in _NODES and isinstance(content, bytes):
            return _NODES[number](content)
    raise NotSupported("an empty expression")


def _constant(data: bytes) -> Node:
    for number, value in _fields(data):
        if isinstance(value, int):
            return Constant(_number(number, value))
        if number == 5:
            return Constant(struct.unpack("<d", value)[0])
        return Constant(value.decode() if number == 6 else value)
    raise NotSupported("an empty constant")


def _number(number: int, value: int) -> object:
    match number:
        case 1:
            return None
        case 2:
            return bool(value)
        case 4:
            return Uint(value)
    return value - (1 << 64) if value >> 63 else value


def _select(data: bytes) -> Node:
    return Select(_node(_one(data, 1)), _text(data, 2), _flag(data, 3))


def _call(data: bytes) -> Node:
    target = [_node(each) for each in _all(data, 1)]
    return Call(_text(data, 2), (*target, *map(_node, _all(data, 3))), bool(target))


def _entries(data: bytes) -> Node:
    if name := _text(data, 1):
        raise NotSupported(f"a message ({name})")
    return Entries(tuple((_node(_one(each, 3)), _node(_one(each, 4))) for each in _all(data, 2)))


def _fold(data: bytes) -> Node:
    if _text(data, 8):
        raise NotSupported("a loop with two variables")
    over, start, condition, step, result = (_node(_one(data, number)) for number in (2, 4, 5, 6, 7))
    return Fold(_text(data, 1), over, _text(data, 3), start, condition, step, result)


_NODES = {
    3: _constant,
    4: lambda data: Name(_text(data, 1)),
    5: _select,
    6: _call,
    7: lambda data: Elements(tuple(map(_node, _all(data, 1)))),
    8: _entries,
    9: _fold,
}
