"""Writing records: acks=all, idempotent, in transactions where wanted, every single answer awaited. No reading here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from kafkatui.kafka import compression
from kafkatui.kafka.clients import ClientFailed, changing_options, close_within, failures
from kafkatui.kafka.hindrances import PASSING, Hindrances
from kafkatui.kafka.odd_batches import OddBatch, is_odd
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.model.records import NewRecord, Place

BATCH_BYTES = 256 * 1024
"""Below every broker's default `message.max.bytes`: a batch that is too large is refused as a whole."""


class Codec(StrEnum):
    """How batches are compressed."""

    GZIP = "gzip"
    SNAPPY = "snappy"
    LZ4 = "lz4"
    ZSTD = "zstd"


class Appended(NamedTuple):
    """One batch that is in the log."""

    offset: int
    """Of its first record; -1 where a broker knew a repeated batch, but no more where it lies."""
    records: int
    log_append_time: bool
    """The broker set the timestamps: the topic's are of the type LogAppendTime."""


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
        patience: float | None = None,
    ) -> None:
        """`patience`: seconds until records that no broker takes are given up; None: the bound for one request."""
        self._patience = connection.request_seconds if patience is None else patience
        self.hindrances = Hindrances()
        self._codec = compression.Codec[codec.name] if codec else compression.Codec.NONE
        self._is_transactional = transactional_id is not None
        self._producer: Any = AIOKafkaProducer(
            **changing_options(connection, client_id),
            acks="all",
            enable_idempotence=True,
            compression_type=codec.value if codec else None,
            transactional_id=transactional_id,
            transaction_timeout_ms=int(transaction_seconds * 1000),
            max_batch_size=BATCH_BYTES,
        )

    async def __aenter__(self) -> Self:
        self.hindrances.listen()
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

    def batch(self, records: Iterable[NewRecord], most_bytes: int = BATCH_BYTES) -> Any:
        """As many of the first records as one batch takes, at least one. `record_count()` tells how many."""
        batch = None
        for record in records:
            if batch is None:
                batch = self._new_batch(record)
            elif most_bytes < BATCH_BYTES and batch.size() >= most_bytes:
                break
            if not _append(batch, record):
                break
        assert batch is not None
        batch.close()
        return batch

    async def append(self, where: TopicPartition, batch: Any) -> Appended:
        """Write one batch, and wait until it is in the log. Raises `ClientFailed`."""
        began = time.monotonic()
        try:
            with failures("writing"):
                async with asyncio.timeout(self._patience):
                    future = await self._producer.send_batch(batch, where.topic, partition=where.partition)
                (answer,) = await self._answers([future])
                if isinstance(answer, BaseException):
                    raise answer
        except ClientFailed as error:
            if error.problem.code == "no_answer" or error.problem.code in PASSING:
                raise ClientFailed(self._unconfirmed(began, error.problem)) from error
            raise
        return Appended(answer.offset, batch.record_count(), answer.timestamp_type == 1)

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
        answers = await self._answers([future for future, _ in sent])
        offsets: list[int] = []
        for answer, (_, count) in zip(answers, sent, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            offsets.extend(range(answer.offset, answer.offset + count))
        return offsets

    def _unconfirmed(self, began: float, last: Problem) -> Problem:
        heard = self.hindrances.since(began)
        why = PASSING.get(last.code, heard.text if heard else "")
        return Problem("no_answer", "no broker has confirmed them in time" + (f": {why}" if why else ""))

    async def _answers(self, sent: Sequence[asyncio.Future[Any]]) -> list[Any]:
        """The answer to each batch, or the exception in its place."""
        for future in sent:
            # Not cancelled when it is waited for no longer: then nobody would hear what it still may end with.
            future.add_done_callback(_hear)
        _, silent = await asyncio.wait(sent, timeout=self._patience)
        if silent:
            raise TimeoutError
        return [future.exception() or future.result() for future in sent]

    def _batches(self, records: Sequence[NewRecord]) -> Iterator[Any]:
        batch = self._new_batch(records[0])
        for record in records:
            if not _append(batch, record):
                yield batch
                batch = self._new_batch(record)
                _append(batch, record)
        batch.close()
        yield batch

    def _new_batch(self, first: NewRecord) -> Any:
        """An empty batch that takes this record."""
        if is_odd(first):
            return OddBatch(BATCH_BYTES, self._codec, transactional=self._is_transactional)
        return self._producer.create_batch()

    async def _close(self) -> None:
        self.hindrances.close()
        if not await close_within(self._producer.stop()):
            # A flush that was cut short leaves the sender running and the sockets open.
            if self._producer._sender is not None:
                await close_within(self._producer._sender.close())
            await close_within(self._producer.client.close())


def _partition(record: NewRecord, index: int, partitions: int) -> int:
    if record.partition is not None:
        return record.partition
    return Partitioner.MURMUR2.place(record.key, partitions) if record.key is not None else index % partitions


def _hear(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _append(batch: Any, record: NewRecord) -> bool:
    """False when the batch is full, or takes no such record. A batch that is empty takes a record of any size."""
    if type(batch) is not OddBatch and is_odd(record):
        batch.close()
        return False
    headers = list(record.headers) if record.headers else []
    made = batch.append(timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=headers)
    return made is not None
