"""Records with schemas of a real registry: Apicurio 3.3.3, by Confluent's API, through a real Kafka."""

from __future__ import annotations

import base64
import io
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import fastavro
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from google.protobuf.message_factory import GetMessageClass

from kafkatui.decoding.protobuf import parse_protobuf
from kafkatui.decoding.record import DecodedRecord
from kafkatui.minicluster import processes
from kafkatui.minicluster import registry as schema_registries
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Registry
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.reading.registry import SchemaRegistry
from kafkatui.reading.topic_decoders import TopicDecoders
from tests.making_topics import make_topics

MONEY = {"type": "record", "name": "shop.Money", "fields": [{"name": "cents", "type": "long"}]}
ORDER = {
    "type": "record",
    "name": "shop.Order",
    "fields": [{"name": "id", "type": "long"}, {"name": "price", "type": "shop.Money"}],
}
COMMON = 'syntax = "proto3"; package shop; message Address { string city = 1; }'
PARCEL = """syntax = "proto3"; package shop;
import "common.proto"; import "google/protobuf/timestamp.proto";
message Ignored { int32 n = 1; }
message Parcel {
  map<string, int32> counts = 1;
  message Box { Address to = 1; google.protobuf.Timestamp at = 2; }
}
"""


def register(
    url: str, subject: str, schema: str, kind: str = "AVRO", references: Mapping[str, str] | None = None
) -> int:
    """The id. `references`: subjects, whose first version is meant, by the names the schema uses."""
    refers = [{"name": name, "subject": other, "version": 1} for name, other in (references or {}).items()]
    body = json.dumps({"schema": schema, "schemaType": kind, "references": refers}).encode()
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    asked = urllib.request.Request(f"{url}/subjects/{quote(subject, safe='')}/versions", body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            number: int = json.load(answer)["id"]
            return number
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{subject} is refused with {error.code}: {error.read()[:2_000]!r}") from error


def framed(schema: int, payload: bytes) -> bytes:
    return b"\x00" + schema.to_bytes(4, "big") + payload


def avro(schema: int, definition: Any, value: object) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(definition), value)
    return framed(schema, out.getvalue())


def a_record(value: bytes | None, key: bytes | None = None, topic: str = "orders") -> Record:
    return Record(topic, 0, 0, 0, key, value)


async def decoded(url: str, *records: Record) -> list[DecodedRecord]:
    decoders = TopicDecoders(registry=SchemaRegistry(Registry((url,))))
    await decoders.prepare(records)
    return [decoders.decode(each) for each in records]


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex[:8]


async def test_versions_of_a_schema_read_side_by_side(schema_registry: str, name: str) -> None:
    first: dict[str, Any] = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}
    more = [*first["fields"], {"name": "note", "type": ["null", "string"], "default": None}]
    second = {**first, "fields": more}
    subject = f"{name}/orders-value"
    ids = [register(schema_registry, subject, json.dumps(each)) for each in (first, second)]
    assert ids[0] != ids[1]
    old, new, poison = await decoded(
        schema_registry,
        a_record(avro(ids[0], first, {"id": 1})),
        a_record(avro(ids[1], second, {"id": 2, "note": "x"})),
        a_record(framed(ids[1], b"\x02\x09")),
    )
    assert old.value.value == {"id": 1}
    assert new.value.value == {"id": 2, "note": "x"}
    assert new.value.schema == f"{ids[1]}, Order"
    assert isinstance(poison.value.value, Problem)
    assert poison.value.value.code == "invalid_avro"
    assert poison.value.raw == framed(ids[1], b"\x02\x09")


