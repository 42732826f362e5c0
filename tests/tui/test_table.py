"""Stories about any table: the cursor, sorting, filtering. What the columns say is tested elsewhere."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from kafkatui.columns import cells
from kafkatui.columns.groups import LAG
from kafkatui.columns.topics import TOPICS
from kafkatui.model.problems import PENDING
from kafkatui.tui.widgets.glow import Glow
from kafkatui.tui.widgets.rows import Order, matching
from kafkatui.tui.widgets.table import Table
from kafkatui.tui.widgets.widths import GAP, placed
from tests.builders import AT, NO_ANSWER, a_partition, a_snapshot, a_topic, an_event, an_order_system
from tests.tui.conftest import an_app, the_table, topics_of


async def test_the_cursor_stays_on_its_topic_when_rows_move() -> None:
    app = an_app(a_snapshot(topics=[a_topic("b"), a_topic("d")]))
    async with app.run_test() as pilot:
        await pilot.press("2", "j")
        assert the_table(app).rows.cursor_key == "d"
        app.snapshot = a_snapshot(topics=[a_topic(name) for name in "abcd"])
        await pilot.pause()
        assert topics_of(app) == ["a", "b", "c", "d"]
        assert the_table(app).rows.cursor_key == "d"


async def test_when_the_topic_under_the_cursor_goes_the_cursor_stays_in_place() -> None:
    app = an_app(a_snapshot(topics=[a_topic(name) for name in "abc"]))
    async with app.run_test() as pilot:
        await pilot.press("2", "j")
        app.snapshot = a_snapshot(topics=[a_topic(name) for name in "ac"])
        await pilot.pause()
        assert the_table(app).rows.cursor_key == "c"


async def test_s_sorts_by_the_next_column_and_capital_s_the_other_way() -> None:
    app = an_app(a_snapshot(topics=[a_topic("few", 1), a_topic("many", 9), a_topic("some", 4)]))
    async with app.run_test() as pilot:
        await pilot.press("2", "s", "s", "s")
        assert the_table(app).order.column == "partitions"
        assert topics_of(app) == ["many", "some", "few"]
        await pilot.press("S")
        assert topics_of(app) == ["few", "some", "many"]


async def test_what_is_not_known_sorts_last_either_way() -> None:
    unknown = a_topic("a-unknown", [a_partition("a-unknown", end=NO_ANSWER)])
    app = an_app(a_snapshot(topics=[unknown, a_topic("b"), a_topic("c", 1)]))
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2")
        await _sort_by(pilot, "records")
        assert topics_of(app) == ["b", "c", "a-unknown"]
        await pilot.press("S")
        assert topics_of(app) == ["c", "b", "a-unknown"]


async def _sort_by(pilot: Pilot[int], column: str) -> None:
    for _ in the_table(pilot.app).columns:
        if the_table(pilot.app).order.column == column:
            return
        await pilot.press("s")
    raise AssertionError(column)


async def test_slash_filters_while_typing_and_escape_ends_it() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("2", "slash", *"ord !dlt")
        assert topics_of(app) == ["orders.created", "orders.state"]
        await pilot.press("enter")
        assert isinstance(app.focused, Table)
        assert topics_of(app) == ["orders.created", "orders.state"]
        await pilot.press("escape")
        assert len(topics_of(app)) == 6


async def test_a_filter_that_matches_nothing_says_so_and_the_keys_go_on() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("2", "slash", *"zzz", "enter", "j", "G", "enter", "c")
        assert topics_of(app) == []
        assert the_table(app).rows.cursor_key is None


async def test_g_and_capital_g_go_to_the_ends() -> None:
    app = an_app(a_snapshot(topics=[a_topic(f"t{number:03}") for number in range(200)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2", "G")
        assert the_table(app).rows.cursor_key == "t199"
        assert the_table(app).scroll_offset.y > 150
        await pilot.press("g")
        assert the_table(app).rows.cursor_key == "t000"
        assert the_table(app).scroll_offset.y == 0


async def test_the_columns_that_matter_least_go_first() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2")
        wide = {column.key for column in the_table(app).visible_columns}
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        narrow = {column.key for column in the_table(app).visible_columns}
    assert {"topic", "trend", "replication", "size"} <= wide
    assert "topic" in narrow
    assert not narrow & {"trend", "replication", "size"}


async def test_copy_takes_the_name_under_the_cursor() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("2", "j", "c")
        assert app.clipboard == "orders.created"


async def test_what_happened_last_stays_in_sight() -> None:
    first, second = an_event("first"), an_event("second", at=AT)
    app = an_app(a_snapshot(events=(first,)))
    async with app.run_test() as pilot:
        await pilot.press("tab")
        app.snapshot = a_snapshot(events=(second, first))
        await pilot.pause()
        assert the_table(app).rows.cursor == 0
        await pilot.press("j")
        app.snapshot = a_snapshot(events=(an_event("third", at=AT + 1), second, first))
        await pilot.pause()
        assert the_table(app).rows.cursor == 2


async def test_a_click_on_a_title_sorts_and_on_a_row_moves_the_cursor() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2")
        await pilot.click(Table, offset=(6, 0))
        assert the_table(app).order == Order("topic")
        await pilot.click(Table, offset=(6, 0))
        assert the_table(app).order == Order("topic", reverse=True)
        await pilot.click(Table, offset=(6, 3))
        assert the_table(app).rows.cursor == 2


def test_a_cell_that_changed_glows_and_one_that_became_known_does_not() -> None:
    glow = Glow()
    before = {("a", "lag"): cells.number(1), ("b", "lag"): cells.number(1), ("c", "lag"): cells.reading(PENDING)}
    now = {("a", "lag"): cells.number(2), ("b", "lag"): cells.number(1), ("c", "lag"): cells.number(3)}
    assert glow.light(before, now)
    assert [key for key in "abc" if (key, "lag") in glow] == ["a"]


def test_words_of_a_filter_must_all_be_there_and_excluded_ones_not() -> None:
    names = {"1": "orders stable", "2": "orders empty", "3": "payments stable"}
    cell_of = [lambda key: cells.text(names[key])]
    assert matching(names, cell_of, "") == ["1", "2", "3"]
    assert matching(names, cell_of, "ORD sta") == ["1"]
    assert matching(names, cell_of, "stable !pay") == ["1"]


@pytest.mark.parametrize("width", [1, 20, 40, 60, 78, 100, 158])
def test_columns_never_take_more_than_there_is(width: int) -> None:
    natural = {column.key: 30 for column in TOPICS}
    columns = placed(TOPICS, natural, width)
    taken = sum(each.width for each in columns) + GAP * (len(columns) - 1)
    needed = placed(TOPICS, natural, 1)
    assert taken <= width or len(columns) == len(needed)


def test_where_not_even_the_numbers_fit_the_name_is_cut_and_no_number() -> None:
    columns = placed([column for column in LAG if column.key != "group"], {"topic": 14}, 34)
    assert sum(each.width for each in columns) + GAP * (len(columns) - 1) == 34
    assert [each.width for each in columns if each.column.right] == [9, 11]
