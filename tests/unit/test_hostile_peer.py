"""A peer that is believed first and lies then: its connection is dropped with a reason, and it costs no memory."""

from __future__ import annotations

import asyncio
import struct
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from kafkatui.kafka import link
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.fetch_request import Limits
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Wanted
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Stage
from kafkatui.model.spans import Span
from kafkatui.monitor import Monitor
from tests.hostile_peer import API_VERSIONS, HOST, METADATA, PARTITIONS, TOPIC, Asked, Peer, framed, listening
from tests.waiting import until

MIB = 1024 * 1024
MOST_MEMORY = 32 * MIB
LIST_OFFSETS, FETCH = 2, 1
_ZERO = b"\0\0\0\0"

Lie = Callable[[Asked], bytes]

LIES: dict[str, Lie] = {
    "a negative size": lambda asked: framed(asked, b"", size=-1),
    "no size": lambda asked: _ZERO,
    "2 GiB": lambda asked: framed(asked, bytes(1_000), size=2**31 - 1),
    "more than is ever taken": lambda asked: framed(asked, bytes(1_000), size=128 * MIB + 1),
    "a short frame": lambda asked: struct.pack(">i", 2) + b"\0\0",
    "a frame without a body": lambda asked: framed(asked, b""),
    "half a body": lambda asked: framed(asked, _ZERO + b"\x02\x09believed"),
    "a wrong correlation id": lambda asked: framed(asked, _ZERO + b"\x01\0", correlation_id=asked.correlation_id + 7),
    "a list of 2^31-1": lambda asked: framed(asked, _ZERO + b"\xff\xff\xff\xff\x0f" + bytes(100)),
    "a list of 2^27 in few bytes": lambda asked: framed(asked, _ZERO + b"\x80\x80\x80\x40" + bytes(100)),
    "a name of 2 GiB": lambda asked: framed(asked, _ZERO + b"\x02\xff\xff\xff\xff\x07" + bytes(100)),
    "a name that is no text": lambda asked: framed(asked, _ZERO + b"\x02\x03\xff\xfe\x01\0\0"),
    "left-over bytes": lambda asked: framed(asked, _ZERO + b"\x01\0" + b"more"),
    "noise": lambda asked: framed(asked, b"\xa5\x5a" * 500),
    "a web server": lambda asked: b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "two answers to one request": lambda asked: framed(asked, _ZERO + b"\x01\0") * 2,
}  # fmt: skip
ANSWERED = {"two answers to one request"}
"""The first of them is one; the connection is dropped with the second."""


@pytest.fixture(autouse=True)
def _dialled_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "REDIAL_SECONDS", 0.02)


@pytest.fixture(autouse=True)
async def _nothing_is_left_behind() -> AsyncIterator[None]:
    """No task ends with an exception that nobody looks at, and no memory is taken."""
    found: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert found == []


def to(peer: Peer, **more: Any) -> Connection:
    return Connection((f"{HOST}:{peer.port}",), **{"connect_seconds": 1.0, "request_seconds": 1.0, **more})


def saying(lie: Lie, api: int, *, after: int = 0) -> Callable[[Asked], bytes | None]:
    return lambda asked: lie(asked) if asked.api == api and asked.number >= after else None


async def is_closed(peer: Peer) -> bool:
    """Whether the connection that was lied on is given up by us."""

    async def look() -> bool:
        return peer.closed > 0

    return await until(look)


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_about_ends_is_a_reason_in_each_cell(lie: str) -> None:
    async with listening(saying(LIES[lie], LIST_OFFSETS)) as peer, Cluster.open(to(peer)) as cluster:
        topology = await cluster.topology()
        ends = await cluster.ends(topology)
        assert all(isinstance(end, Problem) for end in ends.values()), ends
        assert len(ends) == (0 if lie in ANSWERED else PARTITIONS)
        assert {end.code for end in ends.values() if isinstance(end, Problem)} <= {"malformed", "unreachable"}
        assert await is_closed(peer)
        # It is asked again on another connection, and everything else it says is believed as before.
        assert (await until(lambda: topology_of(cluster))).topics.keys() == {TOPIC}
        assert peer.opened == 2


async def topology_of(cluster: Cluster) -> Topology | None:
    try:
        return await cluster.topology()
    except Unreachable:
        return None


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_about_everything_leaves_what_was_read_before(lie: str) -> None:
    async with listening(saying(LIES[lie], METADATA, after=2)) as peer, Cluster.open(to(peer), patience=0.3) as cluster:
        async for now in Monitor(cluster, seconds=0.01).watch():
            if now.problems:
                break
        assert now.stage is Stage.GROUPS
        assert now.topics.keys() == {TOPIC}
        assert now.problems[0].text.startswith("broker 1: ")


@pytest.mark.parametrize("lie", sorted(LIES.keys() - ANSWERED))
async def test_a_lie_about_records_is_a_gap_with_its_reason(lie: str) -> None:
    async with listening(saying(LIES[lie], FETCH)) as peer, Cluster.open(to(peer)) as cluster:
        await cluster.topology()
        spans = [Span(TopicPartition(TOPIC, 0), 0, 10)]
        steps = [step async for step in scan(cluster.nodes, spans, Wanted(), limits=Limits(patience_seconds=0.2))]
    assert [(gap.first, gap.until) for step in steps for gap in step.gaps] == [(0, 10)]
    assert [record for step in steps for record in step.found] == []


@pytest.mark.parametrize("lie", sorted(LIES.keys() - ANSWERED))
async def test_a_lie_at_the_door_is_no_kafka(lie: str) -> None:
    async with listening(saying(LIES[lie], API_VERSIONS)) as peer, Cluster.open(to(peer)) as cluster:
        with pytest.raises(Unreachable) as caught:
            await cluster.topology()
    if lie != "noise":  # which can be read as a list of versions, none of which we speak
        assert f"{HOST}:{peer.port}: " in caught.value.problem.text


async def test_an_answer_nobody_asked_for_ends_the_connection() -> None:
    def reply(asked: Asked) -> bytes | None:
        return None if asked.api != METADATA else framed(asked, b"") + framed(asked, b"")

    async with listening(reply) as peer, Cluster.open(to(peer)) as cluster:
        with pytest.raises(Unreachable):
            await cluster.topology()
        assert await is_closed(peer)
