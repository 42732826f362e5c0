"""Replies whose counts can not be true are refused before anybody makes room for them; all others are read."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from kio.index import load_payload_module
from kio.schema.errors import ErrorCode
from kio.schema.list_offsets.v11 import response as list_offsets
from kio.schema.metadata.v4.response import MetadataResponse as OldMetadata
from kio.schema.metadata.v12 import response as metadata
from kio.serial import entity_reader, entity_writer
from kio.static.constants import EntityType

from kafkatui.kafka import shapes
from kafkatui.kafka.wire import Api, Malformed, Prepared, _response_class, decode

MOST = 2**31 - 1
_MIB = 1024 * 1024


def encoded(value: Any) -> bytes:
    buffer = io.BytesIO()
    entity_writer(type(value))(buffer, value)
    return buffer.getvalue()


def some_offsets(code: ErrorCode = ErrorCode.none) -> list_offsets.ListOffsetsResponse:
    made: Any = list_offsets
    partitions = tuple(
        made.ListOffsetsPartitionResponse(partition_index=each, error_code=code, timestamp=-1, offset=5, leader_epoch=1)
        for each in range(3)
    )
    topics = (made.ListOffsetsTopicResponse(name="t", partitions=partitions),)
    found: list_offsets.ListOffsetsResponse = made.ListOffsetsResponse(throttle_time=timedelta(0), topics=topics)
    return found


def some_metadata() -> metadata.MetadataResponse:
    made: Any = metadata
    partitions = tuple(
        made.MetadataResponsePartition(
            error_code=ErrorCode.none, partition_index=each, leader_id=1, leader_epoch=3, replica_nodes=(1, 2),
            isr_nodes=(1,), offline_replicas=(),
        )
        for each in range(200)
    )  # fmt: skip
    topic = made.MetadataResponseTopic(
        error_code=ErrorCode.none, name="t" * 200, topic_id=UUID(int=1 << 127), is_internal=False,
        partitions=partitions, topic_authorized_operations=0,
    )  # fmt: skip
    broker = made.MetadataResponseBroker(node_id=1, host="h", port=9, rack=None)
    found: metadata.MetadataResponse = made.MetadataResponse(
        throttle_time=timedelta(0), brokers=(broker,), cluster_id=None, controller_id=1, topics=(topic,)
    )
    return found


@pytest.mark.parametrize("value", [some_offsets(), some_metadata()], ids=["offsets", "metadata"])
def test_a_true_reply_passes_and_a_part_of_it_does_not(value: Any) -> None:
    whole = memoryview(encoded(value))
    shapes.check(type(value), whole)
    refused = 0
    for size in range(0, len(whole), 7):
        try:
            shapes.check(type(value), whole[:size])
        except shapes.Impossible:
            refused += 1
        # What ends between two values of fixed size is kio's to refuse.
        with pytest.raises(Exception, match=r"."):
            entity_reader(type(value))(whole[:size], 0)
    assert refused


COUNTS = [b"\xff\xff\xff\xff\x07", b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x08", b"\xff" * 9]


@pytest.mark.parametrize("count", COUNTS)
def test_a_compact_list_longer_than_its_reply_is_refused(count: bytes) -> None:
    body = struct.pack(">i", 0) + count + encoded(some_offsets())[5:]
    assert_refused(Prepared(Api.LIST_OFFSETS, 11, None), body)


def test_a_plain_list_longer_than_its_reply_is_refused() -> None:
    assert_refused(Prepared(Api.METADATA, 4, None), struct.pack(">ii", 0, MOST) + bytes(1_000))
    with pytest.raises(shapes.Impossible, match="a list of 2147483647 in 1000 bytes"):
        shapes.check(OldMetadata, memoryview(struct.pack(">ii", 0, MOST) + bytes(1_000)))


def test_a_list_deep_inside_or_in_a_tagged_field_is_refused() -> None:
    whole = encoded(some_metadata())
    at = whole.index(b"\x03\x00\x00\x00\x01\x00\x00\x00\x02")
    assert_refused(Prepared(Api.METADATA, 12, None), whole[:at] + b"\xff\xff\xff\xff\x07" + whole[at + 1 :])
    # ApiVersions 3: error code, no keys, throttle time, one tagged field: the supported features.
    tagged = b"\0\0" + b"\x01" + b"\0\0\0\0" + b"\x01" + b"\x00\x06" + b"\xff\xff\xff\xff\x07" + b"\0"
    assert_refused(Prepared(Api.API_VERSIONS, 3, None), tagged)


def assert_refused(request: Prepared, body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            decode(request, memoryview(body))
        assert tracemalloc.get_traced_memory()[1] < 4 * _MIB
    finally:
        tracemalloc.stop()


def test_an_error_code_newer_than_kio_costs_nothing_else() -> None:
    whole = encoded(some_offsets(ErrorCode.unknown_leader_epoch)).replace(b"\x00\x4b", b"\x03\xe7", 1)
    answer = decode(Prepared(Api.LIST_OFFSETS, 11, None), memoryview(whole))
    codes = [each.error_code.name for each in answer.topics[0].partitions]
    assert codes == ["unknown_server_error", "unknown_leader_epoch", "unknown_leader_epoch"]


def test_a_tagged_field_nobody_knows_is_passed_over() -> None:
    whole = encoded(some_offsets())[:-1] + b"\x01\x63\x03abc"
    assert decode(Prepared(Api.LIST_OFFSETS, 11, None), memoryview(whole)).topics == some_offsets().topics


def replies() -> Iterator[tuple[Api, int]]:
    for api in Api:
        for version in range(30):
            try:
                load_payload_module(api, version, EntityType.response)
            except Exception:  # kio's own class is private
                continue
            yield api, version


@pytest.mark.parametrize(("api", "version"), list(replies()))
def test_noise_is_refused_by_every_reply_we_read_and_takes_no_memory(api: Api, version: int) -> None:
    noise = random.Random(api * 100 + version)
    request = Prepared(api, version, None)
    response = _response_class(api, version)
    tracemalloc.start()
    try:
        for size in (0, 1, 5, 40, 400):
            for most in (2, 128, 256):
                body = bytes(noise.randrange(most) for _ in range(size))
                try:
                    shapes.check(response, memoryview(body))
                    decode(request, memoryview(body))
                except (shapes.Impossible, Malformed):
                    continue
        assert tracemalloc.get_traced_memory()[1] < 8 * _MIB
    finally:
        tracemalloc.stop()
