"""Whether the lengths that a message claims fit into its bytes, by its schema. What the bytes say is left to kio.

kio makes room for as many elements as an array claims before it reads the first. Ten bytes can claim two thousand
million: the allocation fails, and a failed allocation ends the process, with no exception to catch and the terminal
left as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin

_INT16, _INT32 = struct.Struct(">h"), struct.Struct(">i")
_FIXED = {
    **{"int8": 1, "uint8": 1, "bool": 1, "int16": 2, "uint16": 2, "error_code": 2, "int32": 4, "uint32": 4},
    **{"timedelta_i32": 4, "int64": 8, "uint64": 8, "timedelta_i64": 8, "datetime_i64": 8, "float64": 8, "uuid": 16},
}
"""Bytes."""
_VARINT_BYTES = 5
_NULL = -1

Step: TypeAlias = "Callable[[memoryview, int], int]"
"""From the place where a value begins to the one behind it. Raises `Overclaimed` or IndexError."""


class Overclaimed(ValueError):
    """A length is larger than all that follows it, or none at all."""


def check(schema: Any, data: memoryview) -> None:
    """Walk over `data` by a schema of kio's. Raises `Overclaimed`; other faults may pass, for kio to find."""
    try:
        end = _entity(schema)[1](data, 0)
    except (IndexError, struct.error):
        raise Overclaimed("it ends within a value") from None
    if end > len(data):
        raise Overclaimed("it ends within a value")


@cache
def _entity(schema: Any) -> tuple[int, Step]:
    """The fewest bytes that one takes, and how to go past it."""
    plain = [each for each in fields(schema) if "tag" not in each.metadata]
    parts = [_value(each, schema.__flexible__) for each in plain]
    if schema.__flexible__:
        parts.append((1, _tagged(schema)))
    return sum(least for least, _ in parts), _one_after_the_other(list(_merged(parts)))


def _merged(parts: list[tuple[int, Step | None]]) -> Iterator[tuple[int, Step]]:
    """Bytes that are always there, and then what is not always of one length."""
    fixed = 0
    for least, step in parts:
        if step is None:
            fixed += least
        else:
            yield fixed, step
            fixed = 0
    if fixed:
        yield fixed, lambda _, at: at


def _one_after_the_other(parts: list[tuple[int, Step]]) -> Step:
    if len(parts) == 1:
        ((only, last),) = parts
        return lambda data, at: last(data, at + only)

    def walk(data: memoryview, at: int) -> int:
        for fixed, step in parts:
            at = step(data, at + fixed)
        return at

    return walk


def _value(each: Field[Any], flexible: bool) -> tuple[int, Step | None]:
    """The fewest bytes of a field; None where it never takes more."""
    kind, nullable = _without_none(each.type)
    if get_origin(kind) is tuple:
        return (1 if flexible else 4), _array(each, get_args(kind)[0], flexible)
    if _is_entity(kind):
        least, step = _entity(kind)
        return (1, _perhaps(step)) if nullable else (least, step)
    return _primitive(each.metadata["kafka_type"], flexible)


def _without_none(kind: Any) -> tuple[Any, bool]:
    """A type without its `| None`, and whether it had one."""
    inner = [each for each in get_args(kind) if each is not NoneType]
    nullable = get_origin(kind) is not tuple and len(inner) == 1 and NoneType in get_args(kind)
    return (inner[0], True) if nullable else (kind, False)


def _is_entity(kind: Any) -> bool:
    return is_dataclass(kind)


def _primitive(kind: str, flexible: bool) -> tuple[int, Step | None]:
    if kind in _FIXED:
        return _FIXED[kind], None
    if flexible:
        return 1, _compact
    return (2, _string) if kind == "string" else (4, _bytes)


def _array(each: Field[Any], item: Any, flexible: bool) -> Step:
    step: Step | None
    if _is_entity(item):
        least, step = _entity(item)
    else:
        least, step = _primitive(each.metadata["kafka_type"], flexible)
    read = _compact_count if flexible else _count

    def walk(data: memoryview, at: int) -> int:
        count, at = read(data, at)
        if count * least > len(data) - at:
            raise Overclaimed(
                f"{count:,} elements are claimed at {at:,}, where {max(0, len(data) - at):,} bytes follow"
            )
        if step is None:
            return at + count * least
        for _ in range(count):
            at = step(data, at)
        return at

    return walk


def _perhaps(step: Step) -> Step:
    """An entity behind a byte that tells whether it is there."""
    return lambda data, at: at + 1 if data[at] == _NULL & 0xFF else step(data, at + 1)


def _tagged(schema: Any) -> Step:
    """Tagged fields (KIP-482): each behind its number and its length, which must be what it takes."""
    known: dict[int, Step] = {}
    for each in fields(schema):
        if "tag" in each.metadata:
            least, step = _value(each, True)
            known[each.metadata["tag"]] = step or _past(least)

    def walk(data: memoryview, at: int) -> int:
        if not (count := data[at]):
            return at + 1
        count, at = _varint(data, at)
        for _ in range(count):
            tag, at = _varint(data, at)
            size, at = _varint(data, at)
            end = at + size
            if tag in known and known[tag](data, at) != end:
                raise Overclaimed(f"the tagged field {tag} at {at:,} does not take {size:,} bytes")
            at = end
        return at

    return walk


def _past(size: int) -> Step:
    return lambda _, at: at + size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Unsigned, and the place behind it."""
    number = shift = 0
    for place in range(at, at + _VARINT_BYTES):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place + 1
        shift += 7
    raise Overclaimed(f"a number of more than {_VARINT_BYTES} bytes at {at:,}")


def _compact_count(data: memoryview, at: int) -> tuple[int, int]:
    """One more than there are; 0 for null."""
    if (byte := data[at]) < 0x80:
        return (byte - 1 if byte else 0), at + 1
    number, at = _varint(data, at)
    return max(0, number - 1), at


def _count(data: memoryview, at: int) -> tuple[int, int]:
    (count,) = _INT32.unpack_from(data, at)
    return _positive(count, at), at + _INT32.size


def _positive(size: int, at: int) -> int:
    if size < _NULL:
        raise Overclaimed(f"a length of {size:,} at {at:,}")
    return max(0, size)


def _compact(data: memoryview, at: int) -> int:
    if (byte := data[at]) < 0x80:
        return at + (byte or 1)
    size, at = _compact_count(data, at)
    return at + size


def _string(data: memoryview, at: int) -> int:
    (size,) = _INT16.unpack_from(data, at)
    return at + _INT16.size + _positive(size, at)


def _bytes(data: memoryview, at: int) -> int:
    (size,) = _INT32.unpack_from(data, at)
    return at + _INT32.size + _positive(size, at)
