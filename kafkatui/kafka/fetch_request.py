"""One Fetch request: from where in which partitions, and how much of it. Who is asked when is `fetch`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.spans import Isolation


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading."""

    request_bytes: int = 8 * 1024 * 1024
    """Of one answer of one leader; more only when a single batch is larger (KIP-74)."""
    partition_bytes: int = 4 * 1024 * 1024
    """Of one partition in one answer."""
    wait_seconds: float = 0.5
    """How long a broker may wait for a first byte."""
    patience_seconds: float = 30.0
    """How long a partition may bring nothing before the rest of its range is given up."""

    def smaller(self) -> Limits:
        """A quarter of the bytes, but never so little that every batch takes a request of its own."""
        return replace(
            self,
            request_bytes=min(self.request_bytes, max(_FEWEST_BYTES, self.request_bytes // 4)),
            partition_bytes=min(self.partition_bytes, max(_FEWEST_BYTES, self.partition_bytes // 4)),
        )


_FEWEST_BYTES = 256 * 1024
USUAL = Limits()
NO_IDS: Mapping[str, UUID] = {}
_NEWEST_BY_NAME, _NEWEST_BY_ID = 12, 17


def fetch_call(
    positions: Mapping[TopicPartition, int], isolation: Isolation, limits: Limits, ids: Mapping[str, UUID] = NO_IDS
) -> Call:
    """Ask for the partitions in the order given: the first ones get the room there is.

    With the ids of all topics a broker refuses a topic that was deleted and made anew, instead of giving another log.
    """
    by_topic: dict[str, dict[int, int]] = {}
    for where, position in positions.items():
        by_topic.setdefault(where.topic, {})[where.partition] = position

    def build(module: ModuleType) -> Any:
        by_id = "topic_id" in module.FetchTopic.__dataclass_fields__
        topics = tuple(
            module.FetchTopic(**_topic(topic, ids, by_id), partitions=_partitions(module, wanted, limits))
            for topic, wanted in by_topic.items()
        )
        values: dict[str, Any] = {
            "max_wait": timedelta(seconds=limits.wait_seconds),
            "min_bytes": 1,
            "max_bytes": limits.request_bytes,
            "isolation_level": isolation.level,
            "topics": topics,
        }
        if "forgotten_topics_data" in module.FetchRequest.__dataclass_fields__:
            values["forgotten_topics_data"] = ()
        return module.FetchRequest(**values)

    # Version 4 has isolation levels and whole first batches; from 13 on topics have ids instead of names.
    newest = _NEWEST_BY_ID if by_topic.keys() <= ids.keys() else _NEWEST_BY_NAME
    return Call(Api.FETCH, build, oldest=4, newest=newest)


def _topic(name: str, ids: Mapping[str, UUID], by_id: bool) -> dict[str, Any]:
    return {"topic_id": ids[name]} if by_id else {"topic": name}


def _partitions(module: ModuleType, positions: Mapping[int, int], limits: Limits) -> tuple[Any, ...]:
    return tuple(
        module.FetchPartition(partition=partition, fetch_offset=position, partition_max_bytes=limits.partition_bytes)
        for partition, position in positions.items()
    )
