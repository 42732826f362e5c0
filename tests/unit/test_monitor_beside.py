"""A monitor in a thread of its own: the same snapshots, errors and switches as one beside it, and a clean end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kafkatui.model.cluster import Topology
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import beside
from tests.builders import a_snapshot
from tests.fake_cluster import FakeCluster


class Watched(FakeCluster):
    """Remembers where it was asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self.threads: set[str] = set()
        self.is_open = False

    @asynccontextmanager
    async def here(self) -> AsyncIterator[Watched]:
        self.is_open = True
        try:
            yield self
        finally:
            self.is_open = False

    async def topology(self) -> Topology:
        self.threads.add(threading.current_thread().name)
        return await super().topology()


def monitors() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "monitor"]


async def test_it_reads_elsewhere_and_is_gone_afterwards() -> None:
    source = Watched(a_snapshot())
    async with beside(source.here) as monitor:
        stages = []
        async for snapshot in monitor.watch():
            stages.append(snapshot.stage)
            monitor.look_at(["billing"])
            monitor.wake()
            if len(stages) == 5:
                break
    assert stages == [Stage.NAMES, Stage.OFFSETS, Stage.GROUPS, Stage.GROUPS, Stage.GROUPS]
    assert source.threads == {"monitor"}
    assert source.is_open is False
    assert monitors() == []


async def test_what_it_raises_comes_to_whoever_watches() -> None:
    class Broken(Watched):
        async def topology(self) -> Topology:
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        async with beside(Broken(a_snapshot()).here) as monitor:
            await anext(monitor.watch())
    assert caught.group_contains(ZeroDivisionError)
    assert monitors() == []


async def test_whoever_stops_waiting_stops_it() -> None:
    class Silent(Watched):
        async def topology(self) -> Topology:
            await asyncio.Event().wait()
            raise AssertionError

    source = Silent(a_snapshot())
    async with beside(source.here) as monitor:
        waiting = asyncio.ensure_future(anext(monitor.watch()))
        await asyncio.wait([waiting], timeout=0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert source.is_open is False
    assert monitors() == []


async def test_it_is_paused_from_here() -> None:
    async with beside(Watched(a_snapshot()).here) as monitor:
        snapshots = monitor.watch()
        for _ in range(3):
            await anext(snapshots)
        monitor.paused = True
        next_one = asyncio.ensure_future(anext(snapshots))
        done, _ = await asyncio.wait([next_one], timeout=0.05)
        assert done == set()
        monitor.wake()
        assert (await asyncio.wait_for(next_one, 5)).stage is Stage.GROUPS
        assert monitor.paused is True
        await snapshots.aclose()
