"""One broker of three killed or hanging: its cells say why, all else goes on, and it recovers by itself."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from dev.bench.screen import Screen, shows
from kafkatui.doctor.examination import Examination
from kafkatui.doctor.step import Outcome, Part
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.probes import Probes
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import Partition
from kafkatui.model.connection import Connection
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor
from kafkatui.tui.app import KafkaTui
from tests.making_topics import make_topics
from tests.tui.conftest import text_of
from tests.waiting import until

TOPIC = "faults"
VICTIM = 3
PATIENCE = 2.0
PARTITIONS = 6
SECONDS = 60.0
HANGING_SECONDS = 60.0
KEY_SECONDS = 0.1
MOVING = {"not_leader_or_follower", "fenced_leader_epoch", "unknown_leader_epoch", "offset_not_available"}
LONGEST_REFRESH = 2 * PATIENCE + 1
"""A refresh meets a broker's silence at most twice: at the request for metadata, and at what it leads."""


Change = Callable[[int, Path], object]
When = Callable[[Callable[[Snapshot], bool]], Awaitable[Snapshot]]


@pytest.fixture(scope="module", autouse=True)
def _topic(home: Path) -> None:
    status = minicluster.running(home)
    make_topics(status.bootstrap, NewTopic(TOPIC, PARTITIONS, 3))
    produce(status, range(PARTITIONS))


def produce(status: Status, partitions: range | list[int]) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2, "message.timeout.ms": 20_000})
    for partition in partitions:
        producer.produce(TOPIC, partition=partition, value="x")
    assert producer.flush(30) == 0


@asynccontextmanager
async def watching(status: Status) -> AsyncIterator[When]:
    async with Cluster.open(Connection(tuple(status.bootstrap.split(","))), patience=PATIENCE) as cluster:
        snapshots = Monitor(cluster, seconds=0.1).watch()

        async def when(holds: Callable[[Snapshot], bool]) -> Snapshot:
            """The first snapshot for which `holds`; those before it come soon and blame nobody but the victim."""
            started = last = time.monotonic()
            async for snapshot in snapshots:
                now = time.monotonic()
                assert now - last < LONGEST_REFRESH, describe(snapshot)
                assert now - started < SECONDS, describe(snapshot)
                assert_reasons_stand_in_its_cells(snapshot)
                last = now
                if holds(snapshot):
                    return snapshot
            raise AssertionError("a monitor never ends")

        yield when


def describe(snapshot: Snapshot) -> str:
    brokers = [(broker.node_id, broker.problem) for broker in snapshot.brokers.values()]
    return f"{brokers} {snapshot.problems} {[part.problem for part in partitions(snapshot)]}"


def partitions(snapshot: Snapshot) -> list[Partition]:
    return list(snapshot.topics[TOPIC].partitions) if TOPIC in snapshot.topics else []


def is_well(snapshot: Snapshot) -> bool:
    return (
        snapshot.stage is Stage.GROUPS
        and not snapshot.problems
        and len(snapshot.brokers) == 3
        and all(broker.problem is None for broker in snapshot.brokers.values())
        and all(isinstance(each.end, int) and not each.is_under_replicated for each in partitions(snapshot))
        and len({each.leader for each in partitions(snapshot)}) > 1
    )


def victim_is_named(snapshot: Snapshot) -> bool:
    return snapshot.brokers[VICTIM].problem is not None


def has_moved_on(snapshot: Snapshot) -> bool:
    """Every partition is read again, from a leader that lives."""
    return all(isinstance(each.end, int) and each.leader != VICTIM for each in partitions(snapshot))


async def test_a_killed_broker(status: Status, home: Path) -> None:
    async with watching(status) as when:
        await when(is_well)
        minicluster.kill_broker(VICTIM, home)
        await when(victim_is_named)
        await when(has_moved_on)
        starting = asyncio.create_task(asyncio.to_thread(minicluster.start_broker, VICTIM, home))
        recovered = await when(lambda now: now.brokers[VICTIM].problem is None and is_in_sync(now))
        await starting
    texts = [event.text for event in recovered.events]
    assert any(text.startswith(f"broker {VICTIM}: ") for text in texts)
    assert f"broker {VICTIM} is back" in texts
    assert any("in sync 3 → 2" in text for text in texts)


def is_in_sync(snapshot: Snapshot) -> bool:
    return not any(each.is_under_replicated for each in partitions(snapshot))


async def test_another_broker_becomes_the_controller(status: Status, home: Path) -> None:
    """What it was and what it is now are told, and nobody else is missed."""
    async with (
        Cluster.open(Connection(tuple(status.bootstrap.split(","))), patience=PATIENCE) as cluster,
        asyncio.timeout(SECONDS),
    ):
        snapshots = Monitor(cluster, seconds=0.1).watch()
        async for before in snapshots:
            if is_well(before) and isinstance(before.controller, int):
                break
        killed = before.controller
        assert isinstance(killed, int)
        minicluster.kill_broker(killed, home)
        try:
            async for now in snapshots:
                others = {node: broker.problem for node, broker in now.brokers.items() if node != killed}
                if isinstance(now.controller, int) and now.controller != killed:
                    break
        finally:
            minicluster.start_broker(killed, home)
        assert now.controller in others
        assert set(others.values()) == {None}


