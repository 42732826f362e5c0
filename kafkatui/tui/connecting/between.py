"""From one cluster to another: what belongs to the one before is closed and forgotten, then the next one is dialled.

How a cluster is followed and painted is the app's.
"""

from __future__ import annotations

import asyncio

from textual import work
from textual.reactive import var

from kafkatui.config.errors import ConfigError
from kafkatui.history.recording import Recording
from kafkatui.history.timeline import Moment
from kafkatui.model import moments
from kafkatui.model.connection import Connection
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.monitor import Monitor, MonitorBeside
from kafkatui.tui.connecting.contexts import Contexts
from kafkatui.tui.connecting.draft import Draft
from kafkatui.tui.connecting.switching import Switching
from kafkatui.tui.leaving import Leaving
from kafkatui.tui.letters.source import Letters
from kafkatui.tui.messages import Say, SwitchTo
from kafkatui.tui.notices import Notices
from kafkatui.tui.past import RECORDED
from kafkatui.tui.reading import Reading
from kafkatui.tui.replays.going import Background
from kafkatui.tui.screens.contexts import ContextsScreen
from kafkatui.tui.screens.start import StartScreen
from kafkatui.tui.session import Session
from kafkatui.tui.terminal import Terminal

FIRST = "overview"
ASK = "start"
"""The mode that is shown without a cluster."""


class BetweenClusters(Leaving):
    """What the app does between two clusters; the app itself fills in what stands first."""

    snapshot: var[Snapshot] = var(NOTHING, init=False)
    """The newest."""
    shown: var[Snapshot] = var(NOTHING, init=False)
    """The one on screen: the newest, or the one of `moment`."""
    moment: var[Moment | None] = var(None, init=False)
    connection: var[Connection | None] = var(None, init=False)
    paused: var[bool] = var(False, init=False)
    _reading: Reading
    _letters: Letters
    _session: Session
    _background: Background
    _notices: Notices | None
    _recording: Recording | None
    _monitor: Monitor | MonitorBeside | None

    def __init__(self, contexts: Contexts | None, *, can_start: bool) -> None:
        """`can_start`: whether a mini-cluster can be started from here."""
        super().__init__(driver_class=Terminal)
        self._can_start = can_start
        self._switching = Switching(contexts, lambda: self.suspend())
        self._showing = asyncio.Lock()
        self._later = ""
        """What is said once a cluster is shown."""

    def _follow(self, connection: Connection) -> object:
        """Put what is read of it on screen from now on."""
        raise NotImplementedError

    def _begin(self) -> None:
        """What belongs to the cluster that is shown, before anything is known of it."""
        raise NotImplementedError

    def _places(self) -> tuple[str, ...]:
        """The modes that show a cluster."""
        raise NotImplementedError

    def _add_places(self) -> None:
        """Each of them, from its beginning."""
        raise NotImplementedError

    def _refused(self) -> bool:
        """Whether no cluster can be asked; then it was said why."""
        if self._recording is not None:
            self._tell(RECORDED)
        return self._recording is not None

    def _tell(self, text: str) -> None:
        """In the line at the bottom of the place that is shown."""
        if self.is_running:
            self.screen.post_message(Say(text))

    async def action_quit(self) -> None:
        raise NotImplementedError

    @property
    def _context_name(self) -> str | None:
        return None if self.connection is None else self.connection.context

    def _start_screen(self) -> StartScreen:
        return StartScreen(can_start=self._can_start, contexts=self._switching.contexts)

    async def _to_start(self) -> StartScreen:
        await self.switch_mode(ASK)
        start = self.screen_stack[0]
        assert isinstance(start, StartScreen)
        before = self._switching.before
        start.leads_back_to("" if before is None else before.context or ",".join(before.bootstrap))
        return start

    def on_start_screen_connect(self, message: StartScreen.Connect) -> None:
        self._show(message.connection, message.draft)

    def on_start_screen_choose_context(self, message: StartScreen.ChooseContext) -> None:
        self.action_contexts()

    async def on_start_screen_left(self, message: StartScreen.Left) -> None:
        if self._switching.before is None:
            await self.action_quit()
        else:
            self._show(self._switching.before)

    def action_contexts(self) -> None:
        if not self._refused():
            self.push_screen(ContextsScreen(*self._switching.listed(), self._context_name), self._chosen)

    def _chosen(self, name: str | None) -> None:
        if name is not None:
            self.post_message(SwitchTo(name))

    def on_switch_to(self, message: SwitchTo) -> None:
        if self._refused() or self._runs_a_replay():
            return
        try:
            connection = self._switching.connection(message.name)
        except ConfigError as error:
            self._tell(str(error))
        else:
            self._show(connection)

    def _runs_a_replay(self) -> bool:
        """Whether one would lose its cluster; then it was said."""
        names = ", ".join(going.job.spec.job for going in self._background.running)
        if names:
            self._tell(
                f"a replay runs here: {names}; let it end, or stop it in 6 Jobs, before another cluster is shown"
            )
        return bool(names)

    @work(group="show")
    async def _show(self, connection: Connection, draft: Draft | None = None) -> None:
        """Leave the cluster that is shown, and dial this one."""
        # One after the other: half a cluster must never be left.
        async with self._showing:
            if connection != self.connection and self._runs_a_replay():
                return
            await self._leave_for(connection)
            self._switching.draft = draft
            self.connection = connection
            self._tell_zone()
            self._follow(connection)

    async def _leave_for(self, connection: Connection) -> None:
        if connection != self.connection:
            if connection == self._switching.before:
                self._switching.before = None
            elif self.snapshot.stage is not Stage.NOTHING:
                self._switching.before = self.connection
            (await self._to_start()).connecting(connection)
            await self._forget()

    async def _forget(self) -> None:
        """Nothing of the cluster that was shown stays: neither to be seen nor to be acted upon."""
        self.workers.cancel_group(self, "follow")
        for place in self._places():
            await self.remove_mode(place)
        self._monitor, self.connection = None, None
        self.moment, self.paused, self.snapshot, self.shown = None, False, NOTHING, NOTHING
        await self._reading.close()
        await self._letters.close()
        if self._session.recorder is not None:
            self._later = "the recording has ended: it is of the cluster before"
        self._session.close()
        if self._notices is not None:
            self._notices.close()
        self._begin()
        self._add_places()

    async def _answered(self) -> None:
        """The cluster that was dialled is there: away from the form, which may hold a password."""
        kept = self._switching.keep()
        self._switching.before = None
        await self.switch_mode(FIRST)
        await self.remove_mode(ASK)
        self.add_mode(ASK, self._start_screen)
        said, self._later = "; ".join(filter(None, [kept, self._later])), ""
        if said:
            self._tell(said)

    def _tell_zone(self) -> None:
        """Moments are told in the zone of the cluster that is shown."""
        moments.tell_in(None if self.connection is None else self.connection.time_zone)
