"""What is to be read, in a person's words and resolved to offsets: plain values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Gap, Isolation, Span

WHOLE = Range()


@dataclass(frozen=True, slots=True)
class Request:
    """Some topics, or some of their partitions, from somewhere to somewhere."""

    topics: tuple[str, ...]
    partitions: frozenset[int] | None = None
    """Of each topic; None: all it has."""
    range: Range = WHOLE
    isolation: Isolation = Isolation.COMMITTED


@dataclass(frozen=True, slots=True)
class Unread:
    """A topic or partition nothing can be read of, and why."""

    topic: str
    partition: int | None
    """None: the whole topic."""
    problem: Problem

    @property
    def name(self) -> str:
        return self.topic if self.partition is None else str(TopicPartition(self.topic, self.partition))

    def __str__(self) -> str:
        return f"{self.name}: {self.problem.text}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A request, resolved once: later records are not part of it."""

    request: Request
    spans: tuple[Span, ...]
    partitions: dict[str, int]
    """How many partitions each topic has, whether or not they are all read."""
    unread: tuple[Unread, ...] = ()

    @property
    def clipped(self) -> tuple[Gap, ...]:
        """What was asked for beyond the logs, and why it is not there."""
        return tuple(gap for span in self.spans for gap in span.clipped)
