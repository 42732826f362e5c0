"""The transactions of one transactional id (KIP-98): batches and a group's offsets that count together or not at all.

Nothing is tried again here: after any failure the transaction is void, and whoever wrote opens anew and begins from
what the group has committed. So no batch is ever sent twice into one transaction. What is written is not known here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any, NamedTuple

from kafkatui.kafka import errors
from kafkatui.kafka.links import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem

LANES = 8
"""Connections to one leader: a broker takes the next request of a connection only when the one before is replicated."""
_GROUP, _TRANSACTION = 0, 1
_BUSY = frozenset({
    "concurrent_transactions", "unstable_offset_commit", "coordinator_load_in_progress", "not_coordinator",
    "coordinator_not_available",
})  # fmt: skip
"""Answers of a coordinator that will give another one soon."""
_PENDING = frozenset({"concurrent_transactions", "unstable_offset_commit"})
"""Of these, what the right coordinator says while the markers of the transaction before are on their way."""
_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_AT_WORK = frozenset({"Ongoing", "PrepareCommit", "CompleteCommit"})
"""States of a transaction that only who writes can bring about."""
_FENCED = frozenset({"producer_fenced", "invalid_producer_epoch", "transaction_coordinator_fenced"})
REFUSALS = {
    "message_too_large": "it is larger than the topic takes (max.message.bytes)",
    "record_list_too_large": "it is larger than a segment of the topic (segment.bytes)",
    "invalid_record": "the broker finds it invalid, as one without a key is to a compacted topic",
    "invalid_timestamp": "its timestamp is too far from now (message.timestamp.after.max.ms, .before.max.ms)",
    "topic_authorization_failed": "not authorized to write to the topic",
    "unsupported_compression_type": "the topic does not take this compression",
}
"""Verdicts of a leader on a batch: the same again would be refused again."""


class Lost(Exception):
    """The transaction is void, for a reason that may pass: open again."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Fenced(Exception):
    """This one may not write any more: somebody else has opened the same transactional id, if `open` says so.

    Elsewhere it may as well be that a transaction took too long and the coordinator voided it (KIP-588).
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problem = Problem("fenced", f"the transaction is void: {text}")


class Refused(Exception):
    """A leader does not take a batch, and would not take it a second time. The transaction is void."""

    def __init__(self, where: TopicPartition, tag: Any, indices: Sequence[int], problem: Problem) -> None:
        super().__init__(problem.text)
        self.where = where
        self.tag = tag
        """What the batch was sent with."""
        self.indices = tuple(indices)
        """Of the records in it that are to blame, where the broker tells (KIP-467)."""
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Producer:
    """Who writes: batches carry it, and brokers refuse what an older epoch sends."""

    id: int
    epoch: int


NOBODY = Producer(-1, -1)
"""Before the first opening; Kafka's own numbers for it."""


