"""No single key changes anything, wherever one is; and what is typed before a change is the name of production."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from kafkatui.model.connection import Connection
from kafkatui.model.records import Place as RecordPlace
from kafkatui.replay.jobs import Phase
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.keys import KEYMAP
from kafkatui.tui.messages import OpenJob, Read, With
from kafkatui.tui.screens.choosing import ChooseScreen
from kafkatui.tui.screens.replay import ReplayScreen
from kafkatui.tui.screens.replay_frame import Step
from tests.builders import an_order_system
from tests.fake_letters import some_letters
from tests.fake_records import FakeRecords, some_orders
from tests.fake_replays import FakeReplays, a_job
from tests.tui.conftest import WRITABLE, an_app, text_of, until

WIDE = (160, 45)
PRODUCTION = replace(WRITABLE, context="live", production=True)
JOBS = (a_job("stopped", phase=Phase.STOPPED, records=300), a_job("done", phase=Phase.DONE, records=1_200))
ELSEWHERE = {"q", "ctrl+c", "E", *"12345678"}
"""They leave, open an editor whose command asks by itself, or go to another place."""
KEYS = list(dict.fromkeys(key for each in KEYMAP for key in each.keys.split(",") if key not in ELSEWHERE))


def edited(connection: Connection, place: RecordPlace) -> None:
    raise AssertionError("the editor was not asked for")


def a_story(connection: Connection = WRITABLE) -> tuple[KafkaTui, FakeReplays]:
    replays = FakeReplays(*JOBS)
    records = FakeRecords(some_orders(60, "orders"))
    app = an_app(
        an_order_system(),
        connection=connection,
        records=records,
        replays=replays,
        letters=some_letters(),
        edit=edited,
    )
    return app, replays


async def places(pilot: Pilot[int]) -> None:
    await pilot.press("2")


async def messages(pilot: Pilot[int]) -> None:
    pilot.app.post_message(Read(("orders",)))
    await until(pilot, lambda: "loaded" in text_of(pilot.app))


async def dead_letters(pilot: Pilot[int]) -> None:
    await pilot.press("5")
    await until(pilot, lambda: "groups them" not in text_of(pilot.app) and "payments-dlt" in text_of(pilot.app))
    await pilot.press("j", "enter")
    await until(pilot, lambda: "causes" in text_of(pilot.app))


async def jobs(pilot: Pilot[int]) -> None:
    await pilot.press("6")
    await until(pilot, lambda: "stopped" in text_of(pilot.app))


async def plan_of_a_replay(pilot: Pilot[int]) -> None:
    await messages(pilot)
    await pilot.press("R", *"payments", "enter")
    await _until_planned(pilot)


async def plan_of_a_job(pilot: Pilot[int]) -> None:
    await jobs(pilot)
    pilot.app.post_message(OpenJob(JOBS[0], With.RESUME))
    await _until_planned(pilot)


async def plan_of_a_redrive(pilot: Pilot[int]) -> None:
    await dead_letters(pilot)
    await pilot.press("R", "enter")
    await _until_planned(pilot)


async def _until_planned(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen) and not pilot.app.screen.why_not_send())


SITUATIONS = (places, messages, dead_letters, jobs, plan_of_a_replay, plan_of_a_job, plan_of_a_redrive)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.__name__)
async def test_no_single_key_changes_anything(situation: Callable[[Pilot[int]], Awaitable[None]]) -> None:
    app, replays = a_story()
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await situation(pilot)
        there, step = app.screen, _step(app)
        for key in KEYS:
            if app.screen is not there or _step(app) != step:
                await back(pilot)
                await situation(pilot)
                there, step = app.screen, _step(app)
            await pilot.press(key)
            assert app.return_code is None
            assert not replays.opened, key
            assert list(replays.kept.values()) == list(JOBS), key


def _step(app: KafkaTui) -> tuple[object, ...]:
    screen = app.screen
    if not isinstance(screen, ReplayScreen):
        return ()
    return screen.step, bool(screen.query_one("#replay-confirm").display)


async def back(pilot: Pilot[int]) -> None:
    """To the first place, whatever lies over it."""
    for _ in range(20):
        if len(pilot.app.screen_stack) < 2:
            break
        await pilot.press("escape")
        await pilot.pause()
        if isinstance(pilot.app.screen, ChooseScreen):
            await pilot.press("escape")
    await pilot.press("1")


@pytest.mark.parametrize(
    "situation", [plan_of_a_replay, plan_of_a_job, plan_of_a_redrive], ids=lambda each: each.__name__
)
async def test_of_production_the_name_of_the_context_is_typed(
    situation: Callable[[Pilot[int]], Awaitable[None]],
) -> None:
    app, replays = a_story(PRODUCTION)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await situation(pilot)
        await pilot.press("y")
        assert "production: type live to send" in text_of(app)
        for typed in ("payments", "y", "LIVE"):
            await pilot.press("ctrl+u", *typed, "enter")
            assert "that is not live: nothing is sent" in text_of(app)
        assert not replays.opened
        await pilot.press("ctrl+u", *"live", "enter")
        await until(pilot, lambda: bool(replays.opened))
        assert isinstance(app.screen, ReplayScreen)
        assert app.screen.step is Step.RUN
