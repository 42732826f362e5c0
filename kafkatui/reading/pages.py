"""Paging through records of several partitions, merged by time, in either direction. Nothing is read ahead of need."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum

from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Span

Scan = Callable[[Iterable[Span]], AsyncGenerator[Step, None]]
"""Reads spans to their ends, looking for what is wanted."""
_SHORTEST, _LONGEST = 16, 1 << 20
"""Offsets of one partition that are read at once: few at first, more while nothing is found."""


class Direction(Enum):
    """Which way one reads."""

    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Page:
    """The next records on the way."""

    records: tuple[Record, ...]
    """In the order they are read: newest first on the way back."""
    gaps: tuple[Gap, ...] = ()
    """What could not be read, as far as one has come."""
    looked: int = 0
    """Offsets gone over for it, whether records still lie there or not."""
    is_last: bool = False


@dataclass(slots=True)
class _Partition:
    """One partition on the way, and what is read of it but not given yet."""

    span: Span
    direction: Direction
    step: int
    first: int = 0
    until: int = 0
    """first to until: what is still to be read."""
    waiting: deque[Record] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.first, self.until = self.span.first, self.span.until

    @property
    def is_read(self) -> bool:
        return self.first >= self.until

    @property
    def covered(self) -> Span:
        """What was read of it, also if it was not given yet."""
        if self.direction is Direction.NEWER:
            return Span(self.span.where, self.span.first, self.first)
        return Span(self.span.where, self.until, self.span.until)

    def take(self) -> Span:
        """The next piece to read; what is left gets smaller by it."""
        if self.direction is Direction.NEWER:
            first, until = self.first, min(self.until, self.first + self.step)
            self.first = until
        else:
            first, until = max(self.first, self.until - self.step), self.until
            self.until = first
        return Span(self.span.where, first, until)


class Pages:
    """Gives records page by page until the spans are read.

    Within a partition the order is that of its offsets, even where timestamps are not in order; between partitions
    the next record is the one whose timestamp comes next.
    """

    def __init__(self, spans: Iterable[Span], direction: Direction, scan: Scan) -> None:
        self._scan = scan
        self._direction = direction
        self._partitions = {span.where: _Partition(span, direction, _SHORTEST) for span in spans if not span.is_empty}
        self._gaps: list[Gap] = []
        self._looked = 0

    @property
    def covered(self) -> tuple[Span, ...]:
        """The offsets gone over so far, at one side of each span that is not empty."""
        return tuple(each.covered for each in self._partitions.values())

    async def more(self, count: int, seconds: float | None = None) -> Page:
        """At most `count` records; fewer when all is read, or `seconds` are over and at least a piece was looked at.

        May be cancelled: what it had read by then is looked at again the next time.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        found: list[Record] = []
        while len(found) < count:
            missing = [each for each in self._partitions.values() if not each.waiting and not each.is_read]
            if missing:
                if deadline is not None and self._looked and time.monotonic() > deadline:
                    break
                await self._read(missing, max(_SHORTEST, count - len(found)))
                continue
            record = self._next()
            if record is None:
                break
            found.append(record)
        return self._page(found)

    def _page(self, found: list[Record]) -> Page:
        gaps, looked = tuple(self._gaps), self._looked
        self._gaps, self._looked = [], 0
        is_last = all(each.is_read and not each.waiting for each in self._partitions.values())
        return Page(tuple(found), gaps, looked, is_last)

    async def _read(self, partitions: list[_Partition], count: int) -> None:
        before = [(each, each.first, each.until) for each in partitions]
        pieces = {each.span.where: self._piece(each, count) for each in partitions}
        found: dict[TopicPartition, list[Record]] = {where: [] for where in pieces}
        gaps: list[Gap] = []
        try:
            async with aclosing(self._scan(pieces.values())) as steps:
                async for step in steps:
                    found[step.where].extend(step.found)
                    gaps.extend(step.gaps)
        except BaseException:
            for each, first, until in before:
                each.first, each.until = first, until
            raise
        self._looked += sum(piece.until - piece.first for piece in pieces.values())
        self._gaps.extend(gaps)
        for each in partitions:
            records = found[each.span.where]
            each.waiting.extend(records if self._direction is Direction.NEWER else reversed(records))
            if not records:
                each.step = min(_LONGEST, each.step * 4)

    @staticmethod
    def _piece(partition: _Partition, count: int) -> Span:
        partition.step = max(partition.step, count)
        return partition.take()

    def _next(self) -> Record | None:
        waiting = [each.waiting for each in self._partitions.values() if each.waiting]
        if not waiting:
            return None
        choose = min if self._direction is Direction.NEWER else max
        return choose(waiting, key=lambda records: _order(records[0])).popleft()


def _order(record: Record) -> tuple[int, str, int, int]:
    return record.timestamp_ms, record.topic, record.partition, record.offset
