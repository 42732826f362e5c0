"""Connections begun and ended a hundred times, in the middle of things too: nothing is left and nothing complains.

The loop is in debug mode, and every warning fails the test.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kafkatui.kafka import link
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.monitor import Monitor
from tests.hostile_peer import HOST, METADATA, TOPIC, Asked, Peer, listening
from tests.waiting import until

TIMES = 100
WARM = 20
MOST_BYTES = 200_000
"""Of growth over all of them: a hundredth of what one connection takes would be more."""


@pytest.fixture(autouse=True)
async def _nothing_is_left_behind(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    loop, complaints = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_debug(True)
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    before = asyncio.all_tasks()
    with caplog.at_level(logging.ERROR, "asyncio"):
        yield
        gc.collect()
        await asyncio.sleep(0)
    assert complaints == []
    assert caplog.records == []
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


def honest(asked: Asked) -> None:
    """Says what a broker would."""


def to(peer: Peer) -> Connection:
    return Connection((f"{HOST}:{peer.port}",), connect_seconds=1.0, request_seconds=1.0)


class Growth:
    """Memory that is taken between the rounds that warm it up and the last one."""

    def __init__(self) -> None:
        self._first = 0

    def note(self, round_: int) -> None:
        if round_ == WARM:
            gc.collect()
            tracemalloc.start()
            self._first = tracemalloc.get_traced_memory()[0]

    def end(self) -> int:
        gc.collect()
        try:
            return tracemalloc.get_traced_memory()[0] - self._first
        finally:
            tracemalloc.stop()


async def test_a_hundred_clusters_opened_and_closed() -> None:
    growth = Growth()
    async with listening(honest) as peer:
        for round_ in range(TIMES):
            growth.note(round_)
            async with Cluster.open(to(peer)) as cluster:
                assert (await cluster.topology()).topics.keys() == {TOPIC}
    assert growth.end() < MOST_BYTES
    assert peer.closed == peer.opened == TIMES


async def test_a_hundred_readings_that_are_given_up_in_the_middle() -> None:
    """After so many steps of the loop as the round has: while it dials, while it logs in, while it waits."""
    async with listening(honest) as peer:
        for round_ in range(TIMES):
            reading = asyncio.create_task(read(peer))
            for _ in range(round_):
                await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading


async def read(peer: Peer) -> None:
    async with Cluster.open(to(peer)) as cluster:
        async for _ in Monitor(cluster, seconds=0).watch():
            pass


async def test_a_hundred_connections_lost_by_one_cluster(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The peer hangs up instead of every other answer."""
    # What pytest keeps of the log would be taken for ours.
    caplog.set_level(logging.CRITICAL, logger="kafkatui.connections")
    monkeypatch.setattr(link, "REDIAL_SECONDS", 0.0)
    growth = Growth()

    def reply(asked: Asked) -> bytes | None:
        if asked.api == METADATA and asked.number % 2:
            raise ConnectionResetError
        return None

    async with listening(reply) as peer, Cluster.open(to(peer)) as cluster:
        for round_ in range(TIMES):
            growth.note(round_)

            async def is_reached() -> bool:
                try:
                    return bool((await cluster.topology()).topics)
                except Unreachable:
                    return False

            await until(is_reached)
            with pytest.raises(Unreachable):
                await cluster.topology()
        assert peer.opened >= TIMES
    assert growth.end() < MOST_BYTES
