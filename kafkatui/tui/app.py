"""The app: it owns the one snapshot, follows the monitor, and decides which screen is shown."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from textual import work
from textual.app import App
from textual.reactive import var

from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.snapshot import NOTHING, Snapshot
from kafkatui.monitor import Monitor
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Go, Leave, Open
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.screens.topics import TopicsScreen
from kafkatui.tui.themes import DARK, THEMES, other

OpenMonitor: TypeAlias = Callable[[Connection], AbstractAsyncContextManager[Monitor]]
StartMiniCluster: TypeAlias = Callable[[Callable[[str, float], None]], Awaitable[Connection]]
"""Starts a mini-cluster; calls back with what it does and how far it is, from 0 to 1."""

ROOTS: Mapping[str, type[Place]] = {
    "topics": TopicsScreen,
}
"""The screen each place begins with."""


class KafkaTui(App[int]):
    """One cluster on screen."""

    TITLE = "kafkatui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = bindings("app")

    snapshot: var[Snapshot] = var(NOTHING, init=False)
    connection: var[Connection | None] = var(None, init=False)
    paused: var[bool] = var(False, init=False)

    def __init__(
        self,
        connection: Connection | None = None,
        open_monitor: OpenMonitor | None = None,
        start_mini_cluster: StartMiniCluster | None = None,
        *,
        clock: Clock = time.time,
        theme: str = DARK.name,
    ) -> None:
        super().__init__()
        self.set_reactive(KafkaTui.connection, connection)
        self._open_monitor = open_monitor
        self._start_mini_cluster = start_mini_cluster
        self._monitor: Monitor | None = None
        self._clock = clock
        for look in THEMES.values():
            self.register_theme(look)
        self.theme = theme
        for place, screen in ROOTS.items():
            self.add_mode(place, self._root(place, screen))

    async def on_mount(self) -> None:
        await self.switch_mode("topics")
        if self.connection is not None:
            self._follow(self.connection)

    # Data in

    @work(exclusive=True, group="follow")
    async def _follow(self, connection: Connection) -> None:
        """Put every snapshot on screen as it comes; the only writer of `snapshot`."""
        if self._open_monitor is None:
            return
        try:
            async with self._open_monitor(connection) as monitor:
                self._monitor = monitor
                async for snapshot in monitor.watch():
                    self.snapshot = snapshot
        except Unreachable as error:
            self.log(error)
        finally:
            self._monitor = None

    # Screens

    def _root(self, place: str, screen: type[Place]) -> Callable[[], Place]:
        return lambda: self._bound(screen(place, clock=self._clock))

    def _bound(self, screen: Place) -> Place:
        return screen.data_bind(KafkaTui.snapshot, KafkaTui.connection, KafkaTui.paused)

    async def on_go(self, message: Go) -> None:
        await self.switch_mode(message.place)

    def on_leave(self, message: Leave) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def on_open(self, message: Open) -> None:
        pass

    # Keys

    def why_not(self, action: str) -> str:
        """Why a key can not act now; empty when it can."""
        if action in {"refresh", "pause"} and self._monitor is None:
            return "nothing is being read"
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_not(action) else True

    def action_go(self, place: str) -> None:
        self.post_message(Go(place))

    def action_refresh(self) -> None:
        if self._monitor is not None:
            self._monitor.wake()

    def action_pause(self) -> None:
        if self._monitor is not None:
            self.paused = self._monitor.paused = not self._monitor.paused
            self._monitor.wake()

    def action_theme(self) -> None:
        self.theme = other(self.theme)
