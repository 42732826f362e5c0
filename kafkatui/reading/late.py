"""What runs behind the engine: masking, and filters that see what is shown or need decoders, which may load schemas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from kafkatui.decoding.decoders import EACH
from kafkatui.filters import Filter, Matcher
from kafkatui.filters.condition import Side
from kafkatui.kafka.search import Step, Wanted
from kafkatui.model.records import Record
from kafkatui.reading.pages import Page
from kafkatui.reading.topic_decoders import TopicDecoders

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking

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


def wanted_by(
    chosen: Filter, matcher: Matcher, decoders: TopicDecoders | None, masking: Masking | None
) -> tuple[Wanted, LateFilter | None]:
    """What the engine looks for, and what has the last word behind it.

    `decoders`: where the filter needs them. Where records are masked the engine only takes what is asked of stored
    bytes, and the whole filter judges what is shown: one that sees more tells by its hits what is hidden.
    """
    matches = matcher.matches
    if matches is None:
        return Wanted(), None
    if masking is not None:
        stored = chosen.as_stored
        wanted = Wanted(stored.required, stored.matcher().matches, stored.any_of)
        return wanted, LateFilter(decoders or masking.decoders, matches)
    late = None if decoders is None else LateFilter(decoders, matches)
    return Wanted(chosen.required, None if late else matches, chosen.any_of), late


def behind(
    steps: AsyncGenerator[Step, None], late: LateFilter | None, masking: Masking | None
) -> AsyncGenerator[Step, None]:
    """The same steps with what may be shown of their records, and of that what matches."""
    return steps if late is None and masking is None else _behind(steps, late, masking)


async def _behind(
    steps: AsyncGenerator[Step, None], late: LateFilter | None, masking: Masking | None
) -> AsyncGenerator[Step, None]:
    async with aclosing(steps):
        async for step in steps:
            found = step.found
            if found and masking is not None:
                found = await masking.masked(found)
            if found and late is not None:
                await late.decoders.prepare(found)
                found = await asyncio.to_thread(_matching, found, late)
            yield replace(step, found=found) if step.found else step


def _matching(records: Sequence[Record], late: LateFilter) -> tuple[Record, ...]:
    return tuple(filter(late.matches, records))


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
