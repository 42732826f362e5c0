"""Schemas of every kind a registry keeps, made ready to read with. Fetching them is not done here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoded import Decoded, failed
from kafkatui.decoding.framing import NotFramed, SchemaId, message_indexes, take_apart
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.model.problems import Problem

if TYPE_CHECKING:  # each is loaded when the first schema of its kind is
    from kafkatui.decoding.avro_schema import AvroSchema
    from kafkatui.decoding.protobuf import ProtobufSchema

NAME = "schema-registry"
"""The decoder that reads by the id in front of each value."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema as a registry keeps it."""

    kind: str
    """`AVRO`, `PROTOBUF` or `JSON`."""
    text: str
    references: Mapping[str, str] = field(default_factory=dict)
    """The texts it refers to by the names it uses, also those they refer to: each after those it needs itself."""


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """Values are JSON; whether they are as the schema says was checked by whoever wrote them, and is not again."""

    name: str


ReadySchema: TypeAlias = "AvroSchema | ProtobufSchema | JsonSchema"
FindSchema: TypeAlias = Callable[[SchemaId], "ReadySchema | Problem"]


def make_ready(schema: Schema) -> ReadySchema:
    """Raises BadSchema."""
    if schema.kind == "AVRO":
        from kafkatui.decoding.avro_schema import parse_avro

        return parse_avro(schema.text, schema.references.values())
    if schema.kind == "PROTOBUF":
        from kafkatui.decoding.protobuf import parse_protobuf

        return parse_protobuf(schema.text, schema.references)
    if schema.kind == "JSON":
        return JsonSchema(_title(schema.text))
    raise BadSchema(f"schemas of type {schema.kind} are not read here")


def no_registry(schema: SchemaId) -> Problem:
    """The answer where none is configured."""
    text = f"written with schema {schema}, and no schema registry is configured: set schema_registry in the context"
    return Problem("no_registry", f"{text}, or -X schema.registry.url=URL")


def decode_framed(
    raw: bytes, find: FindSchema = no_registry, limits: Limits = LIMITS, header: bytes | None = None
) -> Decoded:
    """By the schema whose id is in front of `raw`, or in `header`, which is what `id_header` found."""
    try:
        frame = take_apart(raw, header)
        ready = find(frame.schema)
        if isinstance(ready, Problem):
            return Decoded(NAME, raw, ready, schema=str(frame.schema))
        decoded, name = _read(ready, frame.payload, frame.in_header, limits)
    except NotFramed as error:
        return failed(NAME, raw, "not_framed", str(error))
    except BadSchema as error:
        return Decoded(NAME, raw, Problem("bad_schema", str(error)), schema=str(frame.schema))
    return replace(decoded, raw=raw, schema=f"{frame.schema}, {name}" if name else str(frame.schema))


def _read(ready: ReadySchema, payload: bytes, in_header: bytes | None, limits: Limits) -> tuple[Decoded, str]:
    if isinstance(ready, JsonSchema):
        return replace(decode_json(payload, limits), decoder="json-schema"), ready.name
    from kafkatui.decoding.avro import decode_avro
    from kafkatui.decoding.avro_schema import AvroSchema

    if isinstance(ready, AvroSchema):
        return decode_avro(payload, ready, limits), ready.name
    from kafkatui.decoding.protobuf import decode_protobuf

    indexes, rest = message_indexes(payload if in_header is None else in_header)
    message = ready.message(indexes)
    return decode_protobuf(rest if in_header is None else payload, ready, message, limits), message


def _title(text: str) -> str:
    try:
        schema = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return ""
    title = schema.get("title") if isinstance(schema, dict) else None
    return title if isinstance(title, str) else ""
