"""Keeps the sample world alive: one process with all producers and consumers. What they do is declared in `world`."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import kafkatui
from kafkatui.kafka.clients import ClientFailed
from kafkatui.kafka.consumer import GroupConsumer, Rebalanced
from kafkatui.kafka.writer import Writer
from kafkatui.minicluster import cluster, orders, places, processes, state
from kafkatui.minicluster.orders import is_poison
from kafkatui.minicluster.seed import connection_to
from kafkatui.minicluster.state import Status
from kafkatui.minicluster.world import FEEDS, GROUPS, Feed, Group, Member
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.records import NewRecord, Record

LONELY_SECONDS = 60.0
"""Without a sign of life from the cluster for so long, the load ends itself."""
_ENDING_SECONDS = 1.5
"""What leaving the groups and closing may take once SIGTERM came."""
_PER_SECOND = 25.0
"""Orders, in the mean; each topic gets about as many records."""
_WAVES = ((0.30, 97.0), (0.15, 23.0))
"""How far the rate swings, as a part of it, and in how many seconds."""
_EPOCH = 1_767_225_600
"""The start of 2026. Orders are counted from there, so that those of two runs have different numbers."""
_WRITE_PAUSE = 0.5
_POLL_PAUSE = 1.0
_REOPEN_PAUSE = 1.0
_RETRY_PAUSE = 5.0
"""Before a consumer that failed on a record tries it again."""
_GATHER_BYTES = 1 << 20
"""Let brokers wait for records instead of answering each one: that is most of what a consumer costs."""


def keep_living(running: Status) -> None:
    """Start the load, unless it runs already; `down` ends it."""
    if any(worker.alive and worker.what == "load" for worker in running.workers):
        return
    for pid in start_load(running.bootstrap, running.data_dir):
        cluster.register_worker(pid, "load", running.home)


def start_load(bootstrap: str, log_dir: Path | None = None) -> list[int]:
    """Start it in the background, in a session of its own; the pids. Its log lies in `log_dir`."""
    folder = log_dir or state.data_dir(places.home())
    folder.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", "kafkatui.minicluster.load", "--bootstrap", bootstrap)
    here = str(Path(kafkatui.__file__).parents[1])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    process = processes.spawn(command, folder / "load.log", {**os.environ, "PYTHONPATH": path})
    return [process.pid]


def due(at: float) -> int:
    """The number of the newest order at `at`, epoch seconds: a steady rate with gentle waves."""
    swing = sum(part * seconds / math.tau * math.sin(math.tau * at / seconds) for part, seconds in _WAVES)
    return int(_PER_SECOND * (at - _EPOCH + swing))


async def run(bootstrap: str) -> None:
    """Everything at once, until it is cancelled or the cluster is gone for `LONELY_SECONDS`."""
    connection = connection_to(bootstrap)
    pulse = Pulse(LONELY_SECONDS)
    working = [asyncio.create_task(_again(feed.client_id, partial(_feed, connection, feed, pulse))) for feed in FEEDS]
    for group in GROUPS:
        for number in range(1, group.members.count + 1) if group.members else ():
            worker = Worker(connection, group, number, pulse)
            working.append(asyncio.create_task(_again(worker.name, worker.run)))
    everyone = [asyncio.create_task(pulse.fade()), *working]
    try:
        ended, _ = await asyncio.wait(everyone, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in everyone:
            task.cancel()
        await asyncio.gather(*everyone, return_exceptions=True)


class Pulse:
    """When the cluster last did what it was asked for."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._last = time.monotonic()

    def beat(self) -> None:
        """It did just now."""
        self._last = time.monotonic()

    async def fade(self) -> None:
        """Return when it has done nothing for too long."""
        while True:
            rest = self._last + self._patience - time.monotonic()
            if rest <= 0:
                return
            await asyncio.sleep(rest)


