"""The records in memory: a stretch of each partition, oldest first, that can grow and shrink at both ends. No I/O.

What falls out at one end because there is no room is not lost: the edges say from where it can be read again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Span

Row: TypeAlias = Record | Gap
"""A gap is a row of its own: offsets that can not be read, and why."""
Key: TypeAlias = tuple[str, int, int, int]
"""What tells rows apart: topic, partition, offset, and where a gap ends."""

OVERHEAD = 600
"""Bytes a record takes besides what it holds."""


def key_of(row: Row) -> Key:
    if isinstance(row, Gap):
        return row.where.topic, row.where.partition, row.first, row.until
    return row.topic, row.partition, row.offset, -1


def where_of(row: Row) -> TopicPartition:
    return row.where if isinstance(row, Gap) else TopicPartition(row.topic, row.partition)


def offsets_of(row: Row) -> tuple[int, int]:
    """Half-open."""
    return (row.first, row.until) if isinstance(row, Gap) else (row.offset, row.offset + 1)


def size_of(row: Row) -> int:
    """Bytes in memory, about."""
    if isinstance(row, Gap):
        return OVERHEAD
    headers = sum(len(name) + len(raw or b"") + 100 for name, raw in row.headers)
    return OVERHEAD + len(row.key or b"") + len(row.value or b"") + headers


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept; what lies farther from the cursor is dropped."""

    rows: int = 20_000
    size: int = 64 << 20
    """Bytes."""


USUAL = Bounds()


@dataclass
class Window:
    """Rows, the cursor among them, and the edges. Numbers of rows count from the oldest."""

    spans: tuple[Span, ...]
    bounds: Bounds = USUAL
    rows: list[Row] = field(default_factory=list)
    cursor: int = 0
    size: int = 0
    low: dict[TopicPartition, int] = field(default_factory=dict)
    """The first offset that is not older than the window, by partition."""
    high: dict[TopicPartition, int] = field(default_factory=dict)
    """The first offset that is newer."""

    def stand_at(self, offsets: dict[TopicPartition, int]) -> None:
        """Empty it; both ends begin at these offsets."""
        self.rows, self.cursor, self.size = [], 0, 0
        self.low, self.high = dict(offsets), dict(offsets)

    def stand_at_end(self) -> None:
        self.stand_at({span.where: span.until for span in self.spans})

    def stand_at_start(self) -> None:
        self.stand_at({span.where: span.first for span in self.spans})

    @property
    def older(self) -> tuple[Span, ...]:
        """What lies before it."""
        return tuple(replace(span, until=self.low[span.where]) for span in self.spans)

    @property
    def newer(self) -> tuple[Span, ...]:
        """What lies after it."""
        return tuple(replace(span, first=self.high[span.where]) for span in self.spans)

    @property
    def row(self) -> Row | None:
        """The one under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def add_older(self, rows: Sequence[Row]) -> int:
        """Rows before all others, newest first as a page on the way back has them. How many newer ones it dropped."""
        fresh = self._unknown(rows)[::-1]
        for row in fresh:
            self.size += size_of(row)
            if not isinstance(row, Gap):
                self.low[row.source] = min(self.low[row.source], row.offset)
        was_empty = not self.rows
        self.rows[:0] = fresh
        self.cursor = max(0, len(fresh) - 1) if was_empty else self.cursor + len(fresh)
        return self.drop_newer()

    def add_newer(self, rows: Sequence[Row]) -> int:
        """Rows after all others, oldest first. How many older ones it dropped."""
        fresh = self._unknown(rows)
        self.meet(fresh)
        for row in fresh:
            self.size += size_of(row)
            if not isinstance(row, Gap):
                self.high[row.source] = max(self.high[row.source], row.offset + 1)
        self.rows += fresh
        self._reach_to_high()
        return self._drop_older()

    def _unknown(self, rows: Sequence[Row]) -> list[Row]:
        """Without gaps that are rows already: one may be met before the records in front of it are given."""
        known = {key_of(row) for row in self.rows if isinstance(row, Gap)}
        return [row for row in rows if not isinstance(row, Gap) or key_of(row) not in known]

    def meet(self, rows: Sequence[Row]) -> None:
        """A partition that was made meanwhile: what is not here of it lies before its first row."""
        for row in _last_by_partition(reversed(rows)):
            where, first = where_of(row), offsets_of(row)[0]
            if where not in self.high:
                self.low[where] = self.high[where] = first
                self.spans = (*self.spans, Span(where, 0, first))

    def note_newer(self, rows: Sequence[Row]) -> None:
        """That these are there, without room for them."""
        self.meet(rows)
        ends = {span.where: span.until for span in self.spans}
        for row in _last_by_partition(rows):
            ends[where_of(row)] = max(ends.get(where_of(row), 0), offsets_of(row)[1])
        self.spans = tuple(replace(span, until=ends[span.where]) for span in self.spans)

    def pass_over(self, spans: Sequence[Span]) -> bool:
        """These are read to their ends, with or without a record there. True: nothing newer is known."""
        for span in spans:
            self.high[span.where] = max(self.high[span.where], span.until)
        return all(span.is_empty for span in self.newer)

    def _reach_to_high(self) -> None:
        """A tail reads beyond what was planned."""
        if any(self.high[span.where] > span.until for span in self.spans):
            self.spans = tuple(replace(span, until=max(span.until, self.high[span.where])) for span in self.spans)

    def is_full(self) -> bool:
        return self._is_full_without(0)

    def drop_newer(self) -> int:
        """As many of the newest as there are too many; those next to the cursor stay."""
        count = 0
        while self.is_full() and len(self.rows) > self.cursor + 2:
            row = self.rows.pop()
            where, first = where_of(row), offsets_of(row)[0]
            self.high[where] = min(self.high[where], first)
            self.size -= size_of(row)
            count += 1
        return count

    def _drop_older(self) -> int:
        count = 0
        while count < self.cursor - 1 and self._is_full_without(count):
            row = self.rows[count]
            where, until = where_of(row), offsets_of(row)[1]
            self.low[where] = max(self.low[where], until)
            self.size -= size_of(row)
            count += 1
        del self.rows[:count]
        self.cursor -= count
        return count

    def _is_full_without(self, count: int) -> bool:
        return len(self.rows) - count > self.bounds.rows or self.size > self.bounds.size


def _last_by_partition(rows: Iterable[Row]) -> list[Row]:
    """The last record of each partition, and every gap. Quickly: a tail brings thousands of rows at once."""
    rows = list(rows)
    gaps = [row for row in rows if isinstance(row, Gap)]
    return [*gaps, *{row[:2]: row for row in rows if not isinstance(row, Gap)}.values()]


def merged(batches: Iterable[Sequence[Record]]) -> list[Record]:
    """One list by time of several that are each in the order of their partition, which stays as it is."""
    by_partition: dict[TopicPartition, list[Record]] = {}
    for records in batches:
        for record in records:
            by_partition.setdefault(record.source, []).append(record)
    if len(by_partition) == 1:
        return next(iter(by_partition.values()))
    return list(heapq.merge(*by_partition.values(), key=lambda record: record.timestamp_ms))
