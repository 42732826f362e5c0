"""Fetch requests of every version that is used."""

from __future__ import annotations

from uuid import UUID

import pytest

from kafkatui.kafka.fetch_request import Limits, fetch_call
from kafkatui.kafka.wire import Unsupported
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.spans import Isolation

POSITIONS = {TopicPartition("a", 1): 7, TopicPartition("b", 0): 0, TopicPartition("a", 0): 9}
CALL = fetch_call(POSITIONS, Isolation.COMMITTED, Limits(request_bytes=1_000, partition_bytes=100))


@pytest.mark.parametrize("version", range(4, 13))
def test_every_version_says_the_same(version: int) -> None:
    request = CALL.prepare({1: (version, version)})
    assert request.encode()
    payload = request._payload
    asked = {
        (t.topic, p.partition, p.fetch_offset, p.partition_max_bytes) for t in payload.topics for p in t.partitions
    }
    assert asked == {("a", 1, 7, 100), ("b", 0, 0, 100), ("a", 0, 9, 100)}
    assert (payload.max_bytes, payload.isolation_level, payload.replica_id) == (1_000, 1, -1)


@pytest.mark.parametrize("version", range(13, 18))
def test_versions_with_ids_say_the_same(version: int) -> None:
    ids = {"a": UUID(int=1), "b": UUID(int=2)}
    request = fetch_call(POSITIONS, Isolation.COMMITTED, Limits(), ids).prepare({1: (version, version)})
    assert request.encode()
    asked = {(t.topic_id, p.partition, p.fetch_offset) for t in request._payload.topics for p in t.partitions}
    assert asked == {(UUID(int=1), 1, 7), (UUID(int=2), 0, 0), (UUID(int=1), 0, 9)}


def test_only_if_all_ids_are_known_topics_have_no_names() -> None:
    some = fetch_call(POSITIONS, Isolation.COMMITTED, Limits(), {"a": UUID(int=1)})
    assert [call.prepare({1: (4, 18)}).API_VERSION for call in (CALL, some)] == [12, 12]
    with pytest.raises(Unsupported):
        CALL.prepare({1: (13, 18)})
