"""A search under way: what it found, how far it is, how fast. It paints nothing and owns no task."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from kafkatui.filters import EVERYTHING, Filter, Selection
from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap
from kafkatui.reading.late import wanted_by
from kafkatui.reading.request import Plan
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.tui.records.browse import Source
from kafkatui.tui.records.window import Bounds, Key, Row, key_of, size_of

FOUND_BOUNDS = Bounds(rows=20_000, size=64 << 20)
RATE_SECONDS = 2.0
"""What the speed is measured over."""


class Found:
    """The records that were found, by time, oldest first. When there are too many the far end goes."""

    def __init__(self, newest_first: bool, bounds: Bounds = FOUND_BOUNDS, origin: Key | None = None) -> None:
        """A cursor on the first row stays there, whatever comes in, or goes to the `origin` once that is found."""
        self.rows: list[Row] = []
        self.cursor = 0
        self.dropped = 0
        """Found, but not kept."""
        self.newest_first = newest_first
        self._bounds = bounds
        self._size = 0
        self._origin = origin

    def add(self, rows: list[Row]) -> None:
        """In any order."""
        is_at_top = not self.rows or self.cursor == self._top
        on = self._origin if is_at_top else key_of(self.rows[self.cursor])
        self.rows += rows
        self.rows.sort(key=_by_time)
        self._size += sum(size_of(row) for row in rows)
        while len(self.rows) > self._bounds.rows or (self._size > self._bounds.size and len(self.rows) > 1):
            self._drop()
        self.cursor = self._find(on)

    def _drop(self) -> None:
        # A tenth at once: taking rows from the front one by one would move all others each time.
        count = max(1, len(self.rows) // 10)
        out = self.rows[:count] if self.newest_first else self.rows[-count:]
        self.rows = self.rows[count:] if self.newest_first else self.rows[:-count]
        self._size -= sum(size_of(row) for row in out)
        self.dropped += count

    def _find(self, on: Key | None) -> int:
        if on is not None:
            for number, row in enumerate(self.rows):
                if key_of(row) == on:
                    return number
        return self._top

    @property
    def _top(self) -> int:
        """The number of the row that is shown first."""
        return max(0, len(self.rows) - 1) if self.newest_first else 0


def _by_time(row: Row) -> tuple[int, str, int, int]:
    if isinstance(row, Gap):
        return 0, row.where.topic, row.where.partition, row.first
    return row.timestamp_ms, row.topic, row.partition, row.offset


@dataclass
class Hunt:
    """Runs one search and counts."""

    plan: Plan
    chosen: Filter = EVERYTHING
    selection: Selection = field(default_factory=Selection)
    """What `chosen` was made of."""
    clock: Callable[[], float] = time.monotonic
    decoders: TopicDecoders | None = None
    """Where the filter needs them."""
    hits: int = 0
    looked: int = 0
    """Records gone over, decoded or not."""
    size: int = 0
    """Bytes that came."""
    failed: int = 0
    """Records of which the filter could not tell. Another process tells only at its end."""
    is_over: bool = False
    was_cancelled: bool = False
    found: list[Row] = field(default_factory=list)
    """Not taken yet."""
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    gaps: int = 0

    def __post_init__(self) -> None:
        self.total = sum(span.until - span.first for span in self.plan.spans)
        self._firsts = {span.where: span.first for span in self.plan.spans}
        self._ends = {span.where: span.until for span in self.plan.spans}
        self.began = self.clock()
        self.ended: float | None = None

    async def run(self, source: Source) -> None:
        """To the end of the plan. May be cancelled; what was found stays."""
        try:
            async with aclosing(self.search(source)) as steps:
                async for step in steps:
                    self.hits += len(step.found)
                    self.found += step.found
                    self.found += step.gaps
                    self.gaps += len(step.gaps)
                    self.looked += step.looked + step.skipped
                    self.size += step.size
                    self.positions[step.where] = max(self.positions.get(step.where, 0), step.position)
        except BaseException:
            self.was_cancelled = True
            raise
        finally:
            self.is_over = True
            self.ended = self.clock()

    async def search(self, source: Source) -> AsyncGenerator[Step, None]:
        """All of the plan, in a process of its own if there is one. Raises `Unreachable`."""
        matcher = self.chosen.matcher()
        apart = None if self.decoders is not None else source.apart(self.plan, self.selection)
        if apart is None:
            steps = source.search(self.plan, *wanted_by(self.chosen, matcher, self.decoders, source.masking))
        else:
            steps = apart.search(self.plan.spans)
        try:
            async with aclosing(steps):
                async for step in steps:
                    self.failed = matcher.failed
                    yield step
            self.failed = matcher.failed if apart is None or apart.failed is None else apart.failed[0]
        finally:
            if apart is not None:
                apart.close()

    def take(self) -> list[Row]:
        found, self.found = self.found, []
        return found

    @property
    def seconds(self) -> float:
        return max(1e-3, (self.ended or self.clock()) - self.began)

    @property
    def done(self) -> int:
        """Offsets gone over."""
        return sum(
            min(position, self._ends[where]) - self._firsts[where]
            for where, position in self.positions.items()
            if where in self._firsts
        )

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return 1.0 if not self.total else min(1.0, max(0.0, self.done / self.total))

    @property
    def rate(self) -> float:
        """Offsets per second."""
        return self.done / self.seconds

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate and not self.is_over else None

    def not_searched(self) -> list[str]:
        """Ranges it did not come to, as `topic-partition offsets a-b`."""
        return [
            f"{span.where}: {max(span.first, self.positions.get(span.where, 0))} to {span.until - 1}"
            for span in self.plan.spans
            if max(span.first, self.positions.get(span.where, 0)) < span.until
        ]


def records_of(rows: list[Row]) -> list[Record]:
    return [row for row in rows if not isinstance(row, Gap)]


async def found_again(source: Source, hunt: Hunt) -> AsyncIterator[Sequence[Record]]:
    """All that the search finds in its whole range, from the beginning. Raises `Unreachable`."""
    anew = Hunt(hunt.plan, hunt.chosen, hunt.selection, decoders=hunt.decoders)
    async with aclosing(anew.search(source)) as steps:
        async for step in steps:
            if step.found:
                yield step.found
