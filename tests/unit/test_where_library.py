"""Expressions give what the CEL library's own evaluator gives: value or failure, over many expressions and records."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from kafkatui.filters import FilterError
from kafkatui.filters.expressions import library
from kafkatui.filters.expressions.compilation import compile_tree
from kafkatui.filters.expressions.values import Failure, TypeOf
from kafkatui.filters.expressions.variables import readers
from kafkatui.model.records import Record

FAILED = "failed"
VALUES = [
    {"i": 3, "d": 2.5, "s": "abc", "n": None, "b": True, "l": [1, 2.0, "x"], "m": {"k": 1, "l": [{"q": 5}, {"q": 7}]}},
    {"i": -7, "d": 3.0, "s": "", "b": False, "l": [], "m": {}, "big": 9223372036854775807},
    {"i": "3", "d": "2.5", "s": "zwölf €", "l": {"1": 1}, "m": [1, 2], "n": {"x": 0}},
    {"i": 0, "l": [True, 1, None, [1], {"a": 1}], "m": {"k": {"k": [1, 2, 3]}}, "s": "2026-01-01T00:00:00Z"},
    {},
    [1, 2, 3],
    "text",
    5,
    None,
]
EXPRESSIONS = """
value.i || true            | value.x || true           | value.x && false          | value.i && false
value.i || false           | value.b || value.x        | value.x || value.b        | value.x && value.b
value.b && value.i         | !value.b                  | !value.i                  | !value.x
value.b == 1               | value.i == 3.0            | value.i == 3u             | 3 == value.i
value.i == "3"             | "abc" == value.s          | value.s == value.s        | value.n == null
value.i != value.s         | value.i != 3              | value.x != 3              | value == null
value.i < 3                | value.i <= 3.0            | value.d > 2               | value.d >= 2.5
value.i > 2u               | value.s < "b"             | value.s < 3               | value.n < 3
value.b < true             | value.l < value.l         | value.m < value.m         | value.big > 9223372036854775806
value.n.x == 1             | has(value.n.x)            | has(value.x)              | has(value.x.y)
has(value.s.x)             | has(value.m.k)            | !has(value.x)             | has(value.n)
value.l[1] == 2            | value.l[0] == 1           | value.l[1.0] == 2         | value.l[5] == 1
value.l[-1] == 1           | value.l["1"] == 1         | value["i"] == 3           | value[1] == 2
value[0u] == 1             | value.l[0.5] == 1         | value[b"i"] == 3          | value[true] == 3
value[value.s] == 1        | value.m[value.s] == 1     | value.m.l[0].q == 5       | value[null] == 1
1 in value.l               | 2 in value.l              | true in value.l           | "x" in value.l
"k" in value.m             | 1 in value.m              | null in value.l           | [1] in value.l
"a" in value.s             | value.x in [1]            | value.i in [3.0, 4]       | value.i in [0, "3"]
value.s in ["abc", ""]     | value.i in ["3"]          | value.s in {"abc": 1}     | value.i in value.l
{"a": 1} in value.l        | value.x in ["a"]          | b"x" in value.m           | value.n in value.m
value.i + 1 == 4           | value.i + 1.0 == 4.0      | value.d * 2 == 5          | value.d * 2.0 == 5.0
value.i / 0 == 1           | value.i % 0 == 1          | value.i / 2 == -3         | value.i % 2 == -1
value.i - 10 < 0           | value.d / 0.0 > 1.0       | value.i / -2 == 3         | value.i % -2 == 1
value.s + "x" == "abcx"    | value.l + [1] == [1]      | value.s + 1 == 4          | value.big + value.i > 0
value.big * 2 > 0          | value.i * value.i == 9    | -value.i == -3            | -value.d == -2.5
-value.s == "x"            | -value.i + 1 == 8         | value.i - 1u == 2u        | 1u + 2u == 3u
value.i ? true : false     | value.b ? true : false    | value.x ? true : false    | value.b ? value.i == 3 : value.x
(value.b ? 1 : 2) == 1     | value.i == 3 ? value.s == "abc" : value.i == 0
size(value.s) == 7         | value.s.size() == 3       | size(value.i) == 1        | size(value.l) == 3
size(value.m) == 1         | size(value) > 2           | value.x.size() == 1       | size(b"abc") == 3
value.s.contains("b")      | value.s.startsWith("ab")  | value.s.endsWith("€")     | value.i.contains("3")
value.s.contains(value.s)  | value.x.contains("b")     | value.s.contains(value.x) | value.s.startsWith("")
value.s.matches("^a.*c$")  | value.s.matches("b")      | value.s.matches("")       | value.i.matches("3")
value.s.matches(value.s)   | value.s.matches("(?i)AB") | value.s.matches("ö.f")    | value.s.matches("[[:alpha:]]+$")
[value.i, 1] == [3, 1]     | {"a": value.i}.a == 3     | {value.s: 1}["abc"] == 1  | [value.x] == [1]
value.l == [1, 2, "x"]     | value.m == {"k": 1}       | value.l != value.m        | value == [1.0, 2, 3u]
value.l.exists(i, i == 2)  | value.l.exists(i, i > 1)  | value.l.all(i, i > 0)     | value.l.exists_one(i, i == 1)
value.l.filter(i, i == 1) == [1]                       | value.l.map(i, i) == [1, 2, "x"]
value.l.map(i, i == 1, 5) == [5]                       | value.l.filter(i, i > 1).size() == 1
value.m.exists(k, k == "k")                            | value.s.exists(k, k == "k")
value.l.exists(i, i.x == 2)                            | value.l.exists(i, i == 1 || i.x == 2)
value.l.all(i, i == 1 || i.x == 2)                     | value.m.l.exists(o, o.q > 6)
value.m.l.all(o, o.q > 6)  | value.m.l.map(o, o.q) == [5, 7]                       | value.x.exists(i, i == 1)
value.l.exists(i, value.l.exists(j, i == j && j == "x"))
value.l.map(i, value.l.map(j, j)).size() == 3          | value.m.k.k.map(i, i * 2) == [2, 4, 6]
value.m.k.k.map(i, i / (i - 2)) == [1]                 | value.l.exists_one(i, i.x == 1)
value.m.exists(value, value == "k")                    | [1, 2, 3].exists(i, i == value.i)
type(value.i) == int       | type(value.i) == string   | type(value.n) == null_type | type(value) == map
type(value.l) == list      | type(type(value)) == type | type(value.d) == double    | type(value.x) == int
int(value.i) == 3          | double(value.d) == 2.5    | string(value.i) == "3"    | int(value.d) == 2
string(value.d) == "2.5"   | double(value.i) == 3.0    | int(value.s) == 3         | uint(value.i) == 3u
double(value.s) == 1.0     | int(value.big) > 0        | int(value.l[0]) == 1      | string(value.l[1]) == "2"
int(key) == 1              | int("007") == value.i     | int("-3") == -value.i     | int("٣" + "") == 3
bytes(value.s) == b"abc"   | string(value.b) == "true" | bool("true")              | dyn(value.i) == 3
timestamp(value.s) == timestamp("2026-01-01T00:00:00Z")
timestamp(value.s) < timestamp && timestamp < timestamp("2027-01-01T00:00:00Z")
timestamp(value.s).getFullYear() == 2026               | timestamp - duration("1h") < timestamp
timestamp - timestamp("2026-01-01T00:00:00Z") > duration("1h")                      | timestamp.getHours() == 2
timestamp.getHours("Europe/Berlin") == 3               | duration("1h") + timestamp > timestamp
duration("90s") - duration("1m") == duration("30s")    | duration("1h") < duration("61m")
duration("90m").getMinutes() == 90                     | int(timestamp) == 1767232800
key == "k1"                | key.startsWith("k")       | key == b"k1"              | key.id == 1
headers.trace == "abc"     | headers["trace"] == "abc" | headers.x == "abc"        | "trace" in headers
has(headers.trace)         | headers.nil == null       | headers.raw == b"\\xff"   | size(headers) == 4
headers.trace > 1          | headers.exists(h, h == "trace")                        | headers.double == "2"
partition == 3             | partition in [1, 3]       | offset > 6 && offset < 8  | topic == "orders"
topic.matches("^ord")      | timestamp_ms == 1767232800000                          | offset % 2 == 1
value.i == 3 && (value.s == "abc" || key == "k2") && !(partition == 4)              | value
true                       | false && value.x          | value.b                   | value.i
"a" < "b" && b"a" < b"b"   | [1, 2] == dyn([1.0, 2.0]) | {"a": 1} == dyn({"a": 1.0}) | 1.0 / 3.0 == 0.3333333333333333
value.l.filter(i, i.q > 1) == []                       | value.l.map(i, i.q) == []
"""
HEADERS = (("trace", b"abc"), ("nil", None), ("raw", b"\xff"), ("double", b"1"), ("double", b"2"))


def expressions() -> list[str]:
    return [each.strip() for line in EXPRESSIONS.strip().splitlines() for each in line.split(" | ")]


def record(value: object) -> Record:
    return Record("orders", 3, 7, 1_767_232_800_000, b"k1", json.dumps(value).encode(), HEADERS)


def by_the_library(expression: str, one: Record) -> object:
    data = {name: read(one) for name, read in readers(None, None).items()}
    return ours_or_failed(library.ours(library.environment().compile(expression).eval(data=data)))


def by_us(expression: str, one: Record) -> object:
    return ours_or_failed(compile_tree(library.parse(expression), readers(None, None))(one))


def ours_or_failed(value: object) -> object:
    return FAILED if isinstance(value, Failure) else value


def same(left: object, right: object) -> bool:
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("expression", expressions())
def test_as_the_library_evaluates_it(expression: str) -> None:
    for value in VALUES:
        one = record(value)
        theirs, ours = by_the_library(expression, one), by_us(expression, one)
        assert same(theirs, ours), (value, theirs, ours)


def test_the_expressions_have_all_outcomes() -> None:
    """So that the comparison compares something."""
    outcomes = Counter(repr(by_us(expression, record(value))) for expression in expressions() for value in VALUES[:4])
    assert len(expressions()) > 200
    assert min(outcomes[repr(outcome)] for outcome in (True, False, FAILED)) > 100


def test_random_expressions_as_the_library_evaluates_them() -> None:
    dice = random.Random(7)
    outcomes: Counter[str] = Counter()
    for expression in _random_expressions(dice, 1_500):
        for value in dice.sample(VALUES, 3):
            one = record(value)
            theirs, ours = by_the_library(expression, one), by_us(expression, one)
            assert same(theirs, ours), (expression, value, theirs, ours)
            outcomes[repr(theirs)] += 1
    assert min(outcomes[repr(outcome)] for outcome in (True, False, FAILED)) > 300


def _random_expressions(dice: random.Random, count: int) -> Iterator[str]:
    """Those the library's checker accepts, without calls that fail at every record."""
    given = 0
    while given < count:
        expression = _random(dice, 3)
        try:
            compile_tree(library.parse(expression), readers(None, None))
        except FilterError:
            continue
        given += 1
        yield expression


