"""Stories about time: what happened, how everything was then, and sessions in files."""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from kafkatui.history.recording import Recorder, Recording
from kafkatui.history.ring import Ring
from kafkatui.model.alert_rules import AlertRule, Notify, When
from kafkatui.model.connection import Connection
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Monitor
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.broker import BrokerScreen
from kafkatui.tui.screens.events import EventsScreen
from kafkatui.tui.screens.group import GroupScreen
from kafkatui.tui.screens.overview import OverviewScreen
from kafkatui.tui.screens.saving import SavingScreen
from kafkatui.tui.screens.topic import TopicScreen
from kafkatui.tui.screens.topics import TopicsScreen
from tests.builders import (
    AT,
    a_group,
    a_group_partition,
    a_member,
    a_partition,
    a_snapshot,
    a_topic,
    an_order_system,
)
from tests.fake_cluster import FakeCluster
from tests.fake_records import FakeRecords, some_orders
from tests.tui.conftest import DEV, an_app, text_of, the_table, until
from tests.unit.test_history import packed

WIDE = (160, 45)


class Clock:
    """Stands still until it is told otherwise."""

    now = AT

    def __call__(self) -> float:
        return self.now


class World:
    """An app on a scripted cluster, whose monitor reads when it is told to."""

    def __init__(self, snapshot: Snapshot, **given: object) -> None:
        self.clock = Clock()
        self.source = FakeCluster(snapshot)
        self.monitor = Monitor(self.source, seconds=0, clock=self.clock)
        self.monitor.paused = True
        self.app = KafkaTui(DEV, self.open, clock=self.clock, **given)  # type: ignore[arg-type]
        self.kept = 0

    @asynccontextmanager
    async def open(self, connection: Connection) -> AsyncIterator[Monitor]:
        yield self.monitor

    async def begin(self, pilot: Pilot[int]) -> None:
        await self._read(pilot)

    async def read(self, pilot: Pilot[int], snapshot: Snapshot, seconds: float = 1.0) -> None:
        """So many seconds later the cluster is like this, and read a few times: what is slow takes turns."""
        self.clock.now += seconds
        self.source.snapshot = snapshot
        for _ in range(3):
            self.monitor.wake()
            await self._read(pilot)

    async def _read(self, pilot: Pilot[int]) -> None:
        self.kept += 1
        await until(pilot, lambda: len(self.app._session.ring.moments) >= self.kept)
        await pilot.pause()


def lagging(lag: int, **changes: object) -> Snapshot:
    topic = a_topic("orders", [a_partition(partition=0, end=1_000)])
    member = a_member("billing-1", partitions=(0,))
    rows = [a_group_partition(committed=1_000 - lag)]
    group = a_group("billing", rows, **{"members": (member,), **changes})
    return a_snapshot(topics=[topic], groups=[group])


@pytest.fixture
def past() -> World:
    return World(lagging(100))


async def three_minutes(world: World, pilot: Pilot[int]) -> None:
    """The lag falls from 100 over 50 to 7, a minute each, and the group is left by its member."""
    await world.begin(pilot)
    await world.read(pilot, lagging(50), 60)
    await world.read(pilot, lagging(7, state="Empty", members=()), 60)


async def seen(pilot: Pilot[int], words: str) -> None:
    """Let the app work until these words stand on the screen; the ages in the first line are told once a second."""
    await until(pilot, lambda: words in text_of(pilot.app))


def first_line(app: KafkaTui) -> str:
    return text_of(app).splitlines()[0]


async def test_the_events_place_lists_what_happened_and_enter_opens_it(past: World) -> None:
    async with past.app.run_test(size=WIDE) as pilot:
        await three_minutes(past, pilot)
        await pilot.press("8")
        assert isinstance(past.app.screen, EventsScreen)
        shown = text_of(past.app)
        assert "billing: billing-1 left (1 → 0)" in shown
        assert "15:02:00" in shown
        await pilot.press("slash", *"left", "enter")
        assert len(the_table(past.app).rows.keys) == 1
        await pilot.press("enter")
        assert isinstance(past.app.screen, GroupScreen)


