"""A peer that speaks enough Kafka to be believed: one broker with one topic. What it says to some requests is a test's.

It answers ApiVersions, Metadata and, with nothing in it, ListOffsets as a broker would, or with bytes of a test's own.
"""

from __future__ import annotations

import asyncio
import io
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kio.index import load_payload_module
from kio.schema.errors import ErrorCode
from kio.serial import entity_writer
from kio.static.constants import EntityType

HOST, TOPIC, PARTITIONS = "127.0.0.1", "believed", 3
API_VERSIONS, METADATA = 18, 3
_SPOKEN = {1: (4, 12), 2: (1, 8), METADATA: (0, 12), API_VERSIONS: (0, 3)}
_NOTHING = bytes(4) + b"\x01\x00"
"""No throttle time, no topics, no tagged fields: an answer to ListOffsets 8."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    api: int
    version: int
    correlation_id: int
    number: int
    """How many of this API came before."""


Reply = Callable[[Asked], bytes | None]
"""All bytes that are sent for a request, lengths included; None: what a broker would say."""


@dataclass(slots=True)
class Peer:
    """What it was asked and how many connections it has."""

    reply: Reply
    port: int = 0
    asked: Counter[int] = field(default_factory=Counter)
    opened: int = 0
    closed: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                frame = await reader.readexactly(size)
                api, version, correlation_id = struct.unpack_from(">hhi", frame)
                asked = Asked(api, version, correlation_id, self.asked[api])
                self.asked[api] += 1
                said = self.reply(asked)
                writer.write(framed(asked, believed(asked, self.port)) if said is None else said)
                await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            self.closed += 1
            writer.close()


@asynccontextmanager
async def listening(reply: Reply) -> AsyncIterator[Peer]:
    """The peer, as long as the block lasts."""
    peer, connections = Peer(reply), set[asyncio.Task[None]]()

    def serve(*of: Any) -> Awaitable[None]:
        task = asyncio.ensure_future(peer.serve(*of))
        connections.add(task)
        task.add_done_callback(connections.discard)
        return task

    server = await asyncio.start_server(serve, HOST, 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        left = list(connections)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def framed(asked: Asked, body: bytes, *, size: int | None = None, correlation_id: int | None = None) -> bytes:
    """A body with its header and length; both can be made wrong."""
    response = _response(asked)
    header: Any = response.__header_schema__
    head = _bytes(header(correlation_id=asked.correlation_id if correlation_id is None else correlation_id))
    return struct.pack(">i", len(head) + len(body) if size is None else size) + head + body


def believed(asked: Asked, port: int) -> bytes:
    """The body of a true answer."""
    if asked.api == API_VERSIONS:
        return _api_versions(asked)
    return _metadata(asked, port) if asked.api == METADATA else _NOTHING


def _api_versions(asked: Asked) -> bytes:
    module = load_payload_module(asked.api, asked.version, EntityType.response)
    keys = tuple(
        module.ApiVersion(api_key=key, min_version=low, max_version=high) for key, (low, high) in _SPOKEN.items()
    )
    return _bytes(_made(module.ApiVersionsResponse, error_code=ErrorCode.none, api_keys=keys))


def _metadata(asked: Asked, port: int) -> bytes:
    module = load_payload_module(asked.api, asked.version, EntityType.response)
    partitions = tuple(
        _made(
            module.MetadataResponsePartition, error_code=ErrorCode.none, partition_index=number, leader_id=1,
            leader_epoch=0, replica_nodes=(1,), isr_nodes=(1,), offline_replicas=(),
        )
        for number in range(PARTITIONS)
    )  # fmt: skip
    topic = _made(
        module.MetadataResponseTopic, error_code=ErrorCode.none, name=TOPIC, topic_id=None, is_internal=False,
        partitions=partitions,
    )  # fmt: skip
    broker = _made(module.MetadataResponseBroker, node_id=1, host=HOST, port=port, rack=None)
    return _bytes(_made(module.MetadataResponse, brokers=(broker,), cluster_id="c", controller_id=1, topics=(topic,)))


def _made(of: Any, **values: Any) -> Any:
    """With those of the values that this version has; the throttle time is none."""
    known: Mapping[str, Any] = of.__dataclass_fields__
    values["throttle_time"] = timedelta(0)
    return of(**{name: value for name, value in values.items() if name in known})


def _response(asked: Asked) -> Any:
    module = load_payload_module(asked.api, asked.version, EntityType.response)
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and getattr(value, "__type__", None) is EntityType.response
    )


def _bytes(value: Any) -> bytes:
    buffer = io.BytesIO()
    entity_writer(type(value))(buffer, value)
    return buffer.getvalue()