_LEAVES = [f"value.{name}" for name in ("i", "d", "s", "n", "b", "l", "m", "x", "m.k", "l[0]")]
_LEAVES += [
    "0",
    "1",
    "3",
    "2.5",
    "-7",
    "2u",
    '"abc"',
    '""',
    '"k"',
    "true",
    "false",
    "null",
    "[1, 2]",
    '{"k": 1}',
    "key",
    "partition",
    "headers.trace",
]
_FORMS = """({0} && {1})  ({0} || {1})  !{0}  ({0} ? {1} : {2})  {0} == {1}  {0} != {1}  {0} < {1}  {0} >= {1}
{0} + {1}  {0} - {1}  {0} * {1}  {0} / {1}  {0} % {1}  {0} in {1}  {0}[{1}]  size({0})  [{0}, {1}]  has(value.i)
value.l.exists(e, e == {0})  value.l.all(e, e != {0} || {1})  value.l.map(e, {0})  value.l.filter(e, {0} == e)
value.s.contains({0})  value.s.startsWith({0})  -{0}  type({0}) == type({1})  has(value.m.k)  dyn({0})
int({0})  double({0})  string({0})  uint({0})  bool({0})  timestamp({0})
value.l.exists_one(e, {0} == e)  value.m.all(e, e == {0})"""
_FORMS_LIST = [form.strip() for line in _FORMS.splitlines() for form in line.split("  ")]


def _random(dice: random.Random, depth: int) -> str:
    if depth == 0 or dice.random() < 0.15:
        return dice.choice(_LEAVES)
    inner: list[Any] = [_random(dice, depth - 1) for _ in range(3)]
    return "(" + dice.choice(_FORMS_LIST).format(*inner) + ")"


def test_the_type_of_a_value_is_known_by_name() -> None:
    assert TypeOf("int") == TypeOf("int") != TypeOf("uint")
