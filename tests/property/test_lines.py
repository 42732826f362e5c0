"""What is read from files and printed to them: records as lines of JSON, offsets as CSV, whole and in any pieces."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from kafkatui.cli.input_lines import from_ndjson, from_values
from kafkatui.cli.record_input import _Parser
from kafkatui.decoding.decoders import decode_record
from kafkatui.decoding.ndjson import record_line
from kafkatui.decoding.ndjson_lines import LineError, read_line
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import NewRecord, Record
from kafkatui.resets import csv_offsets
from kafkatui.resets.errors import BadRequest
from kafkatui.safe_text import safe_text
from tests.property.trees import PLAIN, damaged

_BYTES = (
    st.none() | st.binary(max_size=9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(str.encode)
)
_NAMES = st.binary(max_size=4).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
RECORDS = st.builds(
    Record,
    topic=st.just("t"),
    partition=st.integers(0, (1 << 31) - 1),
    offset=st.integers(0, (1 << 63) - 1),
    timestamp_ms=st.integers(-1, (1 << 63) - 1),
    key=_BYTES,
    value=_BYTES,
    headers=st.lists(st.tuples(_NAMES, _BYTES), max_size=3).map(tuple),
    # A masked one is not written again: that is another test's.
    masked=st.none(),
)


@given(RECORDS, st.sampled_from(["json", "text", "messagepack", "each"]))
def test_a_record_comes_back_byte_by_byte(record: Record, decoder: str) -> None:
    line = record_line(record, decode_record(record, decoder, decoder))
    assert "\n" not in line
    assert safe_text(line) == line
    again = NewRecord("t", record.key, record.value, record.headers, record.timestamp_ms, record.partition)
    assert read_line(line) == again
    assert from_ndjson("t")(line.encode()) == again


@given(
    st.lists(RECORDS, max_size=4), st.lists(st.integers(1, 40), min_size=1, max_size=6), st.booleans(), st.booleans()
)
def test_lines_arrive_in_any_pieces(records: list[Record], sizes: list[int], ends: bool, has_bom: bool) -> None:
    data = b"\xef\xbb\xbf" * has_bom + b"\n".join(record_line(each).encode() for each in records) + b"\n" * ends
    pieces, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        pieces.append(data[at : at + size])
        at, turn = at + size, turn + 1
    found = list(_Parser(from_ndjson("t"), skip_bad=False).parse(iter(pieces)))
    assert [record for lines in found for record in lines.records] == [read_line(record_line(each)) for each in records]
    assert [number for lines in found for number in lines.numbers] == list(range(1, len(records) + 1))
    assert not any(lines.bad or lines.failed for lines in found)


_LINES = damaged(RECORDS.map(lambda record: record_line(record).encode()))


@given(st.binary(max_size=40) | _LINES | PLAIN.map(lambda value: json.dumps({"value": value}).encode()))
@example(b"[" * 100_000)
@example(b'{"value":' + b"9" * 5_000 + b"}")
def test_a_damaged_line_is_refused_or_a_record(line: bytes) -> None:
    with suppress(LineError):
        assert isinstance(from_ndjson("t")(line), NewRecord | None)


@given(st.binary(max_size=20), st.none() | st.sampled_from([b":", b"::"]))
def test_a_line_of_a_value_is_kept_as_it_is(line: bytes, separator: bytes | None) -> None:
    with suppress(LineError):
        record = from_values("t", b"k", (), separator)(line)
        assert record is not None
        assert record.value is not None
        assert line == (record.value if separator is None else (record.key or b"") + separator + record.value)


_TOPICS = st.text(st.sampled_from("abZ09._-"), min_size=1, max_size=6)
OFFSETS = st.dictionaries(
    st.builds(TopicPartition, _TOPICS, st.integers(0, (1 << 31) - 1)),
    st.integers(0, (1 << 63) - 1),
    min_size=1,
    max_size=3,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), OFFSETS, min_size=1, max_size=3))
@example({"a\rb": {TopicPartition("t", 0): 5}})
def test_offsets_come_back_for_each_group(groups: dict[str, dict[TopicPartition, int]]) -> None:
    text = "".join(f"{line}\n" for line in csv_offsets.lines(groups, with_group=True))
    if text.startswith("\ufeff"):
        return
    for group, offsets in groups.items():
        assert csv_offsets.parse(text, group) == offsets


@given(OFFSETS)
def test_offsets_of_one_group_come_back_without_its_name(offsets: dict[TopicPartition, int]) -> None:
    assert csv_offsets.parse("\r\n".join(csv_offsets.lines({"g": offsets}, with_group=False)), "g") == offsets


@given(
    st.text(max_size=20) | st.lists(st.sampled_from([*'ab,"\r\n0-19', "t,0,5\n", "g,t,0,5\n"]), max_size=9).map("".join)
)
def test_any_other_file_is_refused(text: str) -> None:
    with suppress(BadRequest):
        for (topic, partition), offset in csv_offsets.parse(text, "g").items():
            assert topic
            assert partition >= 0
            assert offset >= 0
