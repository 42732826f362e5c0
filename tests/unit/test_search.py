"""Looking through batches: every codec, whatever is broken in its place, what a reader of transactions may see."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from kafkatui.kafka.batches import Batch, next_offset, walk
from kafkatui.kafka.record_format import NotRecords, decode_slowly
from kafkatui.kafka.search import Chunk, Search, Step, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record, TimestampType
from tests.batches import CODECS, Wire, batch, marker, raw_batch, transaction, varint

WHERE = TopicPartition("orders", 3)
EVERYTHING = Wanted()


def look(data: bytes, wanted: Wanted = EVERYTHING, *, first: int = 0, until: int = 1 << 40, **more: object) -> Step:
    chunk = Chunk(WHERE, first, next_offset(data, first), until, data, **more)  # type: ignore[arg-type]
    return Search(wanted).look(chunk)


def values(step: Step) -> list[bytes | None]:
    return [record.value for record in step.found]


def gaps(step: Step) -> list[tuple[int, int, str]]:
    return [(gap.first, gap.until, gap.problem.code) for gap in step.gaps]


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec(codec: str) -> None:
    many = [Wire(b"value %d " % number * 10) for number in range(1_000)]
    assert values(look(batch(many, codec=codec))) == [record.value for record in many]


def test_a_record_with_all_there_is() -> None:
    headers = ((b"a", b"1"), (b"a", None), (b"", b""), (b"b", b"\xff"))
    step = look(batch([Wire(b"v", b"k", headers, ms=5)], base=7))
    names = (("a", b"1"), ("a", None), ("", b""), ("b", b"\xff"))
    assert step.found == (Record("orders", 3, 7, 1_005, b"k", b"v", names),)
    assert (step.position, step.looked, step.gaps) == (8, 1, ())


@pytest.mark.parametrize("name", [b"h", b"\xff"])
@pytest.mark.parametrize("codec", CODECS)
def test_a_record_knows_its_batch(codec: str, name: bytes) -> None:
    stored = batch(
        [Wire(headers=((name, None),))] * 3, base=7, last=12, codec=codec, producer=4_001, transactional=True
    )
    first, second, _ = look(stored).found
    assert first.batch is second.batch
    assert asdict(first.batch) == {
        "codec": codec.split()[0], "size": len(stored), "records": 3, "first": 7, "last": 12, "producer_id": 4_001,
        "producer_epoch": 0, "base_sequence": 0, "transactional": True,
    }  # fmt: skip


@pytest.mark.parametrize("key", [None, b"", b"k"])
@pytest.mark.parametrize("value", [None, b"", b"v"])
def test_null_is_not_empty(key: bytes | None, value: bytes | None) -> None:
    (record,) = look(batch([Wire(value, key, ((b"h", value),))])).found
    assert (record.key, record.value, record.headers) == (key, value, (("h", value),))


def test_a_header_name_of_any_bytes_comes_back_as_it_was() -> None:
    step = look(batch([Wire(b"before"), Wire(b"odd", headers=((b"\xff\xfe", b"x"), (b"\xff\xfe", None)))]))
    assert values(step) == [b"before", b"odd"]
    assert [name.encode("utf-8", "surrogateescape") for name, _ in step.found[1].headers] == [b"\xff\xfe", b"\xff\xfe"]


@pytest.mark.parametrize("name", [b"h", b"\xff"])
def test_log_append_time_is_the_batch_s(name: bytes) -> None:
    (record,) = look(batch([Wire(ms=5, headers=((name, None),))], log_append=True)).found
    assert (record.timestamp_ms, record.timestamp_type) == (9_000, TimestampType.LOG_APPEND)


def test_both_decoders_agree() -> None:
    many = [
        Wire(b"v" * (number * 37), None if number % 3 else b"k", ((b"h", b"x" * number),) * (number % 4), ms=-number)
        for number in range(300)
    ]
    data = batch(many, base=1_000)
    (header,) = walk(WHERE, data)
    assert isinstance(header, Batch)
    assert tuple(decode_slowly(WHERE, header, data[header.at + 61 :])) == look(data).found


def test_only_batches_with_the_bytes_are_decoded() -> None:
    data = batch([Wire(b"red"), Wire(b"green")]) + batch([Wire(b"blue"), Wire(b"grey")], base=2, codec="zstd")
    step = look(data, Wanted((b"blue",), lambda record: record.value == b"blue"))
    assert (values(step), step.looked, step.skipped) == ([b"blue"], 2, 2)


@pytest.mark.parametrize("make", [bytes, bytearray])
def test_bytes_are_found_wherever_they_lie_and_nowhere_else(make: Callable[[bytes], bytes | bytearray]) -> None:
    chance = random.Random(7)
    for _ in range(5_000):
        letters = bytes(chance.sample(range(256), chance.choice([1, 2, 3, 200])))
        buffer = make(bytes(chance.choices(letters, k=chance.randrange(300))))
        wanted = bytes(chance.choices(letters, k=chance.choice([1, 2, 3, 4, 5, 8, 15, 33, 70])))
        start, end = sorted(chance.randrange(len(buffer) + 1) for _ in range(2))
        assert Wanted((wanted,)).may_lie_in(buffer, start, end) == (wanted in buffer[start:end])


def test_every_one_of_the_bytes_is_required() -> None:
    data = batch([Wire(b"red"), Wire(b"green")])
    assert values(look(data, Wanted((b"red", b"green")))) == [b"red", b"green"]
    assert values(look(data, Wanted((b"red", b"blue")))) == []


def test_of_several_ways_to_store_a_text_one_is_enough() -> None:
    data = batch([Wire(b"red"), Wire(b"green")])
    assert values(look(data, Wanted(any_of=((b"blue", b"red"), (b"green",))))) == [b"red", b"green"]
    assert values(look(data, Wanted(any_of=((b"red",), (b"blue", b"grey"))))) == []
    assert values(look(data, Wanted((b"blue",), any_of=((b"red",),)))) == []


def test_what_lies_before_a_compressed_batch_in_the_buffer_is_not_found() -> None:
    data = batch([Wire(b"needle " * 100)], codec="zstd") + batch([Wire(b"x")], base=1, codec="zstd")
    step = look(data, Wanted((b"needle",)))
    assert (len(step.found), step.skipped) == (1, 1)


def test_a_range_begins_and_ends_inside_a_batch() -> None:
    data = batch([Wire(b"%d" % number) for number in range(10)])
    step = look(data, first=3, until=6)
    assert (values(step), step.position) == ([b"3", b"4", b"5"], 6)


def test_compaction_leaves_holes_and_empty_batches() -> None:
    data = batch([Wire(b"a", delta=0), Wire(b"b", delta=7)], last=9) + raw_batch(b"", 0, base=10, last=19)
    step = look(data + batch([Wire(b"c")], base=25))
    assert [(record.offset, record.value) for record in step.found] == [(0, b"a"), (7, b"b"), (25, b"c")]
    assert step.position == 26


def test_the_last_batch_may_be_cut_off() -> None:
    data = batch([Wire(b"a")]) + batch([Wire(b"b")], base=1)[:-1]
    step = look(data)
    assert (values(step), step.position, step.gaps) == ([b"a"], 1, ())
    assert next_offset(batch([Wire(b"a")], base=5)[:-1], 5) == 5


@pytest.mark.parametrize("codec", CODECS)
def test_a_flipped_bit_is_said_in_its_place(codec: str) -> None:
    broken = bytearray(batch([Wire(b"b"), Wire(b"b")], base=1, codec=codec))
    broken[-1] ^= 1
    step = look(batch([Wire(b"a")]) + broken + batch([Wire(b"c")], base=3))
    assert (values(step), gaps(step)) == ([b"a", b"c"], [(1, 3, "corrupt_batch")])
    assert str(step.gaps[0]) == "orders-3@1-3: its checksum does not fit"


@pytest.mark.parametrize("codec", [name for name in CODECS if name != "none"])
def test_what_can_not_be_decompressed_is_said_in_its_place(codec: str) -> None:
    number, _ = CODECS[codec]
    broken = raw_batch(b"no such stream" * 3, 2, base=1, flags=number)
    step = look(batch([Wire(b"a")]) + broken + batch([Wire(b"c")], base=3))
    assert (values(step), gaps(step)) == ([b"a", b"c"], [(1, 3, "corrupt_batch")])


def test_a_codec_nobody_knows() -> None:
    assert gaps(look(raw_batch(b"x", 1, flags=7))) == [(0, 1, "unknown_codec")]


def test_good_records_before_a_broken_one_are_given() -> None:
    good = Wire(b"good").encode(0)
    step = look(raw_batch(good + varint(50) + b"short", 3, base=4, last=6))
    assert (values(step), gaps(step)) == ([b"good"], [(5, 7, "corrupt_batch")])


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff" * 30, varint(3), varint(-1), Wire().encode(0) + b"\x00", Wire().encode(0)[:-1], b"\x80" * 20],
)
def test_neither_decoder_takes_what_is_no_record(payload: bytes) -> None:
    data = raw_batch(payload, 1)
    (header,) = walk(WHERE, data)
    assert isinstance(header, Batch)
    with pytest.raises(NotRecords):
        list(decode_slowly(WHERE, header, payload))
    assert gaps(look(data)) == [(0, 1, "corrupt_batch")]


@pytest.mark.parametrize("magic", [0, 1, 3])
def test_another_message_format_is_said_in_its_place(magic: int) -> None:
    other = struct.pack(">qiib", 0, 60, 0, magic) + bytes(55)
    step = look(other + batch([Wire(b"a")], base=1))
    assert (values(step), gaps(step)) == ([b"a"], [(0, 1, "unknown_format")])


def test_a_length_that_can_not_be_ends_the_walk() -> None:
    assert gaps(look(struct.pack(">qiib", 5, -3, 0, 2) + bytes(80), first=5)) == [(5, 6, "corrupt_batch")]


ABORTED = transaction(7, 0, b"no", b"no") + marker(7, 2, commit=False)
COMMITTED = transaction(7, 3, b"yes") + marker(7, 4, commit=True)


def test_aborted_records_and_markers_do_not_count() -> None:
    step = look(ABORTED + COMMITTED, aborted=((7, 0),))
    assert (values(step), step.position) == ([b"yes"], 5)


def test_read_uncommitted_sees_aborted_records_but_no_markers() -> None:
    assert values(look(ABORTED + COMMITTED)) == [b"no", b"no", b"yes"]


def test_transactions_of_several_producers_cross() -> None:
    data = (
        transaction(1, 0, b"a1")
        + transaction(2, 1, b"b1")
        + batch([Wire(b"plain")], base=2)
        + transaction(1, 3, b"a2")
        + marker(1, 4, commit=False)
        + transaction(2, 5, b"b2")
        + marker(2, 6, commit=True)
        + transaction(1, 7, b"a3")
        + marker(1, 8, commit=True)
    )
    assert values(look(data, aborted=((1, 0),))) == [b"b1", b"plain", b"b2", b"a3"]


def test_a_producer_aborts_twice() -> None:
    again = transaction(7, 3, b"no") + marker(7, 4, commit=False)
    assert values(look(ABORTED + again + batch([Wire(b"x")], base=5), aborted=((7, 3), (7, 0)))) == [b"x"]


def test_an_idempotent_record_outside_of_a_transaction_counts() -> None:
    assert values(look(batch([Wire(b"x")], producer=7), aborted=((7, 0),))) == [b"x"]


BOMB = """
import resource, sys, cramjam
from tests.batches import CODECS, Wire, batch, raw_batch
from tests.unit.test_search import look, gaps, values
codec = sys.argv[1]
CODECS["bomb"] = (CODECS[codec][0], lambda payload: payload)
bomb = open(sys.argv[2], "rb").read()
data = raw_batch(bomb, 1, codec="bomb") + batch([Wire(b"after")], base=1, codec=codec)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
step = look(data)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
assert gaps(step) == [(0, 1, "batch_too_large")], step.gaps
assert values(step) == [b"after"]
assert grown < 100, f"{grown} MiB"
"""


@pytest.mark.parametrize("codec", ["gzip", "snappy (Java)", "lz4", "zstd"])
def test_a_bomb_costs_little_and_the_rest_goes_on(codec: str, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(CODECS[codec][1](bytes(256 << 20)))
    subprocess.run([sys.executable, "-c", BOMB, codec, str(bomb)], check=True)


@pytest.mark.parametrize(
    ("what", "at", "value"),
    [("a marker", 22, 0x20), ("no records", 60, 0), ("an end before its begin", 23, 0xFF), ("an early end", 26, 0)],
)
def test_a_batch_that_only_looks_hidden_is_told(what: str, at: int, value: int) -> None:
    """One bit of a header makes a batch a marker: without the checksum its records were lost in silence."""
    broken = bytearray(batch([Wire(b"lost"), Wire(b"too")], base=2))
    broken[at] = value
    step = look(batch([Wire(), Wire()]) + bytes(broken) + batch([Wire(b"v"), Wire()], base=6))
    assert [record.offset for record in step.found] == [0, 1, 6, 7]
    assert gaps(step) == [(2, 6, "corrupt_batch")]


def test_what_a_broken_length_swallows_is_told() -> None:
    """The second batch lies within what the first one says it is long."""
    first, second = bytearray(batch([Wire()])), batch([Wire()], base=1)
    first[8:12] = struct.pack(">i", len(first) + len(second) - 12)
    step = look(bytes(first) + second + batch([Wire()], base=2))
    assert ([record.offset for record in step.found], gaps(step)) == ([2], [(0, 2, "corrupt_batch")])


def test_a_record_outside_of_its_batch_is_not_left_out_in_silence() -> None:
    step = look(batch([Wire(), Wire(delta=-7), Wire()], base=5), first=5)
    assert ([record.offset for record in step.found], gaps(step)) == ([5], [(6, 8, "corrupt_batch")])
