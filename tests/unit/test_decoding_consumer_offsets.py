"""`__consumer_offsets` as Kafka 4.3.0 wrote it on a disk, older versions by their schemas, and what is none."""

from __future__ import annotations

import base64
import json
import random
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from kafkatui.decoding.consumer_offsets import decode_key, decode_value
from kafkatui.decoding.decoded import Decoded, Plain

COMMIT_KEY = b"\x00\x01\x00\x02g1\x00\x04t1-w\x00\x00\x00\x00"
COMMIT = (
    b"\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\xff\xff\xff\xff\x01\x00\x00\x01\xa2\x06\xadk\x84"
    b"\x01\x00\x10\xc6UF{G\xefH\x14\xb93\xe3\x9b[\xea\r\xa0"
)
GROUP_KEY = b"\x00\x02\x00\x02g1"
MEMBER = b"\x00)g1-1-98d6141b-c55a-401a-9a79-b63f3a965e1b"
GROUP = (
    b"\x00\x03\x00\x08consumer\x00\x00\x00\x01\x00\nroundrobin" + MEMBER + b"\x00\x00\x01\xa2\x06\xadl\xe3"
    b"\x00\x00\x00\x01" + MEMBER + b"\xff\xff\x00\x04g1-1\x00\n/127.0.0.1\x00\x00'\x10\x00\x00'\x10"
    b"\x00\x00\x00\x10\x00\x00\x00\x00\x00\x01\x00\x04t1-w\x00\x00\x00\x00"
    b"\x00\x00\x00$\x00\x00\x00\x00\x00\x01\x00\x04t1-w\x00\x00\x00\x04"
    b"\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x00"
)


def data(decoded: Decoded) -> Plain:
    assert isinstance(decoded.value, dict), decoded.value
    assert decoded.notes == ()
    return decoded.value["data"]


def test_a_commit_as_the_broker_wrote_it() -> None:
    assert decode_key(COMMIT_KEY).value == {
        "type": 1,
        "name": "OffsetCommit",
        "data": {"group": "g1", "topic": "t1-w", "partition": 0},
    }
    assert decode_value(COMMIT, COMMIT_KEY).value == {
        "version": 4,
        "data": {
            "offset": 5,
            "leaderEpoch": -1,
            "metadata": "",
            "commitTimestamp": 1795408358276,
            "topicId": "xlVGe0fvSBS5M-ObW-oNoA",
        },
    }


