"""Fills batches and keeps several under way inside one transaction, in the order of each partition.

What is written is decided by the caller, who also commits. After any exception the transaction is void.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafkatui.kafka.building import Building
from kafkatui.kafka.compression import Codec
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.topology import read_topology
from kafkatui.kafka.transaction_calls import Position
from kafkatui.kafka.transaction_errors import Lost, Refused
from kafkatui.kafka.transactions import Transactions
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record

BATCH_BYTES = 900 * 1024
"""A broker works on one request of a connection at a time: few large ones are written twice as fast as many small."""
_AHEAD = 16
"""Batches that are under way at once."""


@dataclass(frozen=True, slots=True)
class RefusedRecords:
    """Records that a leader does not take, and why; None is written of their transaction."""

    where: TopicPartition
    """The partition they were to go to."""
    sources: tuple[Record, ...]
    """All that may be to blame: one, where that is known."""
    problem: Problem
    size: int
    """Bytes of the batch, before compression."""


class NotTaken(Exception):
    """A leader refused records; the transaction is void."""

    def __init__(self, refused: RefusedRecords) -> None:
        super().__init__(refused.problem.text)
        self.refused = refused


class TransactionWriter:
    """Writes the records of one transaction after the other."""

    def __init__(self, nodes: Nodes, transactions: Transactions, codec: Codec | None = None) -> None:
        """`codec`: None compresses as the records were where they come from."""
        self._nodes = nodes
        self._transactions = transactions
        self._codec = codec
        self._limits: dict[str, int] = {}
        self._open: dict[TopicPartition, Building] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_AHEAD)
        self._failure: BaseException | None = None
        self.size = 0
        """Bytes of the batches written, as they were sent."""

    def limit(self, topic: str, most_bytes: int) -> None:
        """Batches of a topic are to be no larger than this."""
        self._limits[topic] = most_bytes

    async def put(self, where: TopicPartition, records: Sequence[Record], sources: Sequence[Record]) -> None:
        """To the end of a partition; `sources` are what each of the records was made of.

        Raises `Lost`, `Fenced`, `NotTaken`, also for what was put before.
        """
        if not records:
            return
        if where not in self._open:
            await self._transactions.include([where])
            # Batches go out in their order only over a connection that is there.
            await self._transactions.reach(where, self._leader(where))
        building = self._open.get(where) or self._begin(where, records[0])
        for record, source in zip(records, sources, strict=True):
            if not building.append(record, source):
                await self._send(where)
                building = self._begin(where, record)
                if not building.append(record, source):
                    building = self._begin(where, record, odd=True)
                    building.append(record, source)

    def _begin(self, where: TopicPartition, record: Record, *, odd: bool = False) -> Building:
        codec = Codec[record.batch.codec.upper()] if self._codec is None else self._codec
        building = Building(codec, min(BATCH_BYTES, self._limits.get(where.topic, BATCH_BYTES)), odd=odd)
        self._open[where] = building
        return building

    async def _send(self, where: TopicPartition) -> None:
        building = self._open.pop(where)
        if not building.sources:
            return
        await self._room.acquire()
        if self._failure is not None:
            self._room.release()
            raise self._failure
        task = asyncio.create_task(self._write(where, building, *self._sealed(where, building)), name=f"write {where}")
        self._under_way.add(task)
        task.add_done_callback(self._written)

    def _sealed(self, where: TopicPartition, building: Building) -> tuple[int, bytes | bytearray]:
        """The leader it goes to, and its bytes. Raises `Lost`."""
        leader = self._leader(where)
        sequence = self._transactions.next_sequence(where, len(building.sources))
        batch = building.seal(self._transactions.producer, sequence)
        self.size += len(batch)
        return leader, batch

    async def _write(self, where: TopicPartition, building: Building, leader: int, batch: bytes | bytearray) -> None:
        try:
            await self._transactions.write(where, leader, batch)
        except Refused as error:
            blamed = [building.sources[index] for index in error.indices] or building.sources
            raise NotTaken(RefusedRecords(where, tuple(blamed), error.problem, building.size)) from error
        finally:
            self._room.release()

    def _leader(self, where: TopicPartition) -> int:
        seen = self._nodes.seen
        topic = None if seen is None else seen.topics.get(where.topic)
        partition = None if topic is None else topic.partition(where.partition)
        if partition is None or partition.leader is None:
            raise Lost(Problem("leaderless", f"{where} has no leader right now"))
        return partition.leader

    def _written(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self._failure is None:
            self._failure = error

    async def flush(self) -> None:
        """Until every leader has answered for all that was put. Raises as `put`."""
        for where in list(self._open):
            await self._send(where)
        while self._under_way:
            await asyncio.wait(self._under_way)
        if self._failure is not None:
            raise self._failure

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> None:
        """Write what is left, and make all of it count together with the positions. Raises as `put`."""
        await self.flush()
        await self._transactions.commit(positions)

    async def start_anew(self) -> None:
        """After an exception: forget what was put, find the leaders again, and open a transaction. Raises `Lost`..."""
        await self._drop()
        self._nodes.seen = None
        await read_topology(self._nodes)
        await self._transactions.open()

    async def _drop(self) -> None:
        self._open.clear()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._under_way.clear()
        self._failure = None

    async def close(self) -> None:
        """Let go of what is under way; an open transaction stays void until somebody opens its name again."""
        await self._drop()
