"""A scripted cluster for unit tests: takes a snapshot apart and answers each question of `monitor.Source` with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from kafkatui.model.cluster import Partition, TopicPartition, Topology
from kafkatui.model.commits import Commit, Committed
from kafkatui.model.configs import Configs
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import Group, GroupType
from kafkatui.model.open_transactions import OpenTransaction, OpenTransactions
from kafkatui.model.parts import (
    BrokerDetails,
    ClusterDetails,
    Commits,
    Described,
    GroupList,
    ListedGroup,
    Offsets,
    ShareOffset,
    Sizes,
)
from kafkatui.model.positions import END, START, Range
from kafkatui.model.problems import PENDING, Problem, Reading
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.spans import Isolation, Span
from kafkatui.model.unread import FirstUnread, ReadFrom, Unread


class FakeCluster:
    """Answers with what `snapshot` holds; assign another one and the next question sees it.

    A topic's partitions give the ends, a group's rows only its commits: its lag is worked out again by the monitor.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.unreachable: Problem | None = None
        """Set it, and no broker answers any more."""
        self.configs: dict[str, Configs] = {}
        """Of topics; one without any can not tell them."""
        self.broker_config: Configs = {}
        """Of every broker."""
        self.older = False
        """Set it, and every record is older than whatever moment is asked about."""
        self.unlisted: dict[int, Problem] = {}
        self.hidden: dict[str, Problem] = {}
        """Groups that may not be seen."""
        """Brokers that do not list their groups."""
        self.first_unread: dict[ReadFrom, FirstUnread] = {}
        """Where what is to be read next is not simply the offset itself."""
        self.transactions: dict[TopicPartition, OpenTransaction] = {}
        """Open ones that hold records back."""
        self.why_absent = Problem("unknown_topic_or_partition", "the topic or partition does not exist")
        """What is said of a topic that groups name and nobody lists."""
        self.may_see_groups = True
        """Unset it, and nobody may describe the cluster."""
        self.asked: list[str] = []
        """The questions so far, by the method's name."""

    @asynccontextmanager
    async def open(self, connection: Connection) -> AsyncIterator[FakeCluster]:
        yield self

    def _ask(self, question: str) -> None:
        self.asked.append(question)
        if self.unreachable is not None:
            raise Unreachable(self.unreachable)

    async def topology(self) -> Topology:
        self._ask("topology")
        topics = {
            name: replace(topic, partitions=tuple(_bare(each) for each in topic.partitions))
            for name, topic in self.snapshot.topics.items()
        }
        brokers = {
            node_id: replace(broker, version=PENDING, disk=PENDING, leaders=0, replicas=0, out_of_sync=0)
            for node_id, broker in self.snapshot.brokers.items()
        }
        return Topology(self.snapshot.cluster_id, brokers, topics)

    async def absent(self, topics: Collection[str]) -> Mapping[str, Problem]:
        self._ask("absent")
        return dict.fromkeys(topics, self.why_absent)

    async def details(self, topology: Topology) -> ClusterDetails:
        self._ask("details")
        brokers = {
            node_id: BrokerDetails(broker.host, broker.port, broker.rack, broker.version, broker.problem)
            for node_id, broker in self.snapshot.brokers.items()
        }
        now = self.snapshot
        return ClusterDetails(brokers, now.controller, now.controller_epoch, now.version)

    async def starts(self, topology: Topology) -> Offsets:
        return self._offsets("starts", topology, lambda partition: partition.start)

    async def ends(self, topology: Topology) -> Offsets:
        return self._offsets("ends", topology, lambda partition: partition.end)

    async def stable_ends(self, topology: Topology) -> Offsets:
        return self._offsets("stable_ends", topology, lambda partition: partition.stable_end)

    def _offsets(self, question: str, topology: Topology, value: Callable[[Partition], Reading]) -> Offsets:
        self._ask(question)
        asked = {partition.name for topic in topology.topics.values() for partition in topic.partitions}
        return {partition.name: value(partition) for partition in self.snapshot.partitions if partition.name in asked}

    async def sizes(self, topology: Topology) -> Sizes:
        brokers = {node_id: broker.disk for node_id, broker in self.snapshot.brokers.items()}
        return Sizes(self._offsets("sizes", topology, lambda partition: partition.size), brokers)

    async def topic_configs(self, topics: Collection[str]) -> Mapping[str, Configs | Problem]:
        self._ask("topic_configs")
        return {name: self.configs.get(name, NOT_TOLD) for name in topics}

    async def broker_configs(self, node_ids: Collection[int]) -> Mapping[int, Configs | Problem]:
        self._ask("broker_configs")
        return dict.fromkeys(node_ids, self.broker_config)

    async def spans(self, partitions: Collection[Partition], wanted: Range) -> Mapping[TopicPartition, Span | Problem]:
        """Only to the end of each log."""
        self._ask("spans")
        assert wanted == Range(START, END)
        whole = {partition.name: partition for partition in self.snapshot.partitions}
        return {each.name: _whole(whole[each.name]) for each in partitions}

    async def hidden_groups(self, names: Collection[str]) -> Mapping[str, Problem]:
        self._ask("hidden_groups")
        return {name: self.hidden[name] for name in names if name in self.hidden}

    async def groups(self, topology: Topology) -> GroupList:
        self._ask("groups")
        listed = {
            name: ListedGroup(name, group.type, group.state, group.protocol, group.coordinator)
            for name, group in self.snapshot.groups.items()
        }
        return GroupList(listed, self.unlisted)

    async def sees_all_groups(self) -> bool:
        self._ask("sees_all_groups")
        return self.may_see_groups

    async def described(self, groups: Collection[ListedGroup]) -> Mapping[str, Described | Problem]:
        self._ask("described")
        return {group.group: _described(group) for group in self._asked_for(groups)}

    async def commits(self, groups: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]:
        self._ask("commits")
        return {
            group.group: group.partitions if isinstance(group.partitions, Problem) else _commits(group)
            for group in self._asked_for(groups)
            if group.type is not GroupType.SHARE
        }

    async def share_offsets(
        self, groups: Collection[ListedGroup]
    ) -> Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem]:
        self._ask("share_offsets")
        return {
            group.group: group.partitions if isinstance(group.partitions, Problem) else _share_offsets(group)
            for group in self._asked_for(groups)
            if group.type is GroupType.SHARE
        }

    async def committed(self, groups: Collection[ListedGroup]) -> Mapping[str, Committed | Problem]:
        self._ask("committed")
        return {
            group.group: group.partitions if isinstance(group.partitions, Problem) else _committed(group)
            for group in self._asked_for(groups)
        }

    async def unread(self, topology: Topology, wanted: Mapping[ReadFrom, int], isolation: Isolation) -> Unread:
        """Every offset is a record, and one was written a second, the last of each log when the snapshot was read."""
        self._ask("unread")
        ends = {each.name: each.end for each in self.snapshot.partitions}
        return {at: self.first_unread.get(at) or self._written(at, ends.get(at.where)) for at in wanted}

    def _written(self, at: ReadFrom, end: Reading | None) -> FirstUnread | Problem:
        if not isinstance(end, int):
            return end or NOT_TOLD
        ago = end - at.offset - 1
        return FirstUnread(at.offset, round((self.snapshot.at - ago) * 1000), at.offset + 1)

    async def open_transactions(self, topology: Topology, partitions: Collection[TopicPartition]) -> OpenTransactions:
        self._ask("open_transactions")
        return {where: each for where, each in self.transactions.items() if where in partitions}

    async def retention_ms(self, topics: Collection[str]) -> Mapping[str, Reading | None]:
        """Seven days, as Kafka's own default."""
        self._ask("retention_ms")
        return dict.fromkeys(topics, 604_800_000)

    async def offsets_at(self, topology: Topology, epoch_ms: int) -> Mapping[TopicPartition, Reading | None]:
        starts = self._offsets("offsets_at", topology, lambda partition: partition.start)
        return {where: None if self.older else start for where, start in starts.items()}

    def _asked_for(self, groups: Collection[ListedGroup]) -> list[Group]:
        return [self.snapshot.groups[each.group] for each in groups]


def _described(group: Group) -> Described | Problem:
    if isinstance(group.members, Problem):
        return group.members
    return Described(group.members, group.epoch, group.assignment_epoch, group.application)


NOT_TOLD = Problem("not_told", "its configs are not told")


def _whole(partition: Partition) -> Span | Problem:
    if isinstance(partition.start, Problem):
        return partition.start
    return partition.end if isinstance(partition.end, Problem) else Span(partition.name, partition.start, partition.end)


def _bare(partition: Partition) -> Partition:
    return replace(partition, start=PENDING, end=PENDING, stable_end=PENDING, size=PENDING)


def _commits(group: Group) -> Commits:
    rows = group.partitions if not isinstance(group.partitions, Problem) else ()
    return {row.name: row.committed for row in rows if row.committed is not None}


def _committed(group: Group) -> Committed:
    return {
        row.name: row.committed if isinstance(row.committed, Problem) else Commit(row.committed)
        for row in group.rows
        if row.committed is not None
    }


def _share_offsets(group: Group) -> Mapping[TopicPartition, ShareOffset]:
    rows = group.partitions if not isinstance(group.partitions, Problem) else ()
    return {row.name: ShareOffset(row.committed, row.lag) for row in rows}
