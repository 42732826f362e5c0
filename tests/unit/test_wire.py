"""The adapter between kio's messages and aiokafka's connections, on bytes alone."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from kio.schema.metadata.v12.response import MetadataResponse
from kio.schema.types import BrokerId
from kio.serial import entity_writer

from kafkatui.kafka.details import release
from kafkatui.kafka.groups import LIST_GROUPS, assigned
from kafkatui.kafka.nodes import address
from kafkatui.kafka.topology import METADATA
from kafkatui.kafka.wire import READING, Api, Call, Guard, Malformed, Prepared, Unsupported, decode
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.errors import ReadOnly

NEW = {3: (0, 13), 16: (0, 5)}


def test_the_newest_common_version_is_picked() -> None:
    assert METADATA.prepare({3: (0, 12)}).API_VERSION == 12
    assert METADATA.prepare({3: (0, 99)}).API_VERSION == 13
    assert replace(METADATA, newest=9).prepare(NEW).API_VERSION == 9


def test_no_common_version_is_said_before_anything_is_sent() -> None:
    with pytest.raises(Unsupported, match=r"^Metadata needs Kafka 0\.11 or newer$"):
        METADATA.prepare({3: (0, 3)})
    with pytest.raises(Unsupported, match=r"^ListGroups needs Kafka 0\.9 or newer$"):
        LIST_GROUPS.prepare({})
    with pytest.raises(
        Unsupported, match=r"^Metadata: the broker speaks only 40 to 41, which is newer than this program$"
    ):
        METADATA.prepare({3: (40, 41)})


def test_metadata_never_asks_to_make_a_topic() -> None:
    for version in range(4, 14):
        request = METADATA.prepare({3: (version, version)})
        assert request._payload.allow_auto_topic_creation is False


def test_the_header_names_the_client_and_the_version() -> None:
    header = METADATA.prepare({3: (0, 12)}).build_request_header(correlation_id=7, client_id="me").encode()
    assert header == b"\x00\x03" + b"\x00\x0c" + b"\x00\x00\x00\x07" + b"\x00\x02me" + b"\x00"


def reply(body: bytes) -> memoryview:
    return memoryview(b"\x00\x00\x00\x07" + b"\x00" + body)


def a_response() -> bytes:
    buffer = io.BytesIO()
    response: Any = MetadataResponse
    made = response(throttle_time=_zero(), brokers=(), cluster_id="c", controller_id=BrokerId(1), topics=())
    entity_writer(response)(buffer, made)
    return buffer.getvalue()


def _zero() -> Any:
    from datetime import timedelta

    return timedelta(0)


def test_a_reply_is_decoded_after_its_header() -> None:
    request = METADATA.prepare({3: (0, 12)})
    correlation_id, body = request.open_reply(reply(a_response()))
    assert correlation_id == 7
    assert decode(request, body).cluster_id == "c"


def test_a_transaction_that_has_not_begun_has_no_start() -> None:
    """A coordinator writes -1 then (DescribeTransactionsResponse.json, KIP-664)."""
    name, state = b"\x04job", b"\x06Empty"
    transaction = struct.pack(">h", 0) + name + state + struct.pack(">iqqh", 60_000, -1, 5, 3) + b"\x01\x00"
    body = struct.pack(">i", 0) + b"\x02" + transaction + b"\x00"
    (found,) = decode(Prepared(Api.DESCRIBE_TRANSACTIONS, 0, None), memoryview(body)).transaction_states
    assert (found.transactional_id, found.transaction_start_time) == ("job", None)
    assert (found.producer_id, found.producer_epoch) == (5, 3)


@pytest.mark.parametrize("damage", [lambda body: body[:-1], lambda body: body + b"\x00", lambda body: b"\xff" * 40])
def test_a_reply_that_is_too_short_too_long_or_nonsense_is_malformed(damage: Any) -> None:
    request = METADATA.prepare({3: (0, 12)})
    with pytest.raises(Malformed, match="METADATA v12"):
        decode(request, memoryview(damage(a_response())))


def test_a_reply_without_a_whole_header_is_malformed() -> None:
    with pytest.raises(Malformed, match="METADATA v12"):
        METADATA.prepare({3: (0, 12)}).open_reply(memoryview(b"\x00\x01"))


@pytest.mark.parametrize("api", list(Api))
def test_a_request_the_broker_does_not_know_is_named_with_the_release_that_does(api: Api) -> None:
    with pytest.raises(Unsupported, match=r"^[A-Z][A-Za-z]+ needs Kafka \d\.\d+(\.\d)? or newer$"):
        Call(api, str).prepare({})


def test_a_request_shows_no_payload() -> None:
    assert repr(METADATA.prepare(NEW)) == "<METADATA v13>"


def test_the_guard_lets_only_what_is_allowed_pass() -> None:
    Guard(READING).check(METADATA)
    with pytest.raises(ReadOnly):
        Guard(frozenset({Api.METADATA})).check(LIST_GROUPS)


def test_a_read_only_connection_knows_no_changing_request() -> None:
    """Kafka's API keys that change something; none of them may ever be in the reading list."""
    changing = {0, 8, 11, 12, 13, 14, 19, 20, 21, 22, 24, 25, 26, 28, 30, 31, 33, 37, 42, 43, 44, 45, 47, 49, 51, 57}
    assert not changing & {int(api) for api in READING}


@pytest.mark.parametrize(
    ("level", "name"), [(30, "4.3"), (31, "4.3+"), (25, "4.0"), (29, "4.2"), (7, "3.3"), (1, "3.0"), (0, "before 3.0")]
)
def test_feature_levels_are_releases(level: int, name: str) -> None:
    assert release(level) == name


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("kafka", ("kafka", 9092)),
        ("kafka:19092", ("kafka", 19092)),
        ("[::1]:9093", ("::1", 9093)),
        ("[::1]", ("::1", 9092)),
        ("::1", ("::1", 9092)),
    ],
)
def test_addresses(text: str, parsed: tuple[str, int]) -> None:
    assert address(text) == parsed


ASSIGNMENT = (
    b"\x00\x03" + b"\x00\x00\x00\x01" + b"\x00\x01a" + b"\x00\x00\x00\x02" + b"\x00\x00\x00\x00\x00\x00\x00\x05"
)


def test_a_classic_assignment() -> None:
    assert assigned(ASSIGNMENT) == (TopicPartition("a", 0), TopicPartition("a", 5))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", ASSIGNMENT[:-1], ASSIGNMENT[:9] + b"\x7f\xff\xff\xff", b"\x00\x00\x7f\xff\xff\xff", b"{}" * 30],
)
def test_a_foreign_assignment_is_no_error(data: bytes) -> None:
    assert assigned(data) == ()


def test_a_call_builds_only_when_its_version_is_known() -> None:
    def fail(module: ModuleType) -> Any:
        raise AssertionError(module)

    with pytest.raises(Unsupported):
        Call(Api.METADATA, fail, oldest=13).prepare({3: (0, 12)})
