"""The first record a group has not read: one bounded Fetch a leader for many partitions, and one for a larger batch.

Only the header of a batch is looked at where that tells enough. Nothing waits for more to be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.batches import Batch, Transactions, is_intact, walk
from kafkatui.kafka.fetch import LANE
from kafkatui.kafka.fetch_request import Limits, fetch_call
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Chunk, Search, Wanted
from kafkatui.kafka.wire import Call
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.problems import Problem
from kafkatui.model.records import TimestampType
from kafkatui.model.spans import Gap, Isolation
from kafkatui.model.unread import FirstUnread, ReadFrom, Unread

_TOGETHER = Limits(request_bytes=4 * 1024 * 1024, partition_bytes=32 * 1024, wait_seconds=0.05)
_ALONE = Limits(request_bytes=1, partition_bytes=1, wait_seconds=0.05)
"""A broker gives the first batch whole, however large, when it is asked for one partition only (KIP-74)."""
_PARTITIONS = 2_000
"""In one request: most batches are so small that all of them fit into one answer."""
_AT_ONCE = 8
"""Large batches on their way from one leader at the same time."""
_ROUNDS = 64
"""Requests one partition may take: each gets past 400 transaction markers."""
_TOO_FAR = Problem("too_far", "no record among the first megabytes, only transaction markers and aborted records")
_ALL = Wanted()


@dataclass(slots=True)
class _Look:
    """One offset that is looked after, and how far."""

    start: ReadFrom
    until: int
    leader: int
    position: int
    search: Search
    """One for all: making it takes longer than looking into a batch."""
    is_alone: bool = False
    found: FirstUnread | Problem | None = None
    rounds: int = field(default=0)

    def end(self) -> None:
        """There is nothing before `until`."""
        self.found = FirstUnread(None, None, self.position)


async def read_unread(
    nodes: Nodes, topology: Topology, wanted: Mapping[ReadFrom, int], isolation: Isolation = Isolation.COMMITTED
) -> Unread:
    """The first record at or after each offset; `wanted` says to which offset there may be one, not included.

    That is a stable end for `COMMITTED`: what lies beyond it no reader is given yet. A partition that can not be read
    has a `Problem` in its place.
    """
    search = Search(_ALL)
    looks = [_look(start, until, topology, search) for start, until in wanted.items()]
    while at_work := [look for look in looks if look.found is None]:
        await asyncio.gather(*(_lead(nodes, leader, mine, isolation) for leader, mine in _led(at_work)))
    return {look.start: look.found for look in looks if look.found is not None}


def _look(start: ReadFrom, until: int, topology: Topology, search: Search) -> _Look:
    topic = topology.topics.get(start.where.topic)
    partition = topic.partition(start.where.partition) if topic is not None else None
    look = _Look(start, until, -1, start.offset, search)
    if partition is None:
        look.found = Problem("unknown_topic_or_partition", "the topic or partition does not exist any more")
    elif partition.leader is None:
        look.found = errors.LEADERLESS
    elif start.offset >= until:
        look.end()
    else:
        look.leader = partition.leader
    return look


def _led(looks: Iterable[_Look]) -> Iterator[tuple[int, list[_Look]]]:
    for leader, mine in groupby(sorted(looks, key=_leader), key=_leader):
        yield leader, list(mine)


def _leader(look: _Look) -> int:
    return look.leader


async def _lead(nodes: Nodes, leader: int, looks: Sequence[_Look], isolation: Isolation) -> None:
    """One request for all that fit into it, and single ones for large batches."""
    alone = [look for look in looks if look.is_alone][:_AT_ONCE]
    requests = [([look], _ALONE) for look in alone]
    together = _one_a_partition(look for look in looks if not look.is_alone)
    if together:
        requests.append((together, _TOGETHER))
    await asyncio.gather(*(_ask(nodes, leader, asked, isolation, limits) for asked, limits in requests))


def _one_a_partition(looks: Iterable[_Look]) -> list[_Look]:
    """A request names a partition once; groups at another offset of it have to wait for the next."""
    first: dict[TopicPartition, _Look] = {}
    for look in looks:
        first.setdefault(look.start.where, look)
    return list(first.values())[:_PARTITIONS]


async def _ask(nodes: Nodes, leader: int, looks: Sequence[_Look], isolation: Isolation, limits: Limits) -> None:
    call: Call = fetch_call({look.start.where: look.position for look in looks}, isolation, limits)
    answer = (await nodes.each({leader: call}, lane=LANE))[leader]
    if not isinstance(answer, Problem) and errors.is_error(getattr(answer, "error_code", 0)):
        answer = errors.of_code(answer.error_code)
    if isinstance(answer, Problem):
        for look in looks:
            look.found = answer
        return
    told = {
        TopicPartition(str(topic.topic), int(each.partition_index)): each
        for topic in answer.responses
        for each in topic.partitions
    }
    full = sum(len(each.records or b"") for each in told.values()) > limits.request_bytes - limits.partition_bytes
    for look in looks:
        data = told.get(look.start.where)
        if full and data is not None and not data.records and not errors.is_error(data.error_code):
            # There was no room for it: it is asked for again with the next.
            continue
        _take(look, data)


def _take(look: _Look, data: Any) -> None:
    """What an answer with room for more says of it; without a record its batch is too large for many to share."""
    look.rounds += 1
    if data is not None and errors.is_error(data.error_code):
        look.found = errors.of_code(data.error_code)
    elif look.rounds > _ROUNDS:
        look.found = _TOO_FAR
    elif data is not None and data.records:
        _take_records(look, data)
    elif look.is_alone:
        # Nothing comes although it is asked for alone: the end it was asked up to does not stand any more.
        look.end()
    elif data is not None:
        look.is_alone = True


def _take_records(look: _Look, data: Any) -> None:
    aborted = tuple((int(each.producer_id), int(each.first_offset)) for each in data.aborted_transactions or ())
    look.found = _first(look, data.records, Transactions(aborted))
    if look.found is None and look.position >= look.until:
        look.end()


def _first(look: _Look, data: bytes, transactions: Transactions) -> FirstUnread | Problem | None:
    """The first record in the batches of one answer; None: there is none, and `look` has moved behind them."""
    for batch in walk(look.start.where, data):
        if isinstance(batch, Gap):
            return batch.problem
        if not is_intact(batch, data):
            return Problem("corrupt_batch", "its checksum does not fit")
        hidden = transactions.hides(batch, data)
        if batch.last_offset < look.position:
            continue
        found = None if hidden or not batch.records else _in_batch(look, batch, data)
        if found is not None:
            return found
        look.position = batch.last_offset + 1
    return None


def _in_batch(look: _Look, batch: Batch, data: bytes) -> FirstUnread | Problem | None:
    if batch.base_offset >= look.position and batch.records == batch.last_delta + 1:
        # Whole since it was written: its first record is the one the header's first timestamp is of.
        appended = batch.timestamp_type is TimestampType.LOG_APPEND
        return FirstUnread(
            batch.base_offset, batch.max_timestamp_ms if appended else batch.first_timestamp_ms, batch.base_offset + 1
        )
    own = data[batch.at : batch.end]
    step = look.search.look(Chunk(look.start.where, look.position, batch.last_offset + 1, batch.last_offset + 1, own))
    if step.found:
        record = step.found[0]
        return FirstUnread(record.offset, record.timestamp_ms, record.offset + 1)
    return step.gaps[0].problem if step.gaps else None
