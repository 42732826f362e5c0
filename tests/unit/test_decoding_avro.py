"""Avro against another implementation that writes it, and against bytes nobody should have written."""

from __future__ import annotations

import inspect
import io
import json
import random
import sys
import time
import uuid
from datetime import UTC, date, datetime
from datetime import time as clock_time
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from fastavro.utils import generate_many

from kafkatui.decoding.avro import decode_avro
from kafkatui.decoding.avro_schema import AvroSchema, parse_avro
from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoded import Decoded, Plain
from kafkatui.decoding.limits import LIMITS, SCREEN, Limits
from kafkatui.model.problems import Problem

ORDER: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "namespace": "com.example",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "count", "type": "int"},
        {"name": "text", "type": "string"},
        {"name": "raw", "type": "bytes"},
        {"name": "price", "type": "double"},
        {"name": "paid", "type": "boolean"},
        {"name": "note", "type": ["null", "string", "long"]},
        {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["NEW", "PAID"]}},
        {"name": "other", "type": "com.example.Status"},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 3}},
        {"name": "again", "type": "Hash"},
        {"name": "lines", "type": {"type": "array", "items": {"type": "map", "values": "int"}}},
        {"name": "nothing", "type": "null"},
        {"name": "parent", "type": ["null", "Order"]},
    ],
}
FLAT = {**ORDER, "fields": ORDER["fields"][:-1]}
NODE = '{"type": "record", "name": "N", "fields": [{"name": "n", "type": ["null", "N"]}]}'


def written(schema: Any, value: object) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def read(schema: Any, raw: bytes, limits: Limits = LIMITS) -> Plain | Problem:
    return decode_avro(raw, parse_avro(json.dumps(schema)), limits).value


def reason(schema: AvroSchema, raw: bytes, limits: Limits = LIMITS) -> tuple[str, str]:
    decoded = decode_avro(raw, schema, limits)
    assert isinstance(decoded.value, Problem)
    assert decoded.raw == raw
    return decoded.value.code, decoded.value.text


def test_every_type_reads_as_the_other_implementation_wrote_it() -> None:
    random.seed(4)
    schema = parse_avro(json.dumps(FLAT))
    values = list(generate_many(FLAT, 200))
    assert [decode_avro(written(FLAT, each), schema).value for each in values] == values
    child = {**values[0], "parent": None}
    nested = {**values[1], "parent": child}
    decoded = decode_avro(written(ORDER, nested), parse_avro(json.dumps(ORDER)))
    assert decoded.value == nested
    assert decoded.notes == ()


@pytest.mark.parametrize(
    ("schema", "value", "plain"),
    [
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, Decimal("-12.30"), "-12.30"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 4}, Decimal("0.0005"), "0.0005"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9}, Decimal("77"), "77"),
        (
            {"type": "fixed", "size": 8, "name": "D", "logicalType": "decimal", "precision": 9, "scale": 1},
            Decimal("-0.1"),
            "-0.1",
        ),
        ({"type": "int", "logicalType": "date"}, date(2026, 11, 23), "2026-11-23"),
        ({"type": "int", "logicalType": "time-millis"}, clock_time(13, 5, 0, 250_000), "13:05:00.250"),
        ({"type": "long", "logicalType": "time-micros"}, clock_time(0, 0, 1, 2), "00:00:01.000002"),
        (
            {"type": "long", "logicalType": "timestamp-millis"},
            datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
            "1969-12-31T23:59:59.999Z",
        ),
        (
            {"type": "long", "logicalType": "timestamp-micros"},
            datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
            "2026-01-02T03:04:05.000006Z",
        ),
        (
            {"type": "long", "logicalType": "local-timestamp-millis"},
            datetime(2026, 1, 2, 3, 4, 5),
            "2026-01-02T03:04:05.000",
        ),
        ({"type": "long", "logicalType": "timestamp-nanos"}, 1, "1970-01-01T00:00:00.000000001Z"),
        ({"type": "string", "logicalType": "uuid"}, uuid.UUID(int=5), str(uuid.UUID(int=5))),
        (
            {"type": "fixed", "size": 16, "name": "U", "logicalType": "uuid"},
            uuid.UUID(int=5).bytes,
            str(uuid.UUID(int=5)),
        ),
        (
            {"type": "fixed", "size": 12, "name": "L", "logicalType": "duration"},
            b"\x01\0\0\0\x02\0\0\0\x03\0\0\0",
            {"months": 1, "days": 2, "milliseconds": 3},
        ),
        ({"type": "long", "logicalType": "of-nobody"}, 5, 5),
        ({"type": "string", "logicalType": "date"}, "x", "x"),
        ("float", 0.1, 0.1),
        ("float", 16777216.0, 16777216.0),
        ("double", float("nan"), "NaN"),
        ("float", float("-inf"), "-Infinity"),
    ],
)
def test_logical_types_are_plain_data(schema: Any, value: object, plain: Plain) -> None:
    stored_as = {**schema, "logicalType": None} if isinstance(value, (bytes, int, str)) else schema
    assert read(schema, written(stored_as, value)) == plain


