"""Where a run puts its copies: all of a chunk together with the progress, or nothing of it. Nothing is chosen here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from kafkatui.kafka.compression import Codec
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.transaction_calls import Position
from kafkatui.kafka.transaction_errors import Fenced, Lost
from kafkatui.kafka.transaction_writer import TransactionWriter
from kafkatui.kafka.transactions import Transactions
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from kafkatui.replay.spec import Spec


class Sink(Protocol):
    """What a run asks of it. `open` first, and again after any exception: what was put and not committed is void."""

    @property
    def size(self) -> int:
        """Bytes written by this run."""

    async def open(self) -> int:
        """Be the only one who writes; the producer id that copies will carry. Raises `Lost`, `Fenced`."""

    async def committed(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Position]:
        """The progress of these that counts, and of any other. Raises `Lost`."""

    def limit(self, topic: str, most_bytes: int) -> None:
        """Batches of a topic are to be no larger than this."""

    async def put(self, where: TopicPartition, records: Sequence[Record], sources: Sequence[Record]) -> None:
        """Raises `Lost`, `Fenced`, `NotTaken`."""

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> None:
        """Make what was put count, and the progress with it. Raises as `put`."""

    async def abort(self) -> None:
        """Void what was put, if that can be said to anybody now."""

    async def finish(self) -> None:
        """Everything is there."""

    async def close(self) -> None:
        """Let go of what is under way."""


class KafkaSink:
    """Topics of one cluster: a transaction a chunk, whose progress is a group's."""

    def __init__(self, nodes: Nodes, spec: Spec, longest: float) -> None:
        """`longest`: seconds until the coordinator voids a transaction that nobody has ended."""
        self._transactions = Transactions(nodes, spec.name, spec.name, timeout=longest)
        codec = None if spec.codec is None else Codec[spec.codec.upper()]
        self._writer = TransactionWriter(nodes, self._transactions, codec)
        self.committed = self._transactions.committed
        self.limit = self._writer.limit
        self.put = self._writer.put
        self.commit = self._writer.commit
        self.close = self._writer.close

    @property
    def size(self) -> int:
        return self._writer.size

    async def open(self) -> int:
        await self._writer.start_anew()
        return self._transactions.producer.id

    async def abort(self) -> None:
        """An open transaction is void after a minute, anyway."""
        try:
            async with asyncio.timeout(1.0):
                await self._transactions.abort()
        except (TimeoutError, Lost, Fenced):
            return

    async def finish(self) -> None:
        """Nothing is left to do: every commit counts for itself."""
