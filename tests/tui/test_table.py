"""Stories about any table: the cursor, sorting, filtering. What the columns say is tested elsewhere."""

from __future__ import annotations

from textual.pilot import Pilot

from kafkatui.tui.widgets.table import Table
from tests.builders import a_snapshot, a_topic, an_order_system
from tests.tui.conftest import an_app, the_table, topics_of


async def test_the_cursor_stays_on_its_topic_when_rows_move() -> None:
    app = an_app(a_snapshot(topics=[a_topic("b"), a_topic("d")]))
    async with app.run_test() as pilot:
        await pilot.press("2", "j")
        assert the_table(app).cursor_key == "d"
        app.snapshot = a_snapshot(topics=[a_topic(name) for name in "abcd"])
        await pilot.pause()
        assert topics_of(app) == ["a", "b", "c", "d"]
        assert the_table(app).cursor_key == "d"


async def test_when_the_topic_under_the_cursor_goes_the_cursor_stays_in_place() -> None:
    app = an_app(a_snapshot(topics=[a_topic(name) for name in "abc"]))
    async with app.run_test() as pilot:
        await pilot.press("2", "j")
        app.snapshot = a_snapshot(topics=[a_topic(name) for name in "ac"])
        await pilot.pause()
        assert the_table(app).cursor_key == "c"


async def test_s_sorts_by_the_next_column_and_capital_s_the_other_way() -> None:
    app = an_app(a_snapshot(topics=[a_topic("few", 1), a_topic("many", 9), a_topic("some", 4)]))
    async with app.run_test() as pilot:
        await pilot.press("2", "s", "s", "s")
        assert the_table(app).order.column == "partitions"
        assert topics_of(app) == ["many", "some", "few"]
        await pilot.press("S")
        assert topics_of(app) == ["few", "some", "many"]


async def test_what_is_not_known_sorts_last_either_way() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2")
        await _sort_by(pilot, "records")
        assert topics_of(app)[-1] == "payments"
        await pilot.press("S")
        assert topics_of(app)[-1] == "payments"


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
        assert the_table(app).cursor_key is None


async def test_g_and_capital_g_go_to_the_ends() -> None:
    app = an_app(a_snapshot(topics=[a_topic(f"t{number:03}") for number in range(200)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2", "G")
        assert the_table(app).cursor_key == "t199"
        assert the_table(app).scroll_offset.y > 150
        await pilot.press("g")
        assert the_table(app).cursor_key == "t000"
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
