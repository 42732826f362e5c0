"""Which headers tell of a dead letter of a program of one's own: plain values. Files are read in `config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeadLetterRule:
    """The header names of the dead letters in the topics that a pattern names; empty: none tells that."""

    topics: str
    """A glob as a shell's: `orders.*`; case counts."""
    topic: str = ""
    partition: str = ""
    offset: str = ""
    timestamp: str = ""
    """Epoch milliseconds."""
    group: str = ""
    exception: str = ""
    message: str = ""
    stacktrace: str = ""
    attempts: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """All it names."""
        names = (self.topic, self.partition, self.offset, self.timestamp, self.group)
        return tuple(filter(None, (*names, self.exception, self.message, self.stacktrace, self.attempts)))
