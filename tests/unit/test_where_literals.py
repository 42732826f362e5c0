"""The bytes an expression requires: what is taken from it, and that no record that matches is ever lost by them."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from kafkatui.filters import Filter, FilterError, Selection, compile_filter
from kafkatui.kafka.search import Chunk, Search, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from tests.batches import Wire, raw_batch

FAILED = (b"failed", b"\\u006")


def of(where: str, decode: Any = None) -> Filter:
    return compile_filter(Selection(where=(where,)), decode)


@pytest.mark.parametrize(
    ("where", "any_of"),
    [
        ('value.status == "failed"', (FAILED,)),
        ('"failed" == value.status', (FAILED,)),
        ('value.status == "failed" && value.amount > 100', (FAILED,)),
        ('value.a[0]["b"] == "failed"', (FAILED,)),
        ('value == "failed"', (FAILED,)),
        ('value.a.contains("failed") && key.x.startsWith("failed")', (FAILED,)),
        ('"failed" in value.tags', (FAILED,)),
        ("has(value.failed)", (FAILED,)),
        ('value.a.exists(i, i.b == "failed")', (FAILED,)),
        ('value.a.exists(i, i.b.exists(j, j == "failed" && j != "x"))', (FAILED,)),
        ('value.a in ["failed", "lost"]', ((*FAILED, b"lost", b"\\u007"),)),
        ('value.a == "failed" || value.b == "lost"', ((*FAILED, b"lost", b"\\u007"),)),
        ('value.a == "say \\"failed\\" / x"', (FAILED,)),
        ('value.a == "zwölf"', (("zwölf".encode(), b"\\u"),)),
        ('value.a == "A1 z"', ((b"A1 z", b"\\u002", b"\\u003", b"\\u004", b"\\u007"),)),
    ],
)
def test_texts_that_json_may_hold_in_several_ways(where: str, any_of: tuple[tuple[bytes, ...], ...]) -> None:
    assert (of(where).required, of(where).any_of) == ((), any_of)


@pytest.mark.parametrize(
    ("where", "required"),
    [
        ('key == "k1"', (b"k1",)),
        ('key.endsWith("1")', (b"1",)),
        ('headers.trace == "a\\"b"', (b'a"b',)),
        ('headers["trace"].contains("ab")', (b"ab",)),
        ('"trace" in headers', (b"trace",)),
        ("has(headers.trace)", (b"trace",)),
        ('key == "k1" && headers.h == "x" && partition == 3', (b"k1", b"x")),
    ],
)
def test_texts_that_are_stored_as_they_are(where: str, required: tuple[bytes, ...]) -> None:
    assert (of(where).required, of(where).any_of) == (required, ())


@pytest.mark.parametrize(
    "where",
    [
        "value.amount == 654321",
        'value.a != "x"',
        '!(value.a == "x")',
        'value.a == "x" || value.b > 1',
        'value.a == ""',
        'value.a == "\\"\\n/"',
        'value.b ? value.a == "x" : value.a == "x"',
        'value.a.matches("x")',
        'value.a > "x"',
        'value.a == "x" + value.b',
        'value.all(i, i == "x")',
        'value.exists_one(i, i == "x")',
        'value.map(i, i == "x").size() > 0',
        'topic == "orders"',
        'string(value.a) == "100"',
        'headers.exists(h, h == "x" || true)',
        'value.a in ["x", 1]',
        "value.a in []",
    ],
)
def test_nothing_where_it_would_not_be_sound(where: str) -> None:
    assert (of(where).required, of(where).any_of) == ((), ())


@pytest.mark.parametrize("where", ['value.a == "x"', 'key == "k"', '"x" in value.a', "has(value.x)"])
def test_a_decoder_may_store_key_and_value_in_any_way(where: str) -> None:
    chosen = of(where, lambda _: None)
    assert (chosen.required, chosen.any_of) == ((), ())


def test_headers_are_stored_as_they_are_whatever_the_decoder() -> None:
    assert of('headers.h == "x" && value.a == "y"', lambda _: None).required == (b"x",)


@pytest.mark.parametrize(
    ("where", "texts"),
    [
        ('value.a == "failed" && value.b.contains("x") && key == "k"', ("failed", "x", "k")),
        ('value.a == "x" || value.a == "y"', ("x", "y")),
        ("value.amount == 654321 && partition == 3", ("654321",)),
        ('value.a != "x" && !(value.b == "y") && topic == "orders"', ()),
        ('value.a in ["x", "y"]', ("x", "y")),
        ('headers.h == "x"', ("x",)),
        ('value.a == ""', ()),
    ],
)
def test_what_is_lit_up(where: str, texts: tuple[str, ...]) -> None:
    assert of(where).highlights == texts
    assert of(where, lambda _: None).highlights == texts


WORDS = ["a", "ab", "é", 'a"', "b\\", "a/b", "\n", "€b", "k", "😀", "", "1"]


def written(dice: random.Random, value: Any) -> str:
    """JSON with each character escaped or not, as it falls, in all the ways there are."""
    if isinstance(value, dict):
        pairs = (f"{written(dice, name)}:{written(dice, each)}" for name, each in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(dice, each) for each in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    escapes = dice.random() < 0.4
    return '"' + "".join(character(dice, each, escapes) for each in value) + '"'


def character(dice: random.Random, one: str, escapes: bool) -> str:
    if escapes and dice.random() < 0.5:
        units = one.encode("utf-16-be")
        form = dice.choice(["\\u%04x", "\\u%04X"])
        return "".join(form % int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    if one == "/" and dice.random() < 0.5:
        return "\\/"
    return json.dumps(one, ensure_ascii=False)[1:-1]


def document(dice: random.Random, depth: int = 2) -> Any:
    kind = dice.random()
    if depth and kind < 0.5:
        return {dice.choice(["a", "b", "k"]): document(dice, depth - 1) for _ in range(2)}
    if depth and kind < 0.7:
        return [document(dice, depth - 1) for _ in range(dice.randint(0, 3))]
    return dice.choice([*WORDS, *WORDS, 1, 2.5, None, True])


def wire(dice: random.Random) -> Wire:
    value = dice.choice([written(dice, document(dice)), dice.choice(WORDS)]).encode()
    key = dice.choice([None, dice.choice(WORDS).encode(), written(dice, document(dice)).encode()])
    headers = ((dice.choice(["a", "b", "h"]).encode(), dice.choice([None, *(word.encode() for word in WORDS)])),)
    return Wire(value, key, headers * dice.randint(0, 1))


FORMS = """{p} == {w} | {w} == {p} | {p} != {w} | {p}.contains({w}) | {p}.startsWith({w}) | {p}.endsWith({w})
{w} in {p} | {p} in [{w}, {w2}] | has({p}.a) | {p}.exists(e, e == {w}) | {p}.exists(e, e.a == {w} || e == {w2})
{p}.size() == 1 | {p}.all(e, e == {w}) | {p} > {w} | {p}.filter(e, e == {w}).size() > 0 | {p} == [{w}] | {p}.a == {w}
{p} == 1 | {p}.matches({w2})"""
PLACES = [
    "value",
    "value.a",
    "value.b",
    "value[0]",
    "value.a.b",
    'value["a"][1]',
    "key",
    "key.a",
    "headers",
    "headers.h",
]
FORMS_LIST = [form.strip() for line in FORMS.splitlines() for form in line.split(" | ")]


def expression(dice: random.Random, depth: int = 2) -> str:
    if depth and dice.random() < 0.6:
        left, right = expression(dice, depth - 1), expression(dice, depth - 1)
        return dice.choice(
            [f"({left} && {right})", f"({left} || {right})", f"!({left})", f"({left} ? {right} : {left})"]
        )
    word, other = (json.dumps(dice.choice(WORDS), ensure_ascii=False).replace("\\/", "/") for _ in range(2))
    # A pattern is not what is looked at here, and not every word is one.
    return dice.choice(FORMS_LIST).format(p=dice.choice(PLACES), w=word, w2='"a"' if "\\\\" in other else other)


def accepted(dice: random.Random) -> Filter:
    """`headers.endsWith("x")` and the like are refused."""
    while True:
        try:
            return of(expression(dice))
        except FilterError:
            continue


def test_no_record_that_matches_is_lost() -> None:
    """Every one that matches lies where a search for the required bytes looks."""
    dice = random.Random(3)
    counts: Counter[str] = Counter()
    stored = [(wire(dice).encode(0)) for _ in range(1_000)]
    records = [read(each) for each in stored]
    for _ in range(600):
        chosen = accepted(dice)
        test = chosen.matcher().matches
        wanted = Wanted(chosen.required, test, chosen.any_of)
        assert test is not None
        for at in dice.sample(range(len(stored)), 300):
            is_match, is_looked_at = test(records[at]), wanted.may_lie_in(stored[at], 0, len(stored[at]))
            assert is_looked_at or not is_match, (chosen.text, records[at])
            counts["hits that require"] += is_match and bool(chosen.required or chosen.any_of)
            counts["skipped"] += not is_looked_at
    assert counts["hits that require"] > 500
    assert counts["skipped"] > 20_000


def read(stored: bytes) -> Record:
    (found,) = Search(Wanted()).look(Chunk(TopicPartition("t", 0), 0, 1, 1, raw_batch(stored, 1))).found
    return found
