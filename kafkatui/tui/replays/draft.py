"""What a replay is made of before it is planned: records that were pointed at, and the answers of a form. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kafkatui.columns.cells import thousands
from kafkatui.filters import Selection
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.positions import Range
from kafkatui.model.records import Record
from kafkatui.model.spans import Span
from kafkatui.reading.request import WHOLE, Plan
from kafkatui.replay.planning import Asked
from kafkatui.replay.spec import At, Headers, SpecError, Timestamps, check_job, default_job, parse_rate
from kafkatui.replay.words import WAYS
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.records.scope import Scope, range_words
from kafkatui.tui.records.window import Row


@dataclass(frozen=True, slots=True)
class Part:
    """Of one partition what is chosen."""

    where: TopicPartition
    first: int
    until: int
    records: int | None
    """None: a filter says it, when the plan is made."""
    is_exact: bool
    """Compaction and transactions may leave fewer records than offsets."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """Records of one topic that somebody pointed at."""

    topic: str
    parts: tuple[Part, ...]
    partitions: frozenset[int] | None = None
    range: Range = WHOLE
    query: str = ""
    """The filter as it was typed."""
    selection: Selection = field(default_factory=Selection)
    picked: frozenset[At] = frozenset()

    def words(self) -> str:
        """Safe for a terminal."""
        if self.picked:
            return f"{thousands(len(self.picked))} marked"
        said = [range_words(self.range)]
        if self.partitions is not None:
            said.append(f"partitions {', '.join(str(each) for each in sorted(self.partitions))}")
        if self.query:
            said.append(f"/ {shorten(safe_text(self.query), 60)}")
        return "   ".join(said)


def pointed_at(rows: Iterable[Row]) -> Pointed | None:
    """Exactly these records; None where they are not all of one topic. Gaps are no records."""
    records = [row for row in rows if isinstance(row, Record)]
    topics = {record.topic for record in records}
    if len(topics) != 1:
        return None
    picked = frozenset((record.partition, record.offset) for record in records)
    (topic,) = topics
    parts = []
    for number, count in sorted(Counter(partition for partition, _ in picked).items()):
        offsets = [offset for partition, offset in picked if partition == number]
        parts.append(Part(TopicPartition(topic, number), min(offsets), max(offsets) + 1, count, is_exact=True))
    return Pointed(topic, tuple(parts), picked=picked)


def looked_at(scope: Scope, plan: Plan | None) -> Pointed | None:
    """All that a scope of one topic shows."""
    if len(scope.topics) != 1 or plan is None:
        return None
    is_filtered = scope.selection != Selection()
    parts = tuple(_part(span, is_filtered) for span in plan.spans)
    return Pointed(scope.topics[0], parts, scope.partitions, scope.range, scope.query, scope.selection)


def _part(span: Span, is_filtered: bool) -> Part:
    records = None if is_filtered else span.until - span.first
    return Part(span.where, span.first, span.until, records, is_exact=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers of the form, as they were typed or chosen."""

    target: str = ""
    way: str = "same"
    timestamps: str = Timestamps.KEEP.value
    headers: str = Headers.KEEP.value
    rate: str = ""
    """Empty: as fast as it goes."""
    job: str = ""

    def pace(self) -> float | None:
        """Raises `SpecError`."""
        return parse_rate(self.rate) if self.rate.strip() else None

    def asked(self, pointed: Pointed, topics: Mapping[str, int]) -> Asked:
        """`topics`: those there are, by name; none where that is not known yet. Raises `SpecError`."""
        target = self.target.strip()
        if not target:
            raise SpecError("where do the copies go? name a topic")
        if topics and target not in topics:
            raise SpecError(f"topic {target} does not exist")
        return Asked(
            job=check_job(self.job.strip()),
            source=pointed.topic,
            target=target,
            partitions=pointed.partitions,
            range=pointed.range,
            selection=pointed.selection,
            picked=pointed.picked,
            partition_by=WAYS[self.way],
            timestamps=Timestamps(self.timestamps),
            headers=Headers(self.headers),
        )

    def wrong(self, pointed: Pointed, topics: Mapping[str, int]) -> str:
        """What is wrong with it; empty: nothing."""
        try:
            self.pace()
            self.asked(pointed, topics)
        except SpecError as error:
            return str(error)
        return ""


def a_draft(pointed: Pointed, now: datetime) -> Draft:
    """`now` in UTC."""
    return Draft(job=default_job(pointed.topic, now))
