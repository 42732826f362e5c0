"""What a cluster holds of some topics, as another client sees it: to compare before and after."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    ConfigSource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from tests.making_topics import in_a_thread, make_topics, metadata_of_all
from tests.waiting import eventually

State = Mapping[str, Mapping[str, Any]]


class Topics:
    """Makes topics of one test and looks at them."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
        self.prefix = f"changed-{uuid.uuid4().hex[:6]}"

    def name(self, word: str = "a") -> str:
        return f"{self.prefix}-{word}"

    def make(self, word: str = "a", partitions: int = 2, **configs: str) -> str:
        name = self.name(word)
        config = {key.replace("_", "."): value for key, value in configs.items()}
        make_topics(self.bootstrap, NewTopic(name, partitions, 3, config=config))
        self.settle()
        return name

    def settle(self, holds: Callable[[Mapping[str, Any]], bool] = lambda seen: True) -> None:
        """Wait until every broker tells the same of all topics, and `holds`: they learn of changes one by one."""

        def agree() -> bool:
            seen = [_seen(answer) for answer in in_a_thread(metadata_of_all(self.bootstrap))]
            return _are_equal(seen) and holds(seen[0])

        eventually(agree)

    def fill(self, name: str, counts: Mapping[int, int], timestamp: int = 0) -> None:
        """So many records to each partition; `timestamp` epoch milliseconds, 0: now."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "log_level": 2})
        for partition, count in counts.items():
            for number in range(count):
                producer.produce(name, partition=partition, value=f"{number}", timestamp=timestamp)
        assert producer.flush(30) == 0

    def commit(self, group: str, name: str, offsets: Mapping[int, int]) -> None:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, "log_level": 2})
        places = [TopicPartition(name, partition, offset) for partition, offset in offsets.items()]
        consumer.commit(offsets=places, asynchronous=False)
        consumer.close()

    def names(self) -> set[str]:
        return {name for name in self.admin.list_topics(timeout=20).topics if name.startswith(self.prefix)}

    def overrides(self, name: str) -> dict[str, str]:
        """Once every broker tells the same: they learn of changes one by one."""

        async def told(address: str) -> Any:
            async with Cluster.open(Connection((address,))) as cluster:
                # The one broker that is known so far answers both.
                await cluster.topology()
                return (await cluster.topic_configs([name]))[name]

        async def of_all() -> list[Any]:
            return [await told(address) for address in self.bootstrap.split(",")]

        eventually(lambda: _are_equal(in_a_thread(of_all())))
        resource = ConfigResource(ResourceType.TOPIC, name)
        found = self.admin.describe_configs([resource])[resource].result(20)
        topic = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        return {key: entry.value for key, entry in found.items() if entry.source == topic}

    def starts(self, name: str) -> dict[int, int]:
        return self._offsets(name, OffsetSpec.earliest())

    def ends(self, name: str) -> dict[int, int]:
        return self._offsets(name, OffsetSpec.latest())

    def leaders(self, name: str) -> dict[int, int]:
        return {number: each.leader for number, each in self._partitions(name).items()}

    def replicas(self, name: str) -> dict[int, list[int]]:
        return {number: each.replicas for number, each in self._partitions(name).items()}

    def topic_id(self, name: str) -> str:
        return str(self.admin.describe_topics(TopicCollection([name]))[name].result(20).topic_id)

    def state(self) -> State:
        """Everything a change could change, of every topic of this test."""
        self.settle()
        return {
            name: {
                "id": self.topic_id(name),
                "replicas": self.replicas(name),
                "leaders": self.leaders(name),
                "overrides": self.overrides(name),
                "starts": self.starts(name),
                "ends": self.ends(name),
            }
            for name in self.names()
        }

    def remove(self) -> None:
        for future in self.admin.delete_topics(sorted(self.names())).values() if self.names() else ():
            future.result(20)

    def _partitions(self, name: str) -> dict[int, Any]:
        return dict(self.admin.list_topics(name, timeout=20).topics[name].partitions)

    def _offsets(self, name: str, spec: OffsetSpec) -> dict[int, int]:
        asked = {TopicPartition(name, number): spec for number in self._partitions(name)}
        return {place.partition: each.result(20).offset for place, each in self.admin.list_offsets(asked).items()}


def _are_equal(answers: list[Any]) -> bool:
    return all(each == answers[0] for each in answers)


def _seen(answer: Any) -> dict[str, Any]:
    return {
        str(topic.name): sorted((each.partition_index, each.leader_id, each.replica_nodes) for each in topic.partitions)
        for topic in answer.topics
    }
