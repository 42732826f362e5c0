"""A dead letter as values: where it came from, why it failed, and what is not told, with the reason. No bytes here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.dead_letters.dialects.dialect import Dialect
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Place, Record

Text: TypeAlias = "str | Problem"
"""A text from a header, or why there is none. From the cluster: not for a terminal as it is."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record lay when it failed. Each part is told on its own: some dialects leave some out."""

    topic: Text
    partition: Reading
    offset: Reading
    timestamp_ms: Reading
    """Epoch milliseconds, as the record carried it."""
    group: Text
    """Of the consumer that failed."""

    @property
    def place(self) -> Place | Problem:
        """Or the reason why it is not known."""
        for part in (self.topic, self.partition, self.offset):
            if isinstance(part, Problem):
                return part
        return Place(str(self.topic), int(str(self.partition)), int(str(self.offset)))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record of a dead-letter topic, understood."""

    record: Record
    dialect: Dialect
    """Of the newest failure."""
    others: tuple[Dialect, ...]
    """Dialects of older failures whose headers it still has."""
    origins: tuple[Origin, ...]
    """One for each time it became a dead letter, the oldest first; never empty."""
    attempts: Reading
    """Deliveries that failed before it was given up, as the dialect tells."""
    sent: Reading
    """How often it was sent to its consumers: 1 for a record that failed for the first time.

    Counted by what kafkatui stamps on a record it sends back, and by the origins that were appended.
    """
    exception: Text
    """The class, of the innermost cause where the dialect tells."""
    message: Text
    stacktrace: Text
    connector: Text
    stage: Text
    """At which step of the work it failed."""
    task: Reading
    own: frozenset[str]
    """Its headers that a dialect wrote, and kafkatui's own: what was there before is all the others."""
    cause: str | None = None
    """The id of its cause, where its texts are masked: it can not be told from them."""

    @property
    def place(self) -> Place:
        record = self.record
        return Place(record.topic, record.partition, record.offset)

    @property
    def first_origin(self) -> Origin:
        """Where it all began."""
        return self.origins[0]

    @property
    def last_origin(self) -> Origin:
        """Where it failed the last time."""
        return self.origins[-1]

    @property
    def passes(self) -> int:
        """How often it became a dead letter, as far as its headers tell."""
        return len(self.origins)

    @property
    def is_pointer(self) -> bool:
        """Whether it has no payload but names where the record lies (KIP-1191)."""
        return self.dialect.is_pointer and self.record.key is None and self.record.value is None
