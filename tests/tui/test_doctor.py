"""The doctor on screen: its steps as they come, with text that can not act, once more, and closed in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from kafkatui.doctor.examination import Examination
from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.doctor import DoctorScreen
from kafkatui.tui.screens.overview import OverviewScreen
from tests.builders import AT, an_order_system
from tests.fake_probes import FakeProbes, configs
from tests.tui.conftest import DEV, LooksLike, an_app, text_of, until

EVIL = "[@click=app.quit]b1[/]\x1b[2J"


class Doctor:
    """Examines scripted probes; holds at a step until it is let go."""

    def __init__(self, probes: FakeProbes) -> None:
        self.probes = probes
        self.held_at = ""
        self.go_on = asyncio.Event()
        self.begun = self.closed = 0

    async def __call__(self, connection: Connection) -> AsyncGenerator[Step, None]:
        self.begun += 1
        try:
            async for step in Examination(self.probes, connection, "context dev", lambda: AT).steps():
                if step.name == self.held_at:
                    await self.go_on.wait()
                # Times differ from run to run.
                yield step if step.seconds is None else step.took(0.001)
        finally:
            self.closed += 1


def probes() -> FakeProbes:
    made = FakeProbes(an_order_system())
    made.ips["localhost"] = ("127.0.0.1",)
    made.topic_config["orders.state"] = configs(min_insync_replicas="1")
    return made


def the_screen(app: KafkaTui) -> DoctorScreen:
    assert isinstance(app.screen, DoctorScreen)
    return app.screen


async def opened(app: KafkaTui, pilot: object) -> DoctorScreen:
    await pilot.press("colon", *"doctor", "enter")  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(app.screen, DoctorScreen))  # type: ignore[arg-type]
    return the_screen(app)


async def test_it_shows_what_the_command_prints(looks_like: LooksLike) -> None:
    doctor = Doctor(probes())
    app = an_app(an_order_system(), doctor=doctor)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: screen.is_done)
        assert {step.part for step in screen.steps} == set(Part)
        await looks_like(pilot, "doctor-160x45")
        assert "→ Set it to 2, here or in the brokers' config" in text_of(app)
        assert "topics are made on purpose only" not in text_of(app)
        await pilot.press("G")
        await until(pilot, lambda: "topics are made on purpose only" in text_of(app))
    assert doctor.closed == 1


async def test_steps_come_as_they_are_done_and_closing_ends_it() -> None:
    doctor = Doctor(probes())
    doctor.held_at = "clock"
    app = an_app(an_order_system(), doctor=doctor)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: "goes on" in text_of(app) and "reachable as" in text_of(app))
        assert not screen.is_done
        await pilot.press("escape")
        await until(pilot, lambda: doctor.closed == 1)
        assert isinstance(app.screen, OverviewScreen)


async def test_once_more_begins_anew() -> None:
    doctor = Doctor(probes())
    app = an_app(an_order_system(), doctor=doctor)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: screen.is_done)
        before = len(screen.steps)
        doctor.probes.greetings["localhost:9092"] = Problem("not_kafka", "localhost:9092: an HTTP server, not Kafka")
        await pilot.press("r")
        await until(pilot, lambda: screen.is_done and len(screen.steps) < before)
        assert [step.name for step in screen.steps if step.outcome is Outcome.FAILED] == ["api_versions"]
        assert "an HTTP server," in text_of(app)


async def test_text_of_the_cluster_is_no_markup_and_no_sequence() -> None:
    made = probes()
    made.greetings["localhost:9092"] = Problem("x", f"localhost:9092: {EVIL}")
    app = an_app(an_order_system(), doctor=Doctor(made))
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await opened(app, pilot)
        await until(pilot, lambda: screen.is_done and "b1" in text_of(app))
        assert "[@click=app.quit]b1[/]␛[2J" in text_of(app)


async def test_without_a_cluster_there_is_nothing_to_examine() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("colon", *"doctor", "enter")
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
    assert DEV.context == "dev"
