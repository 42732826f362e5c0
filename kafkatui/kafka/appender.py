"""Writing records in their order, and finding out which of them the broker refuses. Input is not read here.

A broker refuses a batch as a whole and does not tell this client for which record, and a refusal breaks the order that
a producer keeps. So one batch of a partition is under way at a time; a refused one is halved until the culprit stands
alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice

from kafkatui.kafka.clients import ClientFailed
from kafkatui.kafka.refusals import REFUSALS
from kafkatui.kafka.writer import BATCH_BYTES, Appended, Writer
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import NewRecord

_REFUSALS = {
    # aiokafka's own name of it.
    "message_size_too_large": REFUSALS["message_too_large"],
    **{code: REFUSALS[code] for code in ("record_list_too_large", "invalid_record", "invalid_timestamp")},
}
"""Verdicts on records. Nothing of the batch is in the log then, which no other failure promises."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that the broker did not take."""

    index: int
    """Its place among the records given."""
    problem: Problem


@dataclass(slots=True)
class Outcome:
    """What became of the records of one call."""

    written: list[int] = field(default_factory=list)
    """Places among the records given, in no order."""
    offsets: dict[TopicPartition, tuple[int, int]] = field(default_factory=dict)
    """From the first to behind the last of these records; others may lie between."""
    refused: list[Refused] = field(default_factory=list)
    log_append_time: bool = False
    """The broker set the timestamps itself."""
    hindrance: Callable[[float], Problem | None] = lambda _: None
    """Why nothing has been confirmed since a moment, monotonic seconds, where a broker has told."""
    failed: Problem | None = None
    """Why the rest is given up. What is not in `written` may be in the log nevertheless."""


_FAILURES = {
    "topic_authorization_failed": "not authorized to write to the topic",
    "cluster_authorization_failed": "not authorized to write to the cluster",
}


def _in_words(problem: Problem) -> Problem:
    return Problem(problem.code, _FAILURES.get(problem.code, problem.text))


class Appender:
    """Writes to the end of partitions, inside `async with`. `open_writer` makes a writer that is not open yet."""

    def __init__(self, open_writer: Callable[[], Writer]) -> None:
        self._open_writer = open_writer
        self._stack = AsyncExitStack()
        self._writer: Writer | None = None
        self._most_bytes = BATCH_BYTES

    async def __aenter__(self) -> Appender:
        self._writer = await self._stack.enter_async_context(self._open_writer())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def append(self, records: Sequence[NewRecord], outcome: Outcome, *, skip_refused: bool) -> None:
        """Write them all; each has its partition. Without `skip_refused` a partition ends at its first refused one.

        `outcome` is told as it goes, also when this is cancelled. Never raises for what a broker does; after a failure
        the appender is spent.
        """
        work = [_Work(where, indices, records) for where, indices in _by_partition(records).items()]
        while work and outcome.failed is None:
            try:
                writer = self._writer = self._writer or await self._anew()
            except ClientFailed as error:
                outcome.failed = error.problem
                break
            outcome.hindrance = writer.hindrances.since
            await asyncio.gather(*(self._drain(writer, each, outcome) for each in work))
            work = [each for each in work if each.left and (skip_refused or not each.culprits)]
            if work or outcome.refused:
                self._writer = None

    async def _anew(self) -> Writer:
        """After a refusal the producer's sequence has a hole, which no broker accepts."""
        await self._stack.aclose()
        return await self._stack.enter_async_context(self._open_writer())

    async def _drain(self, writer: Writer, work: _Work, outcome: Outcome) -> None:
        """Batch after batch, until all is written or one is refused."""
        while work.left:
            batch = writer.batch(work.next(), self._most_bytes)
            size, count = batch.size(), batch.record_count()
            try:
                appended = await writer.append(work.where, batch)
            except ClientFailed as error:
                words = _REFUSALS.get(error.problem.code)
                if words is None:
                    outcome.failed = _in_words(error.problem)
                else:
                    work.refuse(count, Problem(error.problem.code, words), outcome)
                return
            fits = work.take(appended, size, outcome)
            self._most_bytes = min(self._most_bytes, fits or self._most_bytes)


class _Work:
    """The records of one partition that are still to be written."""

    def __init__(self, where: TopicPartition, indices: list[int], records: Sequence[NewRecord]) -> None:
        self.where = where
        self.left = indices
        self.culprits = 0
        self._records = records
        self._suspects = 0
        """So many of the next were refused together."""
        self._fits = 0

    def next(self) -> Iterator[NewRecord]:
        count = max(1, self._suspects // 2) if self._suspects else len(self.left)
        return (self._records[index] for index in islice(self.left, count))

    def take(self, appended: Appended, size: int, outcome: Outcome) -> int | None:
        """The size that fits, where all that were refused together went in one after the other."""
        outcome.written += self.left[: appended.records]
        outcome.log_append_time |= appended.log_append_time
        if appended.offset >= 0:
            first, _ = outcome.offsets.get(self.where, (appended.offset, 0))
            outcome.offsets[self.where] = first, appended.offset + appended.records
        del self.left[: appended.records]
        if not self._suspects:
            return None
        self._fits = max(self._fits, size)
        self._suspects -= appended.records
        if self._suspects:
            return None
        fits, self._fits = self._fits, 0
        return fits

    def refuse(self, count: int, problem: Problem, outcome: Outcome) -> None:
        if count > 1:
            self._suspects = count
            return
        outcome.refused.append(Refused(self.left.pop(0), problem))
        self.culprits += 1
        self._suspects = self._fits = 0


def _by_partition(records: Sequence[NewRecord]) -> Mapping[TopicPartition, list[int]]:
    dealt: dict[tuple[str, int | None], list[int]] = {}
    for index, record in enumerate(records):
        dealt.setdefault((record.topic, record.partition), []).append(index)
    return {
        TopicPartition(topic, partition): indices
        for (topic, partition), indices in dealt.items()
        if partition is not None
    }