async def test_an_event_of_another_day_has_its_date() -> None:
    system = an_order_system()
    old = replace(system.events[0], at=AT - 86_400, name="payments-4", subject=Subject.PARTITION)
    app = an_app(replace(system, events=(*system.events, old)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("8", "G")
        assert "2026-11-24 15:00:00" in text_of(app)
        await pilot.press("enter")
        assert isinstance(app.screen, TopicScreen)
        assert the_table(app).rows.cursor_key == "4"


async def test_all_places_are_named_at_80_columns() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=(80, 24)) as pilot:
        for key in "158":
            await pilot.press(key)
            await pilot.pause()
            line = text_of(app).splitlines()[2]
            names = ("1 Overview", "2 Topics", "3 Groups", "4 Messages", "5 Letters", "6 Jobs", "7 Brokers", "8 Events")
            assert [name for name in names if name not in line] == [], line


async def test_steps_go_back_in_time_and_0_goes_to_now(past: World) -> None:
    async with past.app.run_test(size=WIDE) as pilot:
        await three_minutes(past, pilot)
        await pilot.press("3")
        assert "as of" in first_line(past.app)
        await pilot.press("left_curly_bracket")
        assert "◂ as it was 15:01:00, 1 m 0 s ago" in first_line(past.app)
        assert past.app.shown.groups["billing"].lag == 50
        await pilot.press("left_curly_bracket")
        assert "◂ as it was 15:00:00, 2 m 0 s ago" in first_line(past.app)
        assert past.app.screen.query_one("StatusLine").has_class("-stale")
        await pilot.press("enter")
        assert isinstance(past.app.screen, GroupScreen)
        assert "lag 100" in text_of(past.app)
        await pilot.press("left_square_bracket")
        assert "this is the first reading: nothing before 15:00:00 is kept" in text_of(past.app)
        await pilot.press("right_square_bracket")
        assert "lag 100" not in text_of(past.app)
        await pilot.press("0")
        assert "as of" in first_line(past.app)
        assert "lag 7" in text_of(past.app)
        assert past.app.shown is past.app.snapshot


async def test_reading_goes_on_behind_a_moment_that_is_shown(past: World) -> None:
    async with past.app.run_test(size=WIDE) as pilot:
        await three_minutes(past, pilot)
        await pilot.press("3", "left_curly_bracket")
        await past.read(pilot, lagging(3), 60)
        await seen(pilot, "15:01:00, 2 m 0 s ago")
        assert past.app.snapshot.groups["billing"].lag == 3
        assert past.app.shown.groups["billing"].lag == 50
        for _ in range(6):
            await pilot.press("right_square_bracket")
        assert past.app.moment is None
        assert past.app.shown.groups["billing"].lag == 3


async def test_an_event_leads_to_its_moment(past: World) -> None:
    async with past.app.run_test(size=WIDE) as pilot:
        await three_minutes(past, pilot)
        await past.read(pilot, lagging(3, state="Empty", members=()), 60)
        await pilot.press("8", "slash", *"Empty", "enter", "h")
        assert "◂ as it was 15:02:00, 1 m 0 s ago" in first_line(past.app)
        assert isinstance(past.app.screen, EventsScreen)
        await pilot.press("enter")
        assert "lag 7" in text_of(past.app)
        await pilot.press("1")
        assert isinstance(past.app.screen, OverviewScreen)
        assert "as it was" in first_line(past.app)


async def test_what_is_read_now_says_that_it_has_no_past(past: World) -> None:
    world = World(an_order_system(), open_records=opens(FakeRecords(some_orders(50))))
    async with world.app.run_test(size=WIDE) as pilot:
        await world.begin(pilot)
        await world.read(pilot, an_order_system(), 60)
        await pilot.press("4", "left_square_bracket")
        assert "as it was" in first_line(world.app)
        await pilot.press("j", "enter")
        await until(pilot, lambda: "loaded" in text_of(world.app))
        assert "as it was" not in first_line(world.app)
        await pilot.press("left_square_bracket")
        assert "messages are read as they are now" in text_of(world.app)
        await pilot.press("escape")
        assert "as it was" in first_line(world.app)


def opens(records: FakeRecords) -> object:
    @asynccontextmanager
    async def open_records(connection: Connection) -> AsyncIterator[FakeRecords]:
        yield records

    return open_records


async def test_a_key_before_the_first_reading_says_so() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "left_square_bracket")
        assert "nothing is kept yet" in text_of(app)
        assert isinstance(app.screen, TopicsScreen)


# Recordings


