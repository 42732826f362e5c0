"""A live tail: what came and is not shown yet, bounded, with a pause. It paints nothing and owns no task."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from kafkatui.filters import EVERYTHING, Filter
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap
from kafkatui.reading.late import wanted_by
from kafkatui.reading.request import Plan
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.tui.records.browse import Source
from kafkatui.tui.records.window import Bounds, Row, merged, size_of

MEANWHILE = Bounds(rows=10_000, size=32 << 20)
"""What is kept while it is paused."""


@dataclass
class Tail:
    """Everything after the ends of a plan, as it comes."""

    plan: Plan
    """Its spans begin where the tail begins."""
    chosen: Filter = EVERYTHING
    decoders: TopicDecoders | None = None
    """Where the filter needs them."""
    came: int = 0
    """Records that came so far and match."""
    meanwhile: int = 0
    """Of these, since it was paused."""
    is_paused: bool = False
    overflowed: bool = False
    """Whether more came during the pause than is kept: the oldest of it must be read again."""
    waiting: dict[TopicPartition, Problem] = field(default_factory=dict)
    """Partitions that bring nothing now, and why."""
    batches: list[Sequence[Record]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.matcher = self.chosen.matcher()
        self._rows = self._size = 0

    async def run(self, source: Source) -> None:
        """Until it is cancelled, or nothing is left to follow."""
        wanted = wanted_by(self.chosen, self.matcher, self.decoders, source.masking)
        async with aclosing(source.follow(self.plan, *wanted)) as steps:
            async for step in steps:
                if step.waiting is not None:
                    self._wait(step.waiting.where, step.waiting.problem)
                    continue
                self.waiting.pop(step.where, None)
                self.gaps += step.gaps
                if step.found:
                    self._keep(step.found)

    def _wait(self, where: TopicPartition, problem: Problem | None) -> None:
        if problem is None:
            self.waiting.pop(where, None)
        else:
            self.waiting[where] = problem

    def _keep(self, records: Sequence[Record]) -> None:
        self.came += len(records)
        if self.is_paused:
            self.meanwhile += len(records)
        self.batches.append(records)
        self._rows += len(records)
        self._size += sum(size_of(record) for record in records)
        while len(self.batches) > 1 and (self._rows > MEANWHILE.rows or self._size > MEANWHILE.size):
            out = self.batches.pop(0)
            self._rows -= len(out)
            self._size -= sum(size_of(record) for record in out)
            self.overflowed = True

    def pause(self, is_paused: bool) -> None:
        self.is_paused = is_paused
        self.meanwhile = 0

    def take(self) -> tuple[list[Row], bool]:
        """What came since the last time, oldest first; True: something before it is missing."""
        rows: list[Row] = [*self.gaps, *merged(self.batches)] if self.batches or self.gaps else []
        overflowed, self.overflowed = self.overflowed, False
        self.batches, self.gaps = [], []
        self._rows = self._size = 0
        return rows, overflowed

    def why_it_waits(self) -> str:
        """One sentence; empty: it does not."""
        if not self.waiting:
            return ""
        where, problem = next(iter(self.waiting.items()))
        more = f" and {len(self.waiting) - 1} more" if len(self.waiting) > 1 else ""
        return f"{where}{more} brings nothing now: {problem.text}"