async def test_a_hanging_broker(status: Status, home: Path) -> None:
    async with watching(status) as when:
        before = await when(is_well)
        minicluster.pause_broker(VICTIM, home)
        try:
            await when(victim_is_named)
            moved = await when(has_moved_on)
            producing = asyncio.create_task(asyncio.to_thread(produce, status, range(PARTITIONS)))
            await when(lambda now: has_moved_on(now) and ends(now) == [end + 1 for end in ends(before)])
            await producing
        finally:
            minicluster.resume_broker(VICTIM, home)
        await when(lambda now: now.brokers[VICTIM].problem is None and is_in_sync(now))
    problem = moved.brokers[VICTIM].problem
    assert problem is not None
    assert problem.text.startswith(f"broker {VICTIM}: no answer for ") or problem.code in {"fenced", "gone"}


def test_a_broker_that_hangs_for_a_minute_costs_no_key_its_time(status: Status, home: Path) -> None:
    """The whole program in a terminal of its own: it answers all along, and needs nobody to go on."""
    screen = Screen(status.bootstrap, 160, 45)
    try:
        screen.read_until(shows("3/3 brokers"))
        screen.write(b"7")
        screen.read_until(shows("problem"))
        minicluster.pause_broker(VICTIM, home)
        over = time.monotonic() + HANGING_SECONDS
        try:
            screen.read_until(shows("2/3 brokers"))
            times, keys = [], cycle((b"j", b"k"))
            while time.monotonic() < over:
                screen.pause(0.1)
                times.append(screen.answer_to(next(keys)))
        finally:
            minicluster.resume_broker(VICTIM, home)
        screen.read_until(shows("3/3 brokers"))
    finally:
        screen.close()
    assert statistics.median(times) <= KEY_SECONDS, times


async def test_the_doctor_names_a_hanging_broker_and_goes_on(status: Status, home: Path) -> None:
    """Also where it is the first address of all: what the others tell is all there."""
    addresses = status.bootstrap.split(",")
    connection = Connection((*reversed(addresses),), connect_seconds=1.5)
    minicluster.pause_broker(VICTIM, home)
    try:
        async with Probes.open(connection) as source, asyncio.timeout(SECONDS):
            examination = Examination(source, connection, "-b")
            steps = [step async for step in examination.steps()]
    finally:
        minicluster.resume_broker(VICTIM, home)
    assert examination.is_in
    failed = [(step.name, step.about) for step in steps if step.outcome is Outcome.FAILED]
    # Until its session is over the cluster lists it with its address, and then without.
    assert [(name, about.split(" at ")[0]) for name, about in failed] == [
        ("api_versions", addresses[VICTIM - 1]),
        ("listener", f"broker {VICTIM}"),
    ]
    names = {step.name for step in steps if step.part is Part.ADVICE and step.outcome is not Outcome.NOT_TRIED}
    # Not the quorum: where the victim led it, it is silent too until another one does.
    assert {"leaders", "in_sync", "min_insync", "unclean_election", "auto_create"} <= names


def assert_reasons_stand_in_its_cells(snapshot: Snapshot) -> None:
    """An end is unknown only where the victim leads or a leader moves, with the reason and the last value."""
    for partition in partitions(snapshot):
        if isinstance(partition.end, Problem) and partition.end is not PENDING:
            assert partition.leader in {VICTIM, None} or partition.end.code in MOVING
            assert partition.end.last is not None
            assert partition.problem is not None


def ends(snapshot: Snapshot) -> list[int]:
    return [each.end for each in partitions(snapshot) if isinstance(each.end, int)]


@pytest.mark.parametrize(
    ("trouble", "mend"),
    [(minicluster.kill_broker, minicluster.start_broker), (minicluster.pause_broker, minicluster.resume_broker)],
    ids=["killed", "hanging"],
)
async def test_the_screen_goes_on(status: Status, home: Path, trouble: Change, mend: Change) -> None:
    @asynccontextmanager
    async def open_monitor(connection: Connection) -> AsyncIterator[Monitor]:
        async with Cluster.open(connection, patience=PATIENCE) as cluster:
            yield Monitor(cluster, seconds=0.2)

    app = KafkaTui(Connection(tuple(status.bootstrap.split(","))), open_monitor)
    async with app.run_test(size=(160, 45)) as pilot:

        async def says(*words: str) -> bool:
            await pilot.pause()
            return all(word in text_of(app) for word in words)

        async def reads_on() -> bool:
            return app.snapshot.at > read_at

        await until(lambda: says("3/3 brokers"), SECONDS)
        await pilot.press("7")
        trouble(VICTIM, home)
        await until(lambda: says("2/3 brokers", "✖"), SECONDS)
        assert await says("no answer") or await says("fenced") or await says("refused") or await says("lost")
        read_at = app.snapshot.at
        await pilot.press("2")
        await until(lambda: says(TOPIC, "under-replicated"), SECONDS)
        await until(reads_on, SECONDS)
        mending = asyncio.create_task(asyncio.to_thread(mend, VICTIM, home))
        await until(lambda: says("3/3 brokers"), SECONDS)
        await until(lambda: says("18/18"), SECONDS)
        await mending
