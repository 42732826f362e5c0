"""The app: it owns the one snapshot, follows the monitor, and decides which screen is shown."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from textual import events, work

from kafkatui.history.recording import Recorder, Recording
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.model.alert_rules import AlertRule
from kafkatui.model.alerts import Alerts
from kafkatui.model.connection import Connection
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.errors import Unreachable
from kafkatui.model.moments import local
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor, MonitorBeside
from kafkatui.tui.connecting.between import ASK, FIRST
from kafkatui.tui.connecting.contexts import Contexts
from kafkatui.tui.examining import OpenDoctor
from kafkatui.tui.idle import EVERY, Idle
from kafkatui.tui.keys import bindings
from kafkatui.tui.letters.source import Letters, OpenLetters
from kafkatui.tui.messages import (
    Go,
    Scrub,
    Then,
)
from kafkatui.tui.notices import Notices
from kafkatui.tui.opening import ASKING
from kafkatui.tui.past import NOTHING_KEPT, RECORDED, Past, View
from kafkatui.tui.reading import OpenRecords, Reading
from kafkatui.tui.replays.going import Background
from kafkatui.tui.replays.running import EditRecord, RunningReplays
from kafkatui.tui.replays.source import OpenReplays
from kafkatui.tui.screens.brokers import BrokersScreen
from kafkatui.tui.screens.events import EventsScreen
from kafkatui.tui.screens.groups import GroupsScreen
from kafkatui.tui.screens.jobs import JobsScreen
from kafkatui.tui.screens.letters import LettersScreen
from kafkatui.tui.screens.messages_place import MessagesPlace
from kafkatui.tui.screens.overview import OverviewScreen
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.screens.saving import SavingScreen
from kafkatui.tui.screens.start import StartScreen
from kafkatui.tui.screens.topics import TopicsScreen
from kafkatui.tui.session import Session
from kafkatui.tui.themes import DARK, THEMES, other
from kafkatui.tui.typed_ahead import TypedAhead
from kafkatui.tui.widgets.prompt import Histories

OpenMonitor: TypeAlias = Callable[[Connection], AbstractAsyncContextManager[Monitor | MonitorBeside]]
StartMiniCluster: TypeAlias = Callable[[Callable[[str, float], None]], Awaitable[Connection]]
"""Starts a mini-cluster; calls back with what it does and how far it is, from 0 to 1."""

ROOTS: Mapping[str, type[Place]] = {
    "overview": OverviewScreen,
    "topics": TopicsScreen,
    "groups": GroupsScreen,
    "messages": MessagesPlace,
    "brokers": BrokersScreen,
    "events": EventsScreen,
}
"""The screen each place begins with."""


class KafkaTui(RunningReplays):
    """One cluster on screen."""

    TITLE = "kafkatui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = bindings("app")

    def __init__(
        self,
        connection: Connection | None = None,
        open_monitor: OpenMonitor | None = None,
        start_mini_cluster: StartMiniCluster | None = None,
        *,
        open_records: OpenRecords | None = None,
        open_replays: OpenReplays | None = None,
        open_letters: OpenLetters | None = None,
        edit: EditRecord | None = None,
        open_doctor: OpenDoctor | None = None,
        contexts: Contexts | None = None,
        rules: Sequence[DecodingRule] = (),
        recorder: Recorder | None = None,
        recording: Recording | None = None,
        recordings: Path = Path(),
        alerts: Sequence[AlertRule] = (),
        tells_terminal: bool = False,
        clock: Clock = time.time,
        theme: str = DARK.name,
    ) -> None:
        """`rules`: the decoders a person chose for topics. `recorder`: takes the history from its first reading on.

        `recording` is shown instead of a cluster. `recordings`: the folder of those that are saved. `alerts`: what a
        person wants to be told of; only with `tells_terminal` by bell, notification and title.
        """
        super().__init__(contexts, can_start=start_mini_cluster is not None)
        self.set_reactive(KafkaTui.connection, connection)
        self._open_monitor = open_monitor
        self._start_mini_cluster = start_mini_cluster
        self._monitor: Monitor | MonitorBeside | None = None
        self._open_records = open_records
        self._open_letters = open_letters
        self._rules = rules
        self._open_replays = open_replays
        self._edit = edit
        self._open_doctor = open_doctor
        self._alert_rules = alerts
        self._notices = Notices(self.write_terminal) if tells_terminal else None
        self._recording = recording
        self._recordings = recordings
        self._clock = clock
        self._begin(recorder)
        if recording is not None:
            self._past = Past(recording, clock, recording.header.context or "")
        self._typed_ahead = TypedAhead(self)
        self._idle = Idle()
        self._colours: dict[str, str] = {}
        """The variables the style sheet was parsed with."""
        for look in THEMES.values():
            self.register_theme(look)
        self.theme = theme
        self._add_places()
        self.add_mode(ASK, self._start_screen)

    def _begin(self, recorder: Recorder | None = None) -> None:
        """What belongs to the cluster that is shown, before anything is known of it."""
        self._reading = Reading(self._open_records, self._rules)
        self._letters = Letters(self._open_letters, lambda: self.connection, self._rules)
        self._session = Session(recorder, self._tell)
        self._past = Past(self._session.ring, self._clock)
        self._background = Background()
        self._histories: Histories = {}

    def _places(self) -> tuple[str, ...]:
        return (*ROOTS, *ASKING)

    def _add_places(self) -> None:
        for place, screen in ROOTS.items():
            self.add_mode(place, self._root(place, screen))
        self.add_mode("letters", lambda: self._bound(LettersScreen(self._letters, "letters", "", self._clock)))
        self.add_mode(
            "jobs", lambda: self._bound(JobsScreen(self._replaying, place="jobs", trail="", clock=self._clock))
        )

    async def on_mount(self) -> None:
        self._tell_zone()
        self.set_interval(EVERY, self._tidy)
        self.shown = self.snapshot
        await self.switch_mode(ASK if self.connection is None and self._recording is None else FIRST)
        if self._recording is not None:
            self._show_recording(self._recording)
        elif self.connection is not None:
            self._follow(self.connection)

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the style sheet anew only when the colours changed: it takes 50 ms, and each new screen asks for it."""
        colours = self.get_css_variables()
        if colours != self._colours:
            self._colours = colours
            super().refresh_css(animate)
        else:
            self.stylesheet.update(self.screen, animate=animate)

    # Data in

    @work(exclusive=True, group="follow")
    async def _follow(self, connection: Connection) -> None:
        """Put every snapshot on screen as it comes; the only writer of `snapshot`."""
        if self._open_monitor is None:
            return
        monitor: Monitor | MonitorBeside | None = None
        context = connection.context or ""
        alerts = Alerts([rule for rule in self._alert_rules if fnmatchcase(context, rule.context)])
        try:
            async with self._open_monitor(connection) as monitor:
                self._monitor = monitor
                async for snapshot in monitor.watch():
                    if not self.is_running or connection != self.connection:
                        # The screens of an app that is leaving go before its workers.
                        return
                    if snapshot.stage is not Stage.NOTHING:
                        connection.check(snapshot.cluster_id)
                    snapshot = self._alerted(alerts, snapshot)
                    self.snapshot = snapshot
                    if self.current_mode == ASK:
                        _check_answer(snapshot)
                        await self._answered()
                    await self._session.take(snapshot, self._clock())
                    self._look_at(monitor)
        except Unreachable as error:
            if self.is_running and connection == self.connection:
                await self._ask_again(connection, error.problem.text)
        finally:
            # A later one may have begun while this one was still closing its connections.
            if self._monitor is monitor:
                self._monitor = None

    def _look_at(self, monitor: Monitor | MonitorBeside) -> None:
        """Of the groups that are on screen it is wanted exactly how late they are."""
        # The app may have left while the reading was kept.
        if self.is_running and isinstance(self.screen, Place):
            monitor.look_at(self.screen.groups_in_view())

    def _alerted(self, alerts: Alerts, snapshot: Snapshot) -> Snapshot:
        """Tell what begins and ends with a reading; the reading with it among its events."""
        now = self._clock()
        found = alerts.look(snapshot, now)
        if found and self._notices is not None:
            self._notices.tell(found, alerts.active, now)
        return alerts.with_events(snapshot)

    def write_terminal(self, sequence: str) -> None:
        """To the terminal, between two frames: written past the driver it could end up within one."""
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    async def _ask_again(self, connection: Connection, why: str) -> None:
        """Back to the start screen, with the address to correct and the reason."""
        self._switching.draft = None
        (await self._to_start()).ask_again(connection, why)

    def watch_snapshot(self) -> None:
        if self.moment is None:
            self.shown = self.snapshot

    # Time

    def on_scrub(self, message: Scrub) -> None:
        self._view(self._past.scrub(self.moment, message.by, minutes=message.minutes))

    def on_then(self, message: Then) -> None:
        self._view(self._past.at(self.moment, message.at))

    def _view(self, view: View) -> None:
        if view.said:
            self._tell(view.said)
        self.moment = view.moment
        if view.snapshot is not None:
            self.shown = view.snapshot
        elif view.moment is None:
            self.shown = self.snapshot

    def _show_recording(self, recording: Recording) -> None:
        """From its last reading on, which has all of its events."""
        self._view(self._past.last())
        self.snapshot = self.shown
        if recording.is_cut:
            self._tell("the last reading of this recording was cut off: it is left out")

    def on_start_screen_start_mini_cluster(self, message: StartScreen.StartMiniCluster) -> None:
        self._start_kafka()

    @work(exclusive=True, group="mini-cluster")
    async def _start_kafka(self) -> None:
        start, screen = self._start_mini_cluster, self.screen
        if start is None or not isinstance(screen, StartScreen):
            return
        try:
            self._show(await start(screen.say))
        except (Unreachable, MiniClusterError) as error:
            screen.fail(str(error))

    async def on_unmount(self) -> None:
        await self._background.stop()
        await self._reading.close()
        await self._letters.close()
        self._session.close()
        if self._notices is not None:
            self._notices.close()

    # Keys

    def _tidy(self) -> None:
        self._idle.tidy(len(self.snapshot.partitions))

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._idle.note_key()
            if self._typed_ahead.holds(event):
                return
            if isinstance(self.screen, Place):
                self.screen.forget_said()
        await super().on_event(event)

    def why_not(self, action: str) -> str:
        """Why a key can not act now; empty when it can."""
        if action in {"refresh", "pause", "visit"} and self._recording is not None:
            return RECORDED
        if action in {"refresh", "pause"} and self._monitor is None:
            return "nothing is being read"
        if action in {"go", "visit", "goto", "help"} and self.current_mode == ASK:
            return "no cluster is shown"
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_not(action) else True

    def action_go(self, place: str) -> None:
        self.post_message(Go(place))

    action_visit = action_go

    def action_refresh(self) -> None:
        if self._monitor is not None:
            self._monitor.wake()

    def action_pause(self) -> None:
        if self._monitor is not None:
            self.paused = self._monitor.paused = not self._monitor.paused

    async def action_save_recording(self) -> None:
        readings = len(self._session.ring.moments)
        if self._recording is not None or not readings:
            self._tell(RECORDED if self._recording is not None else NOTHING_KEPT)
            return
        stamp = local(self._clock()).strftime("%Y%m%d-%H%M%S")
        proposed = self._recordings / f"{self._context_name or 'kafkatui'}-{stamp}"
        await self.push_screen(SavingScreen(proposed, readings), self._save_recording)

    def _save_recording(self, path: Path | None) -> None:
        if path is not None:
            self._tell(self._session.save(path, self._context_name))

    def action_theme(self) -> None:
        self.theme = other(self.theme)


def _check_answer(snapshot: Snapshot) -> None:
    """Raises `Unreachable` for an address that does not answer, so that it can be corrected."""
    if snapshot.stage is Stage.NOTHING and snapshot.problems:
        raise Unreachable(snapshot.problems[0])