async def test_references_are_followed_for_each_kind(schema_registry: str, name: str) -> None:
    register(schema_registry, f"{name}-money", json.dumps(MONEY))
    order = register(schema_registry, f"{name}-order", json.dumps(ORDER), "AVRO", {"shop.Money": f"{name}-money"})
    register(schema_registry, f"{name}-common", COMMON, "PROTOBUF")
    parcel = register(schema_registry, f"{name}-parcel", PARCEL, "PROTOBUF", {"common.proto": f"{name}-common"})
    schema = parse_protobuf(PARCEL, {"common.proto": COMMON})
    box = GetMessageClass(schema.pool.FindMessageTypeByName("shop.Parcel.Box"))(
        to={"city": "Zürich"}, at={"seconds": 1}
    )
    found = await decoded(
        schema_registry,
        a_record(framed(parcel, b"\x04\x02\x00" + box.SerializeToString()), topic="parcels"),
        a_record(b"plain", framed(order, b"\x0e\x0a")),
    )
    assert found[0].value.value == {"to": {"city": "Zürich"}, "at": "1970-01-01T00:00:01.000000000Z"}
    assert found[0].value.schema == f"{parcel}, shop.Parcel.Box"
    assert found[1].key.value == {"id": 7, "price": {"cents": 5}}
    assert found[1].value.value == "plain"


async def test_a_descriptor_comes_back_as_one_and_reads(schema_registry: str, name: str) -> None:
    file = parse_protobuf(COMMON, {}).file
    file.name = "common.proto"
    packed = base64.b64encode(file.SerializeToString()).decode()
    number = register(schema_registry, f"{name}-value", packed, "PROTOBUF")
    (found,) = await decoded(schema_registry, a_record(framed(number, b"\x00\x0a\x01x")))
    assert found.value.value == {"city": "x"}


async def test_json_with_a_schema_reads_as_json(schema_registry: str, name: str) -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Pay", "type": "object"}
    number = register(schema_registry, f"{name}-value", json.dumps(schema), "JSON")
    (found,) = await decoded(schema_registry, a_record(framed(number, b'{"amount": 12.5}')))
    assert (found.value.decoder, found.value.value) == ("json-schema", {"amount": 12.5})
    assert found.value.schema == f"{number}, Pay"


async def test_an_id_the_registry_does_not_have_is_named(schema_registry: str, name: str) -> None:
    number = register(schema_registry, f"{name}-value", '"long"')
    records = [*[a_record(framed(number, b"\x0e"))] * 5, a_record(framed(9_999_999, b"\x0e"))]
    *_, good, missing = await decoded(schema_registry, *records)
    assert good.value.value == 7
    assert isinstance(missing.value.value, Problem)
    assert missing.value.value.code == "unknown_schema"
    host = schema_registry.removeprefix("http://").partition("/")[0]
    assert missing.value.value.text == f"the schema registry {host} has no schema 9999999"


async def test_hostile_schemas_and_values_are_problems(schema_registry: str, name: str) -> None:
    nulls = register(schema_registry, f"{name}-nulls", '{"type": "array", "items": "null"}')
    ring = json.dumps({"type": "record", "name": f"R{name}", "fields": [{"name": "n", "type": ["null", f"R{name}"]}]})
    recursive = register(schema_registry, f"{name}-ring", ring)
    found = await decoded(
        schema_registry,
        a_record(framed(nulls, b"\x80\x80\x80\x80\x80\x80\x01\x00")),
        a_record(framed(recursive, b"\x02" * 100_000)),
        a_record(framed(recursive, b"")),
    )
    codes = [each.value.problem.code for each in found if each.value.problem]
    assert codes == ["too_large", "too_deep", "invalid_avro"]


async def test_the_schemas_of_a_topic_are_there_before_its_records(schema_registry: str, name: str) -> None:
    ids = [register(schema_registry, f"{name}-value", each) for each in ('"long"', '"string"')]
    decoders = TopicDecoders(registry=SchemaRegistry(Registry((schema_registry,))))
    await decoders.expect([name])
    records = [a_record(framed(ids[0], b"\x0e"), topic=name), a_record(framed(ids[1], b"\x04hi"), topic=name)]
    assert [decoders.decode(each).value.value for each in records] == [7, "hi"]


