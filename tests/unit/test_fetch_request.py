"""Fetch requests of every version that is used."""

from __future__ import annotations

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


def test_the_newest_version_that_names_topics() -> None:
    assert CALL.prepare({1: (4, 18)}).API_VERSION == 12
    with pytest.raises(Unsupported):
        CALL.prepare({1: (13, 18)})
