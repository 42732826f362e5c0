"""Keys that come in one burst, as from a slow line or a paste: each means what it would mean if one had waited."""

from __future__ import annotations

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.replay import ReplayScreen
from kafkatui.tui.screens.replay_frame import Step
from kafkatui.tui.screens.topics import TopicsScreen
from kafkatui.tui.widgets.prompt import Prompt
from tests.builders import an_order_system
from tests.fake_records import FakeRecords, some_records
from tests.fake_replays import FakeReplays
from tests.tui.conftest import WRITABLE, an_app, the_table, topics_of, until

NAMED = {"\r": "enter", "\x1b": "escape", "\t": "tab"}


def burst(app: KafkaTui, text: str) -> None:
    """As a terminal's driver gives them: all at once, none waits for the other."""
    for character in text:
        key = NAMED.get(character) or _character_to_key(character)
        app.post_message(events.Key(key, None if character in NAMED else character))


@pytest.fixture
def app() -> KafkaTui:
    return an_app(an_order_system(), records=FakeRecords(some_records(300, topic="orders.created")))


async def until_messages(pilot: Pilot[int], app: KafkaTui) -> MessagesScreen:
    await until(pilot, lambda: isinstance(app.screen, MessagesScreen) and app.screen.records.row is not None)
    assert isinstance(app.screen, MessagesScreen)
    return app.screen


async def test_letters_after_a_slash_are_a_filter(app: KafkaTui) -> None:
    async with app.run_test() as pilot:
        burst(app, "2/paym\r")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen) and the_table(app).filter == "paym")
        assert all("paym" in name for name in topics_of(app))
        assert the_table(app).has_focus


async def test_letters_after_a_colon_are_where_one_goes(app: KafkaTui) -> None:
    async with app.run_test() as pilot:
        burst(app, ":groups\r")
        await until(pilot, lambda: app.current_mode == "groups")


async def test_a_whole_way_can_be_typed_ahead(app: KafkaTui) -> None:
    async with app.run_test() as pilot:
        burst(app, "2/orders.created\r\rm/where key != 'f'\r")
        screen = await until_messages(pilot, app)
        await until(pilot, lambda: screen.scope.query == "where key != 'f'")
        assert not screen.query_one(Prompt).display


async def test_what_follows_the_end_of_a_text_is_a_key_again(app: KafkaTui) -> None:
    async with app.run_test() as pilot:
        burst(app, "2/orders.created\r\rm")
        screen = await until_messages(pilot, app)
        first = screen.records.row
        burst(app, "/o-1\rj")
        await until(pilot, lambda: screen.scope.query == "o-1" and screen.records.row is not None)
        assert screen.query_one(Prompt).input.value == "o-1"
        assert first is not None


async def test_a_text_is_typed_in_its_order_whatever_its_length(app: KafkaTui) -> None:
    text = "where " + " || ".join(f"value.amount == {number}" for number in range(60))
    async with app.run_test() as pilot:
        burst(app, "2/orders.created\r\rm")
        screen = await until_messages(pilot, app)
        burst(app, f"/{text}")
        await until(pilot, lambda: screen.query_one(Prompt).input.value == text)
        burst(app, "\x1b")
        await until(pilot, lambda: not screen.query_one(Prompt).display)


async def test_a_burst_sends_nothing_before_the_plan_is_there() -> None:
    replays = FakeReplays()
    replays.planned.clear()
    app = an_app(
        an_order_system(),
        connection=WRITABLE,
        records=FakeRecords(some_records(300, topic="orders.created")),
        replays=replays,
    )
    async with app.run_test() as pilot:
        burst(app, "2/orders.created\r\rm")
        await until_messages(pilot, app)
        burst(app, "Rpayments\rypayments\r")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and app.screen.step is Step.PLAN)
        replays.planned.set()
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and app.screen.plan is not None)
        assert not replays.kept
        burst(app, "ypayments\r")
        await until(pilot, lambda: len(replays.opened) == 1)
