"""Members of classic groups, with what they subscribe to and what they were assigned.

By `GroupMetadataValue.json` (kafka-group-coordinator 4.3.0), `ConsumerProtocolSubscription.json` and
`ConsumerProtocolAssignment.json` (kafka-clients 4.3.0).
"""

from __future__ import annotations

from collections.abc import Callable

from kafkatui.decoding.coordinator_bytes import CoordinatorBytes, SchemaError
from kafkatui.decoding.decoded import Plain

_CONSUMER = "consumer"
"""The protocol type whose subscription and assignment are Kafka's; Connect has its own, which stay bytes."""


def read_member(source: CoordinatorBytes, version: int, protocol_type: str) -> Plain:
    data: dict[str, Plain] = {"memberId": source.string()}
    if version >= 3:
        data["groupInstanceId"] = source.nullable_string()
    data["clientId"] = source.string()
    data["clientHost"] = source.string()
    if version >= 1:
        data["rebalanceTimeout"] = source.int32()
    data["sessionTimeout"] = source.int32()
    data["subscription"] = _protocol(source.nullable_bytes(), protocol_type, _subscription)
    data["assignment"] = _protocol(source.nullable_bytes(), protocol_type, _assignment)
    source.tagged()
    return data


def _protocol(raw: bytes | None, protocol_type: str, read: Callable[[CoordinatorBytes], Plain]) -> Plain:
    """Bytes where it is not Kafka's protocol, or not as it should be: clients write what they like."""
    if not raw or protocol_type != _CONSUMER:
        return raw
    try:
        return read(CoordinatorBytes(raw))
    except SchemaError:
        return raw


def _subscription(source: CoordinatorBytes) -> Plain:
    version = source.int16()
    data: dict[str, Plain] = {"version": version, "topics": list(source.array(source.string))}
    data["userData"] = source.nullable_bytes()
    if version >= 1:
        data["ownedPartitions"] = _partitions(source)
    if version >= 2:
        data["generationId"] = source.int32()
    if version >= 3:
        data["rackId"] = source.nullable_string()
    return data


def _assignment(source: CoordinatorBytes) -> Plain:
    version = source.int16()
    partitions = _partitions(source)
    return {"version": version, "assignedPartitions": partitions, "userData": source.nullable_bytes()}


def _partitions(source: CoordinatorBytes) -> Plain:
    return list(source.array(lambda: _topic(source)))


def _topic(source: CoordinatorBytes) -> Plain:
    return {"topic": source.string(), "partitions": list(source.array(source.int32))}
