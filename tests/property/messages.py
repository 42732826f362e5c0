"""Any message of kio's, made of its schema: the values that its fields can hold. What is done with them is a test's.

As a strategy of hypothesis, so that what fails is made smaller.
"""

from __future__ import annotations

from dataclasses import Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

from hypothesis import strategies as st
from kio.schema.errors import ErrorCode

_LAST_MS = 8_000_000_000_000
"""In the year 2223. Beyond 2248 kio rounds a time to a microsecond less."""
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_BYTES = st.binary(max_size=9)
_INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
_INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


def _span(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda ms: timedelta(milliseconds=ms))


_KINDS: dict[str, st.SearchStrategy[Any]] = {
    "int8": st.integers(-128, 127),
    "int16": st.integers(-(1 << 15), (1 << 15) - 1),
    "uint16": st.integers(0, (1 << 16) - 1),
    "int32": _INT32,
    "int64": _INT64,
    "float64": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "string": _TEXT,
    "bytes": _BYTES,
    "records": _BYTES,
    "uuid": st.uuids(allow_nil=False),
    "error_code": st.sampled_from(list(ErrorCode)),
    "timedelta_i32": _span(-(1 << 31), (1 << 31) - 1),
    "timedelta_i64": _span(-(1 << 52), 1 << 52),
    "datetime_i64": st.integers(0, _LAST_MS).map(
        lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    ),
}


@cache
def messages(schema: Any) -> st.SearchStrategy[Any]:
    """Instances of one of kio's classes."""
    return st.builds(schema, **{each.name: _values(each) for each in fields(schema)})


def _values(each: Field[Any]) -> st.SearchStrategy[Any]:
    kind, nullable = _without_none(each.type)
    if get_origin(kind) is tuple:
        item, item_nullable = _without_none(get_args(kind)[0])
        found: st.SearchStrategy[Any] = st.lists(_of(item, each, item_nullable), max_size=3).map(tuple)
    else:
        found = _of(kind, each, False)
    return st.none() | found if nullable else found


def _of(kind: Any, each: Field[Any], nullable: bool) -> st.SearchStrategy[Any]:
    found = messages(kind) if _is_message(kind) else _KINDS[each.metadata["kafka_type"]]
    return st.none() | found if nullable else found


def _is_message(kind: Any) -> bool:
    return is_dataclass(kind)


def _without_none(kind: Any) -> tuple[Any, bool]:
    inner = [each for each in get_args(kind) if each is not NoneType]
    if get_origin(kind) is not tuple and len(inner) == 1 and NoneType in get_args(kind):
        return inner[0], True
    return kind, False
