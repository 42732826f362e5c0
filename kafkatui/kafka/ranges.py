"""A range in people's words becomes offsets, partition by partition: a few ListOffsets requests per leader.

What was asked for beyond a log's start or end is clipped, and said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafkatui.kafka import offsets
from kafkatui.kafka.nodes import Nodes
from kafkatui.model.cluster import Partition, TopicPartition
from kafkatui.model.positions import Anchor, AtTime, Position, Range
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.spans import Gap, Isolation, Span

if TYPE_CHECKING:
    from kafkatui.model.parts import Offsets


async def resolve(
    nodes: Nodes,
    partitions: Collection[Partition],
    wanted: Range,
    isolation: Isolation = Isolation.COMMITTED,
) -> dict[TopicPartition, Span | Problem]:
    """The offsets of `wanted` in each partition, or why they are not known.

    With read_committed a range ends at the stable end: what lies behind an open transaction can not be read yet.
    """
    times = {side for side in (wanted.first, wanted.until) if isinstance(side, AtTime)}
    starts, ends, stable_ends, *found = await asyncio.gather(
        offsets.read_starts(nodes, partitions),
        offsets.read_ends(nodes, partitions),
        _stable_ends(nodes, partitions, isolation),
        *(offsets.read_at(nodes, partitions, each.epoch_ms, isolation.level) for each in times),
    )
    at = dict(zip(times, found, strict=True))
    spans: dict[TopicPartition, Span | Problem] = {}
    for partition in partitions:
        log = _log(partition.name, starts, ends, stable_ends)
        spans[partition.name] = log if isinstance(log, Problem) else _span(log, wanted, at)
    return spans


async def _stable_ends(nodes: Nodes, partitions: Iterable[Partition], isolation: Isolation) -> Offsets:
    if isolation is Isolation.COMMITTED:
        return await offsets.read_stable_ends(nodes, partitions)
    return {}


@dataclass(frozen=True, slots=True)
class _Log:
    """What can be read of one partition: offsets from `start` to before `end`; `written` is the high watermark."""

    where: TopicPartition
    start: int
    end: int
    written: int


def _log(where: TopicPartition, starts: Offsets, ends: Offsets, stable_ends: Offsets) -> _Log | Problem:
    start, written = starts.get(where, PENDING), ends.get(where, PENDING)
    end = stable_ends.get(where, written)
    if isinstance(start, Problem):
        return start
    if isinstance(written, Problem):
        return written
    # The three were asked at once, on a log that may grow meanwhile.
    return end if isinstance(end, Problem) else _Log(where, start, end, max(end, written))


def _span(log: _Log, wanted: Range, at: dict[AtTime, Offsets]) -> Span | Problem:
    first, until = _offset(log, wanted.first, at), _offset(log, wanted.until, at)
    if isinstance(first, Problem):
        return first
    if isinstance(until, Problem):
        return until
    clipped = tuple(_clipped(log, first, until, open_end=wanted.until == _END))
    first = min(max(first, log.start), log.end)
    return Span(log.where, first, max(first, min(until, log.end)), clipped)


_END = Range().until


def _offset(log: _Log, position: Position, at: dict[AtTime, Offsets]) -> int | Problem:
    """Where a position lies; it may lie outside of the log."""
    if isinstance(position, AtTime):
        found = at[position].get(log.where, PENDING)
        return log.end if found == offsets.NO_OFFSET else found
    counted_from = {Anchor.OFFSET: 0, Anchor.START: log.start, Anchor.END: log.end}[position.anchor]
    if position.anchor is Anchor.END:
        return max(log.start, counted_from - position.count)
    return counted_from + position.count


def _clipped(log: _Log, first: int, until: int, open_end: bool) -> Iterable[Gap]:
    """What of first to until can not be read. A range to the `open_end` goes on behind an open transaction."""
    if open_end:
        until = max(until, log.written)
    if first < min(until, log.start):
        text = f"no longer there: the log starts at {log.start}"
        yield Gap(log.where, first, min(until, log.start), Problem("before_start", text))
    if max(first, log.end) < min(until, log.written):
        text = f"behind a transaction that is still open, since {log.end}"
        behind = Problem("open_transaction", text)
        yield Gap(log.where, max(first, log.end), min(until, log.written), behind)
    if max(first, log.written) < until:
        text = f"not written yet: the log ends at {log.written}"
        yield Gap(log.where, max(first, log.written), until, Problem("after_end", text))
