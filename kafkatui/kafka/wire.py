"""kio's messages over aiokafka's connections: one request, its version and its bytes. No sockets live here.

`Call.prepare` picks the newest version both sides speak; what it gives is the request that aiokafka's connection sends.
The reply comes back undecoded, so that the caller decides where the work of decoding is done.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from types import ModuleType
from typing import Any

from kio.index import KioIndexError, load_payload_module
from kio.serial import entity_reader, entity_writer
from kio.static.constants import EntityType

from kafkatui.kafka import shapes
from kafkatui.model.errors import ReadOnly


class Api(IntEnum):
    """The requests this program sends (Kafka protocol, API keys)."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    DESCRIBE_GROUPS = 15
    LIST_GROUPS = 16
    API_VERSIONS = 18
    CREATE_TOPICS = 19
    DELETE_TOPICS = 20
    DELETE_RECORDS = 21
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS_TO_TXN = 24
    ADD_OFFSETS_TO_TXN = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28
    DESCRIBE_CONFIGS = 32
    DESCRIBE_LOG_DIRS = 35
    CREATE_PARTITIONS = 37
    DELETE_GROUPS = 42
    ELECT_LEADERS = 43
    INCREMENTAL_ALTER_CONFIGS = 44
    OFFSET_DELETE = 47
    DESCRIBE_QUORUM = 55
    DESCRIBE_CLUSTER = 60
    DESCRIBE_PRODUCERS = 61
    DESCRIBE_TRANSACTIONS = 65
    LIST_TRANSACTIONS = 66
    CONSUMER_GROUP_DESCRIBE = 69
    SHARE_GROUP_DESCRIBE = 77
    STREAMS_GROUP_DESCRIBE = 89
    DESCRIBE_SHARE_GROUP_OFFSETS = 90
    ALTER_SHARE_GROUP_OFFSETS = 91
    DELETE_SHARE_GROUP_OFFSETS = 92


CHANGING = frozenset({
    Api.PRODUCE, Api.INIT_PRODUCER_ID, Api.ADD_PARTITIONS_TO_TXN, Api.ADD_OFFSETS_TO_TXN, Api.END_TXN,
    Api.TXN_OFFSET_COMMIT, Api.OFFSET_COMMIT, Api.CREATE_TOPICS, Api.DELETE_TOPICS, Api.DELETE_RECORDS,
    Api.CREATE_PARTITIONS, Api.DELETE_GROUPS, Api.ELECT_LEADERS, Api.INCREMENTAL_ALTER_CONFIGS, Api.OFFSET_DELETE,
    Api.ALTER_SHARE_GROUP_OFFSETS, Api.DELETE_SHARE_GROUP_OFFSETS, Api.FIND_COORDINATOR,
})  # fmt: skip
"""What only a connection that was opened for changes may send; FindCoordinator makes a missing topic of commits."""
READING = frozenset({
    Api.FETCH, Api.LIST_OFFSETS, Api.METADATA, Api.OFFSET_FETCH, Api.DESCRIBE_GROUPS,
    Api.LIST_GROUPS, Api.API_VERSIONS, Api.DESCRIBE_CONFIGS, Api.DESCRIBE_LOG_DIRS, Api.DESCRIBE_QUORUM,
    Api.DESCRIBE_CLUSTER, Api.DESCRIBE_PRODUCERS, Api.DESCRIBE_TRANSACTIONS, Api.LIST_TRANSACTIONS,
    Api.CONSUMER_GROUP_DESCRIBE, Api.SHARE_GROUP_DESCRIBE, Api.STREAMS_GROUP_DESCRIBE,
    Api.DESCRIBE_SHARE_GROUP_OFFSETS,
})  # fmt: skip
"""What every connection may send: named one by one, so that a new request changes nothing until somebody thought."""


_MOST_VERSIONS = 99
"""More than any request has."""


class Unsupported(Exception):
    """The broker and this program have no common version of a request."""


