"""Reading as a member of a group, and committing for one without being a member. Ranges and tailing are elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, Literal, Self

import aiokafka
from aiokafka.errors import CommitFailedError, IllegalStateError

from kafkatui.kafka.clients import ClientFailed, changing_options, close_within, failures, problem_of
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.records import Record, TimestampType


class Rebalanced(ClientFailed):
    """A partition belongs to another member now; what was read of it will be read again there."""


class GroupConsumer:
    """One member of a classic group, open inside `async with`. It commits only when told to."""

    def __init__(
        self,
        connection: Connection,
        *,
        group: str,
        topics: Collection[str],
        client_id: str,
        start: Literal["earliest", "latest", "none"],
        isolation: Literal["read_committed", "read_uncommitted"] = "read_committed",
        wait_seconds: float = 0.5,
        gather_bytes: int = 1,
    ) -> None:
        """`start` is where to begin without a commit; a broker waits `wait_seconds` for `gather_bytes` to send."""
        self._topics = list(topics)
        self._patience = connection.request_seconds
        self._consumer: Any = aiokafka.AIOKafkaConsumer(
            **changing_options(connection, client_id),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset=start,
            isolation_level=isolation,
            fetch_max_wait_ms=int(wait_seconds * 1000),
            fetch_min_bytes=gather_bytes,
        )

    async def __aenter__(self) -> Self:
        try:
            with failures("joining the group"):
                async with asyncio.timeout(self._patience):
                    self._consumer.subscribe(self._topics)
                    await self._consumer.start()
        except BaseException:
            await _close(self._consumer)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _close(self._consumer)

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that are this member's now."""
        return frozenset(TopicPartition(*where) for where in self._consumer.assignment())

    async def poll(self, *, most: int, seconds: float) -> dict[TopicPartition, list[Record]]:
        """Up to `most` records, each partition its share; empty when none came within `seconds`.

        Raises `Rebalanced` and `ClientFailed`.
        """
        with failures("reading"), _rebalances():
            found = await self._fetched(most) or await self._consumer.getmany(
                timeout_ms=int(seconds * 1000), max_records=most
            )
        return {TopicPartition(*where): [_record(raw) for raw in batch] for where, batch in found.items()}

    async def _fetched(self, most: int) -> dict[Any, list[Any]]:
        # Left to itself, aiokafka empties one partition before it turns to the next.
        mine = self._consumer.assignment()
        share = max(1, most // max(1, len(mine)))
        found: dict[Any, list[Any]] = {}
        for where in mine:
            found |= await self._consumer.getmany(where, timeout_ms=0, max_records=share)
        rest = most - sum(map(len, found.values()))
        if found and rest > 0:
            for where, more in (await self._consumer.getmany(timeout_ms=0, max_records=rest)).items():
                found.setdefault(where, []).extend(more)
        return found

    async def commit(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Commit the offset to read next, per partition. Raises `Rebalanced` and `ClientFailed`."""
        offsets = {_theirs(where): offset for where, offset in next_offsets.items()}
        with failures("committing"), _rebalances():
            async with asyncio.timeout(self._patience):
                await self._consumer.commit(offsets)

    def seek(self, where: TopicPartition, offset: int) -> None:
        """Read this partition from `offset` on. Raises `Rebalanced`."""
        with _rebalances():
            self._consumer.seek(_theirs(where), offset)

    def pause(self, where: TopicPartition) -> None:
        """Stop fetching this partition until `resume` or a rebalance. Raises `Rebalanced`."""
        with _rebalances():
            self._consumer.pause(_theirs(where))

    def resume(self, where: TopicPartition) -> None:
        """Fetch this partition again. Raises `Rebalanced`."""
        with _rebalances():
            self._consumer.resume(_theirs(where))


async def commit_without_members(
    connection: Connection, group: str, next_offsets: Mapping[TopicPartition, int]
) -> None:
    """Commit for a group nobody is in; it is made if need be. Kafka refuses while the group has members."""
    async with _bystander(connection, group, next_offsets) as consumer:
        await consumer.commit({_theirs(where): offset for where, offset in next_offsets.items()})


async def committed(
    connection: Connection, group: str, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """What a group has committed on these partitions; None where it has not."""
    async with _bystander(connection, group, partitions) as consumer:
        return {where: await consumer.committed(_theirs(where)) for where in partitions}


@asynccontextmanager
async def _bystander(connection: Connection, group: str, partitions: Collection[TopicPartition]) -> AsyncIterator[Any]:
    """A consumer that names the group but does not join it, and fetches nothing."""
    options = changing_options(connection, connection.client_id)
    consumer = aiokafka.AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **options)
    try:
        with failures(f"committing for {group}"):
            async with asyncio.timeout(connection.request_seconds):
                await consumer.start()
                consumer.assign([_theirs(where) for where in partitions])
                consumer.pause(*map(_theirs, partitions))
                yield consumer
    finally:
        await _close(consumer)


async def _close(consumer: Any) -> None:
    if not await close_within(consumer.stop()):
        # What stopped half-way has left its sockets open.
        await close_within(consumer._client.close())


@contextmanager
def _rebalances() -> Iterator[None]:
    try:
        yield
    except (CommitFailedError, IllegalStateError) as error:
        raise Rebalanced(problem_of("the group rebalanced", error)) from error


def _theirs(where: TopicPartition) -> Any:
    return aiokafka.TopicPartition(*where)


def _record(raw: Any) -> Record:
    kind = TimestampType.LOG_APPEND if raw.timestamp_type else TimestampType.CREATE
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, tuple(raw.headers), kind)
