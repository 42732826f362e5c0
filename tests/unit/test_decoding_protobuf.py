"""Protobuf: `.proto` texts as protoc reads them, values as plain data, and bytes nobody should have written."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.limits import LIMITS, SCREEN, Limits
from kafkatui.decoding.proto_text import parse_proto
from kafkatui.decoding.protobuf import ProtobufSchema, decode_protobuf, parse_protobuf
from kafkatui.model.problems import Problem

LIBRARY = Path(grpc_tools.__file__).parent / "_proto"
SHIP = """
// A comment; and /* another
syntax = "proto3";
package ship.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import public 'google/protobuf/wrappers.proto';
import "google/protobuf/duration.proto";
option java_package = "com.ship";
option (of.nobody) = { a: 1 b { c: "}" } };
message Parcel {
  reserved 50 to 60, 70; reserved "old";
  option deprecated = true;
  map<string, Box> boxes = 1 [deprecated = false];
  enum State { option allow_alias = true; NEW = 0; SENT = 1; GONE = 1 [deprecated = true]; LOST = -0x2; reserved 9; }
  State state = 2;
  message Box { .ship.v1.Parcel.State state = 1; repeated sint64 weights = 2 [packed = true]; bytes seal = 3; }
  repeated Box more = 3;
  google.protobuf.Timestamp at = 4;
  google.protobuf.Struct free = 5;
  google.protobuf.StringValue wrapped = 6;
  google.protobuf.Duration took = 7;
  optional int32 maybe = 8;
  oneof how { string road = 9; Parcel inner = 10; }
  float small = 11; double large = 12; fixed64 id = 021; bool ok = 14;
  map<bool, int32> flags = 15;
  uint32 message = 16;
};
service S { rpc Get (Parcel) returns (stream Parcel) { option (x) = "}"; } }
message Empty {}
enum Top { T0 = 0; }
"""
OLD = """
syntax = "proto2";
import "google/protobuf/descriptor.proto";
message Old {
  required string name = 1 [default = "a]\\";b"];
  optional int32 count = 2 [default = -5, (x.y) = {a: [1, 2]}];
  repeated group Line = 3 { optional string sku = 1; }
  extensions 100 to max;
  oneof one { group Inner = 4 { optional bool b = 1; } int32 i = 5; }
  optional Kind kind = 6;
}
enum Kind { K1 = 1; K2 = 2; }
extend Old { optional int32 ext = 101; }
"""
NEW = """
edition = "2023";
option features.field_presence = IMPLICIT;
message New {
  string name = 1;
  int32 there = 2 [features.field_presence = EXPLICIT];
  New child = 3 [features.message_encoding = DELIMITED];
  Kind kind = 4 [features.field_presence = EXPLICIT];
}
enum Kind { option features.enum_type = CLOSED; K0 = 0; K1 = 1; }
"""


def message(schema: ProtobufSchema, name: str, **fields: Any) -> Any:
    return GetMessageClass(schema.pool.FindMessageTypeByName(name))(**fields)


def decoded(schema: ProtobufSchema, value: Any, limits: Limits = LIMITS) -> Any:
    found = decode_protobuf(value.SerializeToString(), schema, value.DESCRIPTOR.full_name, limits)
    assert found.problem is None
    return found.value


def shape(file: Any) -> object:
    """What decides how bytes are read."""
    pool = DescriptorPool()
    for name in file.dependency:
        _add(pool, import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2").DESCRIPTOR)
    pool.Add(file)
    found = pool.FindFileByName(file.name)
    enums = [
        (e.full_name, e.is_closed, [(v.name, v.number) for v in e.values]) for e in found.enum_types_by_name.values()
    ]
    return [_message(each) for each in found.message_types_by_name.values()], enums


def _add(pool: DescriptorPool, file: Any) -> None:
    for each in file.dependencies:
        _add(pool, each)
    pool.AddSerializedFile(file.serialized_pb)


def _message(found: Any) -> object:
    fields = [
        (
            *(each.name, each.number, each.type, each.is_repeated, each.has_presence),
            each.message_type and each.message_type.full_name,
            each.enum_type and (each.enum_type.full_name, each.enum_type.is_closed),
            each.containing_oneof and each.containing_oneof.name,
        )
        for each in found.fields
    ]
    return found.full_name, fields, [_message(each) for each in found.nested_types]


def by_protoc(folder: Path, name: str) -> Any:
    out = folder / "out.bin"
    words = [f"-I{folder}", f"-I{LIBRARY}", f"--descriptor_set_out={out}", name]
    done = subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file[0]


@pytest.mark.parametrize(
    "name",
    [*("any", "api", "descriptor", "duration", "struct", "timestamp", "type", "wrappers", "field_mask")],
)
def test_the_librarys_own_files_are_read_as_protoc_reads_them(tmp_path: Path, name: str) -> None:
    path = f"google/protobuf/{name}.proto"
    assert shape(parse_proto(path, (LIBRARY / path).read_text())) == shape(by_protoc(tmp_path, path))


@pytest.mark.parametrize("text", [SHIP.replace('option (of.nobody) = { a: 1 b { c: "}" } };', ""), NEW])
def test_a_text_is_read_as_protoc_reads_it(tmp_path: Path, text: str) -> None:
    text = text.replace('option (x) = "}";', "").replace("/* another", "")
    (tmp_path / "t.proto").write_text(text)
    assert shape(parse_proto("t.proto", text)) == shape(by_protoc(tmp_path, "t.proto"))


def test_proto2_with_groups_and_defaults_is_read_as_protoc_reads_it(tmp_path: Path) -> None:
    text = OLD.replace(", (x.y) = {a: [1, 2]}", "")
    (tmp_path / "t.proto").write_text(text)
    assert shape(parse_proto("t.proto", OLD)) == shape(by_protoc(tmp_path, "t.proto"))


def test_a_message_is_plain_data() -> None:
    schema = parse_protobuf(SHIP, {})
    value = message(
        schema, "ship.v1.Parcel", state=1, small=0.1, large=float("inf"), flags={True: 3}, road="A1", message=7
    )
    value.boxes["a"].weights.extend([-1, 2])
    value.boxes["a"].seal = b"\xff"
    value.more.add(state=-2)
    value.at.seconds, value.at.nanos = -1, 5
    value.free.update({"x": [1, None, {"y": True}]})
    value.wrapped.value = ""
    value.took.seconds, value.took.nanos = 3, 500_000_000
    assert decoded(schema, value) == {
        "boxes": {"a": {"state": "NEW", "weights": [-1, 2], "seal": b"\xff"}},
        "state": "SENT",
        "more": [{"state": "LOST", "weights": [], "seal": b""}],
        "at": "1969-12-31T23:59:59.000000005Z",
        "free": {"x": [1.0, None, {"y": True}]},
        "wrapped": "",
        "took": "3.5s",
        "road": "A1",
        "small": 0.1,
        "large": "Infinity",
        "id": 0,
        "ok": False,
        "flags": {"true": 3},
        "message": 7,
    }
    assert "maybe" in decoded(schema, message(schema, "ship.v1.Parcel", maybe=0))


def test_a_map_reads_the_same_each_time() -> None:
    schema = parse_protobuf('syntax = "proto3"; message M { map<int32, string> m = 1; }', {})
    value = message(schema, "M", m=dict.fromkeys((7, -1, 100, 3), "x"))
    assert list(decoded(schema, value)["m"]) == ["-1", "3", "7", "100"]


def test_what_the_schema_does_not_have_stays_visible() -> None:
    newer = 'syntax = "proto3"; message M { int32 a = 1; string b = 2; repeated int32 c = 3; fixed32 d = 4; M e = 5; }'
    older = parse_protobuf('syntax = "proto3"; message M { int32 a = 1; M e = 5; }', {})
    schema = parse_protobuf(newer, {})
    value = message(schema, "M", a=1, b="x", c=[1, 2], d=9, e={"b": "y"})
    found = decode_protobuf(value.SerializeToString(), older, "M")
    assert found.value == {"a": 1, "e": {"a": 0, "#2": b"y"}, "#2": b"x", "#3": b"\x01\x02", "#4": 9}
    assert found.notes == ("4 fields are not in the schema: shown as # and their number",)
    twice = decode_protobuf(b"\x12\x01x\x12\x01y", older, "M")
    assert twice.value == {"a": 0, "#2": [b"x", b"y"]}
    group = decode_protobuf(b"\x1b\x08\x05\x1c", older, "M")
    assert group.value == {"a": 0, "#3": {"#1": 5}}
    unknown_state = decode_protobuf(
        b"\x08\x63", parse_protobuf('syntax="proto3"; message M {E e = 1;} enum E {A = 0;}', {}), "M"
    )
    assert unknown_state.value == {"e": 99}


def test_a_message_of_any_type_is_read_where_the_schema_has_it() -> None:
    text = """syntax = "proto3"; package p; import "google/protobuf/any.proto"; import "google/protobuf/duration.proto";
        message A { int32 n = 1; google.protobuf.Any more = 2; }"""
    schema = parse_protobuf(text, {})
    url = "type.googleapis.com/"
    inner = message(schema, "p.A", n=5)
    value = message(schema, "p.A", more={"type_url": f"{url}p.A", "value": inner.SerializeToString()})
    assert decoded(schema, value)["more"] == {"@type": f"{url}p.A", "n": 5}
    took = message(schema, "p.A", more={"type_url": f"{url}google.protobuf.Duration", "value": b"\x08\x03"})
    assert decoded(schema, took)["more"] == {"@type": f"{url}google.protobuf.Duration", "value": "3s"}
    for name, raw in (("of.Nobody", b"x"), ("p.A", b"\xff")):
        unknown = message(schema, "p.A", more={"type_url": url + name, "value": raw})
        assert decoded(schema, unknown)["more"] == {"@type": url + name, "value": raw}
    deep = inner
    for _ in range(200):
        deep = message(schema, "p.A", more={"type_url": "p.A", "value": deep.SerializeToString()})
    assert decoded(schema, deep)["more"]["@type"] == "p.A"


def test_imports_come_from_references_and_options_of_nobody_are_passed_over() -> None:
    references = {
        "a/base.proto": 'syntax = "proto3"; package a; import "deep.proto"; message Base { Deep deep = 1; }',
        "deep.proto": 'syntax = "proto3"; package a; message Deep { int32 n = 1; }',
    }
    text = """syntax = "proto3"; package b; import "a/base.proto"; import "validate/validate.proto";
        import "confluent/type/decimal.proto";
        message M { a.Base base = 1 [(validate.rules).message.required = true]; confluent.type.Decimal price = 2; }"""
    schema = parse_protobuf(text, references)
    value = message(schema, "b.M", base={"deep": {"n": 5}}, price={"value": b"\x04\xd2", "scale": 2})
    assert decoded(schema, value) == {"base": {"deep": {"n": 5}}, "price": "12.34"}
    with pytest.raises(BadSchema, match=r"does not hold together: .*a\.Base"):
        parse_protobuf(text, {})
    ring = {"x.proto": 'syntax = "proto3"; import "y.proto";', "y.proto": 'syntax = "proto3"; import "x.proto";'}
    with pytest.raises(BadSchema, match="does not hold together"):
        parse_protobuf('syntax = "proto3"; import "x.proto"; message M {}', ring)


def test_a_descriptor_stands_for_the_text() -> None:
    file = parse_proto(
        "t.proto", 'syntax = "proto3"; package p; message A {} message B { map<int32, A> m = 1; message C {} }'
    )
    packed = base64.b64encode(file.SerializeToString()).decode()
    by_descriptor, by_text = parse_protobuf(packed, {}), ProtobufSchema(None, file)
    assert by_descriptor.message((0,)) == "p.A"
    # Python's client counts the entry of the map, Java's does not.
    assert by_descriptor.message((1, 1)) == by_text.message((1, 0)) == "p.B.C"
    with pytest.raises(BadSchema, match="no message at 1/1"):
        by_text.message((1, 1))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("syntax", "ends too early"),
        ("message M { int32 a = x; }", "has x where a number must be"),
        ("message 5 {}", "has 5 where a name must be"),
        ("garbage", "has garbage where a definition must be"),
        ('syntax = "proto3"; message M { Nobody a = 1; }', "does not hold together: .*Nobody"),
        ('syntax = "proto3"; message M { int32 a = 99999999999; }', "the .proto text has"),
        ('syntax = "proto3"; message M {} message M {}', "does not hold together"),
        ("syntax = proto3;", "has proto3 where a text in quotes must be"),
        ("message M {\n\n 'open }", "line 3 of the .proto text is not understood"),
        ("/* never ends", "line 1 of the .proto text is not understood"),
        ('edition = "1999";', "edition 1999 is not known"),
        ("message M {" * 50, "defined in each other more than 32 times"),
        ("message M { group G = 1 {" * 50, "defined in each other more than 32 times"),
        ('"' * 3, "not understood|has"),
    ],
)
def test_what_is_no_schema_says_why(text: str, why: str) -> None:
    with pytest.raises(BadSchema, match=why):
        parse_protobuf(text, {})


def test_a_hostile_text_takes_no_time() -> None:
    begin = time.thread_time()
    for text in ("/*" * 500_000, "{" * 200_000, "option a = " + "[" * 200_000, '"' + "\\" * 300_000, "1e" * 200_000):
        with pytest.raises(BadSchema):
            parse_protobuf(text, {})
    assert time.thread_time() - begin < 3


def test_wrong_bytes_are_a_problem() -> None:
    schema = parse_protobuf(SHIP, {})
    nested = b""
    for _ in range(200):
        length = len(nested)
        size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
        nested = b"\x52" + size + nested
    for raw in (b"\xff", b"\x4a\x02\xff\xfe", b"\x0a\xff\xff\xff\xff\x7f", b"\x1a\x05", nested):
        found = decode_protobuf(raw, schema, "ship.v1.Parcel")
        assert found.raw == raw
        assert isinstance(found.value, Problem)
        assert found.value.code == "invalid_protobuf"


def test_bombs_are_refused() -> None:
    schema = parse_protobuf(SHIP, {})
    many = decode_protobuf(b"\x1a\x00" * 400_000, schema, "ship.v1.Parcel")
    assert isinstance(many.value, Problem)
    assert many.value == Problem("too_large", "it holds more values than are shown of one record")
    large = decode_protobuf(b"\x1a\x00" * (1 << 20), schema, "ship.v1.Parcel")
    assert isinstance(large.value, Problem)
    assert large.value.code == "too_large"
    begin = time.thread_time()
    assert (
        decode_protobuf(b"\x1a\x00" * (SCREEN.schema_bytes // 2), schema, "ship.v1.Parcel", SCREEN).problem is not None
    )
    assert time.thread_time() - begin < 0.1


def test_no_bytes_at_all_raise() -> None:
    random.seed(3)
    schema = parse_protobuf(SHIP, {})
    for _ in range(3000):
        found = decode_protobuf(random.randbytes(random.randrange(40)), schema, "ship.v1.Parcel", SCREEN)
        assert found.problem is None or found.problem.text


def test_texts_that_were_nearly_right_are_schemas_or_say_why_not() -> None:
    chance = random.Random(5)
    odd = [*"{}=;[]<>()'\"\x00", "message", "map<", "group", "optional", "-1", "99999999999", "features", "/*", "//"]
    refused = 0
    for _ in range(1500):
        text = chance.choice((SHIP, OLD, NEW))
        at = chance.randrange(len(text))
        try:
            parse_protobuf(text[:at] + chance.choice(odd) + text[at + chance.randrange(12) :], {})
        except BadSchema as error:
            refused += bool(str(error))
    assert 500 < refused < 1500
