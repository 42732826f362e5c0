"""A connection of our own to a broker: one request of kio's, and its answer. Knows no client library."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Callable
from types import ModuleType
from typing import Any

from kio.index import load_payload_module
from kio.serial import entity_reader, entity_writer
from kio.static.constants import EntityType

_FIND_COORDINATOR = 10
_SECONDS = 20


def coordinator(bootstrap: str, group: str, client: str) -> tuple[str, int]:
    """The address of the broker that coordinates a group."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    with Line((host, int(port)), client) as line:
        answer = line.ask(
            _FIND_COORDINATOR, 4, lambda module: module.FindCoordinatorRequest(key_type=0, coordinator_keys=(group,))
        )
    (found,) = answer.coordinators
    assert found.error_code == 0, found
    return str(found.host), int(found.port)


class Line:
    """A connection that sends one request and waits for its answer."""

    def __init__(self, address: tuple[str, int], client: str) -> None:
        """`client`: the client id it sends."""
        self._client = client
        self._socket = socket.create_connection(address, _SECONDS)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, api: int, version: int, build: Callable[[ModuleType], Any]) -> Any:
        request = build(load_payload_module(api, version, EntityType.request))
        head = type(request).__header_schema__(
            request_api_key=api, request_api_version=version, correlation_id=1, client_id=self._client
        )
        frame = _bytes(head) + _bytes(request)
        self._socket.sendall(struct.pack(">i", len(frame)) + frame)
        (length,) = struct.unpack(">i", self._take(4))
        return self._answer(memoryview(self._take(length)), load_payload_module(api, version, EntityType.response))

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += self._socket.recv(count - len(data)) or _closed()
        return data

    @staticmethod
    def _answer(frame: memoryview, module: ModuleType) -> Any:
        response: Any = next(
            value
            for value in vars(module).values()
            if isinstance(value, type) and getattr(value, "__type__", None) is EntityType.response
        )
        _, size = entity_reader(response.__header_schema__)(frame, 0)
        return entity_reader(response)(frame, size)[0]


def _closed() -> bytes:
    raise AssertionError("the broker closed the connection")


def _bytes(value: Any) -> bytes:
    buffer = io.BytesIO()
    entity_writer(type(value))(buffer, value)
    return buffer.getvalue()
