"""The whole examination, one step after the other, as an async iterator. What each finds is in the modules beside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing

from kafkatui.doctor import clocks, listeners, permissions
from kafkatui.doctor.balance import balance
from kafkatui.doctor.certificates import client_certificate
from kafkatui.doctor.durability import durability
from kafkatui.doctor.listeners import Bootstrap
from kafkatui.doctor.reaching import advice_on, reach, reached
from kafkatui.doctor.settings import settings
from kafkatui.doctor.source import Probing
from kafkatui.doctor.state import State, read_state
from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.doctor.upkeep import upkeep
from kafkatui.model.cluster import Topology
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.model.errors import Unreachable
from kafkatui.model.probes import Rights
from kafkatui.model.problems import Problem


class Examination:
    """Looks at one cluster. Ask it once for its `steps`; what else it knows grows with them."""

    def __init__(
        self, source: Probing, connection: Connection, origin: str, clock: Callable[[], float] = time.time
    ) -> None:
        """`origin`: which file, flag or variable named the cluster."""
        self._source = source
        self._connection = connection
        self._origin = origin
        self._clock = clock
        self._addresses = [reached(where, connection) for where in connection.bootstrap]
        self.cluster_id: str | None = None
        self.is_in = False
        """Whether an address let us in, to the cluster that is meant."""

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Each as soon as it and all before it are done. Known failures are steps; what is raised is a bug."""
        yield settings(self._connection, self._origin)
        own = self._source.client_certificate()
        if own is not None:
            yield client_certificate(own, self._clock())
        reaching = [reach(self._source, at, self._clock) for at in self._addresses]
        async with aclosing(in_order(reaching)) as steps:
            async for step in steps:
                yield step
        topology, step = await self._identity()
        yield step
        if topology is not None:
            async with aclosing(self._within(topology)) as steps:
                async for step in steps:
                    yield step

    async def _identity(self) -> tuple[Topology | None, Step]:
        """Which cluster it is, if an address let us in."""
        if not any(at.greeting is not None for at in self._addresses):
            return None, _cluster(Outcome.NOT_TRIED, "no address lets us in")
        began = time.perf_counter()
        try:
            topology = await self._source.cluster.topology()
        except Unreachable as error:
            advice = advice_on(error.problem, self._connection)
            return None, _cluster(Outcome.FAILED, error.problem.text, advice)
        self.cluster_id = topology.cluster_id
        try:
            self._connection.check(topology.cluster_id)
        except Unreachable as error:
            advice = "Correct the context's bootstrap, or its cluster_id if the cluster was made anew."
            return None, _cluster(Outcome.FAILED, error.problem.text, advice)
        self.is_in = True
        known = sum(bool(broker.host) for broker in topology.brokers.values())
        which = f"cluster {topology.cluster_id or 'without an id'}"
        pinned = ", as the context expects it" if self._connection.cluster_id is not None else ""
        text = f"{which}{pinned}; {counted(known, 'broker')}, {counted(len(topology.topics), 'topic')}"
        return topology, _cluster(Outcome.OK, text).took(time.perf_counter() - began)

    async def _within(self, topology: Topology) -> AsyncGenerator[Step, None]:
        ips = tuple(ip for at in self._addresses if at.greeting is not None for ip in at.ips)
        bootstrap = Bootstrap(ips, self.cluster_id)
        every = listeners.listeners(self._source, topology.brokers, bootstrap, self._connection, self._clock)
        async with aclosing(every) as steps:
            async for step in steps:
                yield step
        began = time.perf_counter()
        skew = await self._source.skew()
        yield clocks.clock(skew).took(time.perf_counter() - began)
        for step in permissions.permissions(await self._rights(topology)):
            yield step
        state = await self._state()
        yield clocks.throttle(self._source.throttles())
        for step in _advice(state):
            yield step

    async def _rights(self, topology: Topology) -> Rights:
        try:
            groups = await self._source.cluster.groups(topology)
        except Unreachable as error:
            return Rights(error.problem, error.problem, error.problem)
        return await self._source.rights(list(groups.groups.values()))

    async def _state(self) -> State | Problem:
        try:
            return await read_state(self._source, self._clock)
        except Unreachable as error:
            return error.problem


def _advice(state: State | Problem) -> Iterator[Step]:
    if isinstance(state, Problem):
        yield Step(Part.ADVICE, "state", Outcome.NOT_TRIED, f"the cluster could not be read: {state.text}")
        return
    yield from durability(state)
    yield from balance(state)
    yield from upkeep(state)


def _cluster(outcome: Outcome, found: str, advice: str = "") -> Step:
    return Step(Part.CONNECTION, "cluster", outcome, found, advice=advice)


async def in_order(many: Sequence[AsyncIterator[Step]]) -> AsyncGenerator[Step, None]:
    """The steps of all, which run side by side, the first one's first."""
    lanes: list[asyncio.Queue[Step | None]] = [asyncio.Queue() for _ in many]

    async def fill(steps: AsyncIterator[Step], lane: asyncio.Queue[Step | None]) -> None:
        try:
            async for step in steps:
                lane.put_nowait(step)
        finally:
            lane.put_nowait(None)

    filling = [asyncio.create_task(fill(steps, lane)) for steps, lane in zip(many, lanes, strict=True)]
    try:
        for lane, task in zip(lanes, filling, strict=True):
            while (step := await lane.get()) is not None:
                yield step
            await task
    finally:
        for task in filling:
            task.cancel()
        await asyncio.gather(*filling, return_exceptions=True)


def worst(steps: Sequence[Step]) -> Outcome:
    """Of all that was tried."""
    order = (Outcome.FAILED, Outcome.WARNING)
    return next((each for each in order if any(step.outcome is each for step in steps)), Outcome.OK)