async def test_a_session_is_saved_and_opened_without_a_cluster(past: World, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "session"
    async with past.app.run_test(size=WIDE) as pilot:
        await three_minutes(past, pilot)
        for said in ("readings saved", "is there already"):
            await pilot.press("colon", *"save", "enter")
            await until(pilot, lambda: isinstance(past.app.screen, SavingScreen))
            past.app.screen.query_one(Input).value = str(path)
            await pilot.press("enter")
            await seen(pilot, said)
    with Recording(path) as recording:
        await look_at(recording)


async def look_at(recording: Recording) -> None:
    app = KafkaTui(recording=recording, clock=lambda: AT + 86_400)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3")
        count = len(recording.moments)
        assert "dev ▸ q3xK…1yLw" in first_line(app)
        assert f"◂ recorded 2026-11-25 15:02:00, {count} of {count}" in first_line(app)
        await pilot.press("left_curly_bracket")
        assert "recorded 2026-11-25 15:01:00" in first_line(app)
        assert app.shown.groups["billing"].lag == 50
        await pilot.press("8", "slash", *"Empty", "enter", "h")
        assert "15:02:00" in first_line(app)
        await pilot.press("right_curly_bracket")
        assert app.moment is not None
        await pilot.press("right_curly_bracket")
        assert "this is the last reading of the recording" in text_of(app)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    ring, recorder = Ring(), Recorder(tmp_path / "session", "prod")
    for number in range(3):
        snapshot = replace(an_order_system(), at=AT + number)
        recorder.write(ring.add(packed(snapshot), snapshot.at), snapshot.cluster_id)
    recorder.close()
    with (tmp_path / "session").open("ab") as file:
        file.write(b"\x02half")
    with Recording(tmp_path / "session") as opened:
        yield opened


async def test_what_would_ask_a_cluster_says_that_it_is_a_recording(recording: Recording) -> None:
    app = KafkaTui(recording=recording, clock=lambda: AT)
    why = "this is a recording: no cluster is asked"
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "the last reading of this recording was cut off" in text_of(app)
        for keys in (["5"], ["6"], ["r"], ["p"], ["2", "m"], ["4", "enter"], ["2", "enter", "enter"], ["m"]):
            await pilot.press(*keys)
            await seen(pilot, why)
        for name in ("dead l", "save"):
            await pilot.press("colon", *name, "enter")
            await until(pilot, lambda: why in text_of(app))
        await pilot.press("7", "enter")
        assert isinstance(app.screen, BrokerScreen)
        await pilot.press("question_mark")
        await seen(pilot, "not now: this is a recording")


async def test_a_session_is_recorded_from_its_first_reading_on(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "session", "dev")
    world = World(lagging(100), recorder=recorder)
    async with world.app.run_test(size=WIDE) as pilot:
        await three_minutes(world, pilot)
    with Recording(tmp_path / "session") as recording:
        assert len(recording.moments) == 7
        assert recording.snapshot(0).groups["billing"].lag == 100


async def test_a_disk_that_is_full_ends_the_recording_and_not_the_session(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "session", None)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, recorder._file)
    os.close(full)
    world = World(lagging(100), recorder=recorder)
    async with world.app.run_test(size=WIDE) as pilot:
        await world.begin(pilot)
        await until(pilot, lambda: "recording has stopped" in text_of(world.app))
        assert "No space left on device" in text_of(world.app)
        await world.read(pilot, lagging(50), 60)
        await pilot.press("3", "left_curly_bracket")
        assert "as it was 15:00:00" in first_line(world.app)


class Heard(KafkaTui):
    """Keeps what it writes to its terminal."""

    CSS_PATH = str(Path(inspect.getfile(KafkaTui)).parent / "app.tcss")

    def __init__(self, *given: object, **named: object) -> None:
        self.written: list[str] = []
        super().__init__(*given, **named)  # type: ignore[arg-type]

    def write_terminal(self, sequence: str) -> None:
        self.written.append(sequence)


RULE = AlertRule(When.LAG, "bill*", above=60, notify=tuple(Notify))


async def test_an_alert_is_told_once_and_stands_among_the_events() -> None:
    world = World(lagging(7))
    others = [AlertRule(When.LAG, context="prod"), AlertRule(When.BROKER)]
    app = world.app = Heard(DEV, world.open, clock=world.clock, alerts=[RULE, *others], tells_terminal=True)
    async with app.run_test(size=WIDE) as pilot:
        await world.begin(pilot)
        assert app.written == []
        await world.read(pilot, lagging(100), 60)
        said = "alert: lag of billing is 100, the bound 60"
        told = ["\a", f"\x1b]9;kafkatui: {said}\a", f"\x1b[22;2t\x1b]2;! {said}, 1 in all - kafkatui\a"]
        assert app.written == told
        await pilot.press("8")
        assert said in text_of(app)
        await pilot.press("left_square_bracket")
        await pilot.press("0", "enter")
        assert isinstance(app.screen, GroupScreen)
    assert app.written == [*told, "\x1b[23;2t"]


async def test_without_a_terminal_an_alert_is_an_event_only() -> None:
    world = World(lagging(100))
    app = world.app = Heard(DEV, world.open, clock=world.clock, alerts=[RULE])
    async with app.run_test(size=WIDE) as pilot:
        await world.begin(pilot)
        await until(pilot, lambda: "alert: lag of billing is 100" in text_of(app))
    assert app.written == []
