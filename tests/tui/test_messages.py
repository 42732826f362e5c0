"""Stories of the Messages place: opening, paging, searching, jumping, following. The records are scripted."""

from __future__ import annotations

import msgpack
from textual.app import App

from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Waiting
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.topic import TopicScreen
from kafkatui.tui.screens.topics import TopicsScreen
from tests.builders import AT, a_snapshot, a_topic
from tests.fake_records import FakeRecords, a_record, some_records
from tests.tui.conftest import an_app, text_of, until

WIDE, NARROW = (160, 45), (80, 24)


def a_screen(app: App[int]) -> MessagesScreen:
    assert isinstance(app.screen, MessagesScreen)
    return app.screen


def offsets(app: App[int]) -> list[tuple[int, int]]:
    """Partition and offset of the rows, as the list has them from the top."""
    records = a_screen(app).records
    rows = [(row.partition, row.offset) for row in records.source.rows if isinstance(row, Record)]
    return rows[::-1] if records.newest_first else rows


def under_cursor(app: App[int]) -> Record:
    row = a_screen(app).records.row
    assert isinstance(row, Record)
    return row


async def test_m_on_a_topic_shows_its_newest_messages() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(900)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "o-899" in text_of(app))
        shown = text_of(app)
        assert "3 partitions" in shown
        assert "~900 records" in shown
        assert "whole log" in shown
        assert offsets(app)[:4] == [(2, 299), (1, 299), (0, 299), (2, 298)]
        await pilot.press("escape")
        assert isinstance(app.screen, TopicsScreen)


async def test_enter_on_a_partition_shows_only_its_messages() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(90)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "enter", "j", "enter")
        await until(pilot, lambda: "o-88" in text_of(app))
        assert {partition for partition, _ in offsets(app)} == {1}
        assert "partition 1" in text_of(app)
        await pilot.press("escape")
        assert isinstance(app.screen, TopicScreen)


async def test_place_4_and_the_go_to_line_lead_to_messages() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(9)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("4", "enter")
        await until(pilot, lambda: "o-8" in text_of(app))
        await pilot.press("escape", "colon", *"orders", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen) and "o-8" in text_of(app))


async def test_older_records_are_loaded_when_the_cursor_comes_near_them() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(1_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: len(offsets(app)) == 200)
        await pilot.press(*["pagedown"] * 40)
        await until(pilot, lambda: under_cursor(app).offset == 0)
        assert len(offsets(app)) == 1_000
        await pilot.press("g")
        await until(pilot, lambda: under_cursor(app).offset == 333)


async def test_the_last_row_is_the_oldest_record_there_is() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(3_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: len(offsets(app)) == 200)
        await pilot.press("G")
        await until(pilot, lambda: under_cursor(app).offset == 0)
        assert len(offsets(app)) == 200
        await pilot.press("k", "k")
        assert under_cursor(app) == a_screen(app).records.source.rows[2]


async def test_o_turns_the_order_round() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(900)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: len(offsets(app)) == 200)
        await pilot.press("o")
        await until(pilot, lambda: offsets(app)[:2] == [(0, 0), (1, 0)])
        assert "oldest first" in text_of(app)


async def test_a_search_shows_what_it_found_and_what_it_went_over() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(9_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "slash", *"failed", "enter")
        await until(pilot, lambda: "searched all 9" in text_of(app))
        shown = text_of(app)
        assert "93 hits" in shown
        assert "/ failed" in shown
        assert len(offsets(app)) == 93
        await pilot.press("escape")
        await until(pilot, lambda: "hits" not in text_of(app) and len(offsets(app)) == 200)


async def test_a_search_can_be_cancelled_and_says_what_is_left() -> None:
    source = FakeRecords(some_records(9_000))
    app = an_app(a_snapshot(), records=source)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: len(offsets(app)) == 200)
        source.go_on.clear()
        await pilot.press("slash", *"failed", "enter")
        await until(pilot, lambda: "searched   0%" in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: "stopped at 0%" in text_of(app))
        assert "the rest is not searched" in text_of(app)
        source.go_on.set()


