"""Stories about where data comes from: the start screen, the monitor, pausing, and what fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerFailed

from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import NOTHING, Snapshot
from kafkatui.monitor import Monitor
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.overview import OverviewScreen
from kafkatui.tui.screens.start import StartScreen
from tests.builders import AT, a_snapshot, a_topic
from tests.tui.conftest import text_of

DEV = Connection(("localhost:9092",), context="dev")
REFUSED = Unreachable(Problem("refused", "nothing listens at localhost:9092"))


class ScriptedMonitor:
    """Gives the snapshots a test puts in."""

    def __init__(self) -> None:
        self.snapshots: asyncio.Queue[Snapshot | Exception] = asyncio.Queue()
        self.opened: list[Connection] = []
        self.closed = False
        self.paused = False
        self.woken = 0
        self.looked_at: list[str] = []

    def look_at(self, groups: Collection[str]) -> None:
        self.looked_at = list(groups)

    def wake(self) -> None:
        self.woken += 1

    async def watch(self) -> AsyncIterator[Snapshot]:
        while True:
            found = await self.snapshots.get()
            if isinstance(found, Exception):
                raise found
            yield found

    @asynccontextmanager
    async def open(self, connection: Connection) -> AsyncIterator[Monitor]:
        self.opened.append(connection)
        yield cast(Monitor, self)
        self.closed = True


def an_app(monitor: ScriptedMonitor, connection: Connection | None = DEV, start: object = None) -> KafkaTui:
    starter = cast("Callable[[Callable[[str, float], None]], Awaitable[Connection]] | None", start)
    return KafkaTui(connection, monitor.open, starter, clock=lambda: AT)


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app work until the condition holds."""
    for _ in range(200):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("it did not happen")


async def test_snapshots_are_shown_as_they_come() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor)
    async with app.run_test(size=(120, 30)) as pilot:
        for topics in (1, 2):
            monitor.snapshots.put_nowait(a_snapshot(topics=[a_topic(f"t{number}") for number in range(topics)]))
            await until(pilot, lambda topics=topics: f"{topics} topics" in text_of(app))  # type: ignore[misc]
    assert monitor.opened == [DEV]


async def test_r_reads_again_and_p_pauses() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor)
    async with app.run_test(size=(120, 30)) as pilot:
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: "2 topics" in text_of(app))
        await pilot.press("r")
        assert monitor.woken == 1
        await pilot.press("p")
        assert monitor.paused
        assert "paused" in text_of(app)
        await pilot.press("p")
        assert not monitor.paused
        assert "paused" not in text_of(app)


async def test_of_a_group_on_screen_it_is_wanted_exactly_how_late_it_is() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor)
    async with app.run_test(size=(120, 30)) as pilot:
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: "2 topics" in text_of(app))
        assert monitor.looked_at == []
        await pilot.press("3", "enter")
        assert (monitor.looked_at, monitor.woken) == (["billing"], 1)
        monitor.snapshots.put_nowait(a_snapshot())
        await pilot.press("escape")
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: monitor.looked_at == [])


async def test_without_a_cluster_one_types_an_address() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor, connection=None)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)
        assert "mini-cluster" not in text_of(app)
        await pilot.press("enter")
        assert "names no broker" in text_of(app)
        await pilot.press(*"a b", "enter")
        assert "'a b' is not an address" in text_of(app)
        await pilot.press("ctrl+u", *"nowhere,b:1", "enter")
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
    assert monitor.opened[0].bootstrap == ("nowhere:9092", "b:1")


async def test_a_cluster_that_can_not_be_reached_asks_again_and_says_why() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor)
    async with app.run_test() as pilot:
        monitor.snapshots.put_nowait(REFUSED)
        await until(pilot, lambda: "nothing listens at localhost:9092" in text_of(app))
        assert isinstance(app.screen, StartScreen)
        await pilot.press("enter")
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))


