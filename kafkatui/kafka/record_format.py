"""The records inside one batch (KIP-98, magic 2), decoded when somebody wants them.

aiokafka's compiled decoder does it three times as fast as Python can, but gives up at a header name that is not UTF-8;
then this module's own one reads the batch.
"""

from __future__ import annotations

from collections.abc import Iterator

from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecordBatch

from kafkatui.kafka.batches import HEADER_BYTES, Batch
from kafkatui.kafka.compression import Codec
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import BatchFacts, Header, Record, TimestampType

_ATTRIBUTES_AT = 22
"""The byte of the header whose three lowest bits are the codec."""
_LONGEST_VARINT_BITS = 63


class NotRecords(Exception):
    """The bytes stop being records at some place; what came before it was good."""


def decode(where: TopicPartition, batch: Batch, header: bytes, payload: bytes) -> Iterator[Record]:
    """The records of a batch in order; `payload` is decompressed. Raises `NotRecords` at the place of a fault."""
    given = 0
    # Names of this function, not attributes: it runs once for every record of a search that no bytes can narrow down.
    (topic, partition), kind, facts, new = where, batch.timestamp_type, _facts(batch), tuple.__new__
    try:
        for raw in DefaultRecordBatch(_uncompressed(header) + payload):
            given += 1
            headers = raw.headers
            yield new(
                Record,
                (
                    topic,
                    partition,
                    raw.offset,
                    raw.timestamp,
                    raw.key,
                    raw.value,
                    tuple(headers) if headers else (),
                    kind,
                    facts,
                    None,
                ),
            )
    except UnicodeDecodeError:
        for index, record in enumerate(decode_slowly(where, batch, payload)):
            if index >= given:
                yield record
    except KafkaError as error:
        raise NotRecords(str(error)) from error


def _facts(batch: Batch) -> BatchFacts:
    codec = Codec(batch.codec).name.lower()
    producer = batch.producer_id, batch.producer_epoch, batch.base_sequence
    return BatchFacts(
        codec, batch.size, batch.records, batch.base_offset, batch.last_offset, *producer, batch.transactional
    )


def _uncompressed(header: bytes) -> bytes:
    flags = bytes([header[_ATTRIBUTES_AT] & ~0x07])
    return header[:_ATTRIBUTES_AT] + flags + header[_ATTRIBUTES_AT + 1 : HEADER_BYTES]


def decode_slowly(where: TopicPartition, batch: Batch, payload: bytes) -> Iterator[Record]:
    """As `decode`, for header names of any bytes."""
    reader, facts = _Reader(payload), _facts(batch)
    for _ in range(batch.records):
        try:
            yield _read(where, batch, reader, facts)
        except IndexError as error:
            raise NotRecords("a record is cut short") from error
    if reader.at != len(payload):
        raise NotRecords(f"{len(payload) - reader.at} bytes left over")


def _read(where: TopicPartition, batch: Batch, reader: _Reader, facts: BatchFacts) -> Record:
    """Length, attributes, timestamp delta, offset delta, key, value, headers."""
    length = reader.number()
    end = reader.at + length
    reader.at += 1
    timestamp = batch.first_timestamp_ms + reader.number()
    if batch.timestamp_type is TimestampType.LOG_APPEND:
        timestamp = batch.max_timestamp_ms
    offset = batch.base_offset + reader.number()
    key, value = reader.data(), reader.data()
    headers = tuple(_header(reader) for _ in range(reader.number()))
    if reader.at != end:
        raise NotRecords(f"a record of {length} bytes ends {end - reader.at} bytes off")
    return Record(where.topic, where.partition, offset, timestamp, key, value, headers, batch.timestamp_type, facts)


def _header(reader: _Reader) -> Header:
    name = reader.data()
    if name is None:
        raise NotRecords("a header without a name")
    return name.decode("utf-8", "surrogateescape"), reader.data()


class _Reader:
    """Zigzag varints and byte strings, one after the other. Raises IndexError at the end."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.at = 0

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.payload[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7
            if shift > _LONGEST_VARINT_BITS:
                raise NotRecords("a number is too long")

    def data(self) -> bytes | None:
        """None for a negative length: null, which is not empty."""
        size = self.number()
        if size < 0:
            return None
        start, self.at = self.at, self.at + size
        if self.at > len(self.payload):
            raise IndexError
        return self.payload[start : self.at]
