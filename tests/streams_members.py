"""A live member of a streams group (KIP-1071), by the protocol itself: kio's heartbeats over a socket of our own.

A Kafka Streams application sends the same; the broker makes the same group of it.
"""

from __future__ import annotations

import io
import socket
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any

from kio.index import load_payload_module
from kio.serial import entity_reader, entity_writer
from kio.static.constants import EntityType

_HEARTBEAT, _FIND_COORDINATOR = 88, 10
_JOIN, _LEAVE = 0, -1
_SECONDS = 20
CLIENT = "streams-client"


@contextmanager
def a_streams_member(bootstrap: str, group: str, topic: str) -> Iterator[None]:
    """It has joined and reads `topic`, until the block ends; without beating its heart again it lives for 45 s."""
    member = str(uuid.uuid4())
    with _Line(_coordinator(bootstrap, group)) as line:
        joined = line.ask(_HEARTBEAT, 0, lambda module: _heartbeat(module, group, member, _JOIN, topic))
        assert joined.error_code == 0, joined
        yield
        left = line.ask(_HEARTBEAT, 0, lambda module: _heartbeat(module, group, member, _LEAVE))
        assert left.error_code == 0, left


def an_empty_streams_group(bootstrap: str, group: str, topic: str) -> None:
    """Its one member has joined and left again."""
    with a_streams_member(bootstrap, group, topic):
        pass


def _heartbeat(module: ModuleType, group: str, member: str, epoch: int, topic: str | None = None) -> Any:
    tasks = dict.fromkeys(("active_tasks", "standby_tasks", "warmup_tasks"), () if topic is not None else None)
    unsaid = dict.fromkeys(("client_tags", "task_offsets", "task_end_offsets"))
    joining = {} if topic is None else _joining(module, topic)
    return module.StreamsGroupHeartbeatRequest(
        group_id=group, member_id=member, member_epoch=epoch, endpoint_information_epoch=0,
        **tasks, **unsaid, **joining,
    )  # fmt: skip


def _joining(module: ModuleType, topic: str) -> dict[str, Any]:
    nothing = ("state_changelog_topics", "repartition_sink_topics", "repartition_source_topics", "copartition_groups")
    part = module.Subtopology(subtopology_id="0", source_topics=(topic,), **dict.fromkeys(nothing, ()))
    return {
        "topology": module.Topology(epoch=0, subtopologies=(part,)),
        "process_id": str(uuid.uuid4()),
        "rebalance_timeout": timedelta(seconds=60),
    }


def _coordinator(bootstrap: str, group: str) -> tuple[str, int]:
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    with _Line((host, int(port))) as line:
        answer = line.ask(
            _FIND_COORDINATOR, 4, lambda module: module.FindCoordinatorRequest(key_type=0, coordinator_keys=(group,))
        )
    (found,) = answer.coordinators
    assert found.error_code == 0, found
    return str(found.host), int(found.port)


class _Line:
    """A connection that sends one request and waits for its answer."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, _SECONDS)

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, api: int, version: int, build: Any) -> Any:
        request = build(load_payload_module(api, version, EntityType.request))
        head = type(request).__header_schema__(
            request_api_key=api, request_api_version=version, correlation_id=1, client_id=CLIENT
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
