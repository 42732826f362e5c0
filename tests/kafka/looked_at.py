"""Topics with records and dead letters and a group, all reached through a proxy: what there is to look at."""

from __future__ import annotations

import uuid

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.dialects import Failure, Spring
from kafkatui.model.connection import Connection
from kafkatui.model.records import Record
from tests.proxy import Proxy
from tests.waiting import eventually

MISSING = "no-such-topic"
RECORDS = 30
DEAD = 10

Seen = tuple[set[str], set[str], dict[tuple[str, int], int]]


class World:
    """What there is to look at, and the way to it."""

    def __init__(self, status: Status, proxy: Proxy, topic: str, dead: str) -> None:
        self.status, self.proxy, self.topic, self.dead = status, proxy, topic, dead
        self.group = f"looked-at-{uuid.uuid4().hex[:8]}"
        self._admin = AdminClient({"bootstrap.servers": status.bootstrap, "log_level": 2})
        self._fill()

    def _fill(self) -> None:
        producer = Producer({"bootstrap.servers": self.status.bootstrap, "log_level": 2})
        for number in range(RECORDS):
            producer.produce(self.topic, b'{"n":%d}' % number, b"k%d" % number, partition=number % 3)
        for number in range(DEAD):
            origin = Record(self.topic, number % 3, number // 3, 1 << 40, b"k%d" % number, b"{}", ())
            letter = Spring("billing")(self.dead, origin, Failure("a.B", "it is broken", ("a.B.c(B.java:1)",), 1 << 40))
            producer.produce(self.dead, letter.value, letter.key, 0, headers=list(letter.headers))
        assert producer.flush(30) == 0
        commits = ConsumerGroupTopicPartitions(self.group, [TopicPartition(self.topic, 0, 3)])
        eventually(lambda: self._is_committed(commits))

    def _is_committed(self, commits: ConsumerGroupTopicPartitions) -> bool:
        """A coordinator that only just came to the group refuses at first."""
        try:
            done = self._admin.alter_consumer_group_offsets([commits])[self.group].result(20)
        except KafkaException:
            return False
        return not any(each.error for each in done.topic_partitions)

    def write_dead(self, count: int) -> None:
        """More records into the first partition of the dead letters."""
        producer = Producer({"bootstrap.servers": self.status.bootstrap, "log_level": 2})
        for _ in range(count):
            producer.produce(self.dead, b"more", partition=0)
        assert producer.flush(30) == 0

    def seen(self) -> Seen:
        """Names of topics and groups, and the ends of the logs of all that are nobody's own."""
        topics = self._admin.list_topics(timeout=20).topics
        wanted = {
            TopicPartition(name, number): OffsetSpec.latest()
            for name, topic in topics.items()
            if not name.startswith("__")
            for number in topic.partitions
        }
        ends = {(at.topic, at.partition): each.result().offset for at, each in self._admin.list_offsets(wanted).items()}
        groups = self._admin.list_consumer_groups().result(20)
        return set(topics), {group.group_id for group in groups.valid}, ends

    @property
    def connection(self) -> Connection:
        """The way through the proxy."""
        return Connection(tuple(self.proxy.bootstrap.split(",")))


def reading_commands(world: World) -> list[tuple[int, list[str]]]:
    """With the exit code of each."""
    topic, group, dead = world.topic, world.group, world.dead
    return [
        (0, ["lag"]),
        (0, ["lag", group, "--json"]),
        (0, ["lag", "--output", "prometheus"]),
        (0, ["topics"]),
        (0, ["topics", topic]),
        (0, ["topics", "config", topic]),
        (0, ["groups"]),
        (0, ["groups", group]),
        (0, ["groups", "export", group]),
        (0, ["groups", "reset", group, "--to", "start", "--dry-run"]),
        (0, ["groups", "delete", group, "--dry-run"]),
        (0, ["brokers"]),
        (0, ["brokers", "1"]),
        (0, ["read", topic]),
        (0, ["read", topic, "--last", "5", "--where", "value.n > 3"]),
        (0, ["read", topic, "-o", "@-1h:", "--output", "ndjson"]),
        (0, ["dlq"]),
        (0, ["dlq", dead]),
        (0, ["dlq", "show", dead, "--origin"]),
        (0, ["dlq", "redrive", dead, "--dry-run"]),
        (0, ["replay", topic, "--to", dead, "--dry-run"]),
        (0, ["undo", "list"]),
        (0, ["doctor"]),
        (1, ["lag", MISSING]),
        (1, ["topics", MISSING]),
        (1, ["read", MISSING]),
        (1, ["dlq", MISSING]),
        (1, ["groups", MISSING]),
        (1, ["topics", f"{MISSING}*"]),
        (1, ["describe", "topic", MISSING]),
        (1, ["get", "topics", MISSING]),
        (1, ["lag", "--json", "-t", MISSING]),
        (1, ["groups", "export", MISSING]),
        (1, ["groups", "reset", MISSING, "--to", "start", "-t", MISSING, "--dry-run"]),
        (1, ["groups", "delete", MISSING, "--dry-run"]),
        (1, ["brokers", "77"]),
        (1, ["undo", "--dry-run"]),
        (1, ["dlq", "show", MISSING, "--origin"]),
        (2, ["replay", MISSING, "--to", topic, "--dry-run"]),
    ]