async def test_a_filter_by_key_and_a_filter_that_makes_no_sense() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(900)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "slash", *"key=", "enter")
        assert "key= of what?" in text_of(app)
        await pilot.press(*"o-17", "enter")
        await until(pilot, lambda: "1 hit" in text_of(app))
        assert under_cursor(app).key == b"o-17"
        await pilot.press("slash", "ctrl+u", "up")
        assert "key=o-17" in text_of(app)
        await pilot.press("escape")
        assert "1 hit" in text_of(app)
        await pilot.press("escape", "escape", "j", "m")
        await until(pilot, lambda: "payments" in text_of(app))
        await pilot.press("slash", "up")
        assert "key=o-17" in text_of(app)


async def test_a_position_is_gone_to_with_what_is_before_and_after_it() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(3_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "at", *"nonsense", "enter")
        assert "is no position" in text_of(app)
        await pilot.press("ctrl+u", *"500", "enter")
        await until(pilot, lambda: under_cursor(app).offset == 500)
        here = offsets(app)
        assert here[0][1] > 500 > here[-1][1]
        await pilot.press("at", *"@-3590s", "enter")
        await until(pilot, lambda: under_cursor(app).timestamp_ms == round((AT - 3_589) * 1000))


async def test_a_range_is_all_that_is_looked_at() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(3_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "at", *"10:20", "enter")
        await until(pilot, lambda: "from 10 to 20" in text_of(app))
        assert sorted(offsets(app)) == [(partition, offset) for partition in range(3) for offset in range(10, 20)]
        await pilot.press("at", "colon", "enter")
        await until(pilot, lambda: "whole log" in text_of(app))


async def test_what_is_written_comes_in_and_the_cursor_stays_with_the_newest() -> None:
    source = FakeRecords(some_records(30))
    app = an_app(a_snapshot(), records=source)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "f")
        await until(pilot, lambda: "following" in text_of(app) and bool(source.followed_from))
        assert source.followed_from == {TopicPartition("orders", number): 10 for number in range(3)}
        source.arrive(a_record(10, key=b"new-1", at=AT), a_record(10, key=b"new-2", partition=1, at=AT))
        await until(pilot, lambda: "2 came" in text_of(app) and "new-2" in text_of(app))
        assert under_cursor(app).key == b"new-2"
        await pilot.press("j", "j", "j")
        here = under_cursor(app)
        source.arrive(a_record(11, key=b"new-3", at=AT))
        await until(pilot, lambda: "new-3" in text_of(app))
        assert under_cursor(app) == here


async def test_what_comes_during_a_pause_is_counted_and_shown_later() -> None:
    source = FakeRecords(some_records(30))
    app = an_app(a_snapshot(), records=source)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "f")
        await until(pilot, lambda: bool(source.followed_from))
        await pilot.press("p")
        source.arrive(*(a_record(offset, key=f"new-{offset}".encode(), at=AT) for offset in range(10, 15)))
        await until(pilot, lambda: "5 came meanwhile" in text_of(app))
        assert "new-14" not in text_of(app)
        await pilot.press("p")
        await until(pilot, lambda: "new-14" in text_of(app))
        assert [offset for partition, offset in offsets(app) if partition == 0][:6] == [14, 13, 12, 11, 10, 9]


async def test_a_tail_that_stands_still_says_why_and_goes_on() -> None:
    source = FakeRecords(some_records(30))
    where = TopicPartition("orders", 0)
    app = an_app(a_snapshot(), records=source)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "f")
        await until(pilot, lambda: bool(source.followed_from))
        source.tell(Step(where, 0, waiting=Waiting(where, Problem("no_answer", "broker 2: no answer"))))
        await until(pilot, lambda: "orders-0 brings nothing now: broker 2: no answer" in text_of(app))
        source.arrive(a_record(10, at=AT))
        await until(pilot, lambda: "brings nothing" not in text_of(app))


async def test_offsets_that_can_not_be_read_are_a_row_with_the_reason() -> None:
    gap = Gap(TopicPartition("orders", 1), 4, 8, Problem("corrupt_batch", "its checksum does not fit"))
    app = an_app(a_snapshot(), records=FakeRecords(some_records(30), [gap]))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "offsets 4 to 7: its checksum does not fit" in text_of(app))
        assert len(offsets(app)) == 26