async def test_a_registry_that_hangs_and_dies_leaves_what_was_fetched(tmp_path: Path) -> None:
    running = schema_registries.start(tmp_path)
    try:
        first, second = (
            register(running.url, subject, f'"{kind}"') for subject, kind in (("a", "long"), ("b", "string"))
        )
        settings = Registry((running.url,), connect_seconds=1, read_seconds=0.5)
        now = [0.0]
        decoders = TopicDecoders(registry=SchemaRegistry(settings, clock=lambda: now[0]))
        await decoders.prepare([a_record(framed(first, b"\x0e"))])
        assert processes.send(running.process, signal.SIGSTOP)
        later = [a_record(framed(first, b"\x0e")), a_record(framed(second, b"\x04hi"))]
        await decoders.prepare(later)
        assert decoders.decode(later[0]).value.value == 7
        hanging = decoders.decode(later[1]).value.problem
        assert hanging is not None
        assert hanging.code == "registry_unreachable"
        assert hanging.text.endswith(" does not answer: no answer in time")
        assert processes.send(running.process, signal.SIGCONT)
        now[0] += 60
        await decoders.prepare(later)
        assert decoders.decode(later[1]).value.value == "hi"
        third = register(running.url, "c", '"bytes"')
    finally:
        running.end()
    dead = a_record(framed(third, b"\x02\xff"))
    await decoders.prepare([*later, dead])
    assert [decoders.decode(each).value.value for each in later] == [7, "hi"]
    refused = decoders.decode(dead).value
    assert refused.problem is not None
    assert refused.problem.code == "registry_unreachable"
    assert " does not answer: Connection re" in refused.problem.text
    assert refused.raw == dead.value


async def test_records_of_a_real_topic(mini_cluster: Status, schema_registry: str, name: str) -> None:
    topic = f"with-schemas-{name}"
    make_topics(mini_cluster.bootstrap, NewTopic(topic, 1, 3))
    key = register(schema_registry, f"{topic}-key", '"string"')
    value = register(schema_registry, f"{topic}-value", json.dumps(MONEY))
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    for cents in range(5):
        producer.produce(topic, avro(value, MONEY, {"cents": cents}), avro(key, "string", f"k{cents}"))
    producer.produce(topic, None, avro(key, "string", "gone"))
    producer.flush(20)
    found = await decoded(schema_registry, *stored(mini_cluster, topic, 6))
    assert [each.key.value for each in found] == ["k0", "k1", "k2", "k3", "k4", "gone"]
    assert [each.value.value for each in found] == [*({"cents": cents} for cents in range(5)), None]
    assert {each.value.schema for each in found} == {f"{value}, shop.Money", ""}
    printed = [json.loads(line) for line in read(mini_cluster, schema_registry, topic, "--where", "value.cents > 2")]
    assert [each["offset"] for each in printed] == [3, 4]
    assert printed[0]["decoded"] == {
        "key": {"decoder": "avro", "data": "k3", "schema": f"{key}, string"},
        "value": {"decoder": "avro", "data": {"cents": 3}, "schema": f"{value}, shop.Money"},
    }
    assert len(read(mini_cluster, schema_registry, topic)) == 6


def read(mini_cluster: Status, url: str, topic: str, *words: str) -> list[str]:
    """The lines of `kafkatui read`."""
    where = ("-b", mini_cluster.bootstrap, "-X", f"schema.registry.url={url}", "--output", "ndjson")
    command = [sys.executable, "-m", "kafkatui", "read", topic, *where, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def stored(mini_cluster: Status, topic: str, count: int) -> list[Record]:
    reader = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused", "log_level": 2})
    reader.assign([TopicPartition(topic, 0, 0)])
    found = [reader.poll(20) for _ in range(count)]
    reader.close()
    return [Record(topic, 0, each.offset(), 0, each.key(), each.value()) for each in found if each is not None]
