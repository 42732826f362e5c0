"""A record as a line of JSON and back: every byte, null and order as it was, and nothing that moves a terminal."""

from __future__ import annotations

import json
import random

import msgpack
import pytest

from kafkatui.decoding.decoders import decode_record
from kafkatui.decoding.ndjson import record_document, record_line
from kafkatui.decoding.ndjson_lines import LineError, read_line
from kafkatui.model.records import NewRecord, Record
from kafkatui.safe_text import safe_text

RECORD = Record("orders", 3, 41, 1_700_000_000_000, b"k", b"v", ())
HOSTILE = (
    b"\x1b]52;c;eA==\x07",
    "\x9b31m \u202e \u200b \u2028 \ufeff \U000e0041 \x7f".encode(),
    b"[@click=app.quit] [/nope]",
    b"\xed\xa0\x80",
    b"\r\n\t\x00",
    b'"\\',
    "Zürich 東京 😀".encode(),
)


def test_the_shape() -> None:
    record = RECORD._replace(key=None, value=b"\xff", headers=(("a", b""), ("a", None), ("b", b"x")))
    assert json.loads(record_line(record)) == {
        "topic": "orders",
        "partition": 3,
        "offset": 41,
        "timestamp": 1_700_000_000_000,
        "timestamp_type": "CreateTime",
        "key": None,
        "value": {"base64": "/w=="},
        "headers": [["a", {"text": ""}], ["a", None], ["b", {"text": "x"}]],
    }


def some_bytes(chance: random.Random) -> bytes | None:
    size = chance.choice((0, 1, 3, 8, 50))
    return chance.choice(
        (
            None,
            b"",
            chance.randbytes(size),
            chance.choice(HOSTILE),
            "".join(
                chr(chance.choice((chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)))) for _ in range(size)
            ).encode(),
        )
    )


def test_any_record_comes_back_as_it_was() -> None:
    chance = random.Random(4)
    for _ in range(3000):
        headers = tuple(
            (chance.choice(("a", "b", "ü", "", "\x1b[", "\udcff")), some_bytes(chance))
            for _ in range(chance.randrange(4))
        )
        timestamp = chance.choice((-1, 0, 1_700_000_000_000, (1 << 63) - 1))
        record = Record("t", chance.randrange(9), 7, timestamp, some_bytes(chance), some_bytes(chance), headers)
        line = record_line(record, decode_record(record, "int64", "json"))
        assert safe_text(line) == line
        assert read_line(line) == NewRecord("t", record.key, record.value, headers, timestamp, record.partition)


@pytest.mark.parametrize("raw", HOSTILE)
def test_a_line_moves_no_terminal(raw: bytes) -> None:
    record = RECORD._replace(topic="t\x9b", key=raw, value=raw, headers=(("h\u202e", raw),))
    line = record_line(record)
    assert safe_text(line) == line
    assert read_line(line, "t").value == raw


def test_letters_of_any_script_stay_readable() -> None:
    assert "Zürich 東京 😀" in record_line(RECORD._replace(value=HOSTILE[-1] + b"\x1b"))


def test_what_was_decoded_stands_beside_the_bytes() -> None:
    record = Record("t", 0, 0, 0, b"\x00\x00\x00\x07", b'{"a": 1, "a": 2}', (("original_offset", b"3"), ("x", b"y")))
    assert record_document(record, decode_record(record, "int32", "json"))["decoded"] == {
        "key": {"decoder": "int32", "data": 7},
        "value": {
            "decoder": "json",
            "data": {"a": 2},
            "notes": ['key "a" appears more than once: the last value is shown'],
        },
        "headers": [["original_offset", {"decoder": "decimal", "data": 3}], ["x", {"decoder": "text", "data": "y"}]],
    }
    assert "decoded" not in record_document(RECORD, decode_record(RECORD, "text", "text"))


def test_a_failed_decode_says_why_beside_the_bytes() -> None:
    record = RECORD._replace(key=None, value=b"\xff")
    document = record_document(record, decode_record(record, "text", "json"))
    assert document["value"] == {"base64": "/w=="}
    assert document["decoded"] == {
        "value": {
            "decoder": "json",
            "data": None,
            "problem": {"code": "invalid_utf8", "text": "not UTF-8: byte 0xff at 0"},
        }
    }


def test_what_json_has_no_word_for() -> None:
    record = RECORD._replace(value=msgpack.packb([b"\xff", float("nan"), float("inf")]))
    line = record_line(record, decode_record(record, "text", "messagepack"))
    assert json.loads(line, parse_constant=pytest.fail)["decoded"]["value"]["data"] == [
        {"base64": "/w=="},
        "nan",
        "inf",
    ]


def test_a_line_by_hand_needs_little() -> None:
    assert read_line('{"topic": "t", "value": {"text": "x"}}') == NewRecord("t", None, b"x")
    assert read_line('{"value": null}', "t") == NewRecord("t", None, None)
    assert read_line('{"topic": "t", "value": null}', "other").topic == "other"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "nested too deep"),
        ("9" * 5000, "too many digits"),
        ('{"topic": "t"}', 'no "value"'),
        ('{"topic": "t", "vlaue": null}', "unknown name 'vlaue'"),
        ('{"topic": "t", "value": null, "value": {"text": "x"}}', "appears twice"),
        ('{"value": null}', "no topic"),
        ('{"topic": 1, "value": null}', "no topic"),
        ('{"topic": "t", "value": "x"}', "value is neither"),
        ('{"topic": "t", "value": {"text": "x", "base64": ""}}', "value is neither"),
        ('{"topic": "t", "value": {"text": 1}}', "value is neither"),
        ('{"topic": "t", "value": {"base64": "a"}}', "value is not base64"),
        ('{"topic": "t", "value": {"base64": "ü"}}', "value is not base64"),
        ('{"topic": "t", "value": {"text": "\\ud800"}}', "half a surrogate pair"),
        ('{"topic": "t", "value": null, "partition": true}', "partition is not a whole number"),
        ('{"topic": "t", "value": null, "partition": -1}', "partition is not a whole number"),
        ('{"topic": "t", "value": null, "timestamp": 1.5}', "timestamp is not a whole number"),
        ('{"topic": "t", "value": null, "headers": {}}', "headers are not a list"),
        ('{"topic": "t", "value": null, "headers": [["a"]]}', "a header is not a pair"),
        ('{"topic": "t", "value": null, "headers": [["a", "b"]]}', "header 'a' is neither"),
        ('{"topic": "t", "value": null, "headers": [[1, null]]}', "a header is not a pair"),
        ('{"topic": "t", "value": null, "headers": [["\\ud800", null]]}', "stands for no byte"),
    ],
)
def test_what_is_no_record_is_refused(line: str, words: str) -> None:
    with pytest.raises(LineError, match=words):
        read_line(line)
