"""Batches about to be written, filled record by record, sealed with the producer and sequence they go out with.

aiokafka's compiled builder does the work; its Python one holds what that can not: header names of any bytes, records
without a timestamp. Sending is not done here.
"""

from __future__ import annotations

from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchBuilderPy

from kafkatui.kafka.compression import Codec
from kafkatui.kafka.odd_batches import NO_TIMESTAMP, as_written, has_odd_name
from kafkatui.kafka.transaction_calls import Producer
from kafkatui.model.records import Record

_MAGIC = 2
_NO_HEADERS: list[Any] = []


class Building:
    """One batch of a transaction."""

    def __init__(self, codec: Codec, most_bytes: int, *, odd: bool = False) -> None:
        """`most_bytes`: header included, before compression; one record is always taken. `odd`: takes every record."""
        make = _DefaultRecordBatchBuilderPy if odd else DefaultRecordBatchBuilder
        self._builder: Any = make(_MAGIC, int(codec), 1, -1, -1, 0, most_bytes)
        self._odd = odd
        self.sources: list[Record] = []
        """What each record in it was made of."""

    def append(self, record: Record, source: Record) -> bool:
        """False: it is full, or takes no such record; a batch that is empty and `odd` takes any."""
        headers = record.headers
        if not self._odd and (record.timestamp_ms == NO_TIMESTAMP or (headers and has_odd_name(headers))):
            return False
        named = _NO_HEADERS if not headers else as_written(headers) if self._odd else list(headers)
        made = self._builder.append(len(self.sources), record.timestamp_ms, record.key, record.value, named)
        if made is None:
            return False
        self.sources.append(source)
        return True

    @property
    def size(self) -> int:
        """Bytes, before compression."""
        return int(self._builder.size())

    def seal(self, producer: Producer, sequence: int) -> bytes | bytearray:
        """The bytes of the batch. Nothing can be added to it any more."""
        self._builder.set_producer_state(producer.id, producer.epoch, sequence)
        made: bytes | bytearray = self._builder.build()
        return made
