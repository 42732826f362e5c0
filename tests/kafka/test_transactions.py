"""Who may write under a transactional id, against real brokers: the newest, whatever the older one does meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Step
from kafkatui.kafka.transaction_calls import Position, Producer
from kafkatui.kafka.transaction_errors import Fenced
from kafkatui.kafka.transactions import Transactions
from kafkatui.kafka.wire import Api, Call
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.records import Record
from kafkatui.model.spans import Isolation, Span
from kafkatui.replay.route import route_of
from kafkatui.replay.run import Options, Run
from kafkatui.replay.spec import Spec, Target
from tests.kafka.torture import TAKES_ALL, a_topic, read_by_confluent
from tests.waiting import until

SECONDS = 60.0


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "fenced", TAKES_ALL) as name:
        yield name


@pytest.fixture
async def cluster(mini_cluster: Status) -> AsyncIterator[Cluster]:
    connection = Connection(tuple(mini_cluster.bootstrap.split(",")), read_only=False)
    async with Cluster.open(connection, changing=True) as opened:
        await opened.topology()
        yield opened


def a_name() -> str:
    return f"fenced-{uuid.uuid4().hex[:8]}"


async def state_of(nodes: Nodes, name: str) -> str:
    """Of the transaction, by the first broker that knows."""

    def build(module: ModuleType) -> Any:
        return module.DescribeTransactionsRequest(transactional_ids=(name,))

    assert nodes.seen is not None
    for node in nodes.seen.brokers:
        link = nodes.link(node)
        assert link is not None
        answer = await nodes.links.ask(link, Call(Api.DESCRIBE_TRANSACTIONS, build, newest=0))
        if int(answer.transaction_states[0].error_code) == 0:
            return str(answer.transaction_states[0].transaction_state)
    return "unknown"


async def test_who_was_taken_over_stops_and_leaves_the_newer_one_alone(cluster: Cluster, topic: str) -> None:
    name, where = a_name(), TopicPartition(topic, 0)
    older, newer = (Transactions(cluster.nodes, name, name) for _ in range(2))
    await older.open()
    await older.include([where])
    await newer.open()
    await newer.include([where])
    with pytest.raises(Fenced):
        await older.open()
    await newer.commit({where: Position(7, "")})
    assert await newer.committed([where]) == {where: Position(7, "")}
    with pytest.raises(Fenced):
        await older.open()
    await newer.include([where])
    await newer.commit({where: Position(8, "")})


async def test_what_one_left_open_itself_does_not_make_it_a_stranger(cluster: Cluster, topic: str) -> None:
    name, where = a_name(), TopicPartition(topic, 0)
    transactions = Transactions(cluster.nodes, name, name)
    first = await transactions.open()
    for epoch in (1, 2, 3):
        await transactions.include([where])
        assert await transactions.open() == Producer(first.id, first.epoch + epoch)
    await transactions.include([where])
    await transactions.commit({where: Position(1, "")})


async def test_a_run_goes_on_after_its_transaction_took_too_long(
    cluster: Cluster, mini_cluster: Status, topic: str
) -> None:
    name, where = a_name(), TopicPartition(topic, 0)
    topology = await cluster.topology()
    spec = Spec(name, topology.cluster_id, topic, None, (Span(where, 0, 2),), Target(topic, None, 3))
    waited: list[str] = []

    async def search(spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
        """Two records; between them the first time so long that the coordinator voids what is open."""

        async def is_void() -> bool:
            return await state_of(cluster.nodes, spec.name) == "CompleteAbort"

        first, second = (Record(topic, 0, offset, 1, None, b"%d" % offset) for offset in (0, 1))
        yield Step(where, 1, (first,))
        if not waited:
            await until(is_void, SECONDS)
            waited.append(await state_of(cluster.nodes, spec.name))
        yield Step(where, 2, (second,))

    run = Run(spec, cluster, search, route_of(spec), Options(longest=1.0))
    states = [state async for state in run.run()]
    assert waited == ["CompleteAbort"]
    assert states[-1].records == 2
    assert [each.value for each in read_by_confluent(mini_cluster, topic, Isolation.COMMITTED)] == [b"0", b"1"]
