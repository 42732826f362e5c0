"""The transactions of one transactional id (KIP-98): batches and a group's offsets that count together or not at all.

Nothing is tried again here: after any failure the transaction is void, and whoever wrote opens anew and begins from
what the group has committed. So no batch is ever sent twice into one transaction. What is written is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kafkatui.kafka import errors, transaction_calls
from kafkatui.kafka.link import Failed, Link
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.refusals import REFUSALS
from kafkatui.kafka.transaction_calls import NOBODY, Position, Producer
from kafkatui.kafka.transaction_coordinators import Coordinators, Kind
from kafkatui.kafka.transaction_errors import FENCED, Fenced, Lost, Refused
from kafkatui.kafka.wire import Call
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem

LANES = 8
"""Connections to one leader: a broker takes the next request of a connection only when the one before is replicated."""
_AT_WORK = frozenset({"Ongoing", "PrepareCommit", "CompleteCommit"})
"""States of a transaction that only who writes can bring about."""


class Transactions:
    """One transaction after the other. `open` first; after `Lost` or `Refused` too."""

    def __init__(self, nodes: Nodes, name: str, group: str, patience: float = 30.0, timeout: float = 60.0) -> None:
        """`name`: the transactional id; `group` gets the offsets.

        `patience`: seconds to wait for one answer; `timeout`: after so many a coordinator aborts what is left open.
        """
        self.name = name
        self.group = group
        self.producer = NOBODY
        self._nodes = nodes
        self._patience = patience
        self._timeout = timeout
        self._coordinators = Coordinators(nodes, name, group, patience)
        self._sequences: dict[TopicPartition, int] = {}
        self._partitions: set[TopicPartition] = set()
        """Partitions of the open transaction."""
        self._has_offsets = False

    # Opening

    async def open(self) -> Producer:
        """Void what was left open, fence whoever else writes under this name, and be the one who writes.

        Again after a failure: then it finds out whether somebody else has taken over meanwhile. Raises `Lost`,
        `Fenced`.
        """
        call = transaction_calls.init(self.name, self.producer, self._timeout)
        answer = await self._coordinators.ask(Kind.TRANSACTION, call, check=self._void_own)
        self.producer = Producer(int(answer.producer_id), int(answer.producer_epoch))
        self._sequences.clear()
        self._partitions.clear()
        self._has_offsets = False
        return self.producer

    async def _void_own(self) -> None:
        """Abort what this one left open, and leave alone what somebody newer has open. Raises `Lost`, `Fenced`.

        InitProducerId does neither: it voids what is open before it looks at the epoch, and before Kafka 4.3 it then
        takes the one who opened for a stranger.
        """
        if self.producer == NOBODY:
            return
        found = await self._coordinators.try_once(
            Kind.TRANSACTION, transaction_calls.describe(self.name), lambda answer: []
        )
        if isinstance(found, Problem):
            return
        (transaction,) = found.transaction_states
        if errors.is_error(transaction.error_code):
            return
        writer = Producer(int(transaction.producer_id), int(transaction.producer_epoch))
        if writer != self.producer and transaction.transaction_state in _AT_WORK:
            raise Fenced(f"{self.name} is written by {writer}, and this is {self.producer}")
        if transaction.transaction_state == "Ongoing":
            await self._coordinators.ask(Kind.TRANSACTION, self._ending(commit=False))

    async def committed(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Position]:
        """Where the group is, in these partitions and any other. Raises `Lost`.

        Waits for markers that are still on their way to these: a broker that is asked for all passes over a partition
        whose first commit waits for its marker.
        """
        await self._fetch(partitions)
        return transaction_calls.positions_in(await self._fetch(None))

    async def _fetch(self, wanted: Collection[TopicPartition] | None) -> Any:
        call = transaction_calls.fetch(self.group, wanted)
        return await self._coordinators.ask(Kind.GROUP, call, transaction_calls.of_fetched)

    # Writing

    async def include(self, partitions: Collection[TopicPartition]) -> None:
        """Make partitions part of the transaction, before anything is written to them. Raises `Lost`, `Fenced`."""
        new = sorted(set(partitions) - self._partitions)
        if new:
            call = transaction_calls.add_partitions(self.name, self.producer, new)
            await self._coordinators.ask(Kind.TRANSACTION, call, transaction_calls.of_added)
            self._partitions.update(new)

    async def reach(self, where: TopicPartition, leader: int) -> None:
        """Connect to where the batches of a partition go. Raises `Lost`."""
        try:
            await self._lane(leader, where).reach()
        except Failed as error:
            raise Lost(error.problem) from error

    def next_sequence(self, where: TopicPartition, records: int) -> int:
        """The sequence number of the next batch of a partition; it has so many records."""
        first = self._sequences.get(where, 0)
        # After 2^31-1 comes 0 (Java: DefaultRecordBatch.incrementSequence).
        self._sequences[where] = (first + records) & 0x7FFFFFFF
        return first

    async def write(self, where: TopicPartition, leader: int, batch: bytes | bytearray, tag: Any = None) -> int:
        """Write one batch whose header names the producer and its sequence; the offset of its first record.

        Batches of one partition may be under way at once, if this is called in their order. Raises `Lost`, `Fenced`,
        `Refused`.
        """
        call = transaction_calls.produce(self.name, where, batch, self._patience)
        try:
            answer = await self._nodes.links.ask(self._lane(leader, where), call)
        except Failed as error:
            raise Lost(error.problem) from error
        (topic,) = answer.responses
        (result,) = topic.partition_responses
        code = result.error_code
        if code.name == "duplicate_sequence_number" or not errors.is_error(code):
            return int(result.base_offset)
        if code.name in FENCED:
            raise Fenced(errors.of_code(code, result.error_message).text)
        problem = errors.of_code(code, result.error_message)
        if code.name not in REFUSALS:
            raise Lost(problem)
        words = REFUSALS[code.name]
        raise Refused(where, tag, [int(each.batch_index) for each in result.record_errors], Problem(code.name, words))

    def _lane(self, leader: int, where: TopicPartition) -> Link:
        link = self._nodes.link(leader)
        if link is None:
            raise Lost(Problem("unknown_broker", f"broker {leader} is not in the cluster's metadata"))
        lane = f"transaction {where.partition % LANES}"
        return self._nodes.links.at(*link.address, link.name, lane=lane, patience=self._patience)

    # Ending

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> None:
        """Make what was written count, and the group's positions with it.

        Raises `Lost`, after which only the group's positions tell whether it counts, and `Fenced`.
        """
        if positions:
            group = transaction_calls.add_group(self.name, self.producer, self.group)
            await self._coordinators.ask(Kind.TRANSACTION, group)
            self._has_offsets = True
            offsets = transaction_calls.commit_offsets(self.name, self.producer, self.group, positions)
            await self._coordinators.ask(Kind.GROUP, offsets, transaction_calls.of_partitions)
        await self._end(commit=True)

    async def abort(self) -> None:
        """Make it void. Raises `Lost`, `Fenced`."""
        await self._end(commit=False)

    async def _end(self, *, commit: bool) -> None:
        if not self._partitions and not self._has_offsets:
            return
        await self._coordinators.ask(Kind.TRANSACTION, self._ending(commit=commit))
        self._partitions.clear()
        self._has_offsets = False

    def _ending(self, *, commit: bool) -> Call:
        return transaction_calls.end(self.name, self.producer, commit=commit)
