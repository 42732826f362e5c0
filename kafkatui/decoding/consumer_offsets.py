"""`__consumer_offsets`: every key of Kafka 4.3 and the values of commits and of groups of every type.

By the schemas in kafka-group-coordinator 4.3.0 (`common/message/*Key.json`, `OffsetCommitValue.json`,
`GroupMetadataValue.json`; the others in `group_values`), in the shape and with the names Kafka's own formatters print.
"""

from __future__ import annotations

from collections.abc import Callable

from kafkatui.decoding.classic_members import read_member
from kafkatui.decoding.coordinator_bytes import CoordinatorBytes, SchemaError
from kafkatui.decoding.decoded import Decoded, Plain, failed
from kafkatui.decoding.group_values import VALUES
from kafkatui.decoding.limits import LIMITS, Limits, too_large

TOPIC = "__consumer_offsets"
_NAME = "consumer-offsets"
_GROUP, _MEMBER = ("groupId",), ("groupId", "memberId")
_KEYS: dict[int, tuple[str, tuple[str, ...]]] = {
    0: ("LegacyOffsetCommit", ("group", "topic", "partition")),
    1: ("OffsetCommit", ("group", "topic", "partition")),
    2: ("GroupMetadata", ("group",)),
    3: ("ConsumerGroupMetadata", _GROUP),
    4: ("ConsumerGroupPartitionMetadata", _GROUP),
    5: ("ConsumerGroupMemberMetadata", _MEMBER),
    6: ("ConsumerGroupTargetAssignmentMetadata", _GROUP),
    7: ("ConsumerGroupTargetAssignmentMember", _MEMBER),
    8: ("ConsumerGroupCurrentMemberAssignment", _MEMBER),
    10: ("ShareGroupMemberMetadata", _MEMBER),
    11: ("ShareGroupMetadata", _GROUP),
    12: ("ShareGroupTargetAssignmentMetadata", _GROUP),
    13: ("ShareGroupTargetAssignmentMember", _MEMBER),
    14: ("ShareGroupCurrentMemberAssignment", _MEMBER),
    15: ("ShareGroupStatePartitionMetadata", _GROUP),
    16: ("ConsumerGroupRegularExpression", ("groupId", "regularExpression")),
    17: ("StreamsGroupMetadata", _GROUP),
    19: ("StreamsGroupMemberMetadata", _MEMBER),
    20: ("StreamsGroupTargetAssignmentMetadata", _GROUP),
    21: ("StreamsGroupTargetAssignmentMember", _MEMBER),
    22: ("StreamsGroupCurrentMemberAssignment", _MEMBER),
    23: ("StreamsGroupTopology", _GROUP),
}
_NEWEST_VALUE = 4
_FIRST_FLEXIBLE = 4


def decode_key(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    """`{"type": 1, "name": "OffsetCommit", "data": {"group": ..., ...}}`."""
    if large := too_large(_NAME, raw, limits.schema_bytes):
        return large
    source = CoordinatorBytes(raw)
    try:
        return _finish(raw, source, _key(source))
    except SchemaError as error:
        return _refused(raw, error)


def decode_value(raw: bytes, key: bytes | None, limits: Limits = LIMITS) -> Decoded:
    """`{"version": 4, "data": {...}}`; what it is stands only in the key of the same record."""
    if large := too_large(_NAME, raw, limits.schema_bytes):
        return large
    try:
        kind = CoordinatorBytes(key or b"").int16()
    except SchemaError:
        return failed(_NAME, raw, "no_type", "the key has no type that tells what the value is")
    if kind not in _KEYS:
        return failed(_NAME, raw, "unknown_type", f"values of type {kind} are not of Kafka 4.3")
    try:
        return _value(raw, _VALUES[kind]) if kind in _VALUES else _group_value(raw, VALUES[kind])
    except SchemaError as error:
        return _refused(raw, error)


def _refused(raw: bytes, error: SchemaError) -> Decoded:
    return failed(_NAME, raw, "invalid_schema", f"not a record of {TOPIC}: {error}")


def _finish(raw: bytes, source: CoordinatorBytes, value: Plain) -> Decoded:
    notes = (f"{source.left:,} bytes follow that are not known",) if source.left else ()
    return Decoded(_NAME, raw, value, notes)


def _key(source: CoordinatorBytes) -> Plain:
    kind = source.int16()
    if kind not in _KEYS:
        raise SchemaError(f"key type {kind} is not one of Kafka 4.3")
    name, fields = _KEYS[kind]
    data: dict[str, Plain] = {field: source.int32() if field == "partition" else source.string() for field in fields}
    return {"type": kind, "name": name, "data": data}


_Reader = Callable[[CoordinatorBytes, int], dict[str, Plain]]


def _value(raw: bytes, read: _Reader) -> Decoded:
    source = CoordinatorBytes(raw)
    version = source.int16()
    if not 0 <= version <= _NEWEST_VALUE:
        raise SchemaError(f"value version {version} is newer than Kafka 4.3's {_NEWEST_VALUE}")
    source.flexible = version >= _FIRST_FLEXIBLE
    return _finish(raw, source, {"version": version, "data": read(source, version)})


def _group_value(raw: bytes, read: Callable[[CoordinatorBytes], Plain]) -> Decoded:
    source = CoordinatorBytes(raw, flexible=True)
    version = source.int16()
    if version != 0:
        raise SchemaError(f"value version {version} is newer than Kafka 4.3's 0")
    return _finish(raw, source, {"version": version, "data": read(source)})


def _offset_commit(source: CoordinatorBytes, version: int) -> dict[str, Plain]:
    data: dict[str, Plain] = {"offset": source.int64()}
    if version >= 3:
        data["leaderEpoch"] = source.int32()
    data["metadata"] = source.string()
    data["commitTimestamp"] = source.int64()
    if version == 1:
        data["expireTimestamp"] = source.int64()
    if topic_id := source.tagged().get(0):
        data["topicId"] = CoordinatorBytes(topic_id).uuid()
    return data


def _group_metadata(source: CoordinatorBytes, version: int) -> dict[str, Plain]:
    protocol_type = source.string()
    data: dict[str, Plain] = {"protocolType": protocol_type, "generation": source.int32()}
    data["protocol"] = source.nullable_string()
    data["leader"] = source.nullable_string()
    if version >= 2:
        data["currentStateTimestamp"] = source.int64()
    members: list[Plain] = list(source.array(lambda: read_member(source, version, protocol_type)))
    source.tagged()
    return data | {"members": members}


_VALUES: dict[int, _Reader] = {0: _offset_commit, 1: _offset_commit, 2: _group_metadata}
