"""Paging with a small window gives every record once in either direction, whatever fell out meanwhile."""

from __future__ import annotations

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.positions import Anchor, AtOffset, Range
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap
from kafkatui.reading.request import Request
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.tui.records.browse import Browse
from kafkatui.tui.records.window import Bounds, Key, key_of, merged
from tests.builders import AT
from tests.fake_records import FakeRecords, a_record, some_records

SMALL = Bounds(rows=500)
CORRUPT = Problem("corrupt_batch", "its checksum does not fit")


async def a_browse(source: FakeRecords, bounds: Bounds = SMALL, **request: object) -> Browse:
    plan = await source.plan(Request(("orders",), **request))  # type: ignore[arg-type]
    return Browse(source, TopicDecoders(), plan, bounds)


async def walk(browse: Browse, step: int) -> list[Key]:
    """Every row the cursor stands on, going `step` at a time to the end."""
    seen: list[Key] = []
    while True:
        seen.append(key_of(browse.window.rows[browse.window.cursor]))
        while (browse.wants_older and step < 0) or (browse.wants_newer and step > 0):
            await (browse.load_older() if step < 0 else browse.load_newer())
        at = browse.window.cursor + step
        if not 0 <= at < len(browse.window.rows):
            return seen
        browse.window.cursor = at
        assert len(browse.window.rows) <= SMALL.rows + 1


async def test_every_record_comes_by_once_on_the_way_back_and_forth() -> None:
    records = some_records(3_000)
    browse = await a_browse(FakeRecords(records))
    await browse.show_newest()
    back = await walk(browse, -1)
    assert back == [key_of(record) for record in reversed(records)]
    assert browse.older_done
    assert await walk(browse, 1) == [key_of(record) for record in records]
    assert await walk(browse, -1) == back


async def test_a_gap_is_a_row_in_its_place_and_only_once() -> None:
    where = TopicPartition("orders", 1)
    gap = Gap(where, 300, 310, CORRUPT)
    source = FakeRecords(some_records(3_000), [gap])
    browse = await a_browse(source)
    await browse.show_newest()
    back = await walk(browse, -1)
    assert back.count(key_of(gap)) == 1
    assert len(back) == 3_000 - 10 + 1
    forth = await walk(browse, 1)
    assert forth.count(key_of(gap)) == 1
    assert len(forth) == len(back)


async def test_it_stands_at_a_position_with_older_and_newer_records_around() -> None:
    browse = await a_browse(FakeRecords(some_records(3_000)))
    await browse.show_at({TopicPartition("orders", number): 500 for number in range(3)})
    row = browse.window.row
    assert isinstance(row, Record)
    assert (row.partition, row.offset) == (0, 500)
    assert browse.window.rows[0] != row != browse.window.rows[-1]


async def test_a_position_at_the_end_is_the_newest_record() -> None:
    browse = await a_browse(FakeRecords(some_records(30)))
    await browse.show_at({})
    assert browse.window.row == browse.window.rows[-1]


async def test_what_was_clipped_is_said_at_the_end_where_it_is_missing() -> None:
    source = FakeRecords([a_record(offset) for offset in range(100, 150)])
    plan = await source.plan(Request(("orders",)))
    where = TopicPartition("orders", 0)
    gone = Gap(where, 0, 100, Problem("before_start", "no longer there: the log starts at 100"))
    later = Gap(where, 150, 160, Problem("open_transaction", "behind a transaction that is still open, since 150"))
    span = plan.spans[0]
    plan = type(plan)(plan.request, (type(span)(span.where, 100, 150, (gone, later)),), plan.partitions)
    browse = Browse(source, TopicDecoders(), plan)
    await browse.show_newest()
    assert browse.window.rows[0] == gone
    assert browse.window.rows[-1] == later
    assert len(browse.window.rows) == 52


async def test_large_records_are_loaded_fewer_at_a_time_and_kept_within_bounds() -> None:
    records = [a_record(offset, b"x" * 100_000) for offset in range(2_000)]
    source = FakeRecords(records)
    browse = await a_browse(source, Bounds(size=20_000_000))
    await browse.show_newest()
    for _ in range(1_500):
        browse.window.cursor = max(0, browse.window.cursor - 1)
        if browse.wants_older:
            await browse.load_older()
        assert browse.window.size < 40_000_000
    assert browse.window.row is not None


async def test_one_partition_and_a_range_are_all_that_is_read() -> None:
    request_range = Range(AtOffset(Anchor.OFFSET, 10), AtOffset(Anchor.OFFSET, 20))
    browse = await a_browse(FakeRecords(some_records(300)), partitions=frozenset({1}), range=request_range)
    await browse.show_oldest()
    assert [(row.partition, row.offset) for row in browse.window.rows if isinstance(row, Record)] == [
        (1, offset) for offset in range(10, 20)
    ]


@pytest.mark.parametrize("count", [0, 1])
async def test_nothing_there_is_nothing_shown(count: int) -> None:
    browse = await a_browse(FakeRecords([a_record(offset) for offset in range(count)]))
    await browse.show_newest()
    assert len(browse.window.rows) == count
    assert browse.older_done
    assert browse.newer_done


def test_batches_of_partitions_are_merged_by_time_and_keep_their_own_order() -> None:
    first = [a_record(0, at=100), a_record(1, at=50), a_record(2, at=120)]
    second = [a_record(0, at=110, partition=1)]
    found = merged([first[:2], second, first[2:]])
    assert [record.offset for record in found if record.partition == 0] == [0, 1, 2]
    assert len(found) == 4


async def test_a_partition_that_is_made_while_one_follows_joins() -> None:
    browse = await a_browse(FakeRecords(some_records(30)))
    await browse.show_newest()
    fresh = a_record(0, partition=7)
    browse.add_newest([fresh])
    assert browse.window.rows[-1] == fresh
    assert browse.window.newer[-1].is_empty


async def test_what_a_tail_could_not_keep_is_read_again_when_one_goes_there() -> None:
    source = FakeRecords(some_records(30))
    browse = await a_browse(source)
    await browse.show_newest()
    fresh = [
        a_record(offset, partition=partition, at=AT) for partition in (0, 7) for offset in range(10 - partition, 100)
    ]
    for record in fresh:
        source.logs.setdefault(record.source, []).append(record)
    kept = [record for record in fresh if record.offset >= 60]
    browse.stand_before(kept)
    browse.add_newest(kept)
    browse.window.cursor = len(browse.window.rows) - 1
    back = await walk(browse, -1)
    assert {key for key in back if key[1] == 0} == {("orders", 0, offset, -1) for offset in range(100)}
    assert {key for key in back if key[1] == 7} == {("orders", 7, offset, -1) for offset in range(3, 100)}
    assert len(back) == len(set(back))


async def test_what_a_tail_brings_is_bounded_and_nothing_is_lost_wherever_the_cursor_stands() -> None:
    source = FakeRecords(some_records(1_200))
    browse = await a_browse(source)
    await browse.show_newest()
    browse.window.cursor = 5
    for number in range(100):
        batch = [a_record(400 + number * 20 + each, partition=0, at=AT) for each in range(20)]
        source.logs[TopicPartition("orders", 0)] += batch
        browse.add_newest(batch)
        assert len(browse.window.rows) <= SMALL.rows + 1
    assert not browse.newer_done
    await browse.show_newest()
    assert key_of(browse.window.rows[-1]) == ("orders", 0, 2_399, -1)
    await browse.show_oldest()
    seen = await walk(browse, 1)
    assert [key for key in seen if key[1] == 0][-2_000:] == [("orders", 0, 400 + each, -1) for each in range(2_000)]
