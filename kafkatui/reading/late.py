"""Filters that need a decoder, and which do: they run behind the engine, as schemas may have to be loaded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from kafkatui.decoding.decoders import EACH
from kafkatui.filters.condition import Side
from kafkatui.kafka.search import Step
from kafkatui.model.records import Record
from kafkatui.reading.pages import Page
from kafkatui.reading.topic_decoders import TopicDecoders

_SAMPLES = 50
_READ_BY_ITSELF = ("text", EACH)
"""What an expression makes of them is what a decoder would, if nobody chose it; bytes are shown and compared as hex."""


class Backwards(Protocol):
    """Pages of the newest records; see `reading.pages`."""

    async def more(self, count: int) -> Page: ...


@dataclass(frozen=True, slots=True)
class LateFilter:
    """The last word on records that the engine let through."""

    decoders: TopicDecoders
    matches: Callable[[Record], bool]
    """May decode with `decoders`: they are prepared for every record it is asked about."""


async def filtered(steps: AsyncGenerator[Step, None], late: LateFilter) -> AsyncGenerator[Step, None]:
    """The same steps with what matches of their records."""
    async with aclosing(steps):
        async for step in steps:
            if step.found:
                await late.decoders.prepare(step.found)
                found = await asyncio.to_thread(_matching, step, late)
                yield replace(step, found=found)
            else:
                yield step


def _matching(step: Step, late: LateFilter) -> tuple[Record, ...]:
    return tuple(filter(late.matches, step.found))


async def needs_decoders(
    newest: Backwards, topics: Iterable[str], decoders: TopicDecoders, reads: Collection[Side]
) -> bool:
    """Whether an expression's values are anything else than JSON or text, which it reads itself and far faster.

    `newest`: pages of what is read; `reads`: what the expression takes from a decoder. Raises `Unreachable`.
    """
    if not reads:
        return False
    topics = tuple(topics)
    samples = await newest.more(_SAMPLES)
    await decoders.prepare(samples.records)
    await decoders.expect(topics)
    choices = [side for topic in topics for side in decoders.choices(topic).of(reads)]
    return not all(each.decoder == "json" or (each.guessed and each.decoder in _READ_BY_ITSELF) for each in choices)
