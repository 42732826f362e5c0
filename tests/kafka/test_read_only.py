"""Looking changes nothing, seen from outside: a proxy records what every screen and every reading command sends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Producer

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.wire import READING
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from tests.kafka.in_process import failures
from tests.kafka.looked_at import MISSING, World, reading_commands
from tests.kafka.screens import SIZE, Walk, a_whole_app
from tests.kafka.torture import TAKES_ALL, a_topic
from tests.live_members import a_member
from tests.proxy import METADATA, proxied
from tests.share_members import a_share_member
from tests.streams_members import a_streams_member
from tests.waiting import eventually

LOGGING_IN = {17, 18, 36}
"""SaslHandshake, ApiVersions, SaslAuthenticate."""
ALLOWED = {int(api) for api in READING} | LOGGING_IN


@pytest.fixture
def world(mini_cluster: Status) -> Iterator[World]:
    """As it was before, when the test is over; and nothing but reading has come by."""
    with ExitStack() as stack:
        proxy = stack.enter_context(proxied(mini_cluster.bootstrap))
        topic = stack.enter_context(a_topic(mini_cluster, "looked-at", TAKES_ALL))
        dead = stack.enter_context(a_topic(mini_cluster, "looked-at-dlt", TAKES_ALL))
        made = World(mini_cluster, proxy, topic, dead)
        stack.enter_context(busy(made))
        before = made.seen()
        yield made
        assert {api for api in proxy.apis() if api not in ALLOWED} == set()
        metadata = [request.decoded() for request in proxy.requests if request.api == METADATA]
        assert metadata
        assert not any(each.allow_auto_topic_creation for each in metadata)
        assert made.seen() == before
        assert MISSING not in before[0] | before[1]


@contextmanager
def busy(world: World) -> Iterator[None]:
    """Members of every kind, and a transaction that holds records back: each is looked at by requests of its own."""
    boot, topic, name = world.status.bootstrap, world.topic, world.group
    holding = Producer({"bootstrap.servers": boot, "log_level": 0, "transactional.id": f"{name}-holding"})
    holding.init_transactions(30)
    holding.begin_transaction()
    holding.produce(topic, b"{}", partition=0)
    assert holding.flush(30) == 0
    with (
        a_member(boot, f"{name}-classic", topic, "classic"),
        a_member(boot, f"{name}-consumer", topic, "consumer"),
        a_share_member(boot, f"{name}-share", topic),
        a_streams_member(boot, f"{name}-streams", topic),
    ):
        eventually(lambda: kinds_with_members(boot, name) == {"classic", "consumer", "share", "streams"}, 60)
        yield
    holding.abort_transaction(30)


def kinds_with_members(bootstrap: str, name: str) -> set[str]:
    async def read() -> set[str]:
        async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
            groups = (await cluster.groups(await cluster.topology())).groups
        live = [each for each in groups.values() if each.group.startswith(name) and each.state != "Empty"]
        return {each.type.value for each in live}

    return asyncio.run(read())


async def test_every_screen(world: World, tmp_path: Path) -> None:
    """On a connection that may change things: as long as nobody says yes, it does not."""
    app = a_whole_app(replace(world.connection, read_only=False), tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await Walk(app, pilot).through_all(world.topic, world.group, world.dead, MISSING)
    # What no screen asks for would not be shown to be harmless by this.
    assert READING - world.proxy.apis() == set()
    assert not (tmp_path / "undo").exists()


def test_every_reading_command(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert failures(reading_commands(world), ["-b", world.proxy.bootstrap], capfd) == []
