"""Records as text for an editor, and back."""

from __future__ import annotations

import json
import random

import pytest

from kafkatui.decoding.ndjson_lines import LineError, read_line
from kafkatui.model.records import Record
from kafkatui.replay.editing import edited, text_of

ORDER = Record("orders", 2, 17, 1_000, b"k", b'{"id": 7, "state": "failed"}', (("trace", b"\xff"), ("trace", None)))


def test_what_is_not_touched_is_what_it_was() -> None:
    chance = random.Random(4)
    values = [
        None,
        b"",
        b"\xff\x00",
        b"text",
        b'{"a":1}',
        b'{"a": 1}',
        b'{ "a":1}',
        b"[1,2]",
        b"7",
        b'"x"',
        b'{"a":1.0}',
    ]
    values += [
        '{"ü":"é"}'.encode(),
        b'{"u":"\\u00fc"}',
        b'{"a":1,"a":2}',
        b'{"a":1e400}',
        b'{"a":12345678901234567890}',
    ]
    values += [chance.randbytes(chance.randint(1, 40)) for _ in range(200)]
    records = [
        Record("orders", offset % 3, offset, -1, value, value, (("n", value), ("n", b""))[: offset % 3])
        for offset, value in enumerate(values)
    ]
    found = edited(text_of(records), records)
    assert [each.is_changed for each in found] == [False] * len(records)
    for each, record in zip(found, records, strict=True):
        made = read_line(each.line)
        assert (made.key, made.value, made.headers) == (record.key, record.value, record.headers)
        assert (made.partition, made.timestamp_ms) == (record.partition, record.timestamp_ms)


def test_a_value_that_is_json_is_edited_as_such_and_written_as_before() -> None:
    text = text_of([ORDER])
    assert '"state": "failed"' in text
    (found,) = edited(text.replace('"failed"', '"new"'), [ORDER])
    made = read_line(found.line)
    assert made.value == b'{"id": 7, "state": "new"}'
    assert made.headers == (*ORDER.headers, ("kafkatui-edited", b"1"), ("kafkatui-source", b"orders-2@17"))
    assert (made.partition, made.timestamp_ms, made.key) == (2, 1_000, b"k")


def test_an_edited_copy_that_is_edited_says_it_once() -> None:
    copy = ORDER._replace(offset=18, headers=(("kafkatui-edited", b"1"), ("kafkatui-source", b"orders-2@17")))
    (found,) = edited(text_of([copy]).replace('"failed"', '"new"'), [copy])
    assert read_line(found.line).headers == (("kafkatui-edited", b"1"), ("kafkatui-source", b"orders-2@18"))


def test_a_document_that_is_gone_is_a_record_less() -> None:
    other = ORDER._replace(offset=18)
    (found,) = edited(text_of([other]), [ORDER, other])
    assert (found.source.offset, found.is_changed) == (18, False)
    assert edited("", [ORDER]) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda document: {**document, "source": "orders-2@18"}, "source"),
        (lambda document: {**document, "vlaue": None}, "unknown name 'vlaue'"),
        (lambda document: {name: each for name, each in document.items() if name != "value"}, 'no "value"'),
        (lambda document: {**document, "value": {"text": 7}}, "value"),
        (lambda document: {**document, "partition": -1}, "partition"),
        (lambda document: [document], "source"),
    ],
)
def test_what_is_no_record_is_said(change: object, why: str) -> None:
    document = json.loads(text_of([ORDER]))
    with pytest.raises(LineError, match=why):
        edited(json.dumps(change(document)), [ORDER])  # type: ignore[operator]


def test_where_it_is_no_json_is_said() -> None:
    with pytest.raises(LineError, match="in line 3, character"):
        edited('{\n"source":\n}', [ORDER])
    with pytest.raises(LineError, match="source"):
        edited(text_of([ORDER]) * 2, [ORDER])
