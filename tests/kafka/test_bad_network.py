"""Slow, torn and dead connections between us and real brokers: what is shown is right or says why it is not.

Nothing is mixed up, and all recovers by itself. A proxy makes the trouble; the brokers are well all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import follow, scan
from kafkatui.kafka.search import Wanted
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.spans import Span
from kafkatui.monitor import Monitor
from tests.kafka.looked_at import RECORDS, World
from tests.kafka.torture import TAKES_ALL, a_topic
from tests.proxy import FETCH, LIST_OFFSETS, Toxics, proxied

PATIENCE = 1.0
SECONDS = 30.0
SLOW: dict[str, tuple[Toxics, Toxics]] = {
    "latency": (Toxics(), Toxics(latency=0.5)),
    "bandwidth": (Toxics(bytes_per_second=50_000), Toxics(bytes_per_second=50_000)),
    "slices": (Toxics(slice_bytes=1), Toxics(slice_bytes=1)),
}
"""To the brokers, and to us."""
CUTS = ("reset", "half-close")


@pytest.fixture(scope="module")
def whole(mini_cluster: Status) -> Iterator[World]:
    with ExitStack() as stack:
        proxy = stack.enter_context(proxied(mini_cluster.bootstrap))
        topic = stack.enter_context(a_topic(mini_cluster, "network", TAKES_ALL))
        dead = stack.enter_context(a_topic(mini_cluster, "network-dlt", TAKES_ALL))
        yield World(mini_cluster, proxy, topic, dead)


@pytest.fixture
def world(whole: World) -> Iterator[World]:
    yield whole
    whole.proxy.heal()


@pytest.fixture(autouse=True)
async def _nothing_is_left_behind() -> AsyncIterator[None]:
    """No task ends with an exception that nobody looks at."""
    found: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    yield
    assert found == []


class Watching:
    """Reads a cluster again and again; each reading is right, or says why it is not."""

    def __init__(self, world: World, snapshots: AsyncIterator[Snapshot]) -> None:
        self._world, self._snapshots = world, snapshots

    async def until(self, holds: Callable[[Snapshot], bool]) -> Snapshot:
        async with asyncio.timeout(SECONDS):
            async for now in self._snapshots:
                self._check(now)
                if now.stage is Stage.GROUPS and holds(now):
                    return now
        raise AssertionError("a monitor never ends")

    def _check(self, now: Snapshot) -> None:
        topic = now.topics.get(self._world.topic)
        ends = [each.end for each in topic.partitions if isinstance(each.end, int)] if topic is not None else []
        assert set(ends) <= {RECORDS // 3}
        group = now.groups.get(self._world.group)
        rows = [] if group is None else [row for row in group.rows if row.committed is not None]
        assert {row.committed for row in rows if isinstance(row.committed, int)} <= {3}
        assert {row.lag for row in rows if isinstance(row.lag, int)} <= {RECORDS // 3 - 3}


@asynccontextmanager
async def watching(world: World) -> AsyncIterator[Watching]:
    async with (
        Cluster.open(world.connection, patience=PATIENCE) as cluster,
        aclosing(Monitor(cluster, seconds=0.1).watch()) as snapshots,
    ):
        yield Watching(world, snapshots)


def is_well(now: Snapshot) -> bool:
    problems = [*now.problems, *(broker.problem for broker in now.brokers.values())]
    return not any((*problems, *(each.problem for each in now.partitions)))


def is_unwell(now: Snapshot) -> bool:
    return not is_well(now)


async def all_records(world: World, connection: Connection) -> dict[int, list[bytes | None]]:
    """A whole scan: every record once and in order, or the test fails."""
    found: dict[int, list[bytes | None]] = {0: [], 1: [], 2: []}
    async with Cluster.open(connection) as cluster:
        partitions = (await cluster.topology()).topics[world.topic].partitions
        spans = [
            each for each in (await resolve(cluster.nodes, partitions, Range())).values() if isinstance(each, Span)
        ]
        async for step in scan(cluster.nodes, spans, Wanted()):
            assert step.gaps == ()
            found[step.where.partition] += [record.value for record in step.found]
    return found


def written() -> dict[int, list[bytes | None]]:
    return {number: [b'{"n":%d}' % each for each in range(number, RECORDS, 3)] for number in range(3)}


@pytest.mark.parametrize("kind", SLOW)
async def test_a_slow_network_costs_time_and_nothing_else(world: World, kind: str) -> None:
    to_broker, to_client = SLOW[kind]
    async with Cluster.open(world.connection) as cluster:
        await cluster.topology()  # all doors are known
    world.proxy.suffer(to_broker=to_broker, to_client=to_client)
    async with Cluster.open(world.connection) as cluster, aclosing(Monitor(cluster).watch()) as snapshots:
        now = await Watching(world, snapshots).until(lambda _: True)
    assert is_well(now)
    assert now.groups[world.group].problem is None
    assert await all_records(world, world.connection) == written()


@pytest.mark.parametrize("kind", CUTS)
async def test_a_connection_that_is_torn_in_the_middle_of_an_answer_is_made_anew(world: World, kind: str) -> None:
    def all_cut(now: Snapshot) -> bool:
        return all(isinstance(each.end, Problem) for each in now.topics[world.topic].partitions)

    async with watching(world) as reading:
        await reading.until(is_well)
        for door in world.proxy.doors.values():
            door.cut, door.cut_apis = kind, frozenset({LIST_OFFSETS})
        found = await reading.until(all_cut)
        assert {each.end.code for each in found.partitions if isinstance(each.end, Problem)} <= {"unreachable"}
        assert all(door.cuts for door in world.proxy.doors.values())
        world.proxy.heal()
        await reading.until(is_well)


@pytest.mark.parametrize("kind", CUTS)
async def test_a_scan_goes_on_after_its_connections_were_torn(world: World, kind: str) -> None:
    for door in world.proxy.doors.values():
        door.cut, door.cut_apis, door.most_cuts = kind, frozenset({FETCH}), 1
    assert await all_records(world, world.connection) == written()
    assert all(door.cuts for door in world.proxy.doors.values())


async def test_a_tail_goes_on_behind_a_black_hole(world: World) -> None:
    seen: list[bytes | None] = []
    connection = replace(world.connection, request_seconds=2.0)
    async with Cluster.open(connection, patience=PATIENCE) as cluster:
        partitions = (await cluster.topology()).topics[world.topic].partitions
        spans = [Span(each.name, 0, 0) for each in partitions]
        hole = Toxics(is_black_hole=True)
        stood_still = False
        async with asyncio.timeout(SECONDS), aclosing(follow(cluster.nodes, spans, Wanted())) as steps:
            async for step in steps:
                assert step.gaps == ()
                seen += [record.value for record in step.found]
                if len(seen) >= RECORDS and not stood_still:
                    world.proxy.suffer(to_client=hole, to_broker=hole)
                    stood_still = True
                elif step.waiting is not None and step.waiting.problem is not None:
                    assert step.waiting.problem.code in {"no_answer", "unreachable"}
                    world.proxy.heal()
                    await asyncio.to_thread(world.write, 3)
                if len(seen) >= RECORDS + 3:
                    break
    assert set(seen[:RECORDS]) == {value for values in written().values() for value in values}
    assert len(set(seen[:RECORDS])) == RECORDS
    assert seen[RECORDS:] == [b"more"] * 3
