"""The fetcher against brokers played by hand: what moves, what is refused, what is given up, and nothing lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from kio.schema.errors import ErrorCode

from kafkatui.kafka import fetch
from kafkatui.kafka.fetch import Fetcher, Piece
from kafkatui.kafka.fetch_request import Limits
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Chunk
from kafkatui.kafka.wire import Call
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Gap, Span
from tests.batches import Wire, batch
from tests.builders import a_partition, a_topic

RECORDS = 5
"""In every partition, one batch each."""
Refusal = Callable[[int, int, int], ErrorCode | Problem | None]
"""Of leader, partition and how often that leader was asked before: an error, no answer, or None."""


def willing(leader: int, partition: int, before: int) -> None:
    return None


class Brokers:
    """Stands in for `Nodes`: every partition holds `RECORDS` batches; one comes with each answer."""

    def __init__(self, leaders: Mapping[int, int], refuse: Refusal = willing) -> None:
        self.leaders = dict(leaders)
        self.asked: Counter[int] = Counter()
        self.most_bytes: list[int] = []
        self.links = self
        self.seen: Topology | None = None
        self.settings = Connection(("host",))
        self._refuse = refuse

    def link(self, node_id: int) -> Any:
        return SimpleNamespace(address=("host", node_id), name=f"broker {node_id}")

    def at(self, host: str, port: int, name: str, *, lane: str, patience: float) -> int:
        assert (lane, patience) == ("fetch", self.settings.request_seconds)
        return port

    async def ask(self, leader: int, call: Call) -> Any:
        request = call.prepare({1: (4, 12)})._payload
        await asyncio.sleep(0)
        before = self.asked[leader]
        self.asked[leader] += 1
        self.most_bytes.append(request.max_bytes)
        wanted = request.topics[0].partitions
        answers = tuple(self._answer(leader, each.partition, each.fetch_offset, before) for each in wanted)
        return SimpleNamespace(
            error_code=0, throttle_time=timedelta(0), responses=(SimpleNamespace(topic="t", partitions=answers),)
        )

    def _answer(self, leader: int, partition: int, offset: int, before: int) -> Any:
        refused = self._refuse(leader, partition, before)
        if isinstance(refused, Problem):
            raise Failed(refused)
        if refused is None and self.leaders[partition] != leader:
            refused = ErrorCode.not_leader_or_follower
        records = batch([Wire()], base=offset) if refused is None and offset < RECORDS else b""
        return SimpleNamespace(
            partition_index=partition, error_code=refused or ErrorCode.none, records=records,
            aborted_transactions=None, high_watermark=RECORDS, last_stable_offset=RECORDS,
        )  # fmt: skip

    def topology(self) -> Topology:
        partitions = [a_partition("t", number, leader=leader) for number, leader in self.leaders.items()]
        return Topology("id", {}, {"t": a_topic("t", partitions, topic_id=str(UUID(int=1)))})


@pytest.fixture(autouse=True)
def _topology(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(nodes: Any) -> Topology:
        topology: Topology = nodes.topology()
        return topology

    monkeypatch.setattr(fetch, "read_topology", read)


async def read(brokers: Brokers, limits: Limits | None = None, until: int = RECORDS) -> list[Piece]:
    nodes: Nodes = brokers  # type: ignore[assignment]
    spans = [Span(TopicPartition("t", number), 0, until) for number in brokers.leaders]
    fetcher = Fetcher(nodes, spans, limits=limits or Limits())
    async with asyncio.timeout(20):
        return [each async for each in fetcher.chunks()]


def offsets(given: list[Piece]) -> dict[int, list[int]]:
    """Where the chunks of each partition begin, in the order they came."""
    found: dict[int, list[int]] = {}
    for each in given:
        if isinstance(each, Chunk):
            found.setdefault(each.where.partition, []).append(each.first)
    return found


def gaps(given: list[Piece]) -> list[tuple[int, int, int, str]]:
    return [
        (each.where.partition, each.first, each.until, each.problem.code) for each in given if isinstance(each, Gap)
    ]


def whole(partitions: int) -> dict[int, list[int]]:
    return {number: list(range(RECORDS)) for number in range(partitions)}


@pytest.mark.parametrize("leaders", [1, 2, 9])
async def test_everything_comes_once_and_in_order(leaders: int) -> None:
    given = await read(Brokers({number: number % leaders for number in range(9)}))
    assert (offsets(given), gaps(given)) == (whole(9), [])


async def test_a_moved_leader_is_followed() -> None:
    brokers = Brokers({0: 1, 1: 2})

    def moves(leader: int, partition: int, before: int) -> None:
        if leader == 1 and before == 2:
            brokers.leaders[0] = 2

    brokers._refuse = moves
    given = await read(brokers)
    assert (offsets(given), gaps(given)) == (whole(2), [])


async def test_a_broker_that_gives_no_answer_is_asked_again() -> None:
    def silent_once(leader: int, partition: int, before: int) -> Problem | None:
        return Problem("no_answer", "broker 1: no answer") if leader == 1 and before == 1 else None

    given = await read(Brokers({0: 1, 1: 2}, silent_once))
    assert (offsets(given), gaps(given)) == (whole(2), [])


async def test_a_slow_way_is_asked_for_less() -> None:
    def slow(leader: int, partition: int, before: int) -> Problem | None:
        return Problem("no_answer", "broker 1: no answer") if before < 2 else None

    brokers = Brokers({0: 1}, slow)
    given = await read(brokers, Limits(request_bytes=1_000_000))
    assert (offsets(given), brokers.most_bytes[:4]) == (whole(1), [1_000_000, 262_144, 262_144, 262_144])


async def test_what_is_not_allowed_is_said_at_once_and_the_rest_goes_on() -> None:
    def refused(leader: int, partition: int, before: int) -> ErrorCode | None:
        return ErrorCode.topic_authorization_failed if partition == 1 else None

    given = await read(Brokers({0: 1, 1: 1}, refused))
    assert gaps(given) == [(1, 0, RECORDS, "topic_authorization_failed")]
    assert offsets(given) == {0: [0, 1, 2, 3, 4]}


async def test_a_leader_that_never_comes_is_given_up() -> None:
    def gone(leader: int, partition: int, before: int) -> ErrorCode | None:
        return ErrorCode.leader_not_available if partition == 1 else None

    given = await read(Brokers({0: 1, 1: 1}, gone), Limits(patience_seconds=0.3))
    assert gaps(given) == [(1, 0, RECORDS, "leader_not_available")]
    assert offsets(given) == {0: [0, 1, 2, 3, 4]}


async def test_a_log_that_ends_early_does_not_hang() -> None:
    given = await read(Brokers({0: 1}), Limits(patience_seconds=0.1), until=RECORDS + 3)
    assert gaps(given) == [(0, RECORDS, RECORDS + 3, "no_progress")]


async def test_ending_early_leaves_no_task_behind() -> None:
    nodes: Nodes = Brokers({0: 1, 1: 2})  # type: ignore[assignment]
    chunks = Fetcher(nodes, [Span(TopicPartition("t", number), 0, RECORDS) for number in (0, 1)]).chunks()
    await anext(chunks)
    await chunks.aclose()
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("fetch")] == []
