"""What was searched and what was not: progress while it goes on, sentences at the end. Nothing is printed here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.counted import counted
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Span
from kafkatui.reading.request import Plan

_NAMED = 8
"""Partitions that are named one by one."""
EXPECTED = frozenset({"open_transaction", "after_end"})
"""Reasons why a part of a range is not there that are no failure to read it."""


@dataclass(slots=True)
class Searched:
    """How far a plan is read."""

    plan: Plan
    noun: str
    """What a found record is called: a hit of a filter, or just a record."""
    hits: dict[str, int] = field(default_factory=dict)
    """By topic."""
    gaps: list[Gap] = field(default_factory=list)
    looked: int = 0
    """Records gone over, matching or not."""
    began: float = field(default_factory=time.monotonic)
    covered: dict[TopicPartition, Span] = field(default_factory=dict)
    """The offsets gone over, in each partition one piece."""
    _wanted: int | None = None
    _found_back: int = 0
    _follows: bool = False

    def __post_init__(self) -> None:
        self.hits = dict.fromkeys(self.plan.partitions, 0)
        self.gaps = list(self.plan.clipped)
        self.covered = {span.where: Span(span.where, span.first, span.first) for span in self.plan.spans}

    def take(self, step: Step, given: int) -> None:
        """`given`: how many of the found records were given; with fewer than all, the rest counts as not searched."""
        cut = given < len(step.found)
        position = step.found[given - 1].offset + 1 if cut and given else step.position
        if cut and not given:
            return
        before = self.covered.get(step.where, Span(step.where, 0, 0))
        self.covered[step.where] = Span(step.where, before.first, max(before.until, position))
        self.gaps.extend(step.gaps)
        self.looked += step.looked + step.skipped
        self.hits[step.where.topic] += given

    def look_back(self, wanted: int) -> None:
        """The range is gone over from its end, until `wanted` records are found."""
        self._wanted = wanted
        self.covered = {span.where: Span(span.where, span.until, span.until) for span in self.plan.spans}

    def take_page(self, covered: Iterable[Span], gaps: Iterable[Gap], looked: int, found: int) -> None:
        self.covered.update((span.where, span) for span in covered)
        self.gaps.extend(gaps)
        self.looked += looked
        self._found_back = found

    def count(self, records: Iterable[Record]) -> None:
        for record in records:
            self.hits[record.topic] += 1

    def follow(self) -> None:
        """From here on there is no end."""
        self._follows = True

    @property
    def total(self) -> int:
        """Offsets of the whole range."""
        return sum(span.until - span.first for span in self.plan.spans)

    @property
    def done(self) -> int:
        return sum(span.until - span.first for span in self.covered.values())

    def progress(self) -> str:
        """One line: how much of the range, by partition if there are few; speed, hits, time left."""
        hits = sum(self.hits.values())
        if self._follows:
            return f"following  {counted(hits, self.noun)}  Ctrl-C ends"
        seconds = max(1e-3, time.monotonic() - self.began)
        done, total = self.done, self.total
        if self._wanted is not None:
            back = f"looked back over {counted(done, 'offset')} of {total}"
            return f"{back}  {_short(done / seconds)}/s  {self._found_back} of {self._wanted}"
        parts = [f"{_percent(done, total)} %", *self._by_partition()]
        parts += [f"{_short(done / seconds)}/s", counted(hits, self.noun)]
        if 0 < done < total:
            parts.append(f"{_duration((total - done) * seconds / done)} left")
        return "  ".join(parts)

    def _by_partition(self) -> Iterator[str]:
        if 1 < len(self.plan.spans) <= _NAMED:
            for span in self.plan.spans:
                covered = self.covered[span.where]
                yield f"p{span.where.partition} {_percent(covered.until - covered.first, span.until - span.first)}"

    def sentences(self, stopped: str, *, enough: bool) -> Iterator[str]:
        """What was searched, topic by topic, then what was not, and why.

        `stopped`: why the rest of the range was left; `enough`: because as many were found as were asked for.
        """
        for topic, partitions in self.plan.partitions.items():
            covered = [span for where, span in self.covered.items() if where.topic == topic]
            # A topic that is followed may have grown since the plan was made.
            words = f"{len(covered)} of {counted(max(partitions, len(covered)), 'partition')}"
            yield f"{topic}: {words}, {_offsets(covered)}, {counted(self.hits[topic], self.noun)}"
        for gap in self.gaps:
            yield f"not read: {gap.where} {gap.first}-{gap.until}: {gap.problem.text}"
        rest = list(self.rest())
        if self._follows or self._wanted is not None or not rest:
            return
        if enough:
            left = sum(until - first for _, first, until in rest)
            yield f"that is enough: {counted(left, 'offset')} of the range not searched"
            return
        for where, first, until in rest[:_NAMED]:
            yield f"not searched: {where} {first}-{until}" + (f": {stopped}" if stopped else "")
        if len(rest) > _NAMED:
            left = sum(until - first for _, first, until in rest[_NAMED:])
            yield f"not searched: {counted(left, 'offset')} of {len(rest) - _NAMED} more partitions"

    def document(self) -> dict[str, object]:
        """The same for JSON."""
        return {
            "searched": [_piece(*span.where, span.first, span.until) for span in self.covered.values()],
            "not_read": [
                _piece(*gap.where, gap.first, gap.until)
                | {"problem": {"code": gap.problem.code, "text": gap.problem.text}}
                for gap in self.gaps
            ],
        }

    def rest(self) -> Iterator[tuple[TopicPartition, int, int]]:
        """Offsets of the range that were not gone over."""
        for span in self.plan.spans:
            covered = self.covered[span.where]
            if span.first < covered.first:
                yield span.where, span.first, covered.first
            if covered.until < span.until:
                yield span.where, covered.until, span.until

    def failures(self) -> list[Gap]:
        """What should have been read and was not."""
        return [gap for gap in self.gaps if gap.problem.code not in EXPECTED]


def _offsets(covered: list[Span]) -> str:
    ranges = {(span.first, span.until) for span in covered}
    if not ranges:
        return "no offsets"
    if len(ranges) == 1:
        ((first, until),) = ranges
        return f"offsets {first}-{until}"
    if len(covered) <= _NAMED:
        ordered = sorted(covered, key=lambda span: span.where.partition)
        return "offsets " + ", ".join(f"p{span.where.partition} {span.first}-{span.until}" for span in ordered)
    first, until = min(first for first, _ in ranges), max(until for _, until in ranges)
    return f"offsets {first}-{until}, {sum(span.until - span.first for span in covered)} in all"


def _piece(topic: str, partition: int, first: int, until: int) -> dict[str, object]:
    return {"topic": topic, "partition": partition, "first": first, "until": until}


def _percent(done: int, total: int) -> int:
    """100 only when it is all."""
    return 100 if done >= total else done * 100 // total


def _short(rate: float) -> str:
    for limit, sign in ((1e6, "M"), (1e3, "k")):
        if rate >= limit:
            return f"{rate / limit:.1f} {sign}"
    return f"{rate:.0f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
