"""`__consumer_offsets` of a real broker, decoded as Kafka's own formatters print it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.decoding.decoders import decode_key, decode_value
from kafkatui.minicluster.cluster import Status
from tests import kafka_tools
from tests.live_members import a_member
from tests.making_topics import make_topics
from tests.waiting import eventually

TOPIC = "__consumer_offsets"
FORMATTER = "org.apache.kafka.tools.consumer.{}MessageFormatter"
PARTITIONS = 2


@pytest.fixture(scope="module")
def group(mini_cluster: Status) -> str:
    """A classic group that had a member, which committed twice and left."""
    name = f"decoded-{uuid.uuid4().hex[:8]}"
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3))
    member = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": name, "enable.auto.commit": False})
    assigned: list[TopicPartition] = []
    member.subscribe([name], on_assign=lambda _, partitions: assigned.extend(partitions))
    while not assigned:
        member.poll(0.1)
    for offset in (1, 2):
        places = [TopicPartition(name, each, offset, metadata=f"näher-{offset}") for each in range(PARTITIONS)]
        member.commit(offsets=places, asynchronous=False)
    member.close()
    return name


def stored(mini_cluster: Status, group: str) -> list[tuple[bytes, bytes | None]]:
    """The records of the group, in their order: they lie in one partition."""
    reader = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused", "enable.partition.eof": True})
    left = set(reader.list_topics(TOPIC).topics[TOPIC].partitions)
    reader.assign([TopicPartition(TOPIC, each, 0) for each in left])
    found = []
    while left:
        message = reader.poll(10)
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF
            left.discard(message.partition())
        elif group.encode() in message.key():
            found.append((message.key(), message.value()))
    reader.close()
    return found


def printed(mini_cluster: Status, group: str, formatter: str) -> list[dict[str, Any]]:
    words = ("--bootstrap-server", mini_cluster.bootstrap, "--topic", TOPIC, "--from-beginning", "--timeout-ms", "5000")
    lines = kafka_tools.run(
        "org.apache.kafka.tools.consumer.ConsoleConsumer", *words, "--formatter", FORMATTER.format(formatter)
    )
    return [each for each in objects(lines) if group in json.dumps(each)]


def objects(text: str) -> Iterator[dict[str, Any]]:
    """Kafka's tool writes nothing between one and the next."""
    at = 0
    while (at := text.find("{", at)) >= 0:
        found, at = json.JSONDecoder().raw_decode(text, at)
        yield found


def decoded(mini_cluster: Status, group: str, kind: int) -> list[dict[str, Any]]:
    """The same as ours. Kafka prints the types of keys as numbers only."""
    found = []
    for key, value in stored(mini_cluster, group):
        ours = decode_key("consumer-offsets", key), decode_value("consumer-offsets", value, key)
        assert not any(each.problem or each.notes for each in ours)
        shown: dict[str, Any] = {name: each.value for name, each in zip(("key", "value"), ours, strict=True)}
        del shown["key"]["name"]
        if shown["key"]["type"] == kind:
            found.append(shown)
    return found


def test_commits(mini_cluster: Status, group: str) -> None:
    ours = decoded(mini_cluster, group, 1)
    assert ours == printed(mini_cluster, group, "Offsets")
    assert len(ours) == 2 * PARTITIONS


def test_groups(mini_cluster: Status, group: str) -> None:
    """Kafka prints what a member subscribes to and was assigned as base64, we decode it."""
    theirs, ours = printed(mini_cluster, group, "GroupMetadata"), decoded(mini_cluster, group, 2)
    members = [member for each in ours for member in each["value"]["data"]["members"]]
    assert [member["subscription"]["topics"] for member in members] == [[group]]
    assert [member["assignment"]["assignedPartitions"] for member in members] == [
        [{"topic": group, "partitions": list(range(PARTITIONS))}]
    ]
    for each in (*theirs, *ours):
        for member in each["value"]["data"]["members"]:
            del member["subscription"], member["assignment"]
    assert ours == theirs


def newer(mini_cluster: Status, group: str) -> dict[int, list[Any]]:
    """The values of the group's records that are not tombstones, by the type of their keys, oldest first."""
    found: dict[int, list[Any]] = {}
    for key, value in stored(mini_cluster, group):
        ours = decode_key("consumer-offsets", key), decode_value("consumer-offsets", value, key)
        assert [each.raw.hex() for each in ours if each.raw and (each.problem or each.notes)] == []
        assert isinstance(ours[0].value, dict)
        kind = ours[0].value["type"]
        assert isinstance(kind, int)
        if isinstance(ours[1].value, dict):
            found.setdefault(kind, []).append(ours[1].value["data"])
    return found


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    """A topic that a group of its name may read."""
    name = f"decoded-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3))
    yield name
    admin.delete_topics([name])[name].result(20)


def test_a_consumer_group_that_a_classic_member_joins(mini_cluster: Status, topic: str) -> None:
    with a_member(mini_cluster.bootstrap, topic, topic, "consumer"):
        eventually(lambda: any(each["assignedPartitions"] for each in newer(mini_cluster, topic).get(8, [])), 60)
        first = newer(mini_cluster, topic)
        with a_member(mini_cluster.bootstrap, topic, topic, "classic"):
            eventually(lambda: any(each.get("classicMemberMetadata") for each in newer(mini_cluster, topic)[5]), 60)
            both = newer(mini_cluster, topic)
    assert {3, 5, 6, 7, 8} <= first.keys()
    assert (first[5][-1]["clientId"], first[5][-1]["subscribedTopicNames"]) == ("consumer-client", [topic])
    (assigned,) = first[8][-1]["assignedPartitions"]
    assert sorted(assigned["partitions"]) == list(range(PARTITIONS))
    assert len(assigned["assignmentEpochs"]) == PARTITIONS
    assert first[3][-1]["epoch"] > 0
    assert "metadataHash" in first[3][-1]
    classic = next(each for each in both[5] if each.get("classicMemberMetadata"))
    assert classic["clientId"] == "classic-client"
    assert classic["classicMemberMetadata"]["sessionTimeoutMs"] == 45_000
    assert {each["name"] for each in classic["classicMemberMetadata"]["supportedProtocols"]} == {"range", "roundrobin"}


def test_a_share_group(mini_cluster: Status, topic: str, tmp_path: Path) -> None:
    with kafka_tools.share_consumer(mini_cluster.bootstrap, topic, topic, tmp_path / "log"):
        eventually(lambda: {10, 11, 12, 13, 14, 15} <= newer(mini_cluster, topic).keys(), 60)
        theirs = printed(mini_cluster, topic, "ShareGroup")
        ours = [each for kind in range(10, 16) for each in decoded(mini_cluster, topic, kind)]
    assert len(theirs) >= 6
    assert [each for each in theirs if each not in ours] == []
