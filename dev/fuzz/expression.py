"""An expression of `--where` and a record: a refusal with a reason, or a verdict; what it requires is there."""

from __future__ import annotations

from kafkatui.filters import FilterError, Selection, compile_filter
from kafkatui.model.records import Record


def one(data: bytes) -> None:
    """Expression, key and value, with a zero byte between."""
    expression, _, rest = data.partition(b"\0")
    key, _, value = rest.partition(b"\0")
    record = Record("t", 1, 2, 3_000, key or None, value or None, (("h", value),))
    try:
        chosen = compile_filter(Selection(where=(expression.decode("utf-8", "surrogateescape"),)))
    except FilterError:
        return
    matcher = chosen.matcher()
    assert matcher.matches is not None
    if matcher.matches(record):
        stored = b"\0".join([b"h", key, value])
        assert all(each in stored for each in chosen.required)
        assert all(any(way in stored for way in ways) for ways in chosen.any_of)