async def test_an_address_that_was_typed_wrong_can_be_corrected() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor, connection=None)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*"nowhere", "enter")
        monitor.snapshots.put_nowait(replace(NOTHING, problems=(REFUSED.problem,)))
        await until(pilot, lambda: "nothing listens at localhost:9092" in text_of(app))
        assert isinstance(app.screen, StartScreen)
        await pilot.press("ctrl+u", *"here", "enter")
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
    assert [each.bootstrap for each in monitor.opened] == [("nowhere:9092",), ("here:9092",)]


async def test_a_mini_cluster_is_started_and_shown() -> None:
    monitor = ScriptedMonitor()
    go_on = asyncio.Event()

    async def start(progress: Callable[[str, float], None]) -> Connection:
        progress("starting broker 2 of 3", 0.5)
        await go_on.wait()
        return DEV

    app = an_app(monitor, None, start)
    async with app.run_test() as pilot:
        app.screen.query_one("#mini").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "starting broker 2 of 3" in text_of(app))
        assert "50%" in text_of(app)
        go_on.set()
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
    assert monitor.opened == [DEV]


async def test_a_mini_cluster_that_does_not_start_says_why_and_can_be_tried_again() -> None:
    async def start(progress: Callable[[str, float], None]) -> Connection:
        raise Unreachable(Problem("port", "port 9092 is taken"))

    app = an_app(ScriptedMonitor(), None, start)
    async with app.run_test() as pilot:
        app.screen.query_one("#mini").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "port 9092 is taken" in text_of(app))
        assert not app.screen.query_one("#mini").disabled


async def test_a_bug_is_not_swallowed() -> None:
    monitor = ScriptedMonitor()
    monitor.snapshots.put_nowait(ZeroDivisionError())
    with pytest.raises(WorkerFailed, match="ZeroDivisionError"):
        await _run_until_it_ends(an_app(monitor))


async def _run_until_it_ends(app: KafkaTui) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: not app.is_running)


async def test_another_cluster_than_the_context_names_is_not_shown() -> None:
    monitor = ScriptedMonitor()
    app = an_app(monitor, replace(DEV, cluster_id="the-right-one"))
    async with app.run_test(size=(120, 30)) as pilot:
        monitor.snapshots.put_nowait(a_snapshot(cluster_id="the-wrong-one"))
        await until(pilot, lambda: "expects the cluster the-right-one" in text_of(app))
        assert isinstance(app.screen, StartScreen)
        assert app.snapshot is NOTHING


async def test_a_reading_that_ends_late_does_not_take_the_next_one_along() -> None:
    monitors = [ScriptedMonitor(), ScriptedMonitor()]
    closing = asyncio.Event()

    @asynccontextmanager
    async def open_slowly(connection: Connection) -> AsyncIterator[Monitor]:
        number = int(connection.bootstrap[0].removesuffix(":1"))
        try:
            yield cast(Monitor, monitors[number])
        finally:
            if number == 0:
                await closing.wait()
                monitors[0].closed = True

    app = KafkaTui(None, open_slowly, clock=lambda: AT)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press(*"0:1", "enter")
        await pilot.press("ctrl+u", *"1:1", "enter")
        monitors[1].snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
        closing.set()
        await until(pilot, lambda: monitors[0].closed)
        await pilot.press("r")
        assert monitors[1].woken == 1


@pytest.mark.parametrize("last", [a_snapshot(), REFUSED], ids=["snapshot", "unreachable"])
async def test_what_comes_while_the_app_leaves_does_no_harm(
    last: Snapshot | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its screens go before its workers."""
    monitor = ScriptedMonitor()
    app = an_app(monitor)
    async with app.run_test() as pilot:
        monitor.snapshots.put_nowait(a_snapshot())
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
        close = app._close_messages

        async def close_after_the_last(wait: bool = True) -> None:
            assert not app.screen_stack
            monitor.snapshots.put_nowait(last)
            await app.workers.wait_for_complete([each for each in app.workers if each.group == "follow"])
            await close(wait)

        monkeypatch.setattr(app, "_close_messages", close_after_the_last)
    assert monitor.closed is (last is not REFUSED)
