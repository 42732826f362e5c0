"""Records that are picked one by one: their text, the offsets to read for them, and reading little else. No words here.

`0@17,3@5-9`: partition and offset, or a first and a last offset.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import zip_longest

from kafkatui.kafka.search import Step
from kafkatui.model.positions import Anchor, AtOffset, Range
from kafkatui.model.spans import Gap, Span
from kafkatui.reading.request import Request
from kafkatui.replay.spec import At, SpecError

_PICKED = re.compile(r"(\d{1,9})@(\d{1,19})(?:-(\d{1,19}))?")
_MOST = 1_000_000
"""More is a range."""
_NEAR = 2_000
"""Offsets between two picked records that cost less to read than another request."""
Search = Callable[[Sequence[Span]], AsyncGenerator[Step, None]]


def parse_picked(text: str) -> frozenset[At]:
    """Raises `SpecError`."""
    found: set[At] = set()
    for word in text.split(","):
        match = _PICKED.fullmatch(word.strip())
        first, last = (0, -1) if match is None else (int(match[2]), int(match[3] or match[2]))
        if match is None or last < first or last - first >= _MOST:
            raise SpecError(f"{word.strip()!r} names no records; write PARTITION@OFFSET, as 0@17,3@5-9")
        found.update((int(match[1]), offset) for offset in range(first, last + 1))
    return frozenset(found)


def picked_text(picked: Iterable[At]) -> str:
    """What `parse_picked` reads."""
    return ",".join(
        f"{partition}@{first}" if first == last else f"{partition}@{first}-{last}"
        for partition, first, last in _runs(picked, 1)
    )


def _runs(picked: Iterable[At], near: int) -> Iterator[tuple[int, int, int]]:
    """Partition, first and last offset of records that lie no farther than `near` from each other."""
    run: tuple[int, int, int] | None = None
    for partition, offset in sorted(picked):
        if run is not None and run[0] == partition and offset - run[2] <= near:
            run = (partition, run[1], offset)
        else:
            if run is not None:
                yield run
            run = (partition, offset, offset)
    if run is not None:
        yield run


def picked_request(request: Request, picked: frozenset[At]) -> Request:
    """Everything between the first and the last of them."""
    offsets = [offset for _, offset in picked]
    first, until = (AtOffset(Anchor.OFFSET, each) for each in (min(offsets), max(offsets) + 1))
    return replace(request, partitions=frozenset(partition for partition, _ in picked), range=Range(first, until))


def picked_spans(spans: Iterable[Span], picked: frozenset[At]) -> tuple[Span, ...]:
    """Of each partition from its own first to its own last; of what is clipped what was picked."""
    return tuple(
        _narrowed(span, {offset for number, offset in picked if number == span.where.partition}) for span in spans
    )


def _narrowed(span: Span, offsets: set[int]) -> Span:
    first = min(max(span.first, min(offsets)), span.until)
    until = max(first, min(span.until, max(offsets) + 1))
    lost = [(gap, sorted(each for each in offsets if gap.first <= each < gap.until)) for gap in span.clipped]
    clipped = tuple(Gap(gap.where, each[0], each[-1] + 1, gap.problem) for gap, each in lost if each)
    return Span(span.where, first, until, clipped)


def picked_search(search: Search, picked: frozenset[At]) -> Search:
    """The same search that gives only them, and does not read what lies far from any."""

    async def only(spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
        # One stretch of each partition at a time: in a partition the order stays.
        for stretches in zip_longest(*(_stretches(span, picked) for span in spans)):
            async with aclosing(search([each for each in stretches if each is not None])) as steps:
                async for step in steps:
                    found = tuple(each for each in step.found if (each.partition, each.offset) in picked)
                    yield replace(step, found=found)

    return only


def _stretches(span: Span, picked: frozenset[At]) -> list[Span]:
    """The last one ends where the span does, so that it is known to be read to its end."""
    number = span.where.partition
    wanted = (
        (number, offset) for partition, offset in picked if partition == number and span.first <= offset < span.until
    )
    found = [Span(span.where, first, last + 1) for _, first, last in _runs(wanted, _NEAR)]
    if not found:
        return [span]
    return [*found[:-1], replace(found[-1], until=span.until)]
