"""Ranges that were resolved to offsets, partition by partition, and the offsets that could not be read. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets that were wanted and are not read, half-open, and why."""

    where: TopicPartition
    first: int
    until: int
    problem: Problem

    def __str__(self) -> str:
        return f"{self.where}@{self.first}-{self.until}: {self.problem.text}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tail brings nothing of this partition for now, and why; None: it does again."""

    where: TopicPartition
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets of one partition to read, half-open. Compaction and transaction markers may leave holes in it."""

    where: TopicPartition
    first: int
    until: int
    clipped: tuple[Gap, ...] = ()
    """What was asked for beyond it, and why it is not there."""

    @property
    def is_empty(self) -> bool:
        return self.first >= self.until


class Isolation(Enum):
    """Which records of transactions a reader sees (KIP-98); the values are Kafka's own words."""

    COMMITTED = "read_committed"
    UNCOMMITTED = "read_uncommitted"

    @property
    def level(self) -> int:
        """As requests carry it."""
        return int(self is Isolation.COMMITTED)
