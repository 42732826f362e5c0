"""How each place looks, wide and narrow, and one of them in the light."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import NOTHING
from kafkatui.tui.themes import LIGHT
from tests.builders import AT, an_order_system
from tests.fake_records import FakeRecords, some_orders
from tests.tui.conftest import LooksLike, an_app, text_of, until

WIDE, NARROW = (160, 45), (80, 24)
PLACES = {
    "overview": ["1"],
    "topics": ["2"],
    "topic": ["2", "j", "j", "j", "j", "enter", "j", "j", "j", "j"],
    "groups": ["3"],
    "group": ["3", "enter"],
    "brokers": ["7", "G"],
    "broker": ["7", "G", "enter"],
    "goto": ["2", "colon", *"or"],
    "help": ["3", "question_mark"],
    "filter": ["2", "slash", *"ord"],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_it_looks_as_accepted(place: str, size: tuple[int, int], looks_like: LooksLike) -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=size) as pilot:
        await pilot.press(*PLACES[place])
        await pilot.pause()
        looks_like(app, f"{place}-{size[0]}x{size[1]}")


async def test_it_looks_as_accepted_in_the_light(looks_like: LooksLike) -> None:
    app = an_app(an_order_system(), theme=LIGHT.name)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        looks_like(app, "overview-light")


async def test_it_looks_as_accepted_when_no_broker_answers(looks_like: LooksLike) -> None:
    why = Problem("no_answer", "no broker answers: 127.0.0.1:9092: connection refused")
    app = an_app(replace(an_order_system(), at=AT - 40, problems=(why,)))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("3")
        looks_like(app, "groups-stale")


async def test_it_looks_as_accepted_without_a_cluster(looks_like: LooksLike) -> None:
    app = an_app(connection=None)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("a", "colon", "enter")
        looks_like(app, "start")


async def test_it_looks_as_accepted_before_the_first_answer(looks_like: LooksLike) -> None:
    app = an_app(NOTHING)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        looks_like(app, "overview-pending")


MESSAGES = {
    "messages": [],
    "messages-record": ["enter", "plus"],
    "messages-found": ["slash", *"failed", "enter"],
    "messages-position": ["at", *"@-3"],
    "messages-copy": ["c"],
    "messages-trace": ["t"],
}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_messages_look_as_accepted(name: str, size: tuple[int, int], looks_like: LooksLike) -> None:
    app = an_app(an_order_system(), records=FakeRecords(some_orders(600)))
    async with app.run_test(size=size) as pilot:
        await pilot.press("4", "j", "enter")
        await until(pilot, lambda: "of 200 loaded" in text_of(app))
        await pilot.press(*MESSAGES[name])
        if name == "messages-found":
            await until(pilot, lambda: "searched all" in text_of(app))
        await pilot.pause()
        looks_like(app, f"{name}-{size[0]}x{size[1]}")
