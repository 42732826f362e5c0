"""CEL's values as Python's, and what is equal, less and added.

null None · bool · int · uint `Uint` · double float · string str · bytes · list · map dict · timestamp datetime, aware ·
duration timedelta. A failure is a value too: raising it would cost more than all else about a record. Integers from
JSON may be larger than CEL's 64 bits; they compare exactly, and do not take part in arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

Run: TypeAlias = Callable[[list[Any]], Any]
"""A compiled expression: from the places of one evaluation to a value or a `Failure`."""


class Uint(int):
    """CEL's unsigned integer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no value. The reason may hold text from the cluster."""

    reason: str


TYPE_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    datetime: "google.protobuf.Timestamp",
    timedelta: "google.protobuf.Duration",
}
NUMBERS = frozenset({int, Uint, float})
_ORDERED = frozenset({str, bytes, bool, datetime, timedelta})
LONGEST_SUM = 1 << 24
"""Characters, bytes or items; no value is so long, but sums of sums would be."""
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class TypeOf:
    """What `type(x)` gives; equal by name."""

    name: str


def type_name(value: object) -> str:
    """In CEL's own words."""
    return TYPE_NAMES.get(type(value), "type")


def equal(left: Any, right: Any) -> bool:
    """Numbers by what they are worth, all others only with their own kind; never an error."""
    kind = left.__class__
    if kind in NUMBERS and right.__class__ in NUMBERS:
        return bool(left == right)
    if kind is not right.__class__:
        return False
    if kind is list:
        return len(left) == len(right) and all(map(equal, left, right))
    if kind is dict:
        return len(left) == len(right) and all(key in right and equal(each, right[key]) for key, each in left.items())
    return bool(left == right)


def is_ordered(left: object, right: object) -> bool:
    """Whether one of the two can be said to be less."""
    kind = left.__class__
    if kind in NUMBERS:
        return right.__class__ in NUMBERS
    return kind is right.__class__ and kind in _ORDERED


def is_int64(number: int) -> bool:
    return _LEAST <= number <= _MOST


def no_overload(name: str, *values: object) -> Failure:
    """For the first of the values that is a failure itself, that one."""
    for each in values:
        if isinstance(each, Failure):
            return each
    sign = name.replace("_", "").replace("@", "")
    return Failure(f"{sign!r} can not be applied to {', '.join(map(type_name, values))}")


def add(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if kind is other and kind in (str, bytes, list):
        return left + right if len(left) + len(right) <= LONGEST_SUM else Failure("a sum that is too long")
    if {kind, other} in ({datetime, timedelta}, {timedelta}):
        return _moment(lambda: left + right)
    return _number("+", left, right, lambda: left + right)


def subtract(left: Any, right: Any) -> Any:
    if (left.__class__, right.__class__) in _DIFFERENCES:
        return _moment(lambda: left - right)
    return _number("-", left, right, lambda: left - right)


_DIFFERENCES = {(datetime, timedelta), (datetime, datetime), (timedelta, timedelta)}


def multiply(left: Any, right: Any) -> Any:
    return _number("*", left, right, lambda: left * right)


def divide(left: Any, right: Any) -> Any:
    """Of integers towards zero."""
    if right.__class__ is not float:
        return _division("/", left, right, lambda: _towards_zero(left, right))
    return _number("/", left, right, lambda: _float_quotient(left, right))


def remainder(left: Any, right: Any) -> Any:
    """With the sign of the dividend; of integers only."""
    if left.__class__ is float:
        return no_overload("%", left, right)
    return _division("%", left, right, lambda: left - right * _towards_zero(left, right))


def negate(value: Any) -> Any:
    if value.__class__ in (int, float):
        return _number("-", value, value, lambda: -value)
    return no_overload("-", value)


def _division(sign: str, left: Any, right: Any, result: Callable[[], Any]) -> Any:
    if right.__class__ in (int, Uint) and right == 0 and left.__class__ is right.__class__:
        return Failure("division by zero")
    return _number(sign, left, right, result)


def _number(sign: str, left: Any, right: Any, result: Callable[[], Any]) -> Any:
    """Only of two of a kind; integers stay within 64 bits."""
    kind = left.__class__
    if kind is not right.__class__ or kind not in NUMBERS:
        return no_overload(sign, left, right)
    if kind is float:
        return result()
    least, most = (0, (1 << 64) - 1) if kind is Uint else (_LEAST, _MOST)
    found = result()
    return kind(found) if all(least <= each <= most for each in (left, right, found)) else Failure("integer overflow")


def _towards_zero(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _float_quotient(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or left != left:
        return float("nan")
    return float("inf") if (left > 0) == (str(right)[0] != "-") else float("-inf")


def _moment(result: Callable[[], Any]) -> Any:
    try:
        return result()
    except OverflowError:
        return Failure("a time out of range")
