"""Which screen a message or a key leads to, and the trail above it. What is on a screen is its own business."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kafkatui.model.events import Subject
from kafkatui.safe_text import safe_text
from kafkatui.tui.connecting.between import BetweenClusters
from kafkatui.tui.examining import OpenDoctor
from kafkatui.tui.messages import Back, Go, Open, OpenDesk, Read, Trace
from kafkatui.tui.past import RECORDED
from kafkatui.tui.records.looking import Opened
from kafkatui.tui.records.scope import Scope
from kafkatui.tui.screens.broker import BrokerScreen
from kafkatui.tui.screens.desk import DeskScreen
from kafkatui.tui.screens.doctor import DoctorScreen
from kafkatui.tui.screens.events import EventsScreen
from kafkatui.tui.screens.goto import GoToScreen
from kafkatui.tui.screens.group import GroupScreen
from kafkatui.tui.screens.help import HelpScreen
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.place import Clock, Place, keys_of
from kafkatui.tui.screens.topic import TopicScreen
from kafkatui.tui.targets import Target, targets
from kafkatui.tui.widgets.prompt import Histories

ASKING = frozenset({"letters", "jobs"})
"""Places that ask the cluster for more than its snapshot."""


class Opening(BetweenClusters):
    """What the app puts on top of what it shows."""

    _clock: Clock
    _histories: Histories
    _open_doctor: OpenDoctor | None

    def _root(self, place: str, screen: type[Place]) -> Callable[[], Place]:
        return lambda: self._bound(screen(place, clock=self._clock))

    def _bound(self, screen: Place) -> Place:
        if isinstance(screen, EventsScreen):
            screen.data_bind(newest=Opening.snapshot)
        if screen.present:
            return screen.data_bind(Opening.snapshot, Opening.connection, Opening.paused)
        return screen.data_bind(Opening.connection, Opening.paused, Opening.moment, snapshot=Opening.shown)

    async def on_go(self, message: Go) -> None:
        if message.place in ASKING and self._refused():
            return
        await self.switch_mode(message.place)

    def on_back(self, message: Back) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def on_open(self, message: Open) -> None:
        detail = self._detail(message)
        # A key that repeats faster than screens open asks for the same thing twice.
        if not (isinstance(self.screen, Place) and self.screen.command() == detail.command()):
            self.push_screen(self._bound(detail))
            if self._monitor is not None and not self.paused and detail.groups_in_view():
                self._monitor.look_at(detail.groups_in_view())
                self._monitor.wake()

    def on_read(self, message: Read) -> None:
        if self._refused():
            return
        above = self.screen.trail if isinstance(self.screen, Place) else ""
        partitions = None if message.partition is None else frozenset({message.partition})
        scope = Scope(
            message.topics,
            partitions,
            newest_first=message.offset is None,
            offset=message.offset,
            note=message.note,
        )
        which = "messages" if message.partition is None else f"messages of {message.partition}"
        name = message.topics[0]
        trail = " ▸ ".join(each for each in (above, "" if above.endswith(name) else name, which) if each)
        self._push_messages(scope, trail)

    def on_trace(self, message: Trace) -> None:
        if self._refused():
            return
        above = self.screen.trail if isinstance(self.screen, Place) else ""
        self._push_messages(message.scope, f"{above} ▸ timeline" if above else "timeline")

    def _push_messages(self, scope: Scope, trail: str) -> None:
        detail = MessagesScreen(scope, self._open_reading, self._histories, self.current_mode, trail, self._clock)
        # A key that repeats faster than screens open asks for the same thing twice.
        if not (isinstance(self.screen, MessagesScreen) and self.screen.scope == scope):
            self.push_screen(self._bound(detail))

    async def _open_reading(self) -> Opened:
        return await self._reading.open(self.connection)

    def on_open_desk(self, message: OpenDesk) -> None:
        if self._refused():
            return
        above = self.screen.trail if isinstance(self.screen, Place) else ""
        name = safe_text(message.topic)
        trail = " ▸ ".join(each for each in (above, name, "dead letters" if above else "") if each)
        # A key that repeats faster than screens open asks for the same thing twice.
        if not (isinstance(self.screen, DeskScreen) and self.screen.topic == message.topic):
            self.push_screen(
                self._bound(DeskScreen(message.topic, self._letters, self.current_mode, trail, self._clock))
            )

    def _detail(self, message: Open) -> Place:
        above = self.screen.trail if isinstance(self.screen, Place) else ""
        name = f"broker {message.name}" if message.subject is Subject.BROKER else message.name
        trail = f"{above} ▸ {name}" if above else name
        place = self.current_mode
        if message.subject is Subject.BROKER:
            return BrokerScreen(int(message.name), place, trail, self._clock)
        if message.subject is Subject.GROUP:
            return GroupScreen(message.name, place, trail, self._clock)
        return TopicScreen(message.name, message.partition, place, trail, self._clock)

    async def action_doctor(self) -> None:
        if self._refused() or self.connection is None or self._open_doctor is None:
            return
        await self.push_screen(DoctorScreen(self.connection, self._open_doctor))

    async def action_goto(self) -> None:
        # Waited for: keys that follow at once are meant for it.
        await self.push_screen(GoToScreen(self._leading(), self._switching.targets), self._go_to)

    def _leading(self) -> Iterator[Target]:
        """What the go-to line leads to; what would ask a cluster says so where there is none."""
        for target in targets(self.shown, self._letters.names):
            asks = isinstance(target.leads_to, Read | OpenDesk) or (
                isinstance(target.leads_to, Go) and target.leads_to.place in ASKING
            )
            yield replace(target, note=RECORDED) if asks and self._recording is not None else target

    async def _go_to(self, target: Target | None) -> None:
        if target is None:
            return
        if isinstance(target.leads_to, str):
            await self.run_action(target.leads_to)
        else:
            self.post_message(target.leads_to)

    def action_help(self) -> None:
        place = self.screen
        if isinstance(place, Place):
            command = place.command()
            title = place.trail or place.place.capitalize()
            self.push_screen(HelpScreen(title, place.words(), keys_of(place), self._command_line(command)))

    def _command_line(self, command: str) -> str:
        """The words that print the same; a context is named as such."""
        if not command or self.connection is None:
            return ""
        context = self.connection.context
        where = f"-c {context}" if context else f"-b {','.join(self.connection.bootstrap)}"
        return f"kafkatui {command} {where}"
