"""The whole app on real brokers, wired as the program wires it, and a walk through all of its places."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from kafkatui.dead_letters.desk import Desk
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redriving import route_maker
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.model.events import Subject
from kafkatui.monitor import Monitor
from kafkatui.reading.records import Records
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay.jobs import Jobs
from kafkatui.replay.replays import Replays
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import Open, OpenDesk, Read
from kafkatui.undo.journal import Journal
from tests.tui.conftest import text_of
from tests.waiting import until

SECONDS = 30.0
SIZE = (160, 45)


def a_whole_app(connection: Connection, folder: Path, *, patience: float = 2.0, seconds: float = 0.2) -> KafkaTui:
    """All that reads and writes is real; jobs and journal are in `folder`."""
    jobs, journal = Jobs(folder / "jobs"), Journal(folder / "undo")

    @asynccontextmanager
    async def open_monitor(connection: Connection) -> AsyncIterator[Monitor]:
        async with Cluster.open(connection, patience=patience) as cluster:
            yield Monitor(cluster, seconds=seconds)

    @asynccontextmanager
    async def open_records(connection: Connection) -> AsyncIterator[Records]:
        async with Cluster.open(connection) as cluster:
            yield Records(cluster.nodes)

    @asynccontextmanager
    async def open_letters(connection: Connection) -> AsyncIterator[Desk]:
        async with Cluster.open(connection) as cluster:
            yield Desk(cluster, connection, Recogniser())

    def open_replays(connection: Connection) -> Replays:
        return Replays(connection, jobs, journal, TopicDecoders, route_maker(()))

    return KafkaTui(
        connection, open_monitor, open_records=open_records, open_letters=open_letters, open_replays=open_replays
    )


class Walk:
    """Goes through the places of an app."""

    def __init__(self, app: KafkaTui, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    async def hold(self, condition: Callable[[], bool], what: str = "") -> None:
        async def it_holds() -> bool:
            await self.pilot.pause()
            return condition()

        try:
            await until(it_holds, SECONDS)
        except TimeoutError:
            shown = "\n".join(line.rstrip() for line in text_of(self.app).splitlines() if line.strip())
            raise AssertionError(f"{what or condition}\n{shown}") from None

    async def says(self, *words: str) -> None:
        await self.hold(lambda: all(word in text_of(self.app) for word in words), f"none of {words} on")

    async def through_all(self, topic: str, group: str, dead: str, missing: str) -> None:
        """Every place, with what is looked up on it; the last one is the overview."""
        press, app = self.pilot.press, self.app
        await self.says("3/3 brokers")
        await self.hold(lambda: topic in app.snapshot.topics and group in app.snapshot.groups)
        for place in ("1", "2", "3", "7"):
            await press(place, "enter", "?", "escape", "/", *"zzz", "escape", "s", "S", "escape", "r")
        for subject, name in ((Subject.TOPIC, topic), (Subject.GROUP, group), (Subject.BROKER, "1")):
            app.screen.post_message(Open(subject, name))
            await self.says(name)
            await press("tab", "j", "k", "tab", "s")
        for subject in (Subject.TOPIC, Subject.GROUP):
            app.screen.post_message(Open(subject, missing))
            await self.pilot.pause()
        await press(":", *missing, "enter")
        await press("escape", "8", "h", "bracketleft", "0")
        app.screen.post_message(Read((missing,)))
        await self.pilot.pause()
        await self.messages(topic)
        await press("3")
        app.screen.post_message(Open(Subject.GROUP, group))
        await self.says(group, topic)
        await press("m")
        await self.says(" loaded")
        await self.letters(dead)
        await press("6", "r", "escape", "1")
        await self.says("3/3 brokers")

    async def messages(self, topic: str) -> None:
        """A page, a search, a tail, a record's trail; the dialog of a replay up to its plan, and left."""
        press, app = self.pilot.press, self.app
        app.screen.post_message(Read((topic,)))
        await self.says(" loaded")
        await press("G", "g", "enter", "v", "v", "escape", "slash", *"where value.n == 7", "enter")
        await self.says("1 of 1 loaded")
        await press("escape", "at", *"-5", "enter", "f", "f")
        await press("R")
        await self.says("Replay")
        await press("escape")

    async def letters(self, dead: str) -> None:
        press, app = self.pilot.press, self.app
        await press("5")
        await self.says(dead)
        app.screen.post_message(OpenDesk(dead))
        await self.says("all 10 records")
        await press("enter", "tab", "j", "R")
        await self.pilot.pause()
        await press("escape")