def test_a_group_as_the_broker_wrote_it() -> None:
    member = MEMBER[2:].decode()
    assert data(decode_key(GROUP_KEY)) == {"group": "g1"}
    assert data(decode_value(GROUP, GROUP_KEY)) == {
        "protocolType": "consumer",
        "generation": 1,
        "protocol": "roundrobin",
        "leader": member,
        "currentStateTimestamp": 1795408358627,
        "members": [
            {
                "memberId": member,
                "groupInstanceId": None,
                "clientId": "g1-1",
                "clientHost": "/127.0.0.1",
                "rebalanceTimeout": 10000,
                "sessionTimeout": 10000,
                "subscription": {"version": 0, "topics": ["t1-w"], "userData": b""},
                "assignment": {
                    "version": 0,
                    "assignedPartitions": [{"topic": "t1-w", "partitions": [0, 1, 2, 3]}],
                    "userData": b"",
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (
            struct.pack(">hqh1sq", 0, 5, 1, b"m", 7),
            {"offset": 5, "metadata": "m", "commitTimestamp": 7},
        ),
        (
            struct.pack(">hqh1sqq", 1, 5, 1, b"m", 7, 8),
            {"offset": 5, "metadata": "m", "commitTimestamp": 7, "expireTimestamp": 8},
        ),
        (
            struct.pack(">hqih1sq", 3, 5, 2, 1, b"m", 7),
            {"offset": 5, "leaderEpoch": 2, "metadata": "m", "commitTimestamp": 7},
        ),
        (
            struct.pack(">hqi2sqB", 4, 5, 2, b"\x02m", 7, 0),
            {"offset": 5, "leaderEpoch": 2, "metadata": "m", "commitTimestamp": 7},
        ),
        (
            struct.pack(">hqi2sq4s", 4, 5, 2, b"\x02m", 7, b"\x01\x09\x01x"),
            {"offset": 5, "leaderEpoch": 2, "metadata": "m", "commitTimestamp": 7},
        ),
    ],
)
def test_older_versions_and_unknown_tags_of_a_commit(raw: bytes, value: Plain) -> None:
    assert data(decode_value(raw, COMMIT_KEY)) == value


def test_the_members_of_another_protocol_keep_their_bytes() -> None:
    value = data(decode_value(GROUP.replace(b"\x00\x08consumer", b"\x00\x07connect"), GROUP_KEY))
    assert isinstance(value, dict)
    assert isinstance(value["members"], list)
    assert isinstance(value["members"][0], dict)
    assert value["members"][0]["subscription"] == b"\x00\x00\x00\x00\x00\x01\x00\x04t1-w\x00\x00\x00\x00"


def test_a_group_of_version_4_is_flexible() -> None:
    raw = b"\x00\x04\x09consumer\x00\x00\x00\x02\x00\x00" + b"\x00" * 8 + b"\x01\x00"
    assert data(decode_value(raw, GROUP_KEY)) == {
        "protocolType": "consumer",
        "generation": 2,
        "protocol": None,
        "leader": None,
        "currentStateTimestamp": 0,
        "members": [],
    }


GOLDEN = json.loads((Path(__file__).parent / "golden" / "group_records.json").read_text(encoding="utf-8"))
"""Written by the classes of kafka-group-coordinator 4.3.0, beside what its `CoordinatorRecordJsonConverters` prints."""


@pytest.mark.parametrize("record", GOLDEN, ids=[f"{number}-{each['name']}" for number, each in enumerate(GOLDEN)])
def test_records_of_newer_groups_read_as_kafka_prints_them(record: dict[str, Any]) -> None:
    key, value = bytes.fromhex(record["key"]), bytes.fromhex(record["value"])
    assert data(decode_key(key)) == record["key_json"]
    assert as_json(data(decode_value(value, key))) == record["value_json"]
    for end in range(len(value)):
        assert decode_value(value[:end], key).problem
    chance = random.Random(1)
    for _ in range(300):
        raw = bytearray(value)
        raw[chance.randrange(len(raw))] = chance.randrange(256)
        assert decode_value(bytes(raw), key).raw == bytes(raw)


def as_json(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def test_every_type_of_record_is_among_them() -> None:
    classic = {1, 2}
    assert {each["type"] for each in GOLDEN} | classic == {*range(9), *range(10, 18), *range(19, 24)}


def test_what_a_later_kafka_adds_stays_visible() -> None:
    key = b"\x00\x0b\x00\x01g"
    added = b"\x00\x00" + struct.pack(">iq", 1, 2) + b"\x01\x07\x02hi"
    assert data(decode_value(added, key)) == {"epoch": 1, "metadataHash": 2, "#7": b"hi"}
    problem = decode_value(b"\x00\x01" + added[2:], key).problem
    assert problem
    assert problem.text == "not a record of __consumer_offsets: value version 1 is newer than Kafka 4.3's 0"
    wrong = decode_value(b"\x00\x00\x00\x00\x00\x07\x01\x00\x09" + b"\x00" * 9, b"\x00\x03\x00\x01g").problem
    assert wrong
    assert wrong.text.endswith("1 bytes too many in a tagged field")


def test_every_cut_is_a_problem_that_keeps_the_bytes() -> None:
    for whole, key in ((COMMIT, COMMIT_KEY), (GROUP, GROUP_KEY)):
        for end in range(len(whole)):
            decoded = decode_value(whole[:end], key)
            assert decoded.problem, end
            assert decoded.raw == whole[:end]
    for end in range(len(COMMIT_KEY)):
        assert decode_key(COMMIT_KEY[:end]).problem


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        (None, COMMIT),
        (b"", COMMIT),
        (b"\x00", COMMIT),
        (b"\x00\x63", COMMIT),
        (COMMIT_KEY, b"\x00\x05" + COMMIT[2:]),
        (COMMIT_KEY, b"\xff\xff" + COMMIT[2:]),
        (GROUP_KEY, b"\x00\x03\x00\x01c" + b"\x00" * 4 + b"\xff\xff\xff\xff" + b"\x00" * 8 + b"\x7f\xff\xff\xff"),
        (GROUP_KEY, b"\x00\x04\x02c" + b"\x00" * 4 + b"\x00\x00" + b"\x00" * 8 + b"\xff\xff\xff\xff\x0f"),
        (COMMIT_KEY, b"\x00\x04" + b"\x00" * 12 + b"\xff\xff\xff\xff\xff\xff"),
    ],
)
def test_what_is_no_value(key: bytes | None, raw: bytes) -> None:
    decoded = decode_value(raw, key)
    assert decoded.problem
    assert decoded.raw == raw


def test_bytes_that_follow_are_noted() -> None:
    assert decode_value(COMMIT + b"xy", COMMIT_KEY).notes == ("2 bytes follow that are not known",)


def test_bytes_that_were_nearly_right_raise_nothing() -> None:
    chance = random.Random(4)
    for whole, key in ((COMMIT, COMMIT_KEY), (GROUP, GROUP_KEY)) * 2000:
        raw = bytearray(whole)
        raw[chance.randrange(len(raw))] = chance.randrange(256)
        assert decode_value(bytes(raw), key).raw == bytes(raw)


def test_what_is_too_large_says_so() -> None:
    problem = decode_value(b"\x00" * 10_000_000, GROUP_KEY).problem
    assert problem
    assert problem.code == "too_large"


def test_time_is_bounded() -> None:
    """As many topics without a name as fit into one subscription."""
    count = 500_000
    topics = b"\x00\x00" + struct.pack(">i", count) + b"\x00\x00" * count + b"\x00\x00\x00\x00"
    start = GROUP.index(b"\x00\x00\x00\x10\x00\x00\x00\x00\x00\x01")
    raw = GROUP[:start] + struct.pack(">i", len(topics)) + topics + b"\xff\xff\xff\xff"
    begun = time.perf_counter()
    decoded = decode_value(raw, GROUP_KEY)
    assert time.perf_counter() - begun < 5
    assert not decoded.problem
