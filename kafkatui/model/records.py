"""Records as values: one about to be written, one that was read, and where a record lies. Decoding is not done here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from kafkatui.model.cluster import TopicPartition

Header: TypeAlias = tuple[str, bytes | None]
"""Kafka keeps headers in order, lets names repeat, and tells null from empty.

A name that is not UTF-8 is read with `surrogateescape`: encoding it the same way gives its bytes back.
"""


class TimestampType(Enum):
    """Who set a record's timestamp: its producer, or the broker that appended it. The values are Kafka's own words."""

    CREATE = "CreateTime"
    LOG_APPEND = "LogAppendTime"


class Place(NamedTuple):
    """Where one record lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}@{self.offset}"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record that has no offset yet."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    timestamp_ms: int | None = None
    """None: the moment it is written."""
    partition: int | None = None
    """None: chosen by the key, as Kafka's own producer does."""


class Record(NamedTuple):
    """A record as it was read.

    A tuple: a search makes millions of them, and a frozen dataclass takes four times as long to decode into (measured:
    2.5 against 0.6 µs a record).
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    timestamp_type: TimestampType = TimestampType.CREATE

    @property
    def source(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)
