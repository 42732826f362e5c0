"""Framed values: where the id stands, which schema reads, and that whatever fails keeps the bytes and says why."""

from __future__ import annotations

import random
import uuid

import pytest

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoders import decode_key, decode_value
from kafkatui.decoding.framing import Frame, NotFramed, SchemaId, id_header, is_framed, message_indexes, take_apart
from kafkatui.decoding.schemas import ReadySchema, Schema, decode_framed, make_ready
from kafkatui.model.problems import Problem

GUID = uuid.UUID("89791762-2336-4186-9674-299b90a802e2")
PROTO = 'syntax = "proto3"; package p; message A { message In { int32 n = 1; } } message B { int32 n = 1; }'


def frame(schema: int, payload: bytes) -> bytes:
    return b"\x00" + schema.to_bytes(4, "big") + payload


KNOWN: dict[SchemaId, ReadySchema] = {
    1: make_ready(Schema("AVRO", '{"type": "record", "name": "x.Order", "fields": [{"name": "id", "type": "long"}]}')),
    2: make_ready(Schema("JSON", '{"title": "Pay", "type": "object"}')),
    3: make_ready(Schema("PROTOBUF", PROTO)),
    4: make_ready(Schema("JSON", "true")),
    GUID: make_ready(Schema("PROTOBUF", PROTO)),
}


def find(schema: SchemaId) -> ReadySchema | Problem:
    return KNOWN.get(schema) or Problem("unknown_schema", f"no schema {schema}")


@pytest.mark.parametrize(
    ("raw", "decoder", "schema", "value"),
    [
        (frame(1, b"\x0e"), "avro", "1, x.Order", {"id": 7}),
        (frame(2, b'{"id": 8}'), "json-schema", "2, Pay", {"id": 8}),
        (frame(4, b"[]"), "json-schema", "4", []),
        (frame(3, b"\x00"), "protobuf", "3, p.A", {}),
        (frame(3, b"\x02\x02\x08\x05"), "protobuf", "3, p.B", {"n": 5}),
        (frame(3, b"\x04\x00\x00\x08\x05"), "protobuf", "3, p.A.In", {"n": 5}),
        (b"\x01" + GUID.bytes + b"\x02\x02\x08\x05", "protobuf", f"{GUID}, p.B", {"n": 5}),
    ],
)
def test_the_id_in_front_names_the_schema(raw: bytes, decoder: str, schema: str, value: object) -> None:
    decoded = decode_framed(raw, find)
    assert (decoded.decoder, decoded.schema, decoded.value, decoded.raw) == (decoder, schema, value, raw)


def test_the_id_may_stand_in_a_header() -> None:
    headers = (("a", b"1"), ("__value_schema_id", b"old"), ("__value_schema_id", b"\x01" + GUID.bytes + b"\x02\x02"))
    assert id_header(headers, "key") is None
    decoded = decode_framed(b"\x08\x05", find, header=id_header(headers, "value"))
    assert (decoded.value, decoded.schema, decoded.raw) == ({"n": 5}, f"{GUID}, p.B", b"\x08\x05")
    assert take_apart(b"x", frame(1, b"")) == Frame(1, b"x", b"")


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        (b"", "not_framed", "the value does not begin with the id of a schema"),
        (b"\x00\x00\x00", "not_framed", "the value does not begin with the id of a schema"),
        (b"{}", "not_framed", "the value does not begin with the id of a schema"),
        (frame(99, b"x"), "unknown_schema", "no schema 99"),
        (frame(1, b""), "invalid_avro", "not a value of this schema: the bytes end in a number at 0"),
        (frame(2, b"{"), "invalid_json", "not JSON: "),
        (frame(3, b""), "not_framed", "the bytes end in the message indexes"),
        (frame(3, b"\x02\x04"), "bad_schema", "the schema has no message at 2"),
        (frame(3, b"\x02\x01"), "not_framed", "a message index is negative"),
        (frame(3, b"\xff\xff\xff\xff\xff\xff"), "not_framed", "a message index of more than 5 bytes"),
        (frame(3, b"\xfe\xff\xff\xff\x0f"), "not_framed", "2,147,483,647 message indexes are declared"),
    ],
)
def test_what_fails_keeps_the_bytes_and_says_why(raw: bytes, code: str, text: str) -> None:
    decoded = decode_framed(raw, find)
    assert isinstance(decoded.value, Problem)
    assert (decoded.value.code, decoded.raw) == (code, raw)
    assert decoded.value.text.startswith(text)


def test_without_a_registry_the_way_to_one_is_said() -> None:
    for decoded in (
        decode_key("schema-registry", frame(5, b"x")),
        decode_value("schema-registry", frame(5, b"x"), None),
    ):
        assert decoded.value == Problem(
            "no_registry",
            "written with schema 5, and no schema registry is configured: "
            "set schema_registry in the context, or -X schema.registry.url=URL",
        )
        assert decoded.schema == "5"


def test_a_kind_of_schema_that_is_not_read_says_so() -> None:
    with pytest.raises(BadSchema, match="type XML"):
        make_ready(Schema("XML", "<a/>"))


def test_what_may_be_framed() -> None:
    assert is_framed(frame(1, b""))
    assert not is_framed(frame(0, b"xxx"))
    assert not is_framed(frame(1 << 24, b"xxx"))
    assert not is_framed(b"\x00\x00\x00\x01")
    assert message_indexes(b"\x00rest") == ((0,), b"rest")


def test_no_bytes_at_all_raise() -> None:
    random.seed(1)
    for _ in range(3000):
        raw = frame(random.randrange(6), random.randbytes(random.randrange(12)))
        decoded = decode_framed(raw[: random.randrange(len(raw))] if random.random() < 0.1 else raw, find)
        assert decoded.problem is None or decoded.problem.text
    with pytest.raises(NotFramed):
        take_apart(b"value", b"\x07")
