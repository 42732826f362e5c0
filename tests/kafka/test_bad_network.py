"""Slow, torn and dead connections between us and real brokers: what is shown is right or says why it is not.

Nothing is mixed up, and all recovers by itself. A proxy makes the trouble; the brokers are well all the time.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from dev.bench.screen import Screen, shows
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import follow, scan
from kafkatui.kafka.search import Wanted
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.spans import Span
from kafkatui.monitor import Monitor
from kafkatui.tui.status import alarm
from tests.kafka.looked_at import DEAD, RECORDS, World
from tests.kafka.torture import TAKES_ALL, a_topic
from tests.protocol_line import Line
from tests.proxy import DESCRIBE_CLUSTER, FETCH, LIST_OFFSETS, METADATA, Proxy, Toxics, proxied

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
    seen: list[int] = []
    connection = replace(world.connection, request_seconds=2.0)
    hole = Toxics(is_black_hole=True)
    is_cut = is_healed = False
    async with Cluster.open(connection, patience=PATIENCE) as cluster:
        await cluster.topology()
        spans = [Span(TopicPartition(world.dead, 0), 0, 0)]
        async with asyncio.timeout(SECONDS), aclosing(follow(cluster.nodes, spans, Wanted())) as steps:
            async for step in steps:
                assert step.gaps == ()
                seen += [record.offset for record in step.found]
                if len(seen) == DEAD and not is_cut:
                    world.proxy.suffer(to_client=hole, to_broker=hole)
                    is_cut = True
                elif not is_healed and step.waiting is not None and step.waiting.problem is not None:
                    assert step.waiting.problem.code in {"no_answer", "unreachable"}
                    world.proxy.heal()
                    await asyncio.to_thread(world.write_dead, 3)
                    is_healed = True
                if len(seen) >= DEAD + 3:
                    break
    assert seen == list(range(DEAD + 3))


@pytest.fixture
def screen(world: World) -> Iterator[Screen]:
    """The whole program in a terminal of its own, on the list of brokers."""
    found = Screen(world.proxy.bootstrap, 160, 45)
    found.read_until(lambda seen: b"3/3 brokers" in seen)
    found.write(b"7")
    found.read_until(lambda seen: b"problem" in seen)
    yield found
    found.close()


KEY_SECONDS = 0.1


def refuse(proxy: Proxy) -> None:
    proxy.refuse()


def swallow(proxy: Proxy) -> None:
    proxy.suffer(to_broker=Toxics(is_black_hole=True), to_client=Toxics(is_black_hole=True))


@pytest.mark.parametrize("trouble", [refuse, swallow])
def test_all_brokers_go_and_come_back_before_a_screen_that_stays_awake(
    world: World, screen: Screen, trouble: Callable[[Proxy], None]
) -> None:
    """It says how old what it shows is, answers keys at once, and needs nobody to go on."""
    trouble(world.proxy)
    screen.read_until(shows(" s old"))
    times = []
    for key in (b"j", b"k") * 5:
        screen.pause(0.05)
        times.append(screen.answer_to(key))
    assert statistics.median(times) <= KEY_SECONDS, times
    world.proxy.heal()
    screen.read_until(shows("as of ", "3/3 brokers"))


BROKERS = frozenset({METADATA, DESCRIBE_CLUSTER})


def id_of(broker: Any) -> int:
    return int(broker.broker_id if hasattr(broker, "broker_id") else broker.node_id)


async def test_an_advertised_address_nobody_listens_at_costs_the_cells_of_its_broker(world: World) -> None:
    port = a_closed_port()

    def edit(api: int, answer: Any) -> Any:
        moved = (replace(each, port=type(each.port)(port)) if id_of(each) == 2 else each for each in answer.brokers)
        return replace(answer, brokers=tuple(moved))

    world.proxy.edits["advertised"] = (BROKERS, edit)
    async with watching(world) as reading:
        now = await reading.until(lambda now: now.brokers[2].problem is not None)
        assert_only_broker_2_is_missed(now)
        where = f"{now.brokers[2].host}:{now.brokers[2].port}"
        why = "connection refused: nothing listens there"
        assert now.brokers[2].trouble == f"broker 2 (advertised as {where}): {why}"
        world.proxy.edits.clear()
        await reading.until(is_well)


async def test_a_broker_comes_and_goes(world: World) -> None:
    """One more id, nobody at its address; then one less, whose partitions have no leader for anybody to ask."""

    def one_more(api: int, answer: Any) -> Any:
        like = answer.brokers[0]
        name = "broker_id" if hasattr(like, "broker_id") else "node_id"
        made = replace(like, port=type(like.port)(port), **{name: type(id_of(like))(9)})
        return replace(answer, brokers=(*answer.brokers, made))

    def one_less(api: int, answer: Any) -> Any:
        return replace(answer, brokers=tuple(each for each in answer.brokers if id_of(each) != 2))

    port = a_closed_port()
    async with watching(world) as reading:
        await reading.until(is_well)
        world.proxy.edits["brokers"] = (BROKERS, one_more)
        now = await reading.until(lambda now: 9 in now.brokers and now.brokers[9].problem is not None)
        assert {each for each, broker in now.brokers.items() if broker.problem is None} == {1, 2, 3}
        assert all(isinstance(each.end, int) for each in now.topics[world.topic].partitions)
        world.proxy.edits["brokers"] = (BROKERS, one_less)
        now = await reading.until(lambda now: 9 not in now.brokers and now.brokers[2].problem is not None)
        assert now.brokers[2].trouble == "broker 2: it is down or fenced: the cluster does not list it"
        world.proxy.edits.clear()
        await reading.until(is_well)


def assert_only_broker_2_is_missed(now: Snapshot) -> None:
    partitions = now.topics[next(name for name in now.topics if name.startswith("network-"))].partitions
    assert {each.leader for each in partitions if isinstance(each.end, Problem)} <= {2}
    assert {each for each, broker in now.brokers.items() if broker.problem is not None} == {2}


def a_closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_a_quota_holds_answers_up_and_that_is_said(world: World) -> None:
    """A real one, for this client only: what it costs is time."""
    client = f"slow-{uuid.uuid4().hex[:8]}"
    with a_quota(world.status.bootstrap, client, "request_percentage", 0.1):
        connection = replace(world.connection, client_id=client)
        async with Cluster.open(connection) as cluster, aclosing(Monitor(cluster, seconds=0.1).watch()) as snapshots:
            reading = Watching(world, snapshots)
            now = await reading.until(lambda now: any(each.throttled_ms for each in now.brokers.values()))
        assert is_well(now)
        said = alarm(now, now.at)
        assert said is not None
        assert "a quota holds up its answers to us by " in said.text
    assert await all_records(world, connection) == written()


@contextmanager
def a_quota(bootstrap: str, client: str, name: str, value: float) -> Iterator[None]:
    """AlterClientQuotas (49), of a client id."""

    def alter(remove: bool) -> None:
        host, _, port = bootstrap.split(",")[0].rpartition(":")
        with Line((host, int(port)), "test") as line:
            answer = line.ask(49, 1, lambda module: quotas(module, client, name, value, remove))
        assert [int(each.error_code) for each in answer.entries] == [0], answer

    alter(False)
    try:
        yield
    finally:
        alter(True)


def quotas(module: Any, client: str, name: str, value: float, remove: bool) -> Any:
    entity = module.EntityData(entity_type="client-id", entity_name=client)
    entry = module.EntryData(entity=(entity,), ops=(module.OpData(key=name, value=value, remove=remove),))
    return module.AlterClientQuotasRequest(entries=(entry,), validate_only=False)
