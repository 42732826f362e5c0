"""A record edited from the screen: no such key unless the context has it; the terminal is given away and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from kafkatui.model.connection import Connection
from kafkatui.model.records import Place
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import Read
from kafkatui.tui.screens.messages import MessagesScreen
from tests.builders import a_snapshot, a_topic
from tests.fake_records import FakeRecords, some_records
from tests.tui.conftest import WRITABLE, an_app, text_of, until

EDITS = replace(WRITABLE, edit=True)


class Terminal:
    """What an editor would be started for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Connection, Place]] = []
        self.is_away = False

    @contextmanager
    def given_away(self) -> Iterator[None]:
        self.is_away = True
        yield
        self.is_away = False

    def edit(self, connection: Connection, place: Place) -> None:
        assert self.is_away
        self.asked.append((connection, place))


def app_of(connection: Connection, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> KafkaTui:
    records = FakeRecords(some_records(30))
    app = an_app(a_snapshot(topics=[a_topic("orders")]), connection=connection, records=records, edit=terminal.edit)
    monkeypatch.setattr(app, "suspend", terminal.given_away)
    return app


async def messages(app: KafkaTui, pilot: Pilot[int]) -> MessagesScreen:
    app.post_message(Read(("orders",)))
    await until(pilot, lambda: "loaded" in text_of(app))
    assert isinstance(app.screen, MessagesScreen)
    return app.screen


def keys(app: KafkaTui) -> set[str]:
    return {active.binding.action for active in app.screen.active_bindings.values()}


@pytest.mark.parametrize("connection", [WRITABLE, replace(EDITS, edit=False)])
async def test_without_the_context_s_word_there_is_no_such_key(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    app = app_of(connection, terminal, monkeypatch)
    async with app.run_test(size=(160, 45)) as pilot:
        await messages(app, pilot)
        assert "replay" in keys(app)
        assert "edit" not in keys(app)
        await pilot.press("E")
        assert terminal.asked == []
        await pilot.press("question_mark")
        assert "in your editor" not in text_of(app)


async def test_the_record_under_the_cursor_is_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    app = app_of(EDITS, terminal, monkeypatch)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await messages(app, pilot)
        assert "edit" in keys(app)
        await pilot.press("j", "j", "E")
        row = screen.records.row
        assert terminal.asked == [(EDITS, Place(row.topic, row.partition, row.offset))]  # type: ignore[union-attr]
        assert not terminal.is_away
        await pilot.press("question_mark")
        assert "in your editor" in text_of(app)


async def test_a_connection_that_is_read_only_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    app = app_of(replace(EDITS, read_only=True), terminal, monkeypatch)
    async with app.run_test(size=(160, 45)) as pilot:
        await messages(app, pilot)
        await pilot.press("E")
        assert "read-only: so says context dev" in text_of(app)
        assert terminal.asked == []


async def test_a_terminal_that_can_not_be_given_away_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    app = app_of(EDITS, terminal, monkeypatch)
    monkeypatch.undo()
    async with app.run_test(size=(160, 45)) as pilot:
        await messages(app, pilot)
        await pilot.press("E")
        await until(pilot, lambda: "this terminal can not be given to an editor" in text_of(app))
        assert terminal.asked == []
