"""Reading spans and giving what is wanted of them, chunk by chunk, with how far each partition is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing

from kafkatui.kafka.fetch import FOREVER, Fetcher, Piece
from kafkatui.kafka.fetch_request import USUAL, Limits
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Search, Step, Wanted
from kafkatui.model.spans import Gap, Isolation, Span, Waiting


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
    async with aclosing(_looked(Fetcher(nodes, spans, isolation, limits), wanted)) as steps:
        async for step in steps:
            yield step


async def follow(
    nodes: Nodes,
    spans: Iterable[Span],
    wanted: Wanted,
    isolation: Isolation = Isolation.COMMITTED,
    limits: Limits = USUAL,
    growing: Collection[str] = (),
) -> AsyncGenerator[Step, None]:
    """From the first offset of each span on, whatever its end: never skips, and goes on after faults.

    `growing`: topics whose new partitions are followed too, from their start.

    Ends only when nothing is left to follow: every partition was deleted or cut off, which its `Gap` says.
    """
    endless = [Span(span.where, span.first, FOREVER) for span in spans]
    fetcher = Fetcher(nodes, endless, isolation, limits, endless=True, growing=growing)
    async with aclosing(_looked(fetcher, wanted)) as steps:
        async for step in steps:
            yield step


async def _looked(fetcher: Fetcher, wanted: Wanted) -> AsyncGenerator[Step, None]:
    search = Search(wanted)
    async with aclosing(fetcher.chunks()) as pieces:
        async for piece in pieces:
            yield await _step(search, piece)


async def _step(search: Search, piece: Piece) -> Step:
    if isinstance(piece, Gap):
        return Step(piece.where, piece.until, gaps=(piece,))
    if isinstance(piece, Waiting):
        return Step(piece.where, 0, waiting=piece)
    return await asyncio.to_thread(search.look, piece)
