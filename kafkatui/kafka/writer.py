"""Writing records: acks=all, idempotent, in transactions where wanted, every single answer awaited. No reading here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from kafkatui.kafka.clients import changing_options, close_within, failures
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.records import NewRecord, Place

_BATCH_BYTES = 256 * 1024
"""Below every broker's default `message.max.bytes`: a batch that is too large is refused as a whole."""


class Codec(StrEnum):
    """How batches are compressed."""

    GZIP = "gzip"
    SNAPPY = "snappy"
    LZ4 = "lz4"
    ZSTD = "zstd"


def partition_of(key: bytes, partitions: int) -> int:
    """The partition Kafka's own producer chooses for a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


class Writer:
    """One producer, open inside `async with`. After `ClientFailed` it is spent: open a new one."""

    def __init__(
        self,
        connection: Connection,
        *,
        client_id: str,
        codec: Codec | None = None,
        transactional_id: str | None = None,
        transaction_seconds: float = 60.0,
    ) -> None:
        self._patience = connection.request_seconds
        self._producer: Any = AIOKafkaProducer(
            **changing_options(connection, client_id),
            acks="all",
            enable_idempotence=True,
            compression_type=codec.value if codec else None,
            transactional_id=transactional_id,
            transaction_timeout_ms=int(transaction_seconds * 1000),
            max_batch_size=_BATCH_BYTES,
        )

    async def __aenter__(self) -> Self:
        try:
            with failures("connecting to write"):
                async with asyncio.timeout(self._patience):
                    await self._producer.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def write(self, records: Sequence[NewRecord]) -> list[Place]:
        """Write them all and say where each lies, in the order given. Raises `ClientFailed`.

        Order is kept within a partition. When it raises, some of them may be written: a transaction undoes that.
        """
        with failures("writing"):
            async with asyncio.timeout(self._patience):
                dealt = await self._deal(records)
            # return_exceptions: no answer may be left unawaited because another one was a refusal.
            answers = await asyncio.gather(
                *(self._write_to(where, [records[i] for i in dealt[where]]) for where in dealt),
                return_exceptions=True,
            )
            places: list[Place | None] = [None] * len(records)
            for where, answer in zip(dealt, answers, strict=True):
                if isinstance(answer, BaseException):
                    raise answer
                for index, offset in zip(dealt[where], answer, strict=True):
                    places[index] = Place(*where, offset)
        return [place for place in places if place is not None]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit what is written inside; abort it when anything is raised inside."""
        await self.begin()
        try:
            yield
        except BaseException:
            await self.abort()
            raise
        await self.commit()

    async def begin(self) -> None:
        """Open a transaction; it needs a `transactional_id`."""
        with failures("opening a transaction"):
            async with asyncio.timeout(self._patience):
                await self._producer.begin_transaction()

    async def commit(self) -> None:
        """Make the open transaction count."""
        with failures("committing a transaction"):
            async with asyncio.timeout(self._patience):
                await self._producer.commit_transaction()

    async def abort(self) -> None:
        """Make the open transaction void."""
        with failures("aborting a transaction"):
            async with asyncio.timeout(self._patience):
                await self._producer.abort_transaction()

    async def _deal(self, records: Sequence[NewRecord]) -> Mapping[TopicPartition, list[int]]:
        counts = {topic: await self._partitions(topic) for topic in {record.topic for record in records}}
        dealt: dict[TopicPartition, list[int]] = {}
        for index, record in enumerate(records):
            where = TopicPartition(record.topic, _partition(record, index, counts[record.topic]))
            dealt.setdefault(where, []).append(index)
        return dealt

    async def _partitions(self, topic: str) -> int:
        return len(await self._producer.partitions_for(topic))

    async def _write_to(self, where: TopicPartition, records: Sequence[NewRecord]) -> list[int]:
        """The offsets of these records of one partition."""
        sent: list[tuple[asyncio.Future[Any], int]] = []
        async with asyncio.timeout(self._patience):
            for batch in self._batches(records):
                future = await self._producer.send_batch(batch, where.topic, partition=where.partition)
                sent.append((future, batch.record_count()))
            # aiokafka commits a transaction even if a batch in it was refused: only these answers tell.
            answers = await asyncio.gather(*(future for future, _ in sent), return_exceptions=True)
        offsets: list[int] = []
        for answer, (_, count) in zip(answers, sent, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            offsets.extend(range(answer.offset, answer.offset + count))
        return offsets

    def _batches(self, records: Sequence[NewRecord]) -> Iterator[Any]:
        batch = self._producer.create_batch()
        for record in records:
            if not _append(batch, record):
                yield batch
                batch = self._producer.create_batch()
                _append(batch, record)
        batch.close()
        yield batch

    async def _close(self) -> None:
        if not await close_within(self._producer.stop()):
            # A flush that was cut short leaves the sender running and the sockets open.
            if self._producer._sender is not None:
                await close_within(self._producer._sender.close())
            await close_within(self._producer.client.close())


def _partition(record: NewRecord, index: int, partitions: int) -> int:
    if record.partition is not None:
        return record.partition
    return partition_of(record.key, partitions) if record.key is not None else index % partitions


def _append(batch: Any, record: NewRecord) -> bool:
    """False when the batch is full. A batch that is empty takes a record of any size."""
    made = batch.append(timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=list(record.headers))
    return made is not None
