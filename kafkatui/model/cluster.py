"""Brokers, topics and partitions as Kafka's metadata tells them. What groups did with them is in `groups`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kafkatui.model.problems import PENDING, Problem, Reading, difference


class TopicPartition(NamedTuple):
    """The name of one partition."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


class Health(Enum):
    """How well a thing is; the order is from best to worst."""

    OK = 0
    WARN = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker, as the cluster and our own connection to it tell."""

    node_id: int
    host: str
    port: int
    rack: str | None
    is_controller: bool = False
    """Whether it leads the KRaft quorum now."""
    version: str | Problem = PENDING
    """The Kafka release its features belong to, such as `4.3`."""
    leaders: int = 0
    """Partitions it leads."""
    replicas: int = 0
    """Partition replicas placed on it, leaders included."""
    out_of_sync: int = 0
    """Of those, replicas that are not in sync."""
    disk: Reading = PENDING
    """Bytes of all partitions in its log directories."""
    problem: Problem | None = None
    """Why it does not answer us, or None."""
    throttled_ms: int = 0
    """For how long a quota has held up its answers to us lately."""

    @property
    def health(self) -> Health:
        """BAD when it does not answer, WARN when a replica on it is out of sync."""
        if self.problem is not None:
            return Health.BAD
        return Health.WARN if self.out_of_sync else Health.OK

    @property
    def trouble(self) -> str:
        """Why it does not answer, with its name in front; empty when it does."""
        name, why = f"broker {self.node_id}", "" if self.problem is None else self.problem.text
        return why if not why or why.startswith((f"{name}: ", f"{name} (")) else f"{name}: {why}"


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition with its replicas and the ends of its log."""

    topic: str
    partition: int
    leader: int | None
    """None: no leader, nobody can read or write it."""
    leader_epoch: int
    replicas: tuple[int, ...]
    """In Kafka's order: the first is the preferred leader."""
    in_sync: tuple[int, ...]
    offline: tuple[int, ...]
    """Replicas on brokers that are gone."""
    start: Reading = PENDING
    end: Reading = PENDING
    """The high watermark: the offset the next readable record gets."""
    stable_end: Reading = PENDING
    """The last stable offset: where a read_committed reader stops."""
    size: Reading = PENDING
    """Bytes of the leader's log."""
    problem: Problem | None = None

    @property
    def name(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)

    @property
    def out_of_sync(self) -> tuple[int, ...]:
        return tuple(replica for replica in self.replicas if replica not in self.in_sync)

    @property
    def is_leaderless(self) -> bool:
        return self.leader is None

    @property
    def is_under_replicated(self) -> bool:
        return len(self.in_sync) < len(self.replicas)

    @property
    def records(self) -> Reading:
        """Offsets between start and end; transaction markers and compaction gaps count too."""
        return difference(self.end, self.start)

    @property
    def health(self) -> Health:
        if self.is_leaderless or self.problem is not None:
            return Health.BAD
        return Health.WARN if self.is_under_replicated else Health.OK


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and its partitions, ordered by number."""

    name: str
    topic_id: str | None
    """Kafka's unique id; it changes when a topic is deleted and made again."""
    internal: bool
    partitions: tuple[Partition, ...]
    problem: Problem | None = None
    """Why nothing more is known of it (not authorized), or None."""

    @property
    def replication(self) -> int:
        """The largest number of replicas any partition has."""
        return max((len(partition.replicas) for partition in self.partitions), default=0)

    def partition(self, number: int) -> Partition | None:
        """The one with this number, or None. Numbers seldom have a gap, so it is looked for at its place first."""
        if number < len(self.partitions) and self.partitions[number].partition == number:
            return self.partitions[number]
        return next((each for each in self.partitions if each.partition == number), None)

    @property
    def health(self) -> Health:
        if self.problem is not None:
            return Health.BAD
        return max((partition.health for partition in self.partitions), key=_worse, default=Health.OK)


def _worse(health: Health) -> int:
    return health.value


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """One answer about brokers, topics and replicas (Metadata); offsets still pending."""

    cluster_id: str | None
    brokers: Mapping[int, Broker]
    """Also brokers that only a replica list still names."""
    topics: Mapping[str, Topic]


def hidden_topics(absent: Mapping[str, Problem]) -> dict[str, Topic]:
    """Topics that are named and may not be seen: the list of all leaves them out, as if they did not exist."""
    return {
        name: Topic(name, None, False, (), problem)
        for name, problem in absent.items()
        if problem.code == "topic_authorization_failed"
    }
