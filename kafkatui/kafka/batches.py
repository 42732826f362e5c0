"""Record batches as a broker stores them (KIP-98, magic 2): their headers, their integrity, aborted transactions.

Walking reads headers alone. The records inside are `record_format`'s, decompressing is `compression`'s.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crc32c import crc32c

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import TimestampType
from kafkatui.model.spans import Gap

# Base offset, length of what follows, partition leader epoch, magic: the same places in every format since 0.10.
_PREFIX = struct.Struct(">qiib")
# CRC-32C of what follows it, attributes, last offset delta, first and max timestamp, producer id and epoch, base
# sequence, count of records.
_HEADER = struct.Struct(">IhiqqqhiI")
HEADER_BYTES = _PREFIX.size + _HEADER.size
_LENGTH_COUNTS_FROM = 12
_CRC_COUNTS_FROM = 21
_MAGIC = 2
_SHORTEST_OLD = 14
"""Bytes that follow the length in the shortest message of magic 0."""
_CODEC, _LOG_APPEND, _TRANSACTIONAL, _CONTROL = 0x07, 0x08, 0x10, 0x20
_CONTROL_KEY = struct.Struct(">hh")
"""Version and type of a control record's key."""
_ABORT = 0
NO_PRODUCER = -1


@dataclass(frozen=True, slots=True)
class Batch:
    """The header of one batch, and where in its chunk it lies."""

    at: int
    size: int
    """Bytes, header included."""
    crc: int
    base_offset: int
    last_offset: int
    """Kept by compaction even when the record itself is gone."""
    codec: int
    """A `Codec`, or a number that is none."""
    timestamp_type: TimestampType
    transactional: bool
    control: bool
    """Holds a transaction marker, which is no record of anybody's."""
    first_timestamp_ms: int
    max_timestamp_ms: int
    producer_id: int
    """-1: the producer was neither idempotent nor transactional."""
    count: int

    @property
    def end(self) -> int:
        return self.at + self.size


def walk(where: TopicPartition, data: bytes) -> Iterator[Batch | Gap]:
    """Every whole batch of a chunk, in order; a `Gap` in the place of one of another format or without a sane length.

    A broker may cut off the last batch (KIP-74): that is no fault, it comes whole with the next answer.
    """
    at = 0
    while len(data) - at >= _PREFIX.size:
        offset, length, _, magic = _PREFIX.unpack_from(data, at)
        if length < (_SHORTEST_OLD if magic in (0, 1) else HEADER_BYTES - _LENGTH_COUNTS_FROM):
            yield Gap(where, offset, offset + 1, Problem("corrupt_batch", f"a batch can not be {length} bytes long"))
            return
        if at + _LENGTH_COUNTS_FROM + length > len(data):
            return
        size = _LENGTH_COUNTS_FROM + length
        if magic != _MAGIC:
            text = f"message format v{magic}: only v2, of Kafka 0.11 and newer, is read"
            yield Gap(where, offset, offset + 1, Problem("unknown_format", text))
        else:
            yield _header(data, at, size, offset)
        at += size


def _header(data: bytes, at: int, size: int, base_offset: int) -> Batch:
    crc, flags, last_delta, first_ms, max_ms, producer_id, _, _, count = _HEADER.unpack_from(data, at + _PREFIX.size)
    return Batch(
        at=at,
        size=size,
        crc=crc,
        base_offset=base_offset,
        last_offset=base_offset + last_delta,
        codec=flags & _CODEC,
        timestamp_type=TimestampType.LOG_APPEND if flags & _LOG_APPEND else TimestampType.CREATE,
        transactional=bool(flags & _TRANSACTIONAL),
        control=bool(flags & _CONTROL),
        first_timestamp_ms=first_ms,
        max_timestamp_ms=max_ms,
        producer_id=producer_id,
        count=count,
    )


def next_offset(data: bytes, position: int) -> int:
    """The offset after the last whole batch; `position` when the chunk holds none."""
    at, found = 0, position
    while len(data) - at >= _PREFIX.size:
        offset, length, _, magic = _PREFIX.unpack_from(data, at)
        if length < _SHORTEST_OLD or at + _LENGTH_COUNTS_FROM + length > len(data):
            break
        delta = int.from_bytes(data[at + 23 : at + 27], "big", signed=True) if magic == _MAGIC else 0
        found = max(found, offset + delta + 1)
        at += _LENGTH_COUNTS_FROM + length
    return found


def is_intact(batch: Batch, data: bytes) -> bool:
    """Whether the checksum fits: what the producer's bytes were when the broker took them."""
    with memoryview(data) as view:
        return crc32c(view[batch.at + _CRC_COUNTS_FROM : batch.end]) == batch.crc


class Transactions:
    """Tells which batches of one answer were aborted: the rules of the Java client (CompletedFetch).

    Asked for every batch in the order of the log, control batches too.
    """

    def __init__(self, aborted: Iterable[tuple[int, int]]) -> None:
        """`aborted`: producer id and first offset of each, as the answer lists them."""
        self._coming = deque(sorted(aborted, key=_first_offset))
        self._open: set[int] = set()

    def hides(self, batch: Batch, data: bytes) -> bool:
        """Whether `batch` holds no records that count: a marker, or part of an aborted transaction."""
        if batch.producer_id != NO_PRODUCER:
            while self._coming and self._coming[0][1] <= batch.last_offset:
                self._open.add(self._coming.popleft()[0])
        if batch.control:
            if _is_abort(batch, data):
                self._open.discard(batch.producer_id)
            return True
        return batch.transactional and batch.producer_id in self._open


def _first_offset(aborted: tuple[int, int]) -> int:
    return aborted[1]


def _is_abort(batch: Batch, data: bytes) -> bool:
    """Whether the marker in a control batch ends an aborted transaction. Control batches are never compressed."""
    # Length, attributes, timestamp delta, offset delta and key length, one byte each in a marker as brokers write it.
    key_at = batch.at + HEADER_BYTES + 5
    if not batch.count or key_at + _CONTROL_KEY.size > batch.end:
        return False
    return bool(_CONTROL_KEY.unpack_from(data, key_at)[1] == _ABORT)
