"""Reading spans and giving what is wanted of them, chunk by chunk, with how far each partition is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from kafkatui.kafka.fetch import Fetcher
from kafkatui.kafka.fetch_request import USUAL, Limits
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Search, Step, Wanted
from kafkatui.model.spans import Gap, Isolation, Span


async def scan(
    nodes: Nodes,
    spans: Iterable[Span],
    wanted: Wanted,
    isolation: Isolation = Isolation.COMMITTED,
    limits: Limits = USUAL,
) -> AsyncGenerator[Step, None]:
    """Ends when every span is read to its end or given up. Records are in order within a partition.

    Looking runs in a thread, one chunk at a time: meanwhile the loop goes on and the next answers arrive.
    """
    search = Search(wanted)
    async with aclosing(Fetcher(nodes, spans, isolation, limits).chunks()) as chunks:
        async for each in chunks:
            if isinstance(each, Gap):
                yield Step(each.where, each.until, gaps=(each,))
            else:
                yield await asyncio.to_thread(search.look, each)
