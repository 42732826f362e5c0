"""The big cluster of the benchmarks: 100 topics of 100 partitions, 1,000 groups of 10 commits. It measures nothing."""

from __future__ import annotations

from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

TOPICS = 100
PARTITIONS = 100
GROUPS = 1_000
COMMITS = 10
RECORDS = 3
"""Per partition; every group has committed 1, so that each of its partitions lags by 2."""
REQUEST_SECONDS = 120


def build(bootstrap: str) -> None:
    """Make topics, records and commits. Raises what confluent-kafka raises."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "socket.timeout.ms": REQUEST_SECONDS * 1000})
    names = [f"scale-{number:03}" for number in range(TOPICS)]
    for first in range(0, TOPICS, 10):
        wanted = [NewTopic(name, PARTITIONS, 1) for name in names[first : first + 10]]
        for made in admin.create_topics(wanted, request_timeout=REQUEST_SECONDS).values():
            made.result()
    _fill(bootstrap, names)
    _commit(admin, names)


def _fill(bootstrap: str, names: list[str]) -> None:
    producer = Producer(
        {"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 1_000_000, "linger.ms": 200, "log_level": 2}
    )
    for name in names:
        for partition in range(PARTITIONS):
            for number in range(RECORDS):
                producer.produce(name, partition=partition, value=f"{name} {partition} {number}")
        producer.poll(0)
    left = producer.flush(REQUEST_SECONDS)
    if left:
        raise RuntimeError(f"{left} records were not delivered")


def _commit(admin: AdminClient, names: list[str]) -> None:
    """Commits that are refused while a coordinator still loads are sent again until all stand."""
    left = list(range(GROUPS))
    while left:
        asked = {group: admin.alter_consumer_group_offsets([_commits(group, names)]) for group in left[:50]}
        done = {group for group, futures in asked.items() if all(stands(future) for future in futures.values())}
        left = [group for group in left if group not in done]


def stands(future: Any) -> bool:
    """Whether a commit was taken; no, where it is to be sent again. Raises what can not be mended."""
    try:
        return not any(partition.error for partition in future.result(REQUEST_SECONDS).topic_partitions)
    except KafkaException as error:
        if error.args[0].retriable():
            return False
        raise


def _commits(group: int, names: list[str]) -> ConsumerGroupTopicPartitions:
    """Group g reads partitions 10 * (g / 100) to 10 * (g / 100) + 9 of topic g mod 100: each partition once."""
    topic, first = names[group % TOPICS], group // TOPICS * COMMITS
    partitions = [TopicPartition(topic, first + number, 1) for number in range(COMMITS)]
    return ConsumerGroupTopicPartitions(f"group-{group:04}", partitions)
