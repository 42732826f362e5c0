"""Values by every decoder: what a writer wrote comes back, and of any other bytes there is a problem, no more."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import fastavro
import msgpack
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.struct_pb2 import Struct
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dev.fuzz.avro import LIMITS, check
from kafkatui.decoding.avro import decode_avro
from kafkatui.decoding.avro_schema import parse_avro
from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoders import NAMES, decode_key, decode_value
from kafkatui.decoding.guess import choose
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.messagepack import decode_messagepack
from kafkatui.decoding.protobuf import decode_protobuf, parse_protobuf
from tests.property.trees import AVRO, PLAIN, damaged

PROTO = parse_protobuf(
    """syntax = "proto3"; package a; import "google/protobuf/struct.proto"; import "google/protobuf/any.proto";
    message M { int32 a = 1; repeated string b = 2; map<string, M> c = 3; oneof o { bool d = 4; E e = 5; }
      google.protobuf.Struct s = 6; google.protobuf.Any any = 7; repeated sint64 p = 8; M m = 9; bytes raw = 10; }
    enum E { X = 0; Y = 3; }""",
    {},
)


@given(PLAIN)
def test_json_and_messagepack_come_back(value: Any) -> None:
    assert decode_messagepack(msgpack.packb(value)).value == value
    text = json.dumps(value, ensure_ascii=False).encode()
    assert decode_json(text).value == value


@given(
    st.binary(max_size=40) | damaged(PLAIN.map(msgpack.packb)) | damaged(PLAIN.map(lambda v: json.dumps(v).encode()))
)
@example(b"\xdd\x7f\xff\xff\xff" * 20)
@example(b"\xc1")
def test_any_bytes_by_any_decoder(raw: bytes) -> None:
    for name in NAMES:
        check(decode_key(name, raw, LIMITS), raw)
        check(decode_value(name, raw, raw[:7], LIMITS), raw)
    assert choose("t", [raw, raw[1:]]).decoder in NAMES


@given(AVRO, st.binary(max_size=8), st.data())
def test_avro_is_read_as_another_implementation_wrote_it(
    schema_and_value: tuple[Any, Any], after: bytes, data: st.DataObject
) -> None:
    schema, value = schema_and_value
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    ours = parse_avro(json.dumps(schema))
    assert decode_avro(out.getvalue(), ours).value == value
    raw = data.draw(damaged(st.just(out.getvalue() + after)))
    check(decode_avro(raw, ours, LIMITS), raw)


@given(damaged(AVRO.map(lambda pair: json.dumps(pair[0]).encode())), st.binary(max_size=20))
def test_a_damaged_schema_is_refused_or_reads(text: bytes, raw: bytes) -> None:
    try:
        schema = parse_avro(text.decode("utf-8", "replace"))
    except BadSchema:
        return
    check(decode_avro(raw, schema, LIMITS), raw)


@given(st.binary(max_size=60))
@example(b"\x4a\x00" * 30)
def test_any_bytes_as_protobuf(raw: bytes) -> None:
    check(decode_protobuf(raw, PROTO, "a.M", LIMITS), raw)


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.booleans(), max_size=3), st.data()
)
def test_protobuf_is_read_as_the_library_wrote_it(members: dict[str, bool], data: st.DataObject) -> None:
    struct = Struct()
    struct.update(members)
    raw = b"\x32" + bytes([len(struct.SerializeToString())]) + struct.SerializeToString()
    value = decode_protobuf(raw, PROTO, "a.M").value
    assert isinstance(value, dict)
    assert value["s"] == members
    broken = data.draw(damaged(st.just(raw)))
    check(decode_protobuf(broken, PROTO, "a.M", LIMITS), broken)


_PROTO_WORDS = st.sampled_from([
    "message", "M", "{", "}", "int32", "a", "=", "1", ";", "enum", "E", "oneof", "o", "repeated", "map", "<",
    ">", ",", "option", "features", ".", "(", ")", "[", "]", "reserved", '"x"', "syntax", '"proto3"',
    '"proto2"', "import", "package", "group", "-1", "99999999999", "edition", '"2023"', "string", "default",
    "optional", "extensions", "extend", "/*", "*/", "//", "'",
    "\n",
])  # fmt: skip


@settings(max_examples=200)
@given(st.lists(_PROTO_WORDS, max_size=25).map(" ".join) | st.text(max_size=30), st.binary(max_size=12))
@example("message M { M M = 1; } message M { }", b"")
@example("message M { int32 a = 1; int32 b = 1; }", b"")
def test_any_proto_text_is_refused_or_reads(text: str, raw: bytes) -> None:
    try:
        schema = parse_protobuf(text, {"x": text})
        message = schema.message((0,))
    except BadSchema:
        return
    check(decode_protobuf(raw, schema, message, LIMITS), raw)


@given(damaged(st.just(FileDescriptorProto(name="f", package="p").SerializeToString())))
def test_a_damaged_descriptor_is_refused(raw: bytes) -> None:
    try:
        parse_protobuf(base64.b64encode(raw).decode(), {}).message((0,))
    except BadSchema:
        return
