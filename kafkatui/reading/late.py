"""Filters that need a decoder: they run behind the engine, because schemas may have to be loaded in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from kafkatui.kafka.search import Step
from kafkatui.model.records import Record
from kafkatui.reading.topic_decoders import TopicDecoders


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
