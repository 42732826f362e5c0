"""One cluster to read from: each part of a snapshot by its own question. Putting parts together is the monitor's.

A question's module is imported when it is asked: what reads records needs few of them, and starts sooner.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kafkatui.kafka import offsets, topology
from kafkatui.kafka.links import Links
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api
from kafkatui.model.cluster import Partition, TopicPartition, Topology
from kafkatui.model.connection import Connection

if TYPE_CHECKING:
    from kafkatui.kafka.details import Details
    from kafkatui.model.commits import Committed
    from kafkatui.model.configs import Configs
    from kafkatui.model.open_transactions import OpenTransactions
    from kafkatui.model.parts import (
        ClusterDetails,
        Commits,
        Described,
        GroupList,
        ListedGroup,
        Offsets,
        ShareOffset,
        Sizes,
    )
    from kafkatui.model.positions import Range
    from kafkatui.model.problems import Problem, Reading
    from kafkatui.model.spans import Isolation, Span
    from kafkatui.model.unread import ReadFrom, Unread


class Cluster:
    """Every question here is on the read-only allow-list, and none makes a topic.

    What one broker, topic or group can not tell is a `Problem` in its place. `Unreachable` is raised when no broker
    answers at all.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._nodes = Nodes(links)
        self._details: Details | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, connection: Connection, *, patience: float | None = None, changing: bool = False
    ) -> AsyncIterator[Cluster]:
        """`patience`: seconds to wait for one broker before going on without it; None waits the whole request bound.

        `changing`: its nodes also take requests that change something. Raises `ReadOnly` where the connection is.
        """
        links = Links(connection, patience, changing=changing)
        try:
            yield cls(links)
        finally:
            await links.close()

    @property
    def requests(self) -> Mapping[Api, int]:
        """Requests sent so far, by API."""
        return self._links.sent

    @property
    def nodes(self) -> Nodes:
        """For the readers of records, which only those load who need them."""
        return self._nodes

    async def topology(self) -> Topology:
        return await topology.read_topology(self._nodes)

    async def absent(self, topics: Collection[str]) -> Mapping[str, Problem]:
        """Why topics that are named somewhere are not in the topology. Raises `Unreachable`."""
        return await topology.read_absent(self._nodes, topics)

    async def details(self, topology: Topology) -> ClusterDetails:
        from kafkatui.kafka.details import Details

        self._details = self._details or Details(self._nodes)
        return await self._details.read(topology)

    async def starts(self, topology: Topology) -> Offsets:
        return await offsets.read_starts(self._nodes, _partitions(topology))

    async def ends(self, topology: Topology) -> Offsets:
        return await offsets.read_ends(self._nodes, _partitions(topology))

    async def stable_ends(self, topology: Topology) -> Offsets:
        return await offsets.read_stable_ends(self._nodes, _partitions(topology))

    async def sizes(self, topology: Topology) -> Sizes:
        from kafkatui.kafka import log_dirs

        return await log_dirs.read_sizes(self._nodes, topology)

    async def topic_configs(self, topics: Collection[str]) -> Mapping[str, Configs | Problem]:
        from kafkatui.kafka import configs

        return await configs.read_topic_configs(self._nodes, topics)

    async def broker_configs(self, node_ids: Collection[int]) -> Mapping[int, Configs | Problem]:
        from kafkatui.kafka import configs

        return await configs.read_broker_configs(self._nodes, node_ids)

    async def spans(self, partitions: Collection[Partition], wanted: Range) -> Mapping[TopicPartition, Span | Problem]:
        """Where a range lies in logs as they are, transactions that are still open included."""
        from kafkatui.kafka import ranges
        from kafkatui.model.spans import Isolation

        return await ranges.resolve(self._nodes, partitions, wanted, Isolation.UNCOMMITTED)

    async def groups(self, topology: Topology) -> GroupList:
        from kafkatui.kafka import groups

        return await groups.read_groups(self._nodes, topology)

    async def hidden_groups(self, names: Collection[str]) -> Mapping[str, Problem]:
        """Of groups that no broker lists, those that may not be seen, with why. Raises `Unreachable`."""
        from kafkatui.kafka import groups

        return await groups.read_hidden(self._nodes, names)

    async def sees_all_groups(self) -> bool:
        """Whether brokers list every group to us. Raises `Unreachable`."""
        from kafkatui.kafka import details

        return await details.sees_all_groups(self._nodes)

    async def described(self, groups_: Collection[ListedGroup]) -> Mapping[str, Described | Problem]:
        from kafkatui.kafka import groups

        return await groups.read_described(self._nodes, groups_)

    async def commits(self, groups_: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]:
        from kafkatui.kafka import commits

        return await commits.read_commits(self._nodes, groups_)

    async def committed(self, groups_: Collection[ListedGroup]) -> Mapping[str, Committed | Problem]:
        """Commits and share groups' start offsets, whole. Where a transaction is about to replace one: a problem."""
        from kafkatui.kafka import commits

        return await commits.read_committed(self._nodes, groups_)

    async def offsets_at(self, topology: Topology, epoch_ms: int) -> Mapping[TopicPartition, Reading | None]:
        """The first offset whose timestamp is not before `epoch_ms`; None where all records are older."""
        found = await offsets.read_at(self._nodes, _partitions(topology), epoch_ms, offsets.READ_UNCOMMITTED)
        return {where: None if offset == offsets.NO_OFFSET else offset for where, offset in found.items()}

    async def unread(self, topology: Topology, wanted: Mapping[ReadFrom, int], isolation: Isolation) -> Unread:
        """The first record at or after each offset; `wanted` says before which offset there may be one."""
        from kafkatui.kafka import unread

        return await unread.read_unread(self._nodes, topology, wanted, isolation)

    async def open_transactions(self, topology: Topology, partitions: Collection[TopicPartition]) -> OpenTransactions:
        """Who holds records back in each of these partitions; one where nobody does is left out."""
        from kafkatui.kafka import open_transactions

        return await open_transactions.read_open_transactions(self._nodes, topology, partitions)

    async def retention_ms(self, topics: Collection[str]) -> Mapping[str, Reading | None]:
        """How long each topic keeps records; None: as long as other limits let it. Raises `Unreachable`."""
        from kafkatui.kafka import configs

        return await configs.read_retention_ms(self._nodes, topics)

    async def share_offsets(
        self, groups_: Collection[ListedGroup]
    ) -> Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem]:
        from kafkatui.kafka import commits

        return await commits.read_share_offsets(self._nodes, groups_)


def _partitions(topology: Topology) -> list[Partition]:
    return [partition for topic in topology.topics.values() for partition in topic.partitions]
