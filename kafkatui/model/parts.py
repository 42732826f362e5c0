"""What one reading of a cluster brings back, part by part, before it is put together in `snapshot`."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.groups import GroupType, Member
from kafkatui.model.open_transactions import OpenTransactions
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.unread import Unread


@dataclass(frozen=True, slots=True)
class BrokerDetails:
    """What the cluster and the broker itself say about one broker."""

    host: str
    port: int
    rack: str | None
    version: str | Problem
    """The newest release its features belong to, such as `4.3`."""
    problem: Problem | None
    """Why it does not answer, or None."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusterDetails:
    """Who leads the KRaft quorum (DescribeQuorum), all brokers, fenced ones too (DescribeCluster), and versions."""

    brokers: Mapping[int, BrokerDetails]
    controller: Reading
    controller_epoch: Reading
    version: str | Problem
    """The release of the finalized features (ApiVersions)."""


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group as the broker that coordinates it lists it (ListGroups)."""

    group: str
    type: GroupType
    state: str
    protocol: str
    coordinator: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupList:
    """The groups of every broker that answered, and why the others did not."""

    groups: Mapping[str, ListedGroup]
    problems: Mapping[int, Problem]
    """By broker."""
    is_whole: bool = True
    """False: only groups that we may see are listed, and those are none."""


@dataclass(frozen=True, slots=True)
class ShareOffset:
    """Where a share group starts in a partition and how much it has left (DescribeShareGroupOffsets, KIP-1226)."""

    start: Reading | None
    lag: Reading | None
    """None: the broker does not say; count from the start offset."""


Offsets = Mapping[TopicPartition, Reading]
Commits = Mapping[TopicPartition, Reading]


@dataclass(frozen=True, slots=True)
class Described:
    """A group as its coordinator describes it. What its protocol does not have, or does not tell, is None."""

    members: tuple[Member, ...] = ()
    epoch: int | None = None
    """Counts the changes of who is in it and what is subscribed (KIP-848)."""
    assignment_epoch: int | None = None
    """The epoch its target assignment was made for."""
    application: str = ""
    """Whose group it is where that can be told: `Kafka Connect`, `Kafka Streams`; else empty."""


StableEnds = Mapping[TopicPartition, Reading | None]
"""None: nothing is held back, the end is stable.

Not the number a broker gave: stable ends are read less often than ends, and an older one beside a newer end would look
like an open transaction.
"""


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Bytes on disk (DescribeLogDirs)."""

    partitions: Offsets
    """Of the leader's log."""
    brokers: Mapping[int, Reading]
    """Of all replicas a broker holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The newest answer to each question. A mapping that lacks a key means: not read yet."""

    topology: Topology
    details: ClusterDetails | None = None
    starts: Offsets = field(default_factory=dict)
    ends: Offsets = field(default_factory=dict)
    stable_ends: StableEnds = field(default_factory=dict)
    sizes: Sizes | None = None
    group_list: GroupList | None = None
    described: Mapping[str, Described | Problem] = field(default_factory=dict)
    commits: Mapping[str, Commits | Problem] = field(default_factory=dict)
    share_offsets: Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem] = field(default_factory=dict)
    absent: Mapping[str, Problem] = field(default_factory=dict)
    """Why topics that groups name are not in the topology: deleted, or not to be seen by us."""
    open_transactions: OpenTransactions = field(default_factory=dict)
    """Of partitions with a stable end before their end."""
    unread: Unread = field(default_factory=dict)
    """Of commits that were looked after; most are not."""
    retention_ms: Mapping[str, Reading | None] = field(default_factory=dict)
    """Of topics, by name; None: its records are kept without end, or only their bytes are bounded."""

    def with_topology(self, topology: Topology) -> Parts:
        """Take over a newer topology. What was read of a topic that was made anew since is forgotten."""
        before = self.topology.topics
        anew = {
            name
            for name, topic in topology.topics.items()
            if name not in before or before[name].topic_id != topic.topic_id
        }
        if not anew:
            return replace(self, topology=topology)
        return replace(
            self,
            topology=topology,
            starts=_without(self.starts, anew),
            ends=_without(self.ends, anew),
            stable_ends=_without(self.stable_ends, anew),
            sizes=self.sizes and replace(self.sizes, partitions=_without(self.sizes.partitions, anew)),
        )


def _without(offsets: Mapping[TopicPartition, _Value], topics: Set[str]) -> dict[TopicPartition, _Value]:
    return {name: offset for name, offset in offsets.items() if name.topic not in topics}
