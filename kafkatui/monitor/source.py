"""What a reading asks of a cluster, and which parts of it there are. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Flag, auto
from typing import Protocol

from kafkatui.model.cluster import TopicPartition, Topology
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
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.spans import Isolation
from kafkatui.model.unread import ReadFrom, Unread


class Source(Protocol):
    """Where readings come from: the real cluster, or the scripted one of the unit tests.

    No method raises for one broker, topic or group that can not be read: the reason stands in its place.
    Each may raise `Unreachable` when no broker answers at all.
    """

    async def topology(self) -> Topology: ...
    async def details(self, topology: Topology) -> ClusterDetails: ...
    async def absent(self, topics: Collection[str]) -> Mapping[str, Problem]: ...
    async def starts(self, topology: Topology) -> Offsets: ...
    async def ends(self, topology: Topology) -> Offsets: ...
    async def stable_ends(self, topology: Topology) -> Offsets: ...
    async def sizes(self, topology: Topology) -> Sizes: ...
    async def groups(self, topology: Topology) -> GroupList: ...
    async def sees_all_groups(self) -> bool: ...
    async def hidden_groups(self, names: Collection[str]) -> Mapping[str, Problem]: ...
    async def described(self, groups: Collection[ListedGroup]) -> Mapping[str, Described | Problem]: ...
    async def commits(self, groups: Collection[ListedGroup]) -> Mapping[str, Commits | Problem]: ...
    async def share_offsets(
        self, groups: Collection[ListedGroup]
    ) -> Mapping[str, Mapping[TopicPartition, ShareOffset] | Problem]: ...
    async def unread(self, topology: Topology, wanted: Mapping[ReadFrom, int], isolation: Isolation) -> Unread: ...
    async def open_transactions(
        self, topology: Topology, partitions: Collection[TopicPartition]
    ) -> OpenTransactions: ...
    async def retention_ms(self, topics: Collection[str]) -> Mapping[str, Reading | None]: ...


class Want(Flag):
    """The parts of a reading; each costs at most one request per broker and type of group."""

    TOPOLOGY = auto()
    DETAILS = auto()
    STARTS = auto()
    ENDS = auto()
    STABLE_ENDS = auto()
    SIZES = auto()
    GROUPS = auto()
    MEMBERS = auto()
    COMMITS = auto()
    SHARE_OFFSETS = auto()
    LAGGING = auto()
    """Of the partitions that groups have not read to the end: start and stable end, who holds records back, how long
    they are kept, and the first record that is not read."""

    LAG = TOPOLOGY | ENDS | GROUPS | MEMBERS | COMMITS | SHARE_OFFSETS | LAGGING
    ALL = LAG | DETAILS | STARTS | STABLE_ENDS | SIZES