def test_what_is_beyond_a_calendar_stays_a_number() -> None:
    far = 1 << 62
    raw = written("long", far)
    for name in ("timestamp-millis", "timestamp-micros", "time-micros", "date"):
        assert read({"type": "int" if name == "date" else "long", "logicalType": name}, raw) == far
    assert read({"type": "int", "logicalType": "date"}, written("long", -800_000)) == -800_000
    large = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
    assert read(large, written("bytes", b"\x7f" * 1000)) == b"\x7f" * 1000


def test_types_of_other_schemas_are_known_by_their_names() -> None:
    money = '{"type": "record", "name": "a.Money", "fields": [{"name": "cents", "type": "long"}]}'
    price = '{"type": "record", "name": "a.Price", "fields": [{"name": "net", "type": "Money"}]}'
    order = '{"type": "record", "name": "b.Order", "fields": [{"name": "price", "type": "a.Price"}]}'
    schema = parse_avro(order, [money, price])
    assert schema.name == "b.Order"
    assert decode_avro(b"\x0a", schema).value == {"price": {"net": {"cents": 5}}}
    with pytest.raises(BadSchema, match=r"the schema uses a\.Price, which is not defined"):
        parse_avro(order)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ('{"name": "x"}', "neither a name, a list nor a map with a type"),
        ('"of.nobody"', "uses of.nobody, which is not defined"),
        ('{"type": "record", "fields": []}', "a record without a name"),
        ('{"type": "record", "name": "x"}', "x has no list of fields"),
        ('{"type": "record", "name": "x", "fields": [{"type": "int"}]}', "x has a field without a name"),
        ('{"type": "fixed", "name": "x", "size": -1}', "x has no size"),
        ('{"type": "enum", "name": "x"}', "x has no list of symbols"),
        ("[" * 200 + '"int"' + "]" * 200, "nested deeper than 100 levels"),
        ('{"type": "array"}', "neither a name"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_schema_says_why(text: str, why: str) -> None:
    with pytest.raises(BadSchema, match=why):
        parse_avro(text)


def test_the_logical_type_of_a_field_is_none_of_its_type() -> None:
    fields = [{"name": "at", "type": "long", "logicalType": "timestamp-millis"}]
    assert read({"type": "record", "name": "R", "fields": fields}, b"\x02") == {"at": 1}


def test_a_bare_name_is_a_schema() -> None:
    assert decode_avro(b"\x04hi", parse_avro("string")).value == "hi"


@pytest.mark.parametrize(
    ("schema", "raw", "why"),
    [
        ("long", b"", "the bytes end in a number at 0"),
        ("long", b"\xff" * 11, "a number of more than 10 bytes at 0"),
        ("string", b"\x06ab", "3 bytes wanted at 1, 2 are left"),
        ("string", b"\x02\xff", "a string that is not UTF-8 before 2"),
        ("bytes", b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", "bytes wanted at 9, 0 are left"),
        ("bytes", b"\x01", "-1 bytes wanted at 1, 0 are left"),
        ("boolean", b"\x02", "byte 0x02 where a boolean must be, at 0"),
        (["null", "long"], b"\x04", "branch 2 of a union of 2 before 1"),
        ({"type": "enum", "name": "e", "symbols": ["A"]}, b"\x01", "symbol -1 of 1 in e before 1"),
        ({"type": "array", "items": "long"}, b"\x04\x02", "the bytes end in a number at 2"),
        ("double", b"\0" * 7, "8 bytes wanted at 0, 7 are left"),
    ],
)
def test_wrong_bytes_say_where(schema: Any, raw: bytes, why: str) -> None:
    code, text = reason(parse_avro(json.dumps(schema)), raw)
    assert code == "invalid_avro"
    assert text.startswith("not a value of this schema: ")
    assert text.endswith(why)


def test_bytes_that_are_left_over_are_noted() -> None:
    decoded = decode_avro(b"\x02\x00\x00", parse_avro("long"))
    assert (decoded.value, decoded.notes) == (1, ("2 bytes follow that the schema does not have",))


def test_bombs_are_refused_before_they_go_off() -> None:
    begin = time.perf_counter()
    nulls = parse_avro('{"type": "array", "items": "null"}')
    assert reason(nulls, b"\x80\x80\x80\x80\x80\x80\x01\x00")[0] == "too_large"
    assert decode_avro(b"\x01" * 20 + b"\x00", nulls).value == [None] * 10
    assert reason(parse_avro(NODE), b"\x02" * 20_000 + b"\x00")[0] == "too_deep"
    endless = parse_avro('{"type": "record", "name": "N", "fields": [{"name": "n", "type": "N"}]}')
    assert reason(endless, b"")[0] == "too_deep"
    wide = {"type": "record", "name": "W", "fields": [{"name": f"f{n}", "type": "null"} for n in range(1000)]}
    assert reason(parse_avro(json.dumps({"type": "array", "items": wide})), b"\x80\x80\x08\x00")[0] == "too_large"
    assert reason(nulls, b"\x00" * (LIMITS.schema_bytes + 1))[0] == "too_large"
    assert time.perf_counter() - begin < 2


def test_a_linked_list_is_read_as_deep_as_is_shown() -> None:
    assert decode_avro(b"\x02" * 90 + b"\x00", parse_avro(NODE)).problem is None


def test_whoever_calls_from_deep_below_gets_a_problem_too() -> None:
    def deep(levels: int) -> Decoded:
        return deep(levels - 1) if levels else decode_avro(b"\x02" * 95 + b"\x00", schema)

    schema = parse_avro(NODE)
    room = sys.getrecursionlimit() - len(inspect.stack())
    assert deep(room - 100).problem == Problem("too_deep", "nested deeper than 100 levels")


def test_no_bytes_at_all_raise() -> None:
    random.seed(7)
    schema = parse_avro(json.dumps(ORDER))
    whole = written(FLAT, next(iter(generate_many(FLAT, 1))))
    for _ in range(2000):
        raw = bytearray(whole)
        for _ in range(random.randrange(1, 4)):
            raw[random.randrange(len(raw))] = random.randrange(256)
        decoded = decode_avro(bytes(raw[: random.randrange(len(raw))]), schema, SCREEN)
        assert decoded.problem is None or decoded.problem.text
    for _ in range(2000):
        decode_avro(random.randbytes(random.randrange(60)), schema, SCREEN)


def test_the_worst_value_of_a_screen_is_quick() -> None:
    pair = '{"type": "record", "name": "X", "fields": [{"name": "a", "type": ["null", "float"]}]}'
    schema = parse_avro(f'{{"type": "array", "items": ["null", {pair}]}}')
    count = SCREEN.items // 2 - 1
    raw = written("long", count) + b"\x02\x02\x00\x00\x80\x3f" * count + b"\x00"
    quickest = min(_seconds(lambda: decode_avro(raw, schema, SCREEN)) for _ in range(5))
    assert decode_avro(raw, schema, SCREEN).problem is None
    assert quickest < 0.03


def _seconds(act: Any) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def test_schemas_that_were_nearly_right_are_schemas_or_say_why_not() -> None:
    chance = random.Random(5)
    read = refused = 0
    for _ in range(3000):
        try:
            schema = parse_avro(json.dumps(changed(ORDER, chance)))
        except BadSchema as error:
            refused += bool(str(error))
        else:
            read += 1
            decode_avro(chance.randbytes(40), schema)
    assert refused > 1000
    assert read > 100
    assert read + refused == 3000


def changed(part: Any, chance: random.Random) -> Any:
    """The same with one thing in it that is another or gone."""
    if isinstance(part, dict) and part:
        name = chance.choice(list(part))
        if chance.random() < 0.2:
            return {key: each for key, each in part.items() if key != name}
        return {**part, name: changed(part[name], chance)}
    if isinstance(part, list) and part:
        at = chance.randrange(len(part))
        return [*part[:at], changed(part[at], chance), *part[at + 1 :]]
    return chance.choice([None, 1, -1, True, "long", "record", "fixed", "Order", [], {}])