class Malformed(Exception):
    """A reply is not what the protocol says."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request before its version is known."""

    api: Api
    build: Callable[[ModuleType], Any]
    """Makes the payload from kio's request module of the version that was picked."""
    oldest: int = 0
    newest: int = _MOST_VERSIONS
    """Versions this program understands; kio may know more."""

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> Prepared:
        """The request at the newest common version. Raises `Unsupported`."""
        low, high = versions.get(self.api, (0, -1))
        for version in range(min(high, self.newest), max(low, self.oldest) - 1, -1):
            found = _request_module(self.api, version)
            if found is not None:
                return Prepared(self.api, version, self.build(found))
        raise Unsupported(self._why_not(low, high))

    def _why_not(self, low: int, high: int) -> str:
        # Only where it is needed: commands read no more than they must.
        from kafkatui.kafka import releases

        ours = [version for version in range(self.oldest, _MOST_VERSIONS) if _request_module(self.api, version)]
        name = releases.name(self.api)
        if high < ours[0]:
            return f"{name} needs Kafka {releases.since(self.api, ours[0])} or newer"
        return f"{name}: the broker speaks only {low} to {high}, which is newer than this program"


class Guard:
    """Lets a call pass only when its API is allowed: read-only is enforced where bytes leave."""

    def __init__(self, allowed: frozenset[Api]) -> None:
        self._allowed = allowed

    def check(self, call: Call) -> None:
        """Raises `ReadOnly`."""
        if call.api not in self._allowed:
            raise ReadOnly(f"{call.api.name} is not allowed on a read-only connection")


class Prepared:
    """A request at one version, in the shape aiokafka sends. Its repr holds no payload: that may be secret."""

    def __init__(self, api: Api, version: int, payload: Any) -> None:
        self.API_KEY = int(api)
        self.API_VERSION = version
        self._payload = payload

    def __repr__(self) -> str:
        return f"<{Api(self.API_KEY).name} v{self.API_VERSION}>"

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> Prepared:
        """What aiokafka calls before it sends: the version is picked already."""
        return self

    def build_request_header(self, *, correlation_id: int, client_id: str) -> _Header:
        return _Header(self._payload, correlation_id, client_id)

    def encode(self) -> bytes:
        return _encode(type(self._payload), self._payload)

    def open_reply(self, frame: memoryview) -> tuple[int, memoryview]:
        """The correlation id of a reply, and its body, still bytes. Raises `Malformed`."""
        header = _response_class(self.API_KEY, self.API_VERSION).__header_schema__
        try:
            value, size = entity_reader(header)(frame, 0)
        except Exception as error:
            raise Malformed(f"{self!r}: {error}") from error
        return int(value.correlation_id), frame[size:]


@dataclass(frozen=True, slots=True)
class _Header:
    payload: Any
    correlation_id: int
    client_id: str

    def encode(self) -> bytes:
        schema = self.payload.__header_schema__
        header = schema(
            request_api_key=self.payload.__api_key__,
            request_api_version=self.payload.__version__,
            correlation_id=self.correlation_id,
            client_id=self.client_id,
        )
        return _encode(schema, header)


def decode(request: Prepared, body: memoryview) -> Any:
    """kio's response object. Raises `Malformed`, also when bytes are left over."""
    response = _response_class(request.API_KEY, request.API_VERSION)
    try:
        shapes.check(response, body)
        value, size = _read(response, body)
    except Exception as error:
        raise Malformed(f"{request!r}: {error}") from error
    if size != len(body):
        raise Malformed(f"{request!r}: {len(body) - size} bytes left over")
    return value


def _read(response: Any, body: memoryview) -> Any:
    """The value, and how many bytes it took."""
    reader = entity_reader(response)
    try:
        return reader(body, 0)
    except Exception as error:
        if not _is_too_new(error):
            raise
    # Brokers add error codes and tagged fields without another version: these must not cost the rest of the reply.
    value, size = reader(mended := shapes.mended(response, body), 0)
    return value, size + len(body) - len(mended)


def _is_too_new(error: Exception) -> bool:
    """Whether kio only does not know an error code or a tagged field; it tells so in nothing but its text."""
    text = str(error)
    return "is not a valid ErrorCode" in text or "Unknown tagged field tag" in text


def _encode(schema: type[Any], value: Any) -> bytes:
    buffer = io.BytesIO()
    entity_writer(schema)(buffer, value)
    return buffer.getvalue()


def _request_module(api: int, version: int) -> ModuleType | None:
    try:
        return load_payload_module(api, version, EntityType.request)
    except KioIndexError:
        return None


@cache
def _response_class(api: int, version: int) -> Any:
    if api == Api.DESCRIBE_TRANSACTIONS:
        # Only by who asks, as kio's own modules are loaded.
        from kafkatui.kafka.described_transactions import DescribeTransactionsResponse

        return DescribeTransactionsResponse
    module = load_payload_module(api, version, EntityType.response)
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and getattr(value, "__type__", None) is EntityType.response
    )
