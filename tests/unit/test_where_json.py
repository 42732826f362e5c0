"""JSON as expressions see it is JSON as it is shown: the same values, the same refusals."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS
from kafkatui.filters.expressions import json_values
from kafkatui.filters.expressions.json_values import text_reader
from kafkatui.filters.expressions.values import Failure

BIG = "9" * (sys.get_int_max_str_digits() + 1)
TEXTS = [
    '{"a":1,"a":2}', '{"a":18446744073709551616}', '{"a":-9223372036854775809}', '{"a":1e999}', '{"a":-1e999}',
    '{"a":-0}', '{"a":-0.0}', '{"a":1.}', '{"a":01}', '{"a":.5}', '{"a":+5}', '{"a":-}', '{"a":1e}', '{"a":1E5}',
    '{"a":NaN}', '{"a":Infinity}', '{"a":-Infinity}', '{"x":NaN,"a":1}', '{"x":1e999,"a":1}', '{"a":0.1e-400}',
    '{"a":"\\ud800"}', '{"x":"\\ud800","a":1}', '{"x":"\\ud83d\\ude00","a":"\\ud83d\\ude00"}', '{"a":"\\u0041"}',
    '{"x":01,"a":1}', '{"x":1.e5,"a":1}', '{"x":"\\q","a":1}', '{"x":"\x01","a":1}', '{"x":"\\u12","a":1}',
    '{"x":tru,"a":1}', '{"x":nul,"a":1}', '{"x":[1,],"a":1}', '{"x":{},"a":1,}', '{"a":1} x', ' {"a":1}\n', "{}",
    '\ufeff{"a":1}', "[1]", '"x"', "null", "true", "12", "1.5", "-0", '{"\\u0061":1}', '{"a":{"b":[1,{"c":2}]}}', "",
    " ", "plain text", "{", '{"a"', '{"a":', '{"a":1', '{"a" 1}', '{1:2}', "{'a':1}", '{"a":"ä€😀"}', '{"ä":1,"a":2}',
    '{"a":9007199254740993.0}', '{"a":123456789012345678901234567890.5}', '{"a":' + BIG + "}",
    '{"x":' + BIG + ',"a":1}', "[1"
    '{"a":"\x7f"}', '{"a":"\u2028"}', '{"x":"\\/\\b\\f\\n\\r\\t\\"\\\\","a":"\\/"}', '{"a":[]}', '{"a":1}{"a":2}',
]  # fmt: skip
RAW = [b'{"x":"\xff","a":1}', b'{"a":"\xff"}', b'{"\xff":1,"a":2}', b'{"x":"\xed\xa0\x80","a":1}', b"\xff", b"\x00\x00"]
NESTED = [
    "[" * count + "]" * count
    for count in (LIMITS.depth - 1, LIMITS.depth, LIMITS.depth + 1, 2 * LIMITS.depth, 3_000, 100_000)
]
NESTED += ['{"x":' + each + ',"a":1}' for each in NESTED] + ["[" + "[]," * 200 + "0]", "[" * 500]


def shown(raw: bytes) -> Any:
    """As `decoding` has it: what is no JSON is a text, what is no text is bytes, what is refused is a failure."""
    decoded = decode_json(raw)
    if decoded.problem is None:
        return decoded.value
    match decoded.problem.code:
        case "invalid_json":
            return raw.decode()
        case "invalid_utf8":
            return raw
    return Failure


def seen(read: Callable[[bytes], Any], raw: bytes) -> Any:
    found = read(raw)
    return Failure if isinstance(found, Failure) else found


def same(left: Any, right: Any) -> bool:
    """`1`, `1.0` and `True` are equal in Python, and 0.0 and -0.0."""
    return type(left) is type(right) and repr(left) == repr(right)


@pytest.mark.parametrize("raw", [*(each.encode() for each in (*TEXTS, *NESTED)), *RAW])
def test_as_it_is_shown(raw: bytes) -> None:
    assert same(seen(text_reader(None), raw), shown(raw))


@pytest.mark.parametrize("raw", [*(each.encode() for each in (*TEXTS, *NESTED)), *RAW])
def test_only_the_fields_that_are_asked_for(raw: bytes) -> None:
    """Of a map some other fields may be left out; what is no map, or refused, is the same."""
    found, expected = seen(text_reader(["a", "b-c"]), raw), shown(raw)
    if not isinstance(expected, dict):
        assert same(found, expected)
    else:
        assert isinstance(found, dict)
        assert same(found.get("a"), expected.get("a"))
        assert ("a" in found, "b-c" in found) == ("a" in expected, False)


def test_damaged_values_as_they_are_shown() -> None:
    """Bytes changed, left out and doubled at random places of values that are good."""
    dice = random.Random(11)
    whole, some = text_reader(None), text_reader(["a"])
    seeds = [each.encode() for each in TEXTS if len(each) < 100] + RAW
    kinds = set()
    for _ in range(20_000):
        raw = bytearray(dice.choice(seeds) or b"0")
        at = dice.randrange(len(raw))
        raw[at : at + dice.randint(0, 2)] = dice.choice([b"", b'"', b"\\", b"1", b"e", b",", b"\xc3", bytes(raw[:at])])
        expected = shown(bytes(raw))
        kinds.add(type(expected))
        assert same(seen(whole, bytes(raw)), expected), bytes(raw)
        if not isinstance(expected, dict):
            assert same(seen(some, bytes(raw)), expected), bytes(raw)
        else:
            found = seen(some, bytes(raw))
            assert same(found.get("a"), expected.get("a")), bytes(raw)
    assert kinds >= {dict, list, str, bytes, int, float, bool, type(None)}


def test_the_limits_are_those_of_decoding() -> None:
    assert LIMITS.json_bytes == json_values.LARGEST
    assert LIMITS.depth == json_values.DEEPEST


@pytest.mark.parametrize("extra", [0, 1])
def test_a_value_that_is_too_large_is_a_failure(extra: int) -> None:
    raw = b'"' + b"x" * (LIMITS.json_bytes - 2 + extra) + b'"'
    assert same(seen(text_reader(["a"]), raw), shown(raw))
    assert (shown(raw) is Failure) == bool(extra)