class Position(NamedTuple):
    """A group's place in a partition."""

    offset: int
    metadata: str


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
        self._coordinators: dict[int, int] = {}
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
        answer = await self._coordinated(_TRANSACTION, self._init(self.producer), check=self._void_own)
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
        found = await self._try(_TRANSACTION, self._describe(), lambda answer: [])
        if isinstance(found, Problem):
            return
        (transaction,) = found.transaction_states
        if errors.is_error(transaction.error_code):
            return
        writer = Producer(int(transaction.producer_id), int(transaction.producer_epoch))
        if writer != self.producer and transaction.transaction_state in _AT_WORK:
            raise Fenced(f"{self.name} is written by {writer}, and this is {self.producer}")
        if transaction.transaction_state == "Ongoing":
            await self._coordinated(_TRANSACTION, self._ending(commit=False))

    def _describe(self) -> Call:
        def build(module: ModuleType) -> Any:
            return module.DescribeTransactionsRequest(transactional_ids=(self.name,))

        return Call(Api.DESCRIBE_TRANSACTIONS, build, newest=0)

    def _init(self, before: Producer) -> Call:
        def build(module: ModuleType) -> Any:
            return module.InitProducerIdRequest(
                transactional_id=self.name,
                transaction_timeout=timedelta(seconds=self._timeout),
                producer_id=before.id,
                producer_epoch=before.epoch,
            )

        # From 3 on it tells who it was, so that it does not take the name back from somebody newer (KIP-360).
        return Call(Api.INIT_PRODUCER_ID, build, oldest=3, newest=5)

    async def committed(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Position]:
        """Where the group is, in these partitions and any other. Raises `Lost`.

        Waits for markers that are still on their way to these: a broker that is asked for all passes over a partition
        whose first commit waits for its marker.
        """
        await self._fetch(_by_topic(partitions))
        found = await self._fetch(None)
        return {
            TopicPartition(str(topic.name), int(each.partition_index)): Position(
                int(each.committed_offset), str(each.metadata or "")
            )
            for topic in found.groups[0].topics
            for each in topic.partitions
            if each.committed_offset >= 0
        }

    async def _fetch(self, wanted: Sequence[tuple[str, tuple[int, ...]]] | None) -> Any:
        def build(module: ModuleType) -> Any:
            topics = module.OffsetFetchRequestTopics
            each = None if wanted is None else tuple(topics(name=name, partition_indexes=of) for name, of in wanted)
            group = module.OffsetFetchRequestGroup(group_id=self.group, topics=each)
            return module.OffsetFetchRequest(groups=(group,), require_stable=True)

        call = Call(Api.OFFSET_FETCH, build, oldest=8, newest=9)
        return await self._coordinated(_GROUP, call, lambda answer: _codes(answer.groups[0]))

    # Writing

    async def include(self, partitions: Collection[TopicPartition]) -> None:
        """Make partitions part of the transaction, before anything is written to them. Raises `Lost`, `Fenced`."""
        new = sorted(set(partitions) - self._partitions)
        if not new:
            return

        def build(module: ModuleType) -> Any:
            return module.AddPartitionsToTxnRequest(
                v3_and_below_transactional_id=self.name,
                v3_and_below_producer_id=self.producer.id,
                v3_and_below_producer_epoch=self.producer.epoch,
                v3_and_below_topics=tuple(
                    module.AddPartitionsToTxnTopic(name=topic, partitions=numbers) for topic, numbers in _by_topic(new)
                ),
            )

        await self._coordinated(_TRANSACTION, Call(Api.ADD_PARTITIONS_TO_TXN, build, oldest=3, newest=3), _added)
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
        answer = await self._ask(self._lane(leader, where), self._produce(where, batch))
        (topic,) = answer.responses
        (result,) = topic.partition_responses
        code = result.error_code
        if code.name == "duplicate_sequence_number" or not errors.is_error(code):
            return int(result.base_offset)
        if code.name in _FENCED:
            raise Fenced(errors.of_code(code, result.error_message).text)
        problem = errors.of_code(code, result.error_message)
        if code.name not in REFUSALS:
            raise Lost(problem)
        words = REFUSALS[code.name]
        raise Refused(where, tag, [int(each.batch_index) for each in result.record_errors], Problem(code.name, words))

    def _produce(self, where: TopicPartition, batch: bytes | bytearray) -> Call:
        def build(module: ModuleType) -> Any:
            data = module.PartitionProduceData(index=where.partition, records=batch)
            return module.ProduceRequest(
                transactional_id=self.name,
                acks=-1,
                timeout=timedelta(seconds=self._patience),
                topic_data=(module.TopicProduceData(name=where.topic, partition_data=(data,)),),
            )

        # From 8 on brokers tell which record they refuse; from 12 on they make partitions part of the transaction.
        return Call(Api.PRODUCE, build, oldest=8, newest=11)

    # Ending

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> None:
        """Make what was written count, and the group's positions with it.

        Raises `Lost`, after which only the group's positions tell whether it counts, and `Fenced`.
        """
        if positions:
            await self._add_group()
            await self._coordinated(_GROUP, self._offsets(positions), _codes)
        await self._end(commit=True)

    async def abort(self) -> None:
        """Make it void. Raises `Lost`, `Fenced`."""
        await self._end(commit=False)

    async def _add_group(self) -> None:
        def build(module: ModuleType) -> Any:
            return module.AddOffsetsToTxnRequest(
                transactional_id=self.name,
                producer_id=self.producer.id,
                producer_epoch=self.producer.epoch,
                group_id=self.group,
            )

        await self._coordinated(_TRANSACTION, Call(Api.ADD_OFFSETS_TO_TXN, build, newest=3))
        self._has_offsets = True

    def _offsets(self, positions: Mapping[TopicPartition, Position]) -> Call:
        by_topic: dict[str, dict[int, Position]] = {}
        for where, position in positions.items():
            by_topic.setdefault(where.topic, {})[where.partition] = position

        def build(module: ModuleType) -> Any:
            return module.TxnOffsetCommitRequest(
                transactional_id=self.name,
                group_id=self.group,
                producer_id=self.producer.id,
                producer_epoch=self.producer.epoch,
                topics=tuple(
                    module.TxnOffsetCommitRequestTopic(name=topic, partitions=_positions(module, wanted))
                    for topic, wanted in by_topic.items()
                ),
            )

        return Call(Api.TXN_OFFSET_COMMIT, build, oldest=3, newest=4)

    async def _end(self, *, commit: bool) -> None:
        if not self._partitions and not self._has_offsets:
            return
        await self._coordinated(_TRANSACTION, self._ending(commit=commit))
        self._partitions.clear()
        self._has_offsets = False

    def _ending(self, *, commit: bool) -> Call:
        def build(module: ModuleType) -> Any:
            return module.EndTxnRequest(
                transactional_id=self.name,
                producer_id=self.producer.id,
                producer_epoch=self.producer.epoch,
                committed=commit,
            )

        return Call(Api.END_TXN, build, newest=4)

    # Asking

    def _lane(self, leader: int, where: TopicPartition) -> Any:
        link = self._nodes.link(leader)
        if link is None:
            raise Lost(Problem("unknown_broker", f"broker {leader} is not in the cluster's metadata"))
        lane = f"transaction {where.partition % LANES}"
        return self._nodes.links.at(*link.address, link.name, lane=lane, patience=self._patience)

    async def _ask(self, link: Any, call: Call) -> Any:
        try:
            return await self._nodes.links.ask(link, call)
        except Failed as error:
            raise Lost(error.problem) from error

    async def _coordinated(self, kind: int, call: Call, codes: Any = None, check: Any = None) -> Any:
        """The answer of a coordinator, asked again while it is busy; `check` goes before each time.

        Raises `Lost`, `Fenced`.
        """
        until, pause = time.monotonic() + self._patience, _PAUSE
        while True:
            if check is not None:
                await check()
            problem = await self._try(kind, call, codes)
            if not isinstance(problem, Problem):
                return problem
            if problem.code in _FENCED:
                raise Fenced(problem.text)
            if problem.code not in _BUSY or time.monotonic() > until:
                raise Lost(problem)
            if problem.code not in _PENDING:
                self._coordinators.pop(kind, None)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _try(self, kind: int, call: Call, codes: Any) -> Any:
        """The answer, or why there is none."""
        coordinator = self._coordinators.get(kind)
        if coordinator is None:
            found = await self._find(kind)
            if isinstance(found, Problem):
                return found
            coordinator = self._coordinators[kind] = found
        link = self._nodes.link(coordinator)
        if link is None:
            self._coordinators.pop(kind)
            return Problem("coordinator_not_available", f"broker {coordinator} is not in the cluster's metadata")
        own = self._nodes.links.at(*link.address, link.name, lane="transaction", patience=self._patience)
        try:
            answer = await self._ask(own, call)
        except Lost:
            self._coordinators.pop(kind, None)
            raise
        for code in [answer.error_code] if codes is None else codes(answer):
            if errors.is_error(code):
                return errors.of_code(code)
        return answer

    async def _find(self, kind: int) -> int | Problem:
        key = self.name if kind == _TRANSACTION else self.group

        def build(module: ModuleType) -> Any:
            return module.FindCoordinatorRequest(key_type=kind, coordinator_keys=(key,))

        try:
            answer = await self._nodes.any(Call(Api.FIND_COORDINATOR, build, oldest=4, newest=4))
        except (Failed, Unreachable) as error:
            raise Lost(error.problem) from error
        (found,) = answer.coordinators
        return errors.of_code(found.error_code) if errors.is_error(found.error_code) else int(found.node_id)


def _by_topic(partitions: Iterable[TopicPartition]) -> list[tuple[str, tuple[int, ...]]]:
    found: dict[str, list[int]] = {}
    for where in partitions:
        found.setdefault(where.topic, []).append(where.partition)
    return [(topic, tuple(numbers)) for topic, numbers in found.items()]


def _positions(module: ModuleType, wanted: Mapping[int, Position]) -> tuple[Any, ...]:
    return tuple(
        module.TxnOffsetCommitRequestPartition(
            partition_index=partition, committed_offset=position.offset, committed_metadata=position.metadata
        )
        for partition, position in wanted.items()
    )


def _added(answer: Any) -> list[Any]:
    return [
        each.partition_error_code
        for topic in answer.results_by_topic_v3_and_below
        for each in topic.results_by_partition
    ]


def _codes(answer: Any) -> list[Any]:
    """Of a whole answer, if it has one, and of each of its partitions."""
    whole = [answer.error_code] if hasattr(answer, "error_code") else []
    return whole + [each.error_code for topic in answer.topics for each in topic.partitions]
