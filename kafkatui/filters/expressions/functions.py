"""CEL's functions and operators whose operands are all evaluated first. The ones not here are left to the library."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from kafkatui.filters.expressions import values
from kafkatui.filters.expressions.values import Failure, TypeOf, equal, is_ordered, no_overload
from kafkatui.filters.selection import FilterError

_KEYS = frozenset({*values.NUMBERS, bool, str})
_MISSING = object()
_SIZED = frozenset({str, bytes, list, dict})


def _not_equal(left: Any, right: Any) -> bool:
    return not equal(left, right)


def _is_in(wanted: Any, group: Any) -> Any:
    if group.__class__ is list:
        return any(equal(wanted, each) for each in group)
    if group.__class__ is dict and wanted.__class__ in _KEYS:
        return wanted.__class__ is not bool and wanted in group
    return no_overload("in", wanted, group)


def _index(group: Any, index: Any) -> Any:
    if group.__class__ is dict:
        if index.__class__ not in values.NUMBERS and index.__class__ is not str:
            return Failure(f"a {values.type_name(index)} is no key of a map")
        found = group.get(index, _MISSING)
        return Failure(f"no key {index!r}") if found is _MISSING else found
    is_whole = index.is_integer() if index.__class__ is float else index.__class__ in values.NUMBERS
    if group.__class__ is not list or not is_whole:
        return no_overload("[]", group, index)
    if not 0 <= index < len(group):
        return Failure(f"index {index} of a list of {len(group)}")
    return group[int(index)]


def _size(value: Any) -> Any:
    return len(value) if value.__class__ in _SIZED else no_overload("size", value)


def _contains(text: Any, part: Any) -> Any:
    return part in text if text.__class__ is part.__class__ is str else no_overload("contains", text, part)


def _starts_with(text: Any, part: Any) -> Any:
    return text.startswith(part) if text.__class__ is part.__class__ is str else no_overload("startsWith", text, part)


def _ends_with(text: Any, part: Any) -> Any:
    return text.endswith(part) if text.__class__ is part.__class__ is str else no_overload("endsWith", text, part)


def _matches(text: Any, pattern: Any) -> Any:
    if not text.__class__ is pattern.__class__ is str:
        return no_overload("matches", text, pattern)
    return search(pattern, text)


def search(pattern: str, text: str) -> bool | Failure:
    """RE2: in time linear in the text, whatever the pattern."""
    try:
        return compiled(pattern).search(text) is not None
    except UnicodeEncodeError:
        return Failure("a text with half a character")
    except _re2().error as error:
        return Failure(f"invalid regular expression: {_words(error)}")


def check_pattern(pattern: str) -> None:
    """Raises `FilterError`."""
    try:
        compiled(pattern)
    except _re2().error as error:
        raise FilterError(f"{pattern!r} is no regular expression: {_words(error)}") from error


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Any:
    options = _re2().Options()
    options.log_errors = False
    return _re2().compile(pattern, options)


def _words(error: Exception) -> str:
    first = error.args[0]
    return first.decode() if isinstance(first, bytes) else str(first)


@cache
def _re2() -> Any:
    """Imported when the first pattern comes."""
    import re2

    return re2


def _type_of(value: object) -> TypeOf:
    return TypeOf(values.type_name(value))


def _dyn(value: object) -> object:
    return value


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_==_": equal,
    "_!=_": _not_equal,
    "@in": _is_in,
    "_[_]": _index,
    "_+_": values.add,
    "_-_": values.subtract,
    "_*_": values.multiply,
    "_/_": values.divide,
    "_%_": values.remainder,
    "-_": values.negate,
    "_<_": lambda left, right: left < right if is_ordered(left, right) else no_overload("<", left, right),
    "_<=_": lambda left, right: left <= right if is_ordered(left, right) else no_overload("<=", left, right),
    "_>_": lambda left, right: left > right if is_ordered(left, right) else no_overload(">", left, right),
    "_>=_": lambda left, right: left >= right if is_ordered(left, right) else no_overload(">=", left, right),
    "size": _size,
    "contains": _contains,
    "startsWith": _starts_with,
    "endsWith": _ends_with,
    "matches": _matches,
    "type": _type_of,
    "dyn": _dyn,
}


def _to_int(value: Any) -> int | None:
    if value.__class__ is int:
        return value if values.is_int64(value) else None
    return int(value) if value.__class__ is str and _DIGITS.fullmatch(value) else None


def _to_double(value: Any) -> float | None:
    if value.__class__ is int:
        return float(value) if values.is_int64(value) else None
    return value if value.__class__ is float else None


def _to_string(value: Any) -> str | None:
    if value.__class__ is int:
        return str(value) if values.is_int64(value) else None
    return value if value.__class__ is str else None


_DIGITS = re.compile("-?[0-9]{1,18}")
CONVERSIONS: dict[str, Callable[[Any], Any]] = {"int": _to_int, "double": _to_double, "string": _to_string}
"""The usual ones, ten times as fast as by the library; None leaves a value to it."""
