"""Plain data, Avro schemas with a value of each, and damage, as strategies of hypothesis. Nothing is decoded here."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
_LEAVES = st.none() | st.booleans() | _INT64 | _TEXTS | st.floats(allow_nan=False, allow_infinity=False)
PLAIN: st.SearchStrategy[Any] = st.recursive(
    _LEAVES, lambda each: st.lists(each, max_size=3) | st.dictionaries(_TEXTS, each, max_size=3), max_leaves=8
)

_PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(1 << 31), (1 << 31) - 1),
    "long": _INT64,
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "string": _TEXTS,
    "bytes": st.binary(max_size=6),
}


@st.composite
def _avro(draw: st.DrawFn, depth: int = 2, names: list[str] | None = None) -> tuple[Any, Any]:
    names = [] if names is None else names
    kinds = list(_PRIMITIVES)
    kind = draw(st.sampled_from([*kinds, *(["record", "array", "map", "enum", "fixed", "union"] if depth else [])]))
    if kind in _PRIMITIVES:
        return kind, draw(_PRIMITIVES[kind])
    if kind == "union":
        other, value = draw(_avro(0, names).filter(lambda pair: pair[0] != "null"))
        return ["null", other], draw(st.sampled_from([None, value]))
    if kind in ("array", "map"):
        inner, value = draw(_avro(depth - 1, names))
        if kind == "array":
            return {"type": "array", "items": inner}, [value] * draw(st.integers(0, 2))
        return {"type": "map", "values": inner}, dict.fromkeys(draw(st.lists(_TEXTS, max_size=2)), value)
    names.append("")
    name = f"N{len(names)}"
    if kind == "enum":
        return {"type": "enum", "name": name, "symbols": ["A", "B"]}, draw(st.sampled_from("AB"))
    if kind == "fixed":
        return {"type": "fixed", "name": name, "size": 3}, draw(st.binary(min_size=3, max_size=3))
    fields = [draw(_avro(depth - 1, names)) for _ in range(draw(st.integers(0, 3)))]
    schema = {
        "type": "record",
        "name": name,
        "fields": [{"name": f"f{at}", "type": inner} for at, (inner, _) in enumerate(fields)],
    }
    return schema, {f"f{at}": value for at, (_, value) in enumerate(fields)}


AVRO: st.SearchStrategy[tuple[Any, Any]] = _avro()
"""A schema, and a value of it."""


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """With some of its bytes changed, taken out or put in."""
    raw = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(raw)
