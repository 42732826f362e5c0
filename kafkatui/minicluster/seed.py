"""Makes the sample world of `world` real on a cluster: topics, history, dead letters, groups at rest. No load here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from kafkatui.kafka import changes, consumer
from kafkatui.kafka.writer import Writer
from kafkatui.minicluster import orders, world
from kafkatui.minicluster.orders import Order, is_poison
from kafkatui.minicluster.world import FEEDS, GROUPS, TOPICS, TRIMS, Behind, Feed, Group, Stuck
from kafkatui.minicluster.world_dead_letters import DEAD_LETTERS, Cause, DeadLetters, dead_letter, evenly, failures
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.new_topics import NewTopic
from kafkatui.model.records import NewRecord, Place, Record

Say: TypeAlias = Callable[[str, float], None]
"""What is being done, and how much of all is done, 0 to 1."""

_CHUNK = 1_000
"""Orders whose records are written at a time; also the size of a transaction."""
_PATIENCE = 30.0
"""Seconds a write may take."""
_VOID_EVERY = 4
"""Each fourth transaction is aborted and then written again."""
_LAST = GROUPS[-1]
"""Committed when all else is done: a world in which it has commits is whole."""


async def seed(
    bootstrap: str, *, seed: int = 7, now_ms: int | None = None, say: Say | None = None, force: bool = False
) -> None:
    """Fill the cluster with the sample world; one that has it is left as it is, unless `force` makes it anew.

    A world that was left half made is made anew as well. Raises `kafkatui.kafka.clients.ClientFailed`.
    """
    say = say or _silent
    connection = connection_to(bootstrap)
    there = {topic.name for topic in TOPICS} & await changes.topic_names(connection)
    if not force and len(there) == len(TOPICS) and await _is_whole(connection):
        say("the sample world is there already; nothing was added", 1.0)
        return
    say("creating topics", 0.0)
    await _make_topics(connection, there)
    past = _Past(connection, seed, now_ms if now_ms is not None else time.time_ns() // 1_000_000, say)
    await asyncio.gather(*(past.write(feed) for feed in FEEDS))
    say("committing for the groups", 0.9)
    await changes.delete_records(connection, {trim.where: past.ends.of(trim.where) - trim.kept for trim in TRIMS})
    await asyncio.gather(*(_commit(connection, group, past.ends) for group in GROUPS if group is not _LAST))
    await _commit(connection, _LAST, past.ends)
    say(f"{past.ends.records:,} records in {len(TOPICS)} topics, read by {len(GROUPS)} groups", 1.0)


def connection_to(bootstrap: str) -> Connection:
    """A connection that may write, to a cluster of our own."""
    return Connection(tuple(bootstrap.split(",")), client_id="kafkatui-sample-world", read_only=False)


class Ends:
    """Where each log ends, and where the poison lies."""

    def __init__(self) -> None:
        self.records = 0
        self._ends: dict[TopicPartition, int] = {}
        self._poisoned: dict[TopicPartition, int] = {}

    def saw(self, written: Iterable[Record], *, transactional: bool = False) -> None:
        """Take note of what was written. The marker that ends a transaction takes an offset too."""
        for record in written:
            self.records += 1
            self._ends[record.source] = record.offset + (2 if transactional else 1)
            if record.topic == "payments" and is_poison(record.value):
                self._poisoned[record.source] = record.offset

    def of(self, where: TopicPartition) -> int:
        """The offset the next record gets."""
        return self._ends[where]

    def commit(self, where: TopicPartition, behind: Behind) -> int | None:
        """What a group has committed that is so far behind."""
        if isinstance(behind, Stuck):
            return self._poisoned[where]
        return None if behind is None else self._ends[where] - behind


class _Past:
    """One run that writes the history: the feeds side by side, each followed by the dead letters of its topic."""

    def __init__(self, connection: Connection, seed: int, until_ms: int, say: Say) -> None:
        self.ends = Ends()
        self._connection = connection
        self._orders = list(orders.history(seed, world.ORDERS, until_ms))
        self._until_ms = until_ms
        self._say = say
        self._chunks_done = 0

    async def write(self, feed: Feed) -> None:
        """Write all a feed wrote in the last day, and what came of it."""
        written: list[Record] = []
        async with self._writer(feed) as writer:
            for number, chunk in enumerate(_chunks(self._orders)):
                records = [record for order in chunk for record in feed.of_order(order)]
                if feed.transactional and number % _VOID_EVERY == _VOID_EVERY - 1:
                    await _write_in_vain(writer, records)
                written += await self._write(writer, records, transactional=feed.transactional)
                self._progress()
            for letters in DEAD_LETTERS:
                if letters.of == feed.topic:
                    await self._write_dead_letters(letters, written, writer, feed)

    async def _write_dead_letters(
        self, letters: DeadLetters, written: Sequence[Record], origin: Writer, feed: Feed
    ) -> None:
        """The dead letters; some of them sent back through `origin` as they are, and the dead letters of those."""
        failed = failures(letters, written)
        async with Writer(self._connection, client_id=letters.client_id) as writer:
            for back in (*letters.sent_back, 0):
                dead = [dead_letter(letters, record, cause) for record, cause in failed]
                await self._write(writer, dead)
                again = evenly(list(zip(dead, (cause for _, cause in failed), strict=True)), back)
                failed = await self._send_back(feed, origin, again)

    async def _send_back(
        self, feed: Feed, origin: Writer, letters: Sequence[tuple[NewRecord, Cause]]
    ) -> list[tuple[Record, Cause]]:
        copies = [replace(letter, topic=feed.topic, timestamp_ms=self._until_ms) for letter, _ in letters]
        written = await self._write(origin, copies, transactional=feed.transactional) if copies else []
        return list(zip(written, (cause for _, cause in letters), strict=True))

    async def _write(
        self, writer: Writer, records: Sequence[NewRecord], *, transactional: bool = False
    ) -> list[Record]:
        if transactional:
            async with writer.transaction():
                places = await writer.write(records)
        else:
            places = await writer.write(records)
        written = [_as_written(record, place) for record, place in zip(records, places, strict=True)]
        self.ends.saw(written, transactional=transactional)
        return written

    def _writer(self, feed: Feed) -> Writer:
        transactional_id = f"{feed.client_id}-history" if feed.transactional else None
        # A cluster that has only started coordinates no transactions for a while.
        return Writer(
            self._connection,
            client_id=feed.client_id,
            codec=feed.codec,
            transactional_id=transactional_id,
            patience=_PATIENCE,
        )

    def _progress(self) -> None:
        self._chunks_done += 1
        all_chunks = len(FEEDS) * len(self._orders) // _CHUNK
        self._say("writing the orders of a day", 0.05 + 0.85 * self._chunks_done / all_chunks)


async def _is_whole(connection: Connection) -> bool:
    partitions = [TopicPartition(topic, n) for topic, behind in _LAST.behind.items() for n in range(len(behind))]
    commits = await consumer.committed(connection, _LAST.name, partitions)
    return all(offset is not None for offset in commits.values())


async def _make_topics(connection: Connection, there: Collection[str]) -> None:
    if there:
        await changes.delete_topics(connection, sorted(there))
    made = (NewTopic(topic.name, topic.partitions, configs=topic.all_configs) for topic in TOPICS)
    await changes.create_topics(connection, made)


async def _write_in_vain(writer: Writer, records: Sequence[NewRecord]) -> None:
    await writer.begin()
    await writer.write(records)
    await writer.abort()


async def _commit(connection: Connection, group: Group, ends: Ends) -> None:
    places = {TopicPartition(topic, n): value for topic, row in group.behind.items() for n, value in enumerate(row)}
    commits = {where: ends.commit(where, behind) for where, behind in places.items()}
    known = {where: offset for where, offset in commits.items() if offset is not None}
    await consumer.commit_without_members(connection, group.name, known)


def _as_written(record: NewRecord, place: Place) -> Record:
    return Record(*place, record.timestamp_ms or 0, record.key, record.value, record.headers)


def _chunks(past: Sequence[Order]) -> Iterator[Sequence[Order]]:
    for start in range(0, len(past), _CHUNK):
        yield past[start : start + _CHUNK]


def _silent(step: str, done: float) -> None:
    """For callers who do not want to be told."""
