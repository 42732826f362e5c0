"""Filters on any record: what one requires lies in every record that matches, so that no search passes one over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from kafkatui.filters import FilterError, Selection, compile_filter
from kafkatui.kafka.batches import next_offset
from kafkatui.kafka.search import Chunk, Search, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from tests.batches import Wire, batch

WHERE = TopicPartition("t", 1)
_WORDS = st.sampled_from(["ab", "ab", "b", "é", 'q"', "a/b", "\\", "€x", "1", "", "\n"])
_LEAVES = _WORDS | st.sampled_from([1, 1.5, True, None])
_INNER = _LEAVES | st.lists(_LEAVES, max_size=2) | st.fixed_dictionaries({"a": _LEAVES, "ab": _LEAVES})
VALUES = st.fixed_dictionaries({"a": _INNER, "b": st.lists(_INNER, max_size=2) | _INNER}) | _INNER


@st.composite
def stored(draw: st.DrawFn, value: Any) -> bytes:
    """As JSON in one of the ways it may be written: any character of a text may be an escape."""
    escaped = draw(st.sampled_from(["none", "none", "all", "other than ASCII", "one of two"]))
    return _written(value, escaped, draw(st.sampled_from("xX"))).encode()


def _written(value: Any, escaped: str, digits: str) -> str:
    if isinstance(value, dict):
        pairs = (
            f"{_written(name, escaped, digits)}: {_written(each, escaped, digits)}" for name, each in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(each, escaped, digits) for each in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    chosen = {"none": "", "all": value, "one of two": value[::2]}.get(escaped, "é€")
    return '"' + "".join(f"\\u{ord(c):04{digits}}" if c in chosen else _text(c)[1:-1] for c in value) + '"'


def _text(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


PLACES = st.sampled_from([
    "value", "value.a", "value.a", "value.b", "value.b", "value.a.a", "value.b[0]", "value.b[0].ab", "key", "key.a",
    "headers.h", 'headers["ab"]',
])  # fmt: skip


def _conditions(place: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    word = _WORDS.map(_text)
    return st.one_of(
        st.builds("{} == {}".format, place, word),
        st.builds("{1} == {0}".format, place, word),
        st.builds("{} != {}".format, place, word),
        st.builds("{} == {}".format, place, st.integers(-2, 3)),
        st.builds("{}.contains({})".format, place, word),
        st.builds("{}.startsWith({})".format, place, word),
        st.builds("{}.endsWith({})".format, place, word),
        st.builds("{1} in {0}".format, place, word),
        st.builds("{} in [{}, {}]".format, place, word, word),
        st.builds("has({}.{})".format, place, st.sampled_from(["a", "b", "ab"])),
        st.builds("{}.matches({})".format, place, word),
        st.builds("size({}) > {}".format, place, st.integers(0, 2)),
        st.builds("{}.exists(i, i == {})".format, place, word),
        st.builds("{}.exists(i, i.a == {} || i == {})".format, place, word, word),
        st.builds("{}.all(i, i == {})".format, place, word),
        st.builds("{}.exists_one(i, i == {})".format, place, word),
    )


_ONE = _conditions(PLACES)
EXPRESSIONS = st.one_of(
    _ONE,
    st.builds("{} && {}".format, _ONE, _ONE),
    st.builds("{} || {}".format, _ONE, _ONE),
    st.builds("!({})".format, _ONE),
    st.builds("({} || {}) && {}".format, _ONE, _ONE, _ONE),
    st.builds("{} ? {} : {}".format, _ONE, _ONE, _ONE),
)
HEADERS = st.lists(st.tuples(st.sampled_from(["h", "ab", "é"]), st.none() | _WORDS.map(str.encode)), max_size=2)


@st.composite
def records(draw: st.DrawFn) -> Record:
    key = draw(st.none() | _WORDS.map(str.encode) | VALUES.flatmap(stored))
    value = draw(VALUES.flatmap(stored) | st.none() | st.binary(max_size=6))
    return Record("t", 1, 5, 3_000, key, value, tuple(draw(HEADERS)))


def found(selection: Selection, record: Record) -> tuple[bool, bool]:
    """Whether it matches by itself, and whether a search through its batch finds it."""
    chosen = compile_filter(selection)
    matches = chosen.matcher().matches
    assert matches is not None
    wire = Wire(
        record.value, record.key, tuple((name.encode("utf-8", "surrogateescape"), v) for name, v in record.headers)
    )
    data = batch([wire], base=record.offset, first_ms=record.timestamp_ms)
    search = Search(Wanted(chosen.required, matches, chosen.any_of))
    step = search.look(Chunk(WHERE, 5, next_offset(data, 5), 6, data))
    return matches(record), len(step.found) == 1


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str, bool]]:
    """Where a text lies in a value, the text, and whether it is in a list."""
    if isinstance(value, str):
        yield path, value, False
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, f"{path}[{index}]")
            if isinstance(each, str):
                yield path, each, True


@st.composite
def truths(draw: st.DrawFn) -> tuple[str, Record]:
    """A record, and an expression that is mostly true of it."""
    value = draw(VALUES)
    leaves = list(_leaves(value, "value"))
    record = Record("t", 1, 5, 3_000, b"k", draw(stored(value)), (("h", b"zz"),))
    if not leaves:
        return 'headers.h == "zz"', record
    path, text, is_item = draw(st.sampled_from(leaves))
    start = draw(st.integers(0, len(text)))
    if is_item:
        forms = ["{1} in {0}", "{0}.exists(i, i == {1})", '{0}.exists(i, "zz" == i || i == {1})']
        part = text
    else:
        forms = ["{0} == {1}", "{1} == {0}", "{0} in [{1}, 5]", '{0} in ["zz", {1}]']
        forms += ["{0}.contains({2})", "{0}.startsWith({3})", "{0}.endsWith({2})"]
        part = text[start:]
    one = draw(st.sampled_from(forms)).format(path, _text(text), _text(part), _text(text[:start]))
    other = draw(_ONE)
    joined = ["{0}", "{0} && has(value.a)", "{0} || {1}", "{1} || {0}", "!(!({0}))", "{0} && !({1})", "{1} ? {0} : {0}"]
    return draw(st.sampled_from(joined)).format(one, other), record


@settings(max_examples=300)
@given(truths() | st.tuples(EXPRESSIONS, records()))
def test_a_search_finds_what_an_expression_is_true_of(case: tuple[str, Record]) -> None:
    expression, record = case
    try:
        alone, in_batch = found(Selection(where=(expression,)), record)
    except FilterError:
        event("refused")
        return
    event(f"matches: {alone}")
    assert alone == in_batch


@settings(max_examples=150)
@given(records(), st.data())
def test_a_search_finds_what_is_asked_for_by_its_bytes(record: Record, data: st.DataObject) -> None:
    """Parts of the record's own bytes, so that many match."""
    value = record.value or record.key or b"-"
    start = data.draw(st.integers(0, len(value) - 1))
    part = value[start : start + data.draw(st.integers(1, 4))].decode("utf-8", "surrogateescape")
    key = None if record.key is None else record.key.decode("utf-8", "surrogateescape")
    headers = tuple(
        name if value is None else f"{name}={value.decode()}" for name, value in dict(record.headers).items()
    )
    alone, in_batch = found(Selection(grep=(part,), key=key, headers=headers), record)
    assert alone == in_batch
    assert alone == (value != b"-" or b"-" in [v for _, v in record.headers])


@given(
    st.text(max_size=12)
    | st.lists(st.sampled_from([*'value."a()[]{}=&|!?:<>+-*/%0123', "in ", "\n", "'", "\ud800"]), max_size=12).map(
        "".join
    )
)
def test_what_is_no_expression_is_refused_in_one_sentence(text: str) -> None:
    with suppress(FilterError):
        condition = compile_filter(Selection(where=(text,))).matcher().matches
        assert condition is not None
        assert condition(Record("t", 1, 5, 3_000, b"k", b'{"a":1}')) in (True, False)
