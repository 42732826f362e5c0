"""Confluent's framing: the id of the schema before the bytes of a key or value, or in a header. No schema is read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kafkatui.model.records import Header

SchemaId: TypeAlias = int | uuid.UUID
"""A number of one registry, or a GUID that is the same in every registry."""
Side: TypeAlias = Literal["key", "value"]
_ID, _GUID = 0, 1
_ID_BYTES, _GUID_BYTES = 4, 16
_HEADERS: dict[Side, str] = {"key": "__key_schema_id", "value": "__value_schema_id"}
_MOST_INDEXES = 64


class NotFramed(ValueError):
    """The bytes do not begin as the framing does; the text says how they begin."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A key or value taken apart."""

    schema: SchemaId
    payload: bytes
    """What follows the id; with protobuf and without a header, the message indexes are still in front."""
    in_header: bytes | None = None
    """What follows the id in the header, where it is in one: the message indexes of protobuf."""


def id_header(headers: Iterable[Header], side: Side) -> bytes | None:
    """The header that holds the schema's id; of several the last, as Confluent's clients take it."""
    name, found = _HEADERS[side], None
    for each, value in headers:
        if each == name:
            found = value
    return found


def take_apart(raw: bytes, header: bytes | None) -> Frame:
    """`header`: what `id_header` found. Raises NotFramed."""
    if header is not None:
        schema, rest = _id(header, "the header with the schema's id")
        return Frame(schema, raw, rest)
    return Frame(*_id(raw, "the value"))


def is_framed(raw: bytes) -> bool:
    """A zero byte and the id of a schema in 4 bytes; ids count from 1."""
    return len(raw) > _ID_BYTES and raw[0] == _ID and 0 < int.from_bytes(raw[1:5], "big") < 1 << 24


def message_indexes(raw: bytes) -> tuple[tuple[int, ...], bytes]:
    """The way to the message in a `.proto` file, outermost first, and what follows it. Raises NotFramed."""
    count, at = _zigzag(raw, 0)
    if not 0 <= count <= _MOST_INDEXES:
        raise NotFramed(f"{count:,} message indexes are declared")
    indexes = []
    for _ in range(count):
        index, at = _zigzag(raw, at)
        indexes.append(index)
    if any(index < 0 for index in indexes):
        raise NotFramed("a message index is negative")
    return tuple(indexes) or (0,), raw[at:]


def _id(raw: bytes, what: str) -> tuple[SchemaId, bytes]:
    if raw[:1] == bytes([_ID]) and len(raw) > _ID_BYTES:
        return int.from_bytes(raw[1 : 1 + _ID_BYTES], "big"), raw[1 + _ID_BYTES :]
    if raw[:1] == bytes([_GUID]) and len(raw) > _GUID_BYTES:
        return uuid.UUID(bytes=raw[1 : 1 + _GUID_BYTES]), raw[1 + _GUID_BYTES :]
    raise NotFramed(f"{what} does not begin with the id of a schema")


def _zigzag(raw: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place in range(5):
        if at + place >= len(raw):
            raise NotFramed("the bytes end in the message indexes")
        byte = raw[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at + place + 1
    raise NotFramed("a message index of more than 5 bytes")
