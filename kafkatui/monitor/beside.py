"""A monitor in a thread with a loop of its own, for a screen that must not wait while big answers are worked on.

With 1,000 groups and 10,000 partitions a refresh reckons for most of a second. Only frozen snapshots cross over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor.source import Source
from kafkatui.monitor.watching import Monitor

_Found = TypeVar("_Found")


class MonitorBeside:
    """What a `Monitor` is to whoever watches it, from another loop than the one it lives in."""

    def __init__(self, monitor: Monitor, home: _Home) -> None:
        self._monitor = monitor
        self._home = home

    def wake(self) -> None:
        self._home.loop.call_soon_threadsafe(self._monitor.wake)

    def look_at(self, groups: Collection[str]) -> None:
        self._home.loop.call_soon_threadsafe(self._monitor.look_at, tuple(groups))

    @property
    def paused(self) -> bool:
        return self._monitor.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._home.loop.call_soon_threadsafe(setattr, self._monitor, "paused", paused)

    async def watch(self) -> AsyncGenerator[Snapshot, None]:
        """As `Monitor.watch`: the next refresh begins when the last snapshot was taken."""
        snapshots = self._monitor.watch()
        try:
            while True:
                yield await self._home.run(_next(snapshots))
        finally:
            await self._home.run(_end(snapshots))


@asynccontextmanager
async def beside(open_source: Callable[[], AbstractAsyncContextManager[Source]]) -> AsyncIterator[MonitorBeside]:
    """Open a source in a thread of its own, watch it and close it there. Raises what opening it raises."""
    started: Future[_Home] = Future()
    thread = Thread(target=_live, args=(started,), name="monitor", daemon=True)
    thread.start()
    try:
        home = await asyncio.wrap_future(started)
    except asyncio.CancelledError:
        if not started.cancel():
            started.add_done_callback(_told_to_leave)
        raise
    try:
        opened = AsyncExitStack()
        source = await home.run(opened.enter_async_context(open_source()))
        try:
            yield MonitorBeside(await home.run(_made(source)), home)
        finally:
            await home.run(opened.aclose())
    finally:
        home.loop.call_soon_threadsafe(home.leave.set)
        await asyncio.to_thread(thread.join)


class _Home(NamedTuple):
    """The loop of the thread, and what ends it."""

    loop: asyncio.AbstractEventLoop
    leave: asyncio.Event

    async def run(self, work: Coroutine[Any, Any, _Found]) -> _Found:
        """There, to its end. Who is cancelled here waits until it has let go there."""
        here, done = asyncio.get_running_loop(), asyncio.Event()
        begun: list[asyncio.Task[_Found]] = []

        def begin() -> None:
            task = self.loop.create_task(work)
            begun.append(task)
            task.add_done_callback(lambda _: here.call_soon_threadsafe(done.set))

        self.loop.call_soon_threadsafe(begin)
        try:
            await done.wait()
        except asyncio.CancelledError:
            self.loop.call_soon_threadsafe(lambda: begun[0].cancel())
            await done.wait()
            raise
        return begun[0].result()


def _live(started: Future[_Home]) -> None:
    async def wait() -> None:
        home = _Home(asyncio.get_running_loop(), asyncio.Event())
        if started.set_running_or_notify_cancel():  # else nobody wants it any more
            started.set_result(home)
            await home.leave.wait()

    asyncio.run(wait())


def _told_to_leave(started: Future[_Home]) -> None:
    home = started.result()
    home.loop.call_soon_threadsafe(home.leave.set)


async def _made(source: Source) -> Monitor:
    """In the loop it is to live in."""
    return Monitor(source)


async def _next(snapshots: AsyncGenerator[Snapshot, None]) -> Snapshot:
    return await anext(snapshots)


async def _end(snapshots: AsyncGenerator[Snapshot, None]) -> None:
    await snapshots.aclose()