async def test_a_cluster_that_does_not_answer_is_said_and_can_be_tried_again() -> None:
    source = FakeRecords(some_records(30))
    source.problem = Problem("no_answer", "no broker answers")
    app = an_app(a_snapshot(), records=source)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "no broker answers; r tries again" in text_of(app))
        source.problem = None
        await pilot.press("r")
        await until(pilot, lambda: "o-29" in text_of(app))


async def test_a_topic_that_is_not_there_says_so() -> None:
    app = an_app(a_snapshot(topics=[a_topic("gone")]), records=FakeRecords(some_records(3)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "gone: no such topic" in text_of(app))


async def test_the_record_stands_beside_the_list_in_four_views() -> None:
    value = b'{"order":{"id":"o-1","lines":[{"sku":"a"},{"sku":"b"}]},"paid":true}'
    headers = (("trace-id", b"t-1"), ("kafka_dlt-original-offset", (77).to_bytes(8, "big")), ("none", None))
    app = an_app(a_snapshot(), records=FakeRecords([a_record(0, value, headers=headers)]))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "orders-0@0" in text_of(app))
        shown = text_of(app)
        assert "77  int64" in shown
        assert "null" in shown
        assert "▸ lines  [2]" in shown
        await pilot.press("enter", "plus")
        assert 'sku  "b"' in text_of(app)
        await pilot.press("minus", "v")
        assert text_of(app).count('{"order":') == 2
        await pilot.press("v")
        assert "00000000  7b 22 6f" in text_of(app)
        await pilot.press("v")
        source = text_of(app)
        assert "2026-11-25 14:00:00.000+00:00" in source
        assert "CreateTime: set by the producer" in source
        assert "json: 1 of 1 samples are JSON" in source


async def test_where_it_is_narrow_enter_shows_the_record_instead_of_the_list() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(30)))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "o-29" in text_of(app))
        assert "trace-id" not in text_of(app)
        await pilot.press("enter")
        assert "trace-id" in text_of(app)
        await pilot.press("escape")
        assert "trace-id" not in text_of(app)
        assert isinstance(app.screen, MessagesScreen)


async def test_a_value_that_can_not_be_decoded_is_shown_with_the_reason() -> None:
    records = [replace_value(record, b"{poison" if record.offset == 5 else None) for record in some_records(30)]
    app = an_app(a_snapshot(), records=FakeRecords(records))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "✖ {poison  not JSON" in text_of(app))
        await pilot.press("at", *"5", "enter")
        await until(pilot, lambda: "value: not JSON" in text_of(app))


def replace_value(record: Record, value: bytes | None) -> Record:
    return record if value is None else replace_record(record, value)


def replace_record(record: Record, value: bytes) -> Record:
    return Record(record.topic, record.partition, record.offset, record.timestamp_ms, record.key, value, record.headers)


async def test_a_key_that_can_not_act_says_why() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(3)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "o-2" in text_of(app))
        await pilot.press("p")
        assert "nothing is followed; f follows" in text_of(app)


async def test_help_explains_the_words_and_names_the_same_command() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(3)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "question_mark")
        assert "kafkatui read orders -c dev" in text_of(app)
        assert "compaction and transactions" in text_of(app)


async def test_an_expression_finds_by_what_is_decoded() -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(9_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "slash", *"where value.", "enter")
        assert "column" in text_of(app)
        await pilot.press(*'status == "failed" && partition == 1', "enter")
        await until(pilot, lambda: "31 hits" in text_of(app))
        assert {partition for partition, _ in offsets(app)} == {1}


async def test_an_expression_finds_in_values_that_a_decoder_must_read() -> None:
    records = [a_record(offset, msgpack.packb({"n": offset})) for offset in range(40)]
    app = an_app(a_snapshot(), records=FakeRecords(records))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "slash", *"where value.n >= 35", "enter")
        await until(pilot, lambda: "5 hits" in text_of(app))
        assert '{"n":39}' in text_of(app)
