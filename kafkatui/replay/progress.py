"""How far a replay is: what each commit says of it, and what a person sees. Nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kafkatui.kafka.transaction_calls import Position
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import ELSEWHERE
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place
from kafkatui.model.spans import Gap
from kafkatui.replay.spec import Spec

_METADATA = re.compile(r"kafkatui/1 ([0-9a-f]{16}) (\d+)")
_CARRIED = re.compile(ELSEWHERE + r"([0-9a-f]{16})((?: \d+:\d+:\d+)+)")
MOST_CARRIED = 80
"""Source partitions whose progress one commit can hold: brokers take 4096 bytes (offset.metadata.max.bytes)."""


class AnotherPlan(Exception):
    """The group of the job holds the progress of another plan, or something else altogether."""


@dataclass(slots=True)
class Progress:
    """What counts: everything in it is committed, together with the records."""

    spec: Spec
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    """The next offset to read."""
    sent: dict[TopicPartition, int] = field(default_factory=dict)
    """Records written so far, by the partition they came from."""

    @property
    def records(self) -> int:
        return sum(self.sent.values())

    @property
    def left(self) -> int | None:
        """Records that may still be written; None: as many as there are."""
        return None if self.spec.most is None else max(0, self.spec.most - self.records)

    @property
    def offsets(self) -> int:
        """Gone over so far."""
        return sum(self.position(span.where) - span.first for span in self.spec.spans)

    @property
    def is_done(self) -> bool:
        return self.left == 0 or all(self.position(span.where) >= span.until for span in self.spec.spans)

    def position(self, where: TopicPartition) -> int:
        return self.positions.get(where) or next(span.first for span in self.spec.spans if span.where == where)


def committed(progress: Progress, positions: Mapping[TopicPartition, int]) -> dict[TopicPartition, Position]:
    """What a commit says, so that whoever reads the group knows which plan it is of and how many were written."""
    hash_ = progress.spec.hash
    if progress.spec.is_elsewhere:
        return {where: _carried(progress, where) for where in {carrier(progress.spec, each) for each in positions}}
    return {
        where: Position(position, f"kafkatui/1 {hash_} {progress.sent.get(where, 0)}")
        for where, position in positions.items()
    }


def read_progress(spec: Spec, found: Mapping[TopicPartition, Position]) -> Progress:
    """The progress that a group holds. Raises `AnotherPlan`."""
    if spec.is_elsewhere:
        return _read_carried(spec, found)
    progress = Progress(spec)
    mine = {span.where for span in spec.spans}
    for where, position in found.items():
        match = _METADATA.fullmatch(position.metadata)
        if match is None or match[1] != spec.hash or where not in mine:
            raise _another(spec, where, position)
        progress.positions[where] = position.offset
        progress.sent[where] = int(match[2])
    return progress


def _another(spec: Spec, where: TopicPartition, position: Position) -> AnotherPlan:
    return AnotherPlan(f"{spec.name} holds the progress of another plan ({where}: {position.metadata!r})")


def carrier(spec: Spec, where: TopicPartition) -> TopicPartition:
    """The partition the group commits for one of the source.

    From elsewhere, another cluster or a file, it is one of the target: only the cluster that is written to can count
    copies and progress together, and a group can commit only for topics that are there.
    """
    if not spec.is_elsewhere:
        return where
    return TopicPartition(spec.target.topic, where.partition % spec.target.partitions)


def _carried(progress: Progress, at: TopicPartition) -> Position:
    """The progress of all partitions that one of the target stands for; the offset only counts records."""
    mine = [span.where for span in progress.spec.spans if carrier(progress.spec, span.where) == at]
    parts = [f"{each.partition}:{progress.position(each)}:{progress.sent.get(each, 0)}" for each in mine]
    sent = sum(progress.sent.get(each, 0) for each in mine)
    return Position(sent, f"{ELSEWHERE}{progress.spec.hash} {' '.join(parts)}")


def _read_carried(spec: Spec, found: Mapping[TopicPartition, Position]) -> Progress:
    progress = Progress(spec)
    mine = {span.where for span in spec.spans}
    for at, position in found.items():
        match = _CARRIED.fullmatch(position.metadata)
        if match is None or match[1] != spec.hash:
            raise _another(spec, at, position)
        for part in match[2].split():
            partition, next_, sent = map(int, part.split(":"))
            where = TopicPartition(spec.source, partition)
            if where not in mine or carrier(spec, where) != at:
                raise _another(spec, at, position)
            progress.positions[where], progress.sent[where] = next_, sent
    return progress


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record that the target did not take."""

    place: Place
    problem: Problem


@dataclass(frozen=True, slots=True)
class State:
    """One look at a running replay."""

    records: int
    """Committed, over the whole job."""
    offsets: int
    total: int
    """Offsets of the whole range."""
    size: int
    """Bytes written by this run, as sent."""
    seconds: float
    """Of this run."""
    run_records: int
    """Committed by this run."""
    waiting: Problem | None = None
    """Why it stands still."""
    skipped: tuple[SkippedRecord, ...] = ()
    lost: tuple[Gap, ...] = ()
    """Ranges that could not be read and were passed over, as was allowed."""
    paused: bool = False

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.offsets / self.total if self.total else 1.0

    @property
    def rate(self) -> float:
        """Records/s of this run."""
        return self.run_records / self.seconds if self.seconds > 0 else 0.0


def still_to_read(progress: Progress) -> Iterable[tuple[TopicPartition, int, int]]:
    """Partition, next offset, end; of what is not done."""
    for span in progress.spec.spans:
        position = progress.position(span.where)
        if position < span.until:
            yield span.where, position, span.until
