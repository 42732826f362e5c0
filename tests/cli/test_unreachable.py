"""Addresses behind which no Kafka answers: one sentence on stderr and exit code 3, within five seconds."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Kafkatui

_SECONDS = 5.0


def ends(kafkatui: Kafkatui, port: int, *arguments: str) -> str:
    """The sentence `kafkatui lag` ends with."""
    began = time.monotonic()
    ran = kafkatui("lag", "-b", f"127.0.0.1:{port}", *arguments)
    assert time.monotonic() - began < _SECONDS
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("kafkatui: ")
    assert ran.err.count("\n") == 1
    return ran.err


def test_a_closed_port(kafkatui: Kafkatui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "refused" in ends(kafkatui, port)


def test_a_silent_port(kafkatui: Kafkatui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "no answer" in ends(kafkatui, server.getsockname()[1])


def test_the_wait_can_be_shortened(kafkatui: Kafkatui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        ends(kafkatui, server.getsockname()[1], "--timeout", "200ms")
        assert time.monotonic() - began < 2


@pytest.fixture
def web_server() -> Iterator[int]:
    """A port that answers whatever comes as web servers answer what they do not understand."""

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = server.accept()
                peer.recv(65536)
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                peer.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, args=(server,))
        serving.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        serving.join()


def test_a_web_server(kafkatui: Kafkatui, web_server: int) -> None:
    assert "HTTP" in ends(kafkatui, web_server)


def test_a_name_that_does_not_resolve(kafkatui: Kafkatui) -> None:
    ran = kafkatui("lag", "-b", "no-such-host.invalid:9092")
    assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
    assert "no-such-host.invalid" in ran.err
