"""The batch reader on batches somebody damaged: each offset is shown as it was written, or told not to be."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import pytest
from crc32c import crc32c
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kafkatui.kafka.batches import HEADER_BYTES, Batch, is_intact, next_offset, walk
from kafkatui.kafka.compression import Codec, Decompressor, TooLarge, Undecodable
from kafkatui.kafka.odd_batches import OddBatch, has_odd_name
from kafkatui.kafka.record_format import NotRecords, _Reader, decode, decode_slowly
from kafkatui.kafka.search import Chunk, Search, Step, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from tests.batches import CODECS, Wire, batch, marker, raw_batch, transaction

WHERE = TopicPartition("orders", 3)
LARGEST = 1 << 18
_CRC_AT, _CHECKED_FROM = 17, 21
_BYTES = st.none() | st.binary(max_size=12)
RECORDS = st.lists(
    st.builds(
        Wire,
        value=_BYTES,
        key=_BYTES,
        headers=st.lists(st.tuples(st.binary(max_size=3), _BYTES), max_size=2).map(tuple),
        ms=st.integers(-(1 << 40), 1 << 40),
    ),
    min_size=1,
    max_size=4,
)


class Stored(NamedTuple):
    """A part of a log."""

    first: int
    batches: list[bytes]
    aborted: tuple[tuple[int, int], ...]


@st.composite
def logs(draw: st.DrawFn) -> Stored:
    """Some batches in a row, with holes between, markers and aborted transactions."""
    at = first = draw(st.integers(0, 1 << 40))
    batches, aborted = [], []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["records", "records", "records", "aborted", "compacted"]))
        wires = draw(RECORDS)
        if kind == "aborted":
            batches += [
                transaction(7, at, *(wire.value or b"" for wire in wires)),
                marker(7, at + len(wires), commit=False),
            ]
            aborted.append((7, at))
            at += len(wires) + 1
        elif kind == "compacted":
            last = at + len(wires) + draw(st.integers(0, 5))
            batches.append(batch(wires, base=at, last=last))
            at = last + 1
        else:
            batches.append(batch(wires, base=at, codec=draw(st.sampled_from(list(CODECS)))))
            at += len(wires)
        at += draw(st.integers(0, 2))
    return Stored(first, batches, tuple(aborted))


def look(data: bytes, first: int, aborted: Sequence[tuple[int, int]] = ()) -> Step:
    until = 1 << 63  # whatever eight bytes make of where a batch begins is asked for
    chunk = Chunk(WHERE, first, next_offset(data, first), until, data, tuple(aborted))
    return Search(Wanted(), LARGEST).look(chunk)


def beginnings(data: bytes) -> set[int]:
    """The first offsets of the batches whose checksum fits."""
    return {each.base_offset for each in walk(WHERE, data) if isinstance(each, Batch) and is_intact(each, data)}


def with_checksum(stored: bytearray) -> None:
    """As a producer that means ill would send it."""
    stored[_CRC_AT:_CHECKED_FROM] = struct.pack(">I", crc32c(bytes(stored[_CHECKED_FROM:])))


@settings(max_examples=200)
@given(logs(), st.data())
def test_each_offset_is_shown_as_it_was_or_told(log: Stored, data: st.DataObject) -> None:
    """Whatever bytes are changed that the checksum covers, or the checksum itself."""
    before = {record.offset: record for record in look(b"".join(log.batches), log.first, log.aborted).found}
    which = data.draw(st.integers(0, len(log.batches) - 1))
    damaged = bytearray(log.batches[which])
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(_CRC_AT, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    bytes_ = b"".join([*log.batches[:which], bytes(damaged), *log.batches[which + 1 :]])
    step = look(bytes_, log.first, log.aborted)
    shown = {record.offset: record for record in step.found}
    told = [(gap.first, gap.until) for gap in step.gaps]
    for offset, record in before.items():
        if offset < step.position:
            assert shown.get(offset) == record or any(first <= offset < until for first, until in told)
    assert all(before[offset] == record for offset, record in shown.items())


@settings(max_examples=200)
@given(logs(), st.data())
def test_any_damage_is_told(log: Stored, data: st.DataObject) -> None:
    """Also of lengths, offsets and the format: nothing is lost in silence, nothing raises."""
    whole = b"".join(log.batches)
    before = [record.offset for record in look(whole, log.first, log.aborted).found]
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    step = look(bytes(damaged), log.first, log.aborted)
    assert step.position >= log.first
    for gap in step.gaps:
        assert log.first <= gap.first < gap.until
    # Where a batch begins no checksum tells: one that was moved is believed, and what it passes over is not missed.
    if not step.gaps and beginnings(bytes(damaged)) <= beginnings(whole):
        assert [record.offset for record in step.found] == [offset for offset in before if offset < step.position]


@settings(max_examples=200)
@given(RECORDS, st.sampled_from(list(CODECS)), st.data())
def test_a_batch_that_somebody_made_so_raises_nothing(wires: list[Wire], codec: str, data: st.DataObject) -> None:
    """The checksum fits: a broker may have taken it."""
    made = bytearray(batch(wires, codec=codec, base=5))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(_CHECKED_FROM, len(made) - 1))
        made[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
    with_checksum(made)
    step = look(bytes(made), 5)
    assert all(isinstance(record, Record) for record in step.found)


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, 1 << 32 - 1))
def test_a_payload_of_anything_raises_nothing(payload: bytes, count: int) -> None:
    stored = raw_batch(payload, count % 9, base=3)
    step = look(stored, 3)
    if step.gaps:
        assert {gap.problem.code for gap in step.gaps} == {"corrupt_batch"}


@settings(max_examples=200)
@given(RECORDS, st.data())
def test_both_decoders_agree_on_anything(wires: list[Wire], data: st.DataObject) -> None:
    """On what the records are, and on which bytes are none."""
    payload = bytearray(b"".join(wire.encode(index) for index, wire in enumerate(wires)))
    for _ in range(data.draw(st.integers(0, 2))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    stored = raw_batch(bytes(payload), len(wires))
    # No producer sets an attribute of a record. aiokafka takes them for a varint, Kafka for a byte.
    assume(not any(_attributes(bytes(payload), len(wires))))
    (head,) = walk(WHERE, stored)
    assert isinstance(head, Batch)
    ours = _outcome(lambda: decode_slowly(WHERE, head, bytes(payload)))
    theirs = _outcome(lambda: decode(WHERE, head, stored[:HEADER_BYTES], bytes(payload)))
    assert theirs[0] == ours[0][: len(theirs[0])]
    assert theirs[1] or not ours[1]


def _attributes(payload: bytes, count: int) -> bytes:
    """The first byte of each record, found by the lengths."""
    reader, found = _Reader(payload), bytearray()
    try:
        for _ in range(count):
            end = reader.number() + reader.at
            found.append(payload[reader.at])
            reader.at = end
    except (IndexError, NotRecords):
        pass
    return bytes(found)


def _outcome(read: object) -> tuple[list[Record], bool]:
    """The records, and whether they came to an end with a fault."""
    assert callable(read)
    found: list[Record] = []
    try:
        for record in read():
            found.append(record)  # noqa: PERF402
    except NotRecords:
        return found, True
    return found, False


@settings(max_examples=100)
@given(RECORDS, st.integers(0, 40), st.booleans())
def test_a_chunk_that_is_cut_off_is_read_up_to_there(wires: list[Wire], lost: int, is_packed: bool) -> None:
    stored = batch(wires, codec="zstd" if is_packed else "none")
    cut = stored + batch(wires, base=len(wires))[: 61 + lost]
    step = look(cut[: len(stored) + min(61 + lost, len(cut) - len(stored) - 1)], 0)
    assert [record.offset for record in step.found] == list(range(len(wires)))
    assert (step.position, step.gaps) == (len(wires), ())


@settings(max_examples=300)
@given(st.sampled_from([each for each in Codec if each is not Codec.NONE]), st.binary(max_size=80))
@example(Codec.SNAPPY, b"\xff\xff\xff\xff\x0f" + bytes(20))
def test_nothing_decompresses_beyond_the_cap(codec: Codec, packed: bytes) -> None:
    decompressor = Decompressor(4_096)
    try:
        buffer, size = decompressor.decompress(codec, memoryview(packed))
    except (TooLarge, Undecodable):
        assert len(decompressor.buffer) <= 4_096
    else:
        assert size <= len(buffer) <= 4_096


@given(
    st.sampled_from([each for each in CODECS if each != "none"]), st.integers(1, 9_000), st.sampled_from([b"x", b"xyz"])
)
def test_what_is_packed_comes_out_whole_or_is_too_large(codec: str, size: int, pattern: bytes) -> None:
    number, compress = CODECS[codec]
    content = (pattern * size)[:size]
    decompressor = Decompressor(4_096)
    if size > 4_096:
        with pytest.raises(TooLarge):
            decompressor.decompress(Codec(number), memoryview(compress(content)))
    else:
        buffer, taken = decompressor.decompress(Codec(number), memoryview(compress(content)))
        assert bytes(buffer[:taken]) == content
    assert len(decompressor.buffer) <= 4_096


@settings(max_examples=100)
@given(st.sampled_from([each for each in CODECS if each != "none"]), st.binary(max_size=200), st.data())
def test_damaged_compression_raises_what_is_known(codec: str, content: bytes, data: st.DataObject) -> None:
    number, compress = CODECS[codec]
    packed = bytearray(compress(content * 20))
    for _ in range(data.draw(st.integers(0, 3))):
        if packed:
            packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(TooLarge, Undecodable):
        Decompressor(LARGEST).decompress(Codec(number), memoryview(bytes(packed)))


_NAMES = st.binary(max_size=4).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(_BYTES, _BYTES, st.lists(st.tuples(_NAMES, _BYTES), max_size=2), st.integers(-1, 1 << 42)),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(list(Codec)),
)
def test_an_odd_batch_holds_what_was_put_in(
    records: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]], int]], codec: Codec
) -> None:
    made = OddBatch(1 << 20, codec, transactional=False)
    for key, value, headers, ms in records:
        assert made.append(timestamp=ms, key=key, value=value, headers=headers) is not None
    made.close()
    stored = bytes(made._build())
    found = look(stored, 0).found
    assert [(each.key, each.value, list(each.headers), each.timestamp_ms) for each in found] == records
    assert all(isinstance(has_odd_name(headers), bool) for _, _, headers, _ in records)
