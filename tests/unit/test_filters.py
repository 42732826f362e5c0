"""Filters on the bytes as stored: what matches, what is required, and that the one never contradicts the other."""

from __future__ import annotations

import random

import pytest

from kafkatui.filters import EVERYTHING, Filter, FilterError, Selection, compile_filter
from kafkatui.kafka.search import Chunk, Search, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Header, Record
from tests.batches import Wire, batch


def record(value: bytes | None = None, key: bytes | None = None, *headers: Header) -> Record:
    return Record("orders", 0, 7, 1_000, key, value, headers)


def matches(chosen: Filter, *records: Record) -> list[bool]:
    matcher = chosen.matcher()
    assert matcher.matches is not None
    found = [matcher.matches(each) for each in records]
    assert (matcher.failed, matcher.first_failure) == (0, None)
    return found


def test_an_empty_selection_takes_everything() -> None:
    chosen = compile_filter(Selection())
    assert chosen is EVERYTHING
    assert (chosen.text, chosen.required, chosen.any_of, chosen.highlights) == ("", (), (), ())
    assert chosen.matcher().matches is None


def test_a_text_in_key_value_or_header_value() -> None:
    chosen = compile_filter(Selection(grep=("zwölf",)))
    text = "zwölf".encode()
    assert (
        matches(chosen, record(b"x" + text), record(None, text + b"x"), record(None, None, ("h", text))) == [True] * 3
    )
    assert matches(chosen, record(b"zwolf"), record(), record(None, None, ("zwölf", b"x"), ("h", None))) == [False] * 3
    assert (chosen.required, chosen.highlights, chosen.text) == ((text,), ("zwölf",), '"zwölf"')


@pytest.mark.parametrize("first", [0, 1])
def test_a_text_across_two_places_is_not_one(first: int) -> None:
    places = [b"x", b"y", b"z"]
    places[first : first + 2] = [b"nee", b"dle"]
    key, value, header = places[:3]
    assert matches(compile_filter(Selection(grep=("needle",))), record(value, key, ("h", header))) == [False]


def test_the_whole_key() -> None:
    chosen = compile_filter(Selection(key="k1"))
    assert matches(chosen, *(record(b"k1", key) for key in (b"k1", b"k10", b"", None))) == [True, False, False, False]
    assert (chosen.required, chosen.highlights, chosen.text) == ((b"k1",), ("k1",), 'key "k1"')


def test_an_empty_key_is_not_null_and_requires_nothing() -> None:
    chosen = compile_filter(Selection(key=""))
    assert matches(chosen, record(b"v", b""), record(b"v", None)) == [True, False]
    assert (chosen.required, chosen.highlights) == ((), ())


def test_a_header_by_name() -> None:
    chosen = compile_filter(Selection(headers=("trace",)))
    assert matches(chosen, record(None, None, ("a", b""), ("trace", None))) == [True]
    assert matches(chosen, record(b"trace", b"trace", ("traces", b"trace"))) == [False]
    assert (chosen.required, chosen.highlights) == ((b"trace",), ())


def test_a_header_by_name_and_value() -> None:
    chosen = compile_filter(Selection(headers=("trace=a=b",)))
    assert matches(chosen, record(None, None, ("trace", None), ("trace", b"x"), ("trace", b"a=b"))) == [True]
    assert matches(chosen, record(None, None, ("trace", b"a=b2"), ("other", b"a=b"))) == [False]
    assert (chosen.required, chosen.highlights) == ((b"trace", b"a=b"), ("a=b",))


def test_an_empty_header_value_is_not_null() -> None:
    chosen = compile_filter(Selection(headers=("h=",)))
    assert matches(chosen, record(None, None, ("h", b"")), record(None, None, ("h", None))) == [True, False]
    assert chosen.required == (b"h",)


def test_bytes_that_are_no_text_come_through_as_argv_brings_them() -> None:
    odd = b"\xff\xfe".decode("utf-8", "surrogateescape")
    chosen = compile_filter(Selection(grep=(odd,), key=odd, headers=(f"{odd}={odd}",)))
    assert matches(chosen, record(b"..\xff\xfe", b"\xff\xfe", (odd, b"\xff\xfe"))) == [True]
    assert chosen.required == (b"\xff\xfe",)


def test_everything_of_several_must_hold() -> None:
    chosen = compile_filter(Selection(grep=("a", "b"), key="k", headers=("h", "i=1")))
    headers = (("h", b""), ("i", b"1"))
    assert matches(chosen, record(b"ab", b"k", *headers)) == [True]
    assert matches(chosen, record(b"a", b"k", *headers), record(b"ab", b"", *headers)) == [False, False]
    assert matches(chosen, record(b"ab", b"k", headers[0]), record(b"ab", b"k", headers[1])) == [False, False]
    assert chosen.text == 'key "k" and header h and header i=1 and "a" and "b"'
    assert chosen.required == (b"k", b"h", b"i", b"1", b"a", b"b")


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(grep=("",)), "the text to look for is empty"),
        (Selection(headers=("",)), "a header is asked for as NAME or NAME=VALUE"),
        (Selection(headers=("=v",)), "a header is asked for as NAME or NAME=VALUE"),
        (Selection(grep=("ab\ud800",)), "character 3 of"),
    ],
)
def test_what_can_not_be_understood_is_refused(selection: Selection, words: str) -> None:
    with pytest.raises(FilterError, match=words):
        compile_filter(selection)


def test_no_record_that_matches_is_lost_by_the_required_bytes() -> None:
    """Random records over a tiny alphabet, in batches, against the same test without required bytes."""
    dice = random.Random(4)

    def text(most: int = 4) -> str:
        return "".join(dice.choices("abä", k=dice.randint(0, most)))

    def wire() -> Wire:
        headers = tuple((text(1).encode(), text().encode()) for _ in range(dice.randint(0, 2)))
        return Wire(text(8).encode(), dice.choice([None, text().encode()]), headers)

    hits = 0
    for _ in range(400):
        name, value, grep = text(1) or "a", text(2), text(3) or "b"
        chosen = dice.choice(
            [
                Selection((grep,)),
                Selection(key=value),
                Selection(headers=(name,)),
                Selection((grep,), None, (f"{name}={value}",)),
            ]
        )
        chosen_filter = compile_filter(chosen)
        data = batch([wire() for _ in range(4)], codec=dice.choice(["none", "zstd"]))
        chunk = Chunk(TopicPartition("t", 0), 0, 4, 4, data)
        test = chosen_filter.matcher().matches
        slowly = Search(Wanted(matches=test)).look(chunk).found
        assert Search(Wanted(chosen_filter.required, test)).look(chunk).found == slowly
        hits += len(slowly)
    assert hits > 100