async def _again(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Begin anew whatever a broker that went away has ended."""
    while True:
        try:
            await work()
        except ClientFailed as failed:
            _log(f"{name}: {failed}")
        await asyncio.sleep(_REOPEN_PAUSE)


async def _feed(connection: Connection, feed: Feed, pulse: Pulse) -> None:
    """Write what each order makes, as the orders come in."""
    transactional_id = feed.client_id if feed.transactional else None
    async with Writer(
        connection, client_id=feed.client_id, codec=feed.codec, transactional_id=transactional_id
    ) as writer:
        last = due(time.time())
        while True:
            await asyncio.sleep(_WRITE_PAUSE)
            now = time.time()
            last, since = due(now), last
            records = [r for n in range(since, last) for r in feed.of_order(orders.order(0, n, int(now * 1000)))]
            if records:
                await _write(writer, records, transactional=feed.transactional)
                pulse.beat()


async def _write(writer: Writer, records: Sequence[NewRecord], *, transactional: bool) -> None:
    if not transactional:
        await writer.write(records)
        return
    async with writer.transaction():
        await writer.write(records)


class Worker:
    """One member of a group: reads, pretends to work, commits; gets stuck on poison where its group does."""

    def __init__(self, connection: Connection, group: Group, number: int, pulse: Pulse | None = None) -> None:
        assert group.members is not None
        self.name = f"{group.name}-{number}"
        self._connection = connection
        self._group = group
        self._kind: Member = group.members
        self._pulse = pulse or Pulse(LONELY_SECONDS)
        self._retries: dict[TopicPartition, float] = {}

    async def run(self) -> None:
        """Until it is cancelled. Raises `ClientFailed`."""
        self._retries.clear()
        async with GroupConsumer(
            self._connection,
            group=self._group.name,
            topics=tuple(self._group.behind),
            client_id=self.name,
            start="earliest",
            wait_seconds=_POLL_PAUSE,
            gather_bytes=_GATHER_BYTES,
        ) as consumer:
            while True:
                began = time.monotonic()
                try:
                    await self._round(consumer)
                except Rebalanced:
                    self._retries.clear()
                await asyncio.sleep(began + _POLL_PAUSE - time.monotonic())

    async def _round(self, consumer: GroupConsumer) -> None:
        self._try_again(consumer)
        most = max(1, int(self._kind.per_second * _POLL_PAUSE))
        found = await consumer.poll(most=most, seconds=_POLL_PAUSE)
        done = {where: self._handle(consumer, where, records) for where, records in found.items()}
        commits = {where: offset for where, offset in done.items() if offset is not None}
        if commits:
            await consumer.commit(commits)
            self._pulse.beat()

    def _handle(self, consumer: GroupConsumer, where: TopicPartition, records: list[Record]) -> int | None:
        """The offset to commit, or None if not even the first could be handled."""
        bad = next((r for r in records if self._kind.fails_on_poison and is_poison(r.value)), None)
        if bad is None:
            return records[-1].offset + 1
        _log(f"{self.name}: can not handle {where}@{bad.offset}, trying again in {_RETRY_PAUSE:.0f} s")
        consumer.seek(where, bad.offset)
        consumer.pause(where)
        self._retries[where] = time.monotonic() + _RETRY_PAUSE
        return bad.offset if bad is not records[0] else None

    def _try_again(self, consumer: GroupConsumer) -> None:
        for where in [where for where, at in self._retries.items() if at <= time.monotonic()]:
            del self._retries[where]
            consumer.resume(where)


def _log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def _main(bootstrap: str) -> None:
    async def until_told() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(run(bootstrap))

        def end() -> None:
            task.cancel()
            # Whoever ends the cluster with us must not wait for brokers that no longer answer.
            loop.call_later(_ENDING_SECONDS, os._exit, 0)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
            _log(f"no sign of life from {bootstrap} for {LONELY_SECONDS:.0f} s: ending")

    asyncio.run(until_told())


if __name__ == "__main__":
    _main(sys.argv[sys.argv.index("--bootstrap") + 1])
