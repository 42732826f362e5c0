"""What can happen to the mini-cluster on request, each with what to look for on the screen. Usual life is in `load`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, TypeAlias

from kafkatui.kafka.clients import ClientFailed
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.kafka.writer import Writer
from kafkatui.minicluster import orders, world
from kafkatui.minicluster.load import Worker, due
from kafkatui.minicluster.orders import Order
from kafkatui.minicluster.seed import connection_to
from kafkatui.model.records import NewRecord

if TYPE_CHECKING:
    from kafkatui.minicluster.cluster import Status

Tell: TypeAlias = Callable[[str], None]

_BURST = 20_000
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that can happen."""

    summary: str
    look_for: str
    run: Callable[[Status, Tell], Awaitable[None]]
    """Returns when it is over. Raises `ClientFailed` and `MiniClusterError`."""


async def burst(cluster: Status, tell: Tell, *, records: int = _BURST) -> None:
    """More payments at once than `billing` can handle in a while."""
    payments = islice((record for order in _orders() for record in orders.payments(order)), records)
    async with _payments_writer(cluster, "payment-service-burst") as writer:
        written = 0
        while chunk := list(islice(payments, _CHUNK)):
            async with writer.transaction():
                await writer.write(chunk)
            written += len(chunk)
            tell(f"{written:,} payments written")


async def poison(cluster: Status, tell: Tell) -> None:
    """A payment `fraud-check` can not read, on a partition where it is not stuck yet."""
    partitions = world.topic("payments").partitions
    order = next(order for order in _orders() if Partitioner.MURMUR2.place(order.key, partitions) == 0)
    async with _payments_writer(cluster, "payment-service-poison") as writer, writer.transaction():
        (place,) = await writer.write([orders.poison(order)])
    tell(f"{place} ends in the middle of its JSON")


async def broker_down(cluster: Status, tell: Tell) -> None:
    """Kill -9 the living broker with the highest id."""
    from kafkatui.minicluster.cluster import MiniClusterError, kill_broker

    alive = [broker.node_id for broker in cluster.brokers if broker.alive]
    if len(alive) < 2:
        raise MiniClusterError("only one broker is left; bring the others back with: kafkatui dev scenario broker-up")
    await asyncio.to_thread(kill_broker, alive[-1], cluster.home)
    tell(f"broker {alive[-1]} is dead; bring it back with: kafkatui dev scenario broker-up")


async def broker_up(cluster: Status, tell: Tell) -> None:
    """Start every broker that is down."""
    from kafkatui.minicluster.cluster import start_broker

    down = [broker.node_id for broker in cluster.brokers if not broker.alive]
    for node_id in down:
        await asyncio.to_thread(start_broker, node_id, cluster.home)
        tell(f"broker {node_id} is back")
    if not down:
        tell("all brokers are up")


async def rebalance(cluster: Status, tell: Tell, *, pause: float = 6.0) -> None:
    """Three members join `billing` one after the other and leave again."""
    group = next(group for group in world.GROUPS if group.name == "billing")
    connection = connection_to(cluster.bootstrap)
    working: list[asyncio.Task[None]] = []
    try:
        for number in (3, 4, 5):
            worker = Worker(connection, group, number)
            working.append(asyncio.create_task(worker.run()))
            tell(f"{worker.name} joins")
            await asyncio.sleep(pause)
        while working:
            await _leave(working.pop())
            tell(f"billing-{3 + len(working)} left")
            await asyncio.sleep(pause if working else 0)
    finally:
        for task in working:
            await _leave(task)


async def open_transaction(cluster: Status, tell: Tell, *, seconds: float = 60.0) -> None:
    """Leave a transaction open: what is written after it stays invisible to whoever reads only what is committed."""
    payments = [next(orders.payments(order)) for order in islice(_orders(), 60) if order.is_paid]
    writer = _payments_writer(cluster, "payment-service-slow", transaction_seconds=seconds + 30)
    async with writer, writer.transaction():
        await writer.write(payments)
        tell(f"a transaction with {len(payments)} payments stays open for {seconds:.0f} s (Ctrl-C aborts it)")
        await asyncio.sleep(seconds)
    tell("it is committed")


async def skew(cluster: Status, tell: Tell, *, records: int = _BURST) -> None:
    """One key gets nearly all records, so one partition does."""
    key = b"o-bulk-import"
    made = (record for order in _orders() for record in orders.created(order))
    async with Writer(connection_to(cluster.bootstrap), client_id="bulk-import") as writer:
        for start in range(0, records, _CHUNK):
            places = await writer.write(_same_key(islice(made, min(_CHUNK, records - start)), key))
            tell(f"{start + len(places):,} orders on {places[0].topic}-{places[0].partition}")


SCENARIOS: Mapping[str, Scenario] = {
    "lag": Scenario(
        f"{_BURST:,} payments at once",
        "the lag of billing jumps and drains within a minute (with the load running); fraud-check falls behind too",
        burst,
    ),
    "poison": Scenario(
        "a payment that fraud-check can not read",
        "fraud-check stands still on payments-0 too: its commit no longer moves while its lag grows; billing goes on",
        poison,
    ),
    "broker-down": Scenario(
        "kill -9 one broker",
        "partitions in sync 2 of 3 with the missing follower named, new leaders, the broker's row saying why",
        broker_down,
    ),
    "broker-up": Scenario(
        "start the dead broker again",
        "followers come back in sync one by one, then the preferred leaders return",
        broker_up,
    ),
    "rebalance": Scenario(
        "members join and leave billing for half a minute",
        "members of billing 2, 3, 4, 5 and back; its state leaves Stable for moments, partitions change hands",
        rebalance,
    ),
    "txn-gap": Scenario(
        "a transaction stays open for a minute",
        "the stable end of payments stands still while its end moves; billing, who reads committed, waits with it",
        open_transaction,
    ),
    "skew": Scenario(
        f"{_BURST:,} orders with the same key",
        "one partition of orders.created outgrows the others; shipping and orders-enricher lag on that one alone",
        skew,
    ),
}


def _orders() -> Iterator[Order]:
    """Orders from now on, with numbers of their own."""
    at = time.time()
    return (orders.order(1, number, int(at * 1000)) for number in count(due(at)))


def _payments_writer(cluster: Status, transactional_id: str, transaction_seconds: float = 60.0) -> Writer:
    return Writer(
        connection_to(cluster.bootstrap),
        client_id="payment-service",
        transactional_id=transactional_id,
        transaction_seconds=transaction_seconds,
    )


def _same_key(records: Iterator[NewRecord], key: bytes) -> Sequence[NewRecord]:
    return [NewRecord(r.topic, key, r.value, r.headers, r.timestamp_ms) for r in records]


async def _leave(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, ClientFailed):
        await task
