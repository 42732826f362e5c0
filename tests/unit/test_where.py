"""Expressions over records: what the variables are, what can not be told and is counted, what is refused and where."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from kafkatui.filters import FilterError, Matcher, Selection, compile_filter
from kafkatui.filters.expressions.compilation import MOST_STEPS
from kafkatui.filters.expressions.library import LONGEST
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record


def record(value: bytes | None = None, key: bytes | None = None, *headers: Header, ms: int = 1_000) -> Record:
    return Record("orders", 3, 7, ms, key, value, headers)


def of(document: object) -> Record:
    return record(json.dumps(document).encode())


def matcher(*where: str, decode: Any = None) -> Matcher:
    return compile_filter(Selection(where=where), decode).matcher()


def is_match(one: Record, *where: str) -> bool:
    """Fails when it can not be told."""
    found = matcher(*where)
    assert found.matches is not None
    verdict = found.matches(one)
    assert found.first_failure is None
    return verdict


def reason(one: Record, where: str) -> str:
    """Why it can not be told."""
    found = matcher(where)
    assert found.matches is not None
    assert found.matches(one) is False
    assert found.failed == 1
    assert found.first_failure is not None
    assert found.first_failure[0] == Place("orders", 3, 7)
    return found.first_failure[1]


def refusal(where: str) -> str:
    with pytest.raises(FilterError) as caught:
        compile_filter(Selection(where=(where,)))
    return str(caught.value)


def test_fields_of_a_value() -> None:
    where = 'value.status == "failed" && value.amount > 100'
    assert is_match(of({"status": "failed", "amount": 100.5}), where)
    assert not is_match(of({"status": "failed", "amount": 100}), where)
    assert not is_match(of({"status": "ok", "amount": "many"}), where)


def test_where_a_record_lies() -> None:
    assert is_match(record(), 'topic == "orders" && partition == 3 && offset == 7 && timestamp_ms == 1000')
    assert is_match(record(), 'timestamp == timestamp("1970-01-01T00:00:01Z") && timestamp.getFullYear() == 1970')


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (b'{"a":{"b":[1,{"c":"x"}]}}', 'value.a.b[1].c == "x"'),
        (b"[1,2]", "value[1] == 2"),
        (b"plain text", 'value == "plain text"'),
        (b'"json text"', 'value == "json text"'),
        (b"", 'value == ""'),
        (b"\xff\x00", 'value == b"\\xff\\x00"'),
        (b"null", "value == null"),
        (None, "value == null"),
        (b"17", "value == 17"),
        (b'{"n":NaN}', 'value.n == "NaN"'),
        (b'{"n":123456789012345678901234567890}', "value.n > 9223372036854775807"),
        (b'{"n":1,"n":2}', "value.n == 2"),
        ("{'a':1}".encode("utf-16"), "size(value) > 0"),
    ],
)
def test_a_value_is_json_else_a_text_else_bytes(value: bytes | None, where: str) -> None:
    assert is_match(record(value), where)


@pytest.mark.parametrize(
    ("key", "where"),
    [
        (b"42", 'key == "42"'),
        (b"42", "key != 42"),
        (b'"x"', "key == '\"x\"'"),
        (b'{"id": 5}', "key.id == 5"),
        (b" [1]", "key[0] == 1"),
        (b"{no json", 'key == "{no json"'),
        (b"\xff", 'key == b"\\xff"'),
        (b"", 'key == ""'),
        (None, "key == null"),
    ],
)
def test_a_key_is_a_text_unless_it_is_a_json_map_or_list(key: bytes | None, where: str) -> None:
    assert is_match(record(b"", key), where)


def test_headers_by_name_the_last_one_counts() -> None:
    one = record(None, None, ("a", b"1"), ("a", b"2"), ("nil", None), ("raw", b"\xff"), ("e-mail", "ä".encode()))
    assert is_match(one, 'headers.a == "2" && headers["e-mail"] == "ä" && headers.nil == null')
    assert is_match(one, 'headers.raw == b"\\xff" && "nil" in headers && !("b" in headers) && !has(headers.b)')


def test_several_expressions_must_all_hold_and_the_false_one_decides() -> None:
    assert is_match(of({"a": 1, "b": 2}), "value.a == 1", "value.b == 2")
    assert not is_match(of({"a": 1}), "value.a == 2", "value.b == 2")
    assert not is_match(of({"a": 1}), "value.b == 2", "value.a == 2")


def test_with_the_other_filters() -> None:
    chosen = compile_filter(Selection(("x",), "k", ("h",), ("value.a == 1",)))
    matches = chosen.matcher().matches
    assert matches is not None
    assert matches(record(b'{"a":1,"b":"x"}', b"k", ("h", None)))
    assert not matches(record(b'{"a":1,"b":"y"}', b"k", ("h", None)))
    assert not matches(record(b'{"a":2,"b":"x"}', b"k", ("h", None)))
    assert chosen.text == 'key "k" and header h and "x" and where value.a == 1'


@pytest.mark.parametrize(
    ("one", "where", "why"),
    [
        (of({}), "value.a == 1", "value has no field 'a'"),
        (of({"a": {}}), 'value.a.b.c == "x"', "value.a has no field 'b'"),
        (record(b"{broken"), "value.a == 1", "value is no map but string: it has no field 'a'"),
        (record(None), "value.a == 1", "value is no map but null_type: it has no field 'a'"),
        (of({"a": "x"}), "value.a > 1", "'>' can not be applied to string, int"),
        (of({"a": 1}), 'value.a.contains("x")', "'contains' can not be applied to int, string"),
        (of({"a": 1}), "value.a", "the expression gives int, not true or false"),
        (of({"a": 1}), "value.a || value.a", "'||' can not be applied to int, int"),
        (of({"a": [1]}), "value.a[1] == 1", "index 1 of a list of 1"),
        (of({"a": 0}), "1 / value.a == 1", "division by zero"),
        (of({"a": 1 << 62}), "value.a * 4 > 1", "integer overflow"),
        (of({"a": "x"}), "int(value.a) == 1", "int(): cannot convert string to int"),
        (of({"a": "("}), '"x".matches(value.a)', "invalid regular expression"),
        (of({"a": "\ud800"}), 'value.a.matches("x")', "a text with half a character"),
        (of({"a": "\ud800"}), "int(value.a) == 1", "int(): "),
        (of([[]] * 60 + [{"a": 1}] * 50), "value[0].a == 1", "value[0] is no map but list"),
        (record(b"[" * 101 + b"]" * 101), "value == 1", "nested deeper than 100 levels"),
        (record(b"x" * (1 << 20) + b"x"), 'value == "x"', "1,048,577 bytes; at most 1,048,576 are decoded"),
        (record(), "headers.a == 1", "headers has no field 'a'"),
        (record(ms=-1), 'timestamp > timestamp("2020-01-01T00:00:00Z")', "the record has no timestamp"),
        (record(ms=1 << 60), 'timestamp > timestamp("2020-01-01T00:00:00Z")', "lies beyond the year 9999"),
    ],
)
def test_what_can_not_be_told_is_no_match_and_counted(one: Record, where: str, why: str) -> None:
    assert why in reason(one, where)


def test_the_first_failure_is_kept_and_all_are_counted() -> None:
    found = matcher("value.a == 1")
    assert found.matches is not None
    records = [
        Record("t", 0, offset, 0, None, value) for offset, value in enumerate([b'{"a":1}', b"{}", b"x", b'{"a":2}'])
    ]
    assert [found.matches(each) for each in records] == [True, False, False, False]
    assert (found.failed, found.first_failure) == (2, (Place("t", 0, 1), "value has no field 'a'"))


def test_a_reason_is_short_however_long_the_texts_in_it() -> None:
    assert len(reason(of({"a": "x" * 100_000, "m": {}}), "value.m[value.a] == 1")) <= 200
    assert len(reason(of({"a": 10**4_000}), "uint(value.a) == 1u")) <= 200


def test_a_matcher_counts_for_itself() -> None:
    chosen = compile_filter(Selection(where=("value.a == 1",)))
    one, other = chosen.matcher(), chosen.matcher()
    assert one.matches is not None
    one.matches(of({}))
    assert (one.failed, other.failed) == (1, 0)


def test_regular_expressions_take_linear_time() -> None:
    """Backtracking would take 2^60 steps."""
    assert not is_match(of({"a": "a" * 60 + "!"}), 'value.a.matches("^(a+)+$")')


def test_sums_are_bounded() -> None:
    sums = "(" * 8 + "value.a" + " + value.a)" * 8
    assert "too long" in reason(of({"a": "x" * 1_000_000}), f"size({sums} + {sums}) > 1")


@pytest.mark.parametrize(
    ("where", "reads"),
    [
        ('value.a == 1 && headers.value == "key"', {"value"}),
        ("key.id == 1 || value[0] == 1", {"key", "value"}),
        ('offset > 1 && headers.key == "x"', set()),
        ("[1].exists(key, key == 1)", {"key"}),
    ],
)
def test_what_it_takes_from_a_decoder(where: str, reads: set[str]) -> None:
    assert compile_filter(Selection(("value",), "key", where=(where, "topic != 'x'"))).reads == reads


@pytest.mark.parametrize("name", ["a-b", "", " ", 'a"b', "ä", "€", "a\n", "value", "\U0001f600", "__class__", "None"])
@pytest.mark.parametrize("way", ["as it is", "escaped where it must be", "escaped"])
def test_fields_of_any_name(name: str, way: str) -> None:
    written = json.dumps(name, ensure_ascii=way != "as it is")
    if way == "escaped":
        written = '"' + re.sub("....", r"\\u\g<0>", name.encode("utf-16-be").hex()) + '"'
    one = record(f'{{"other":1,{written}:5,"more":[2]}}'.encode())
    quoted = json.dumps(name, ensure_ascii=False)
    assert is_match(one, f"value[{quoted}] == 5")
    assert not is_match(one, f"value[{quoted}] == 5 && value.more[0] == 3")
    assert is_match(one, f"{quoted} in value && value[{quoted}] == 5")


def test_loops_are_bounded() -> None:
    size = int(MOST_STEPS**0.5) + 1
    where = "value.all(i, value.all(j, i == j))"
    assert "too many steps" in reason(of([0] * size), where)
    assert is_match(of([0] * (size // 2)), where)


def test_a_list_made_by_a_loop_takes_linear_time() -> None:
    assert is_match(of([0] * 200_000), "value.map(i, i).size() == 200000")


@dataclass(frozen=True, slots=True)
class Piece:
    value: Any


@dataclass(frozen=True, slots=True)
class Read:
    key: Piece
    value: Piece


def test_a_decoder_gives_key_and_value() -> None:
    found = matcher('key.id == 5 && value.status == "failed" && headers.h == "1"', decode=lambda _: AVRO)
    assert found.matches is not None
    assert found.matches(record(b"\x00\x01", b"\x02", ("h", b"1")))


AVRO = Read(Piece({"id": 5}), Piece({"status": "failed"}))


def test_what_a_decoder_can_not_read_is_counted_with_its_reason() -> None:
    found = matcher("value.a == 1", decode=lambda _: Read(Piece(None), Piece(Problem("schema", "no schema 7"))))
    assert found.matches is not None
    assert not found.matches(record(b"\x00"))
    assert found.first_failure == (Place("orders", 3, 7), "no schema 7")


def test_a_decoder_may_leave_a_record_to_json() -> None:
    found = matcher('value.a == 1 && key == "k"', decode=lambda _: None)
    assert found.matches is not None
    assert found.matches(record(b'{"a":1}', b"k"))


def test_a_decoder_is_asked_only_where_key_or_value_decide() -> None:
    asked = []

    def decode(one: Record) -> Read:
        asked.append(one)
        return AVRO

    found = matcher("partition == 4 && value.a == 1 && value.b == 2", decode=decode)
    assert found.matches is not None
    assert not found.matches(record())
    assert asked == []


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("value.a ==", "column 11 of the expression: mismatched input the end"),
        ("value.a = 1", "column 9 of the expression: token recognition error at: '= '"),
        ("value.a and value.b", "column 9 of the expression: mismatched input 'and'"),
        ("", "column 1 of the expression: mismatched input the end"),
        (
            'value.a == 1\n&& nope == "x"',
            "line 2, column 4 of the expression: there is no variable 'nope'; there are headers",
        ),
        (
            "vale.a == 1",
            "column 1 of the expression: there is no variable 'vale'; "
            "there are headers, key, offset, partition, timestamp, timestamp_ms, topic, value",
        ),
        ('"äöü" == nope', "column 10 of the expression: there is no variable 'nope'"),
        ("value.a.nope() == 1", "column 9 of the expression: there is no function 'nope'"),
        ('partition == "x"', "column 11 of the expression: '==' can not be applied to int, string"),
        (
            "timestamp > 5",
            "column 11 of the expression: '>' can not be applied to timestamp, int; timestamp_ms is a number",
        ),
        ("partition", "the expression gives int, not true or false"),
        ('value.a.matches("(")', "'(' is no regular expression: missing ): ("),
        ('timestamp > timestamp("yesterday")', "timestamp(): "),
        ("google.protobuf.Timestamp{seconds: 1} < timestamp", "a message (google.protobuf.Timestamp) can not be used"),
        ("value.a == '\ud800'", "column 13 of the expression is no character of a text"),
        ("(" * 200 + "true" + ")" * 200, "nested too deep: at most 32"),
        ("[" * 200 + "]" * 200, "nested too deep: at most 32"),
        ("value.a == 1 ||" * LONGEST + "true", "at most 10,000 are read"),
        ("value" + ".a" * 200 + " == 1", "nested too deep: at most 32"),
    ],
)
def test_an_expression_that_can_not_be_used_is_refused_with_its_place(where: str, words: str) -> None:
    said = refusal(where)
    assert words in said
    assert "\n" not in said


def test_a_long_chain_is_no_deep_one() -> None:
    assert is_match(of({"a": 1}), " && ".join(["value.a == 1"] * 600))


def test_no_library_is_loaded_before_there_is_an_expression() -> None:
    script = """
import sys
from kafkatui.filters import Selection, compile_filter
heavy = {"cel_expr_python", "msgspec", "re2"}
compile_filter(Selection(("x",), "k", ("h",)))
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
compile_filter(Selection(where=("value.a == 1",)))
assert heavy & sys.modules.keys() == {"cel_expr_python", "msgspec"}
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
