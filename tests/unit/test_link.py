"""Connections to peers that misbehave: each ends within its bound, with one sentence that names the cause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.dialling import DialFailed, dial
from kafkatui.kafka.link import Failed, Link
from kafkatui.model.connection import Connection, Tls
from kafkatui.model.errors import Unreachable

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[str]:
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await peer(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
        await server.wait_closed()


def saying(answer: bytes) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await writer.drain()

    return peer


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.close()


async def problem_of(connection: Connection) -> str:
    async with Cluster.open(connection) as cluster:
        with pytest.raises(Unreachable) as caught:
            await cluster.topology()
    return caught.value.problem.text


def to(*bootstrap: str, **changes: float) -> Connection:
    return Connection(bootstrap, connect_seconds=changes.get("connect_seconds", 0.3))


async def test_a_closed_port_is_refused_at_once() -> None:
    async with listening(silent) as where:
        pass
    assert await problem_of(to(where)) == f"{where}: connection refused: nothing listens there"


async def test_a_silent_peer_costs_no_more_than_the_bound() -> None:
    async with listening(silent) as where:
        started = time.monotonic()
        assert await problem_of(to(where)) == f"{where}: no answer within 0.3 s"
        assert time.monotonic() - started < 2


async def test_an_http_server_is_named() -> None:
    async with listening(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as where:
        assert await problem_of(to(where)) == f"{where}: an HTTP server, not Kafka"


async def test_a_tls_port_is_named() -> None:
    async with listening(saying(b"\x15\x03\x03\x00\x02\x02\x46")) as where:
        assert await problem_of(to(where)) == f"{where}: it expects TLS; the connection is set to plain text"


@pytest.mark.parametrize("size", [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x20\x00\x00"])
async def test_a_frame_that_is_negative_or_too_big_is_not_read(size: bytes) -> None:
    async with listening(saying(size)) as where:
        assert await problem_of(to(where)) == f"{where}: not Kafka: its first bytes are no Kafka reply"


@pytest.mark.parametrize("answer", [b"\0\0\0\0", b"\0\0\0\5\0\0\0\0\0"])
async def test_a_short_frame_is_no_kafka_reply(answer: bytes) -> None:
    async with listening(saying(answer)) as where:
        assert await problem_of(to(where)) == f"{where}: not Kafka: its first bytes are no Kafka reply"


async def test_a_name_no_host_can_have() -> None:
    assert await problem_of(to("a..b:1")) == "a..b:1: no host can have this name"


async def test_a_peer_that_hangs_up() -> None:
    async with listening(hanging_up) as where:
        assert await problem_of(to(where)) == f"{where}: it closes the connection at once: is TLS or a login expected?"


async def test_plain_text_where_tls_is_wanted() -> None:
    async with listening(saying(b"\x00\x00\x00\x04\x00\x00\x00\x00")) as where:
        connection = Connection((where,), tls=Tls(), connect_seconds=1.0)
        assert await problem_of(connection) == f"{where}: it does not answer in TLS; the connection is set to TLS"


async def test_a_host_that_does_not_exist() -> None:
    text = await problem_of(to("no-such-host.invalid:9092", connect_seconds=4.0))
    assert text.startswith("no-such-host.invalid:9092: ")


async def test_a_broker_that_was_silent_and_is_gone_now_is_told_as_gone() -> None:
    async with listening(silent) as where:
        link = Link("127.0.0.1", int(where.rpartition(":")[2]), to(where, connect_seconds=0.1), patience=0.01)
        with pytest.raises(Failed, match="no answer"):
            await link.reach()
    while link.current_problem is None or link.current_problem.code == "no_answer":
        with pytest.raises(Failed):
            await link.reach()
        await asyncio.sleep(0)
    assert link.current_problem.code == "unreachable"
    await link.close()


async def test_the_telling_cause_is_picked_from_several() -> None:
    async with listening(silent) as closed:
        pass
    async with listening(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as web:
        assert await problem_of(to(closed, web)) == f"none of 2 brokers can be used; {web}: an HTTP server, not Kafka"


async def test_closing_while_a_dial_hangs_leaves_nothing_behind() -> None:
    async with listening(silent) as where:
        async with Cluster.open(to(where, connect_seconds=30.0)) as cluster:
            asking = asyncio.create_task(cluster.topology())
            await asyncio.sleep(0)
        with pytest.raises((Unreachable, asyncio.CancelledError)):
            await asking
    assert [task for task in asyncio.all_tasks() if "dial" in task.get_name()] == []


async def test_an_advertised_port_that_can_not_exist() -> None:
    with pytest.raises(DialFailed) as caught:
        await dial("127.0.0.1", 70_000, to("127.0.0.1:70000"), "broker 3")
    assert caught.value.problem.text == "broker 3: the cluster advertises a port that can not exist"
