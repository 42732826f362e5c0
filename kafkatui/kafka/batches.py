"""Record batches as a broker stores them (KIP-98, magic 2): their headers, their integrity, aborted transactions.

Walking reads headers alone. The records inside are `record_format`'s, decompressing is `compression`'s.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from crc32c._crc32c import crc32c

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import TimestampType
from kafkatui.model.spans import Gap

# Base offset, length of what follows, partition leader epoch, magic: the same places in every format since 0.10.
_PREFIX = struct.Struct(">qiib")
# The prefix; CRC-32C of what follows it, attributes, last offset delta, first and max timestamp, producer id and epoch,
# base sequence, count of records.
_HEADER = struct.Struct(">qiibIhiqqqhiI")
HEADER_BYTES = _HEADER.size
_LENGTH = struct.Struct(">8xi")
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


class Batch(NamedTuple):
    """The header of one batch, and where in its chunk it lies.

    The fields of `_HEADER` as they are, what they mean only when it is asked for: a search walks over 50,000 of them a
    second, and most need five.
    """

    at: int
    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    flags: int
    last_delta: int
    first_timestamp_ms: int
    max_timestamp_ms: int
    producer_id: int
    """-1: the producer was neither idempotent nor transactional."""
    producer_epoch: int
    base_sequence: int
    records: int
    """How many; less than the offsets it spans where compaction took some."""

    @property
    def end(self) -> int:
        return self.at + _LENGTH_COUNTS_FROM + self.length

    @property
    def size(self) -> int:
        """Bytes, header included."""
        return _LENGTH_COUNTS_FROM + self.length

    @property
    def last_offset(self) -> int:
        """Kept by compaction even when the record itself is gone."""
        return self.base_offset + self.last_delta

    @property
    def codec(self) -> int:
        """A `Codec`, or a number that is none."""
        return self.flags & _CODEC

    @property
    def timestamp_type(self) -> TimestampType:
        return TimestampType.LOG_APPEND if self.flags & _LOG_APPEND else TimestampType.CREATE

    @property
    def transactional(self) -> bool:
        return bool(self.flags & _TRANSACTIONAL)

    @property
    def control(self) -> bool:
        """Holds a transaction marker, which is no record of anybody's."""
        return bool(self.flags & _CONTROL)


def walk(where: TopicPartition, data: bytes) -> Iterator[Batch | Gap]:
    """Every whole batch of a chunk, in order; a `Gap` in the place of one of another format or without a sane length.

    A broker may cut off the last batch (KIP-74): that is no fault, it comes whole with the next answer.
    """
    at, size = 0, len(data)
    header, new = _HEADER.unpack_from, tuple.__new__
    while size - at >= _PREFIX.size:
        offset, length, _, magic = _PREFIX.unpack_from(data, at)
        if length < (_SHORTEST_OLD if magic in (0, 1) else HEADER_BYTES - _LENGTH_COUNTS_FROM):
            yield Gap(where, offset, offset + 1, Problem("corrupt_batch", f"a batch can not be {length} bytes long"))
            return
        if at + _LENGTH_COUNTS_FROM + length > size:
            return
        if magic != _MAGIC:
            text = f"message format v{magic}: only v2, of Kafka 0.11 and newer, is read"
            yield Gap(where, offset, offset + 1, Problem("unknown_format", text))
        else:
            yield new(Batch, (at, *header(data, at)))
        at += _LENGTH_COUNTS_FROM + length


def next_offset(data: bytes, position: int) -> int:
    """The offset after the last whole batch; `position` when the chunk holds none."""
    at, last, size = 0, -1, len(data)
    length_at = _LENGTH.unpack_from
    while size - at >= _PREFIX.size:
        (length,) = length_at(data, at)
        if length < _SHORTEST_OLD or at + _LENGTH_COUNTS_FROM + length > size:
            break
        last, at = at, at + _LENGTH_COUNTS_FROM + length
    if last < 0:
        return position
    offset, length, _, magic = _PREFIX.unpack_from(data, last)
    whole = magic == _MAGIC and length >= HEADER_BYTES - _LENGTH_COUNTS_FROM
    delta: int = _HEADER.unpack_from(data, last)[6] if whole else 0
    after: int = offset + delta + 1
    return max(position, after)


def is_intact(batch: Batch, data: bytes) -> bool:
    """Whether the checksum fits: what the producer's bytes were when the broker took them."""
    return bool(crc32c(memoryview(data)[batch.at + _CRC_COUNTS_FROM : batch.end]) == batch.crc)


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
    if not batch.records or key_at + _CONTROL_KEY.size > batch.end:
        return False
    return bool(_CONTROL_KEY.unpack_from(data, key_at)[1] == _ABORT)
