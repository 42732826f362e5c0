"""`lag --serve`: what Prometheus gets over a socket, at what cost, and what becomes of whoever is no Prometheus."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from kafkatui.cli import connect, exporter
from kafkatui.cli.exporter import CONNECTIONS, Answer, Exporter
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_serve import Newest
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from tests.builders import AT, a_group, a_group_partition, a_snapshot
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster


def a_reading() -> Snapshot:
    return a_snapshot(groups=[a_group("billing", [a_group_partition(committed=900)], members=())])


@pytest.fixture
def newest(monkeypatch: pytest.MonkeyPatch) -> Newest:
    monkeypatch.setattr(connect, "clock", lambda: AT + 2)
    return Newest(Meant(), 15)


class Readings:
    """As `Watching`, from a list."""

    def __init__(self, *readings: Snapshot | Problem) -> None:
        self._readings = readings

    async def readings(self) -> AsyncIterator[Snapshot | Problem]:
        for reading in self._readings:
            yield reading


async def test_the_newest_reading_is_what_is_served(newest: Newest) -> None:
    assert newest.answer("/healthz") == Answer(503, b"nothing was read yet\n")
    assert newest.answer("/metrics").body.splitlines()[-1] == b"kafkatui_up 0"
    await newest.follow(Readings(a_reading()))  # type: ignore[arg-type]
    served = newest.answer("/metrics")
    assert (served.status, served.type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = served.body.decode().splitlines()
    labels = 'cluster_id="q3xKzW0gRv2mB7aTfN1yLw",group="billing",topic="orders",partition="0"'
    assert f"kafkatui_group_lag_records{{{labels}}} 100" in lines
    assert "kafkatui_up 1" in lines
    assert "kafkatui_snapshot_age_seconds 2.000" in lines
    assert newest.answer("/healthz").status == 200
    assert (newest.answer("/").status, newest.answer("/admin").status) == (200, 404)


async def test_a_group_that_is_not_there_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = Newest(Meant(["biling", "payroll"]), 15)
    unseen = Problem("group_authorization_failed", "not authorized to see it")
    reading = replace(a_reading(), hidden_groups={"payroll": unseen})
    await newest.follow(Readings(reading, reading))  # type: ignore[arg-type]
    said = ("group biling does not exist; did you mean billing?", "group payroll: not authorized to see it")
    assert capsys.readouterr().err == "".join(f"kafkatui: {each}\n" for each in said)


async def test_what_is_old_says_so_and_stays(newest: Newest, monkeypatch: pytest.MonkeyPatch) -> None:
    await newest.follow(Readings(a_reading(), Problem("no_answer", "broker 1: no answer for 4 s")))  # type: ignore[arg-type]
    assert newest.answer("/healthz") == Answer(503, b"the newest reading is 2 s old: broker 1: no answer for 4 s\n")
    assert b"kafkatui_group_lag_records{" in newest.answer("/metrics").body
    assert b"kafkatui_up 0\n" in newest.answer("/metrics").body
    await newest.follow(Readings(a_reading()))  # type: ignore[arg-type]
    monkeypatch.setattr(connect, "clock", lambda: AT + 46)
    assert newest.answer("/healthz") == Answer(503, b"the newest reading is 46 s old\n")


@asynccontextmanager
async def serving(body: bytes = b"text\n") -> AsyncIterator[Callable[[bytes], asyncio.Future[bytes]]]:
    """Gives what sends bytes over a connection of its own, and brings what comes back until it is closed."""
    async with Exporter(lambda path: Answer(200 if path == "/metrics" else 404, body)) as server:
        port = await server.listen("127.0.0.1", 0)

        async def ask(data: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                with suppress(ConnectionError):
                    writer.write(data)
                    await writer.drain()
                with suppress(ConnectionError):
                    return await reader.read()
                return b""
            finally:
                writer.close()
                with suppress(ConnectionError):
                    await writer.wait_closed()

        yield lambda data: asyncio.ensure_future(ask(data))


async def test_get_and_head() -> None:
    async with serving() as ask:
        got = await ask(b"GET /metrics?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 200 OK\r\n")
        assert got.endswith(b"Content-Length: 5\r\nConnection: close\r\n\r\ntext\n")
        assert (await ask(b"HEAD /metrics HTTP/1.0\r\n\r\n")).endswith(b"\r\n\r\n")
        assert (await ask(b"GET /nothing HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert (await ask(b"POST /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
        assert (await ask(b"\x16\x03\x01\x02\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_whoever_says_too_much_or_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "SECONDS", 0.2)
    async with serving() as ask:
        assert await ask(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 1_000_000) == b""
        assert await ask(b"GET /metrics") == b""
        assert await ask(b"") == b""
        assert (await ask(b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b"text\n")


async def test_a_crowd_that_says_nothing_keeps_nobody_out() -> None:
    async with Exporter(lambda path: Answer(200, b"text\n")) as server:
        port = await server.listen("127.0.0.1", 0)
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4 * CONNECTIONS)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.read()).endswith(b"text\n")
        for _, each in [*crowd, (reader, writer)]:
            each.close()
        await asyncio.gather(*(each.wait_closed() for _, each in crowd), writer.wait_closed(), return_exceptions=True)


async def test_one_who_never_reads_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "ANSWER_SECONDS", 10.0)
    async with Exporter(lambda path: Answer(200, b"x" * 20_000_000)) as server:
        port = await server.listen("127.0.0.1", 0)
        with socket.create_connection(("127.0.0.1", port)) as deaf:
            deaf.sendall(b"GET / HTTP/1.1\r\n\r\n")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert len(await reader.read()) > 20_000_000
            writer.close()
            await writer.wait_closed()


async def test_a_connection_that_closes_with_the_last_of_its_answer_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, forgotten: list[str]
) -> None:
    """Its answer lies with asyncio as a whole when it is closed, so that it ends where the last piece is taken."""
    monkeypatch.setattr(exporter, "_CHUNK", 100_000_000)
    async with Exporter(lambda path: Answer(200, b"x" * 20_000_000)) as server:
        port = await server.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert len(await reader.read()) > 20_000_000
        writer.close()
        await writer.wait_closed()
    gc.collect()
    assert forgotten == []


def test_the_command_serves_until_it_is_told_to_end(
    cluster: FakeCluster, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one reading there is makes the process end itself, as `kill` does."""
    cluster.snapshot = a_reading()
    taken = Newest._take

    def take(self: Newest, snapshot: Snapshot) -> None:
        taken(self, snapshot)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Newest, "_take", take)
    ran = kafkatui("lag", "--serve", "127.0.0.1:0")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("kafkatui: serving http://127.0.0.1:")


def test_a_port_that_is_taken(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = kafkatui("lag", "--serve", address)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"kafkatui: {address} can not be listened on: ")
