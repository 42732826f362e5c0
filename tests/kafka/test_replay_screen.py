"""Replays from the screen on real brokers: planned, confirmed, run, stopped, gone on with, verified."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from textual.pilot import Pilot

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.spans import Isolation
from kafkatui.monitor import Monitor
from kafkatui.reading.records import Records
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay.jobs import Jobs, Phase
from kafkatui.replay.replays import Replays
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import Read
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.replay import ReplayScreen
from kafkatui.tui.screens.replay_frame import Step
from kafkatui.undo.journal import Journal, Result
from tests.kafka import command_line
from tests.kafka.test_messages_screen import Terminal
from tests.kafka.torture import PARTITIONS, TAKES_ALL, Seen, a_topic, read_by_confluent
from tests.waiting import until

RECORDS = 30_000
SECONDS = 60.0
COMMITTED = Isolation.COMMITTED


@pytest.fixture(scope="module")
def source(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "shown", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "linger.ms": 20})
        for number in range(RECORDS):
            value, headers = b'{"number": %d}' % number, [("trace", b"t%d" % number)]
            producer.produce(name, value, b"k%d" % (number % 97), partition=number % PARTITIONS, headers=headers)
            if number % 5_000 == 0:
                producer.poll(0)
        assert producer.flush(60) == 0
        yield name


@pytest.fixture
def target(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "shown-copies", TAKES_ALL) as name:
        yield name


def content(records: list[Seen]) -> dict[int, list[tuple[object, ...]]]:
    """All of each record but its offset, by partition in the order of the log."""
    found: dict[int, list[tuple[object, ...]]] = {}
    for each in records:
        found.setdefault(each.partition, []).append((each.timestamp_ms, each.key, each.value, each.headers))
    return found


def sent_by(dialog: ReplayScreen) -> int:
    """Records that are committed by the run on screen."""
    state = None if dialog.going is None else dialog.going.state
    return 0 if state is None else state.records


class Screen:
    """The app on real brokers, with jobs and journal in a folder of the test."""

    def __init__(self, app: KafkaTui, pilot: Pilot[int], folder: Path) -> None:
        self.app, self.pilot = app, pilot
        self.jobs, self.journal = Jobs(folder / "jobs"), Journal(folder / "undo")

    async def hold(self, condition: Callable[[], bool]) -> None:
        async def it_holds() -> bool:
            await self.pilot.pause()
            return condition()

        await until(it_holds, SECONDS)

    async def says(self, words: str) -> None:
        wanted = words.replace(" ", "&#160;")
        await self.hold(lambda: wanted in self.app.export_screenshot())

    async def messages_of(self, topic: str) -> MessagesScreen:
        await self.hold(lambda: topic in self.app.snapshot.topics)
        self.app.post_message(Read((topic,)))
        await self.says(" loaded")
        assert isinstance(self.app.screen, MessagesScreen)
        return self.app.screen

    async def step(self, step: Step) -> ReplayScreen:
        await self.hold(lambda: isinstance(self.app.screen, ReplayScreen) and self.app.screen.step is step)
        assert isinstance(self.app.screen, ReplayScreen)
        return self.app.screen

    async def plan(self, target: str, rate: str = "") -> ReplayScreen:
        await self.pilot.press("R")
        dialog = await self.step(Step.SELECT)
        await self.pilot.press(*target, *["tab"] * 4, *rate, "enter")
        await self.hold(lambda: dialog.plan is not None)
        return dialog

    async def send(self, target: str) -> None:
        await self.pilot.press("y", *target, "enter")
        await self.step(Step.RUN)


async def hash_by_command(mini_cluster: Status, screen: Screen) -> str:
    """Of the plan that the shown command line makes."""
    await screen.pilot.press("c")
    words = shlex.split(screen.app.clipboard)
    assert (words[0], words[-2:]) == ("kafkatui", ["-c", "mini"])
    dry = [*words[1:-2], "-b", mini_cluster.bootstrap, "--dry-run", "--json"]
    ran = await asyncio.to_thread(command_line.run, *dry)
    assert ran.code == 0, ran.err
    return str(json.loads(ran.out)["hash"])


@asynccontextmanager
async def on_screen(status: Status, folder: Path) -> AsyncIterator[Screen]:
    @asynccontextmanager
    async def open_monitor(connection: Connection) -> AsyncIterator[Monitor]:
        async with Cluster.open(connection) as cluster:
            yield Monitor(cluster)

    @asynccontextmanager
    async def open_records(connection: Connection) -> AsyncIterator[Records]:
        async with Cluster.open(connection) as cluster:
            yield Records(cluster.nodes)

    def open_replays(connection: Connection) -> Replays:
        return Replays(connection, Jobs(folder / "jobs"), Journal(folder / "undo"), lambda: TopicDecoders(()))

    connection = Connection(tuple(status.bootstrap.split(",")), context="mini", read_only=False)
    app = KafkaTui(connection, open_monitor, open_records=open_records, open_replays=open_replays)
    async with app.run_test(size=(160, 45)) as pilot:
        yield Screen(app, pilot, folder)


async def test_a_range_with_a_filter_arrives_as_it_is_and_is_verified(
    mini_cluster: Status, source: str, target: str, tmp_path: Path
) -> None:
    async with on_screen(mini_cluster, tmp_path) as screen:
        await screen.messages_of(source)
        await screen.pilot.press("at", *"100:5000", "enter")
        await screen.says("from 100 to 5000")
        await screen.pilot.press("slash", *"where value.number % 7 == 3", "enter")
        await screen.says("searched all")
        dialog = await screen.plan(target)
        assert dialog.plan is not None
        wanted = [
            each
            for each in await asyncio.to_thread(read_by_confluent, mini_cluster, source, COMMITTED)
            if 100 <= each.offset < 5_000 and (each.offset * PARTITIONS + each.partition) % 7 == 3
        ]
        assert dialog.plan.most_records == len(wanted)
        assert await hash_by_command(mini_cluster, screen) == dialog.plan.spec.hash
        assert await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED) == []
        assert screen.journal.entries() == []
        await screen.send(target)
        await screen.says("done: each record is there once")
        await screen.pilot.press("v")
        await screen.says(" copies are equal to what was chosen")
        copied = await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED)
        assert content(copied) == content(wanted)
        (entry,) = screen.journal.entries()
        assert (entry.result, entry.counts["records"]) == (Result.OK, len(wanted))


async def test_marked_records_arrive_and_no_others(
    mini_cluster: Status, source: str, target: str, tmp_path: Path
) -> None:
    async with on_screen(mini_cluster, tmp_path) as screen:
        messages = await screen.messages_of(source)
        await screen.pilot.press("space", "j", "j", "space", "G")
        await screen.hold(lambda: getattr(messages.records.row, "offset", None) == 0)
        await screen.pilot.press("space")
        picked = frozenset((key[1], key[2]) for key in messages.records.marked)
        assert len(picked) == 3
        dialog = await screen.plan(target)
        assert dialog.plan is not None
        assert (dialog.plan.spec.picked, dialog.plan.most_records) == (picked, 3)
        assert await hash_by_command(mini_cluster, screen) == dialog.plan.spec.hash
        await screen.send(target)
        await screen.says("done: each record is there once")
        await screen.pilot.press("v")
        await screen.says("3 copies are equal")
    whole = await asyncio.to_thread(read_by_confluent, mini_cluster, source, COMMITTED)
    copied = await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED)
    assert content(copied) == content([each for each in whole if (each.partition, each.offset) in picked])


async def test_a_run_is_stopped_in_the_middle_and_gone_on_with_from_jobs(
    mini_cluster: Status, source: str, target: str, tmp_path: Path
) -> None:
    async with on_screen(mini_cluster, tmp_path) as screen:
        await screen.messages_of(source)
        await screen.plan(target, "2000")
        await screen.send(target)
        (job,) = screen.jobs.all()
        await screen.hold(lambda: screen.jobs.all()[0].phase is Phase.RUNNING)
        dialog = await screen.step(Step.RUN)
        await screen.hold(lambda: sent_by(dialog) > 0)
        await screen.pilot.press("escape", "j", "j", "enter")
        await screen.says("stopped; what is sent is committed")
        there = await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED)
        stopped = screen.jobs.find(job.spec.job)
        assert stopped is not None
        assert (stopped.phase, stopped.records) == (Phase.STOPPED, len(there))
        assert 0 < len(there) < RECORDS
        await screen.pilot.press("escape", "6")
        await screen.says("stopped")
        await screen.pilot.press("enter")
        await screen.says(f"→ {target}-0")
        await screen.pilot.press("u")
        await screen.says("offsets to go")
        await screen.send(target)
        await screen.says("done: each record is there once")
        await screen.pilot.press("v")
        await screen.says(f"{RECORDS // 1000}\u202f000 copies are equal")
        assert [entry.result for entry in screen.journal.entries()] == [Result.OK, Result.CANCELLED]
    whole = await asyncio.to_thread(read_by_confluent, mini_cluster, source, COMMITTED)
    copied = await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED)
    assert content(copied) == content(whole)


async def test_leaving_the_app_in_a_run_leaves_a_job_that_goes_on(
    mini_cluster: Status, source: str, target: str, tmp_path: Path
) -> None:
    async with on_screen(mini_cluster, tmp_path) as screen:
        await screen.messages_of(source)
        await screen.plan(target, "2000")
        await screen.send(target)
        dialog = await screen.step(Step.RUN)
        await screen.hold(lambda: sent_by(dialog) > 0)
        await screen.pilot.press("escape", "j", "enter", "q", "j", "enter")
        await screen.hold(lambda: screen.jobs.all()[0].phase is Phase.STOPPED)
    there = await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED)
    (job,) = Jobs(tmp_path / "jobs").all()
    assert (job.records, job.pid) == (len(there), None)
    async with on_screen(mini_cluster, tmp_path) as screen:
        await screen.hold(lambda: source in screen.app.snapshot.topics)
        await screen.pilot.press("6")
        await screen.says("stopped")
        await screen.pilot.press("u")
        await screen.says("offsets to go")
        await screen.send(target)
        await screen.says("done: each record is there once")
    whole = await asyncio.to_thread(read_by_confluent, mini_cluster, source, COMMITTED)
    copied = await asyncio.to_thread(read_by_confluent, mini_cluster, target, COMMITTED)
    assert content(copied) == content(whole)


def test_the_program_itself_sends_what_is_looked_at(
    mini_cluster: Status, source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[contexts.mini]\nbootstrap = "{mini_cluster.bootstrap}"\nread_only = false\n')
    monkeypatch.setenv("KAFKATUI_CONFIG", str(config))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    terminal = Terminal("-c", "mini")
    name = f"job-{uuid.uuid4().hex[:8]}"
    try:
        terminal.read_until(b"3/3 brokers")
        terminal.type(b":")
        terminal.read_until(b"leave kafkatui")
        terminal.type(source.encode() + b"\r")
        terminal.read_until(b"Groups that read it")
        terminal.type(b"m")
        terminal.read_until(b"loaded")
        terminal.type(b"@0:50\r")
        terminal.read_until(b"from 0 to 50")
        terminal.type(b"R")
        terminal.read_until(b"records/s")
        terminal.type(target.encode() + b"\t" * 5 + b"\x15" + name.encode() + b"\r")
        terminal.read_until(b"the same:")
        terminal.type(b"y" + target.encode() + b"\r")
        terminal.read_until(b"each record is there once")
        terminal.type(b"v")
        terminal.read_until(b"copies are equal")
        terminal.type(b"c")
        terminal.read_until(b"copied the command line")
        # One leaves the dialog, one the app. An escape before a letter would be another key to a terminal.
        terminal.type(b"qq")
        # What is painted last has to be read, or the program waits for the terminal.
        terminal.read_until(b"\x1b[?1049l")
        assert terminal.running.wait(20) == 0
    finally:
        terminal.running.kill()
        terminal.running.wait()
        os.close(terminal.end)
    whole = read_by_confluent(mini_cluster, source, COMMITTED)
    copied = read_by_confluent(mini_cluster, target, COMMITTED)
    assert content(copied) == content([each for each in whole if each.offset < 50])
    job = Jobs(tmp_path / "kafkatui" / "jobs").find(name)
    assert job is not None
    assert job.phase is Phase.DONE
