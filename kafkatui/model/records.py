"""Records as values: one about to be written, one that was read, and where a record lies. Decoding is not done here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from kafkatui.model.cluster import TopicPartition

if TYPE_CHECKING:  # most records are whole
    from kafkatui.model.masking_rules import Masked

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


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What a record's batch says of it. Records are the same whatever batches they came in."""

    codec: str = field(compare=False)
    """`none`, `gzip`, `snappy`, `lz4` or `zstd`."""
    size: int = field(compare=False)
    """Bytes as they are stored, header included."""
    records: int = field(compare=False)
    first: int = field(compare=False)
    """Offset; so is `last`, which compaction keeps even when the record itself is gone."""
    last: int = field(compare=False)
    producer_id: int = field(compare=False)
    """-1: the producer was neither idempotent nor transactional; then epoch and sequence are -1 too."""
    producer_epoch: int = field(compare=False)
    base_sequence: int = field(compare=False)
    transactional: bool = field(compare=False)

    @property
    def is_known(self) -> bool:
        """No batch that a record came in is empty."""
        return self.records > 0


NO_BATCH = BatchFacts("none", 0, 0, -1, -1, -1, -1, -1, False)
"""Of a record that did not come from a log."""


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
    batch: BatchFacts = NO_BATCH
    masked: Masked | None = None
    """What was hidden of it to be shown. None: it is as it is stored."""

    @property
    def source(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)
