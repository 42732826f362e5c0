"""One search by several processes: who reads which partitions, and their steps as one. Order holds in a partition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from kafkatui.kafka.search import Step
from kafkatui.model.spans import Span
from kafkatui.reading.side_process import SideProcess

WORTH_IT = 200_000
"""Offsets; fewer are searched before a second process has connected."""
_AHEAD = 4
"""Steps that wait to be taken."""


def shares(spans: Sequence[Span], count: int) -> list[list[Span]]:
    """About as many offsets each; a partition is not divided."""
    parts: list[list[Span]] = [[] for _ in range(count)]
    sizes = [0] * count
    for span in sorted(spans, key=_size, reverse=True):
        least = sizes.index(min(sizes))
        parts[least].append(span)
        sizes[least] += _size(span)
    return parts


def _size(span: Span) -> int:
    return span.until - span.first


async def search_shared(
    spans: Sequence[Span],
    side: SideProcess,
    search: Callable[[Sequence[Span]], AsyncGenerator[Step, None]],
) -> AsyncGenerator[Step, None]:
    """`search` reads one share here, `side` the other one there."""
    if sum(map(_size, spans)) < WORTH_IT or len(spans) < 2:
        side.close()
        merged = search(spans)
    else:
        mine, theirs = shares(spans, 2)
        merged = _merged([side.search(theirs), search(mine)])
    async with aclosing(merged) as steps:
        async for step in steps:
            yield step


async def _merged(sources: Sequence[AsyncGenerator[Step, None]]) -> AsyncGenerator[Step, None]:
    """As they come. An exception in one ends all, and is raised."""
    ready: asyncio.Queue[Step | None] = asyncio.Queue(_AHEAD)
    tasks = [asyncio.create_task(_pour(source, ready)) for source in sources]
    left = len(tasks)
    try:
        while left:
            step = await ready.get()
            if step is None:
                left -= 1
            else:
                yield step
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pour(source: AsyncGenerator[Step, None], ready: asyncio.Queue[Step | None]) -> None:
    try:
        async with aclosing(source):
            async for step in source:
                await ready.put(step)
    except Exception:
        await ready.put(None)
        raise
    await ready.put(None)
