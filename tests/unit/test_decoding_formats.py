"""Each format on golden, wrong and hostile bytes. No bytes at all raise; what fails keeps them and says why."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

import msgpack
import pytest

from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.decoders import NAMES, UnknownDecoder, decode_key, decode_value
from kafkatui.decoding.integers import decode_int32, decode_int64, decode_shortest
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.messagepack import decode_messagepack
from kafkatui.decoding.text import decode_text, is_text
from kafkatui.decoding.views import decode_base64, decode_hex, hex_rows
from kafkatui.model.problems import Problem


def reason(decoded: Decoded) -> str:
    assert isinstance(decoded.value, Problem)
    assert decoded.raw is not None
    assert decoded.value.text
    return decoded.value.code


def test_text_is_utf8_and_nothing_else() -> None:
    assert decode_text("Zürich 東京".encode()).value == "Zürich 東京"
    assert decode_text(b"").value == ""
    for raw in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"):
        decoded = decode_text(raw)
        assert reason(decoded) == "invalid_utf8"
        assert decoded.raw == raw
    assert decode_text(b"ab\xff").value == Problem("invalid_utf8", "not UTF-8: byte 0xff at 2")


def test_controls_tell_bytes_from_text() -> None:
    assert is_text(b"\x1b[31mred\x1b[0m\tand\r\nmore")
    assert is_text(b"")
    assert not is_text(b"\x00\x00\x00\x05")
    assert not is_text(b"\x7fELF")
    assert not is_text(b"\xff")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b" 17 ", 17),
        (b"null", None),
        (b"18446744073709551617", 18446744073709551617),
        (b"0.1", 0.1),
        (b"1.10", 1.1),
        (b"100000000000000000.0", 1e17),
        (b"-0.0", -0.0),
        (rb'"\ud800"', "\ud800"),
    ],
)
def test_json_keeps_numbers_exact(raw: bytes, value: object) -> None:
    decoded = decode_json(raw)
    assert decoded.value == value
    assert type(decoded.value) is type(value)
    assert decoded.notes == ()


@pytest.mark.parametrize(
    ("raw", "value", "note"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}, 'key "a" appears more than once: the last value is shown'),
        (b"[NaN, -Infinity]", ["NaN", "-Infinity"], "NaN is not JSON: shown as text"),
        (b"1e999", "1e999", "1e999 is too large for a float: shown as text"),
        (b"1e-999", 0.0, "1e-999 has more digits than a float keeps: shown rounded"),
        (
            b"[1.10000000000000000001]",
            [1.1],
            "1.10000000000000000001 has more digits than a float keeps: shown rounded",
        ),
        (b"9" * 5000, "9" * 5000, "an integer of 5,000 digits is shown as text"),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, "begins with a byte order mark"),
    ],
)
def test_json_notes_what_is_unusual(raw: bytes, value: object, note: str) -> None:
    decoded = decode_json(raw)
    assert decoded.value == value
    assert decoded.notes == (note,)


def test_json_that_is_none_says_where() -> None:
    assert decode_json(b'{"a": }').value == Problem("invalid_json", "not JSON: Expecting value at character 6")
    assert reason(decode_json(b"")) == "invalid_json"
    assert reason(decode_json(b'{"a": 1} x')) == "invalid_json"
    assert reason(decode_json(b'"\xff"')) == "invalid_utf8"
    assert reason(decode_json('{"a": 1}'.encode("utf-16"))) == "invalid_utf8"


@pytest.mark.parametrize("raw", [b"[" * 1000 + b"]" * 1000, b"[" * 900_000, b'{"a":' * 100_000])
def test_json_of_any_depth_leaves_the_stack_alone(raw: bytes) -> None:
    assert reason(decode_json(raw)) in {"too_deep", "invalid_json"}


def test_json_depth_is_counted_in_levels() -> None:
    most = LIMITS.depth
    assert not decode_json(b"[" * most + b"]" * most).problem
    assert reason(decode_json(b"[" * (most + 1) + b"]" * (most + 1))) == "too_deep"
    assert not decode_json(b"[" + b"[]," * 5000 + b'"[[[["]').problem
    assert decode_json(b'"' + b"[" * 5000 + b'"').value == "[" * 5000


@pytest.mark.parametrize("decode", [decode_text, decode_json, decode_hex, decode_base64, decode_messagepack])
def test_what_is_too_large_says_so(decode: Callable[[bytes, Limits], Decoded]) -> None:
    decoded = decode(b'"123"', Limits(text_bytes=4, json_bytes=4, messagepack_bytes=4))
    assert reason(decoded) == "too_large"
    assert decoded.raw == b'"123"'
    assert decoded.size == 5


TEN_MB = 10_000_000
DENSE = LIMITS.json_bytes // 3 - 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'"' + b"a" * TEN_MB + b'"', id="one line of 10 MB"),
        pytest.param(b"[" + b"[]," * DENSE + b"[]]", id="as many lists as fit"),
        pytest.param(b"[" + b"1.123456789012345678901," * 40_000 + b"1]", id="numbers parsed twice"),
        pytest.param(b"[0." + b"1" * 1_000_000 + b"]", id="one long number"),
        pytest.param(b"[" + (b"9" * 4300 + b",") * 240 + b"1]", id="long integers"),
        pytest.param(b'"' + b'\\"' * 500_000, id="escapes without an end"),
        pytest.param((b"\xdc\xff\xff" + b"\x90" * 65535) * 7, id="lists, a byte each"),
        pytest.param((b"\xdd\x00\x04\x00\x00") * 90_000, id="long lists in each other"),
    ],
)
def test_time_is_bounded(name: str, raw: bytes) -> None:
    """Tens of milliseconds; the bound leaves room for a busy machine."""
    begun = time.perf_counter()
    decode_value(name, raw, b"\x00\x01")
    assert time.perf_counter() - begun < 2


def test_integers_are_big_endian_and_signed() -> None:
    assert decode_int32(b"\x00\x00\x01\x00").value == 256
    assert decode_int32(b"\xff\xff\xff\xff").value == -1
    assert decode_int64(b"\x7f" + b"\xff" * 7).value == (1 << 63) - 1
    assert decode_shortest(b"\x01\x8b\xcf\xe5\x68\x00").value == 1_700_000_000_000
    assert decode_int32(b"\x00" * 8).value == Problem("wrong_length", "8 bytes where int32 takes 4")
    for decode in (decode_int32, decode_int64, decode_shortest):
        assert reason(decode(b"")) == "wrong_length"
        assert reason(decode(b"\x00" * 9)) == "wrong_length"


def test_bytes_shown_as_bytes() -> None:
    assert decode_hex(b"\x00\xff").value == "00ff"
    assert decode_base64(b"\x00\xff").value == "AP8="
    raw = b"kafka\x1b]52;c;eA==\x07" + bytes(range(3))
    assert hex_rows(raw) == [
        "00000000  6b 61 66 6b 61 1b 5d 35  32 3b 63 3b 65 41 3d 3d  |kafka.]52;c;eA==|",
        "00000010  07 00 01 02                                       |....|",
    ]
    assert hex_rows(raw, first=1, count=1) == hex_rows(raw)[1:]
    assert hex_rows(b"") == []


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"\x82\xa1a\x01\xa1b\xc3", {"a": 1, "b": True}),
        (b"\x92\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", [(1 << 64) - 1, 0.1]),
        (b"\xc4\x02\x00\xff", b"\x00\xff"),
        (b"\xc0", None),
        (b"\x82\x01\xa1a\xa1b\x02", [[1, "a"], ["b", 2]]),
        (b"\x82\xa1a\x01\xa1a\x02", [["a", 1], ["a", 2]]),
        (b"\x81\x91\x01\x02", [[[1], 2]]),
        (b"\xd4\x05\x09", {"ext": 5, "data": b"\x09"}),
        (b"\xd6\xff\x65\x53\xf1\x00", 1_700_000_000_000_000_000),
    ],
)
def test_messagepack(raw: bytes, value: object) -> None:
    assert decode_messagepack(raw).value == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x82\xa1a\x01",
        b"\xa5ab",
        b"\xc1",
        b"\x01\x02",
        b"\xa1\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"\xc7\x0c\xff" + b"\xff" * 12,
        b"\xdd\x00\x01\x00\x00" * 500,
    ],
)
def test_messagepack_that_is_none(raw: bytes) -> None:
    decoded = decode_messagepack(raw)
    assert reason(decoded) == "invalid_messagepack"
    assert decoded.raw == raw


@pytest.mark.parametrize("depth", [101, 500, 1000, 100_000])
def test_messagepack_of_any_depth(depth: int) -> None:
    assert reason(decode_messagepack(b"\x91" * depth + b"\xc0")) == "too_deep"


def test_messagepack_says_how_much_is_left_over() -> None:
    problem = decode_messagepack(msgpack.packb([1]) + b"abc").problem
    assert problem == Problem("invalid_messagepack", "not MessagePack: 3 bytes are left over")


@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_raise_and_none_get_lost(name: str) -> None:
    chance = random.Random(name)
    for _ in range(2000):
        raw = chance.randbytes(chance.randrange(40))
        decoded = decode_value(name, raw, chance.randbytes(chance.randrange(4)))
        assert decoded.raw == raw
        assert decode_key(name, raw).decoder in {"each": ("json", "text", "hex")}.get(name, (name,))
        if decoded.problem:
            assert decoded.problem.text


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("json", b'{"a": [1, -2.5e3, null, true, "\\u00e9\\ud800"], "b": {"c": {}}}'),
        ("messagepack", msgpack.packb({"a": [1, -2.5, None, True, b"x"], "b": {1: msgpack.ExtType(5, b"y")}})),
        ("messagepack", msgpack.packb([msgpack.Timestamp(1, 2), "text", 1 << 40, list(range(20))])),
        ("text", "Zürich 東京".encode()),
    ],
)
def test_bytes_that_were_nearly_right_raise_nothing(name: str, whole: bytes) -> None:
    """One to three bytes of a good value changed: what gets deep into a decoder, as random bytes do not."""
    assert not decode_value(name, whole, None).problem
    chance = random.Random(name)
    for _ in range(3000):
        raw = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        assert decode_value(name, bytes(raw), None).raw == bytes(raw)


def test_a_null_stays_null() -> None:
    for name in NAMES:
        assert decode_key(name, None) == decode_value(name, None, b"") == Decoded(name, None, None)
    assert decode_json(b"null").raw == b"null"


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownDecoder, match=r"no decoder is called 'yaml'; there are text, json, .*consumer-offsets"):
        decode_key("yaml", b"")


def test_the_digits_python_reads_are_not_unlimited() -> None:
    """What the JSON decoder relies on against quadratic time."""
    assert 0 < sys.get_int_max_str_digits() <= 4300


@pytest.mark.parametrize(
    ("raw", "decoder", "value"),
    [
        (b'{"a": 1}', "json", {"a": 1}),
        (b'{"a": ', "text", '{"a": '),
        (b"17", "text", "17"),
        (b"", "text", ""),
        (b"\xff\x00", "hex", "ff00"),
    ],
)
def test_values_of_mixed_formats_are_read_each_by_itself(raw: bytes, decoder: str, value: object) -> None:
    decoded = decode_value("each", raw, None)
    assert (decoded.decoder, decoded.value) == (decoder, value)
