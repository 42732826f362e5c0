"""What is there now, for a plan: its groups with members and commits, and the logs. Nothing is planned here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.commits import Commit, Committed
from kafkatui.model.groups import GroupType, Member
from kafkatui.model.parts import Described, GroupList, ListedGroup, Offsets
from kafkatui.model.problems import PENDING, Problem, Reading
from kafkatui.resets.errors import Refused

IDLE = ("Empty", "Dead")
"""States in which Kafka takes commits from outside."""


class Source(Protocol):
    """What a plan asks; `kafka.cluster.Cluster` answers. Each may raise `Unreachable`."""

    async def topology(self) -> Topology: ...
    async def starts(self, topology: Topology) -> Offsets: ...
    async def ends(self, topology: Topology) -> Offsets: ...
    async def offsets_at(self, topology: Topology, epoch_ms: int) -> Mapping[TopicPartition, Reading | None]: ...
    async def groups(self, topology: Topology) -> GroupList: ...
    async def hidden_groups(self, names: Collection[str]) -> Mapping[str, Problem]: ...
    async def described(self, groups: Collection[ListedGroup]) -> Mapping[str, Described | Problem]: ...
    async def committed(self, groups: Collection[ListedGroup]) -> Mapping[str, Committed | Problem]: ...


@dataclass(frozen=True, slots=True)
class GroupNow:
    """One group as it is; `listed` is None where it does not exist."""

    name: str
    listed: ListedGroup | None
    members: tuple[Member, ...] = ()
    committed: Committed = field(default_factory=dict)

    @property
    def type(self) -> GroupType:
        """A commit makes a classic group."""
        return GroupType.CLASSIC if self.listed is None else self.listed.type

    @property
    def state(self) -> str:
        return "" if self.listed is None else self.listed.state

    @property
    def is_idle(self) -> bool:
        return self.listed is None or (self.listed.state in IDLE and not self.members)

    def commit(self, where: TopicPartition) -> Commit | Problem | None:
        return self.committed.get(where)


async def read_groups(source: Source, topology: Topology, names: Collection[str]) -> dict[str, GroupNow]:
    """Raises `Refused` where it can not be known what a group is or has."""
    listing = await source.groups(topology)
    listed = [listing.groups[name] for name in dict.fromkeys(names) if name in listing.groups]
    missing = [name for name in dict.fromkeys(names) if name not in listing.groups]
    lost = list(_unlisted(topology, listing)) if missing else []
    if lost:
        raise Refused(*(f"it can not be known whether group {name} exists ({'; '.join(lost)})" for name in missing))
    if missing and (hidden := await source.hidden_groups(missing)):
        raise Refused(*(f"group {name}: {why.text}" for name, why in hidden.items()))
    described, committed = await source.described(listed), await source.committed(listed)
    found = {name: GroupNow(name, None) for name in missing}
    for group in listed:
        found[group.group] = _now(group, described[group.group], committed[group.group])
    return {name: found[name] for name in names}


def _unlisted(topology: Topology, listing: GroupList) -> Iterator[str]:
    """Where groups may be that nobody lists. Those of a broker that is gone move, unless their commits can not."""
    for node_id, problem in listing.problems.items():
        if problem.code != "gone":
            yield f"broker {node_id}: {problem.text}"
    commits = topology.topics.get("__consumer_offsets")
    for each in commits.partitions if commits is not None else ():
        if each.is_leaderless:
            yield f"{each.name} has no leader"


def _now(group: ListedGroup, described: Described | Problem, committed: Committed | Problem) -> GroupNow:
    if isinstance(described, Problem):
        raise Refused(f"the members of group {group.group} can not be read: {described.text}")
    if isinstance(committed, Problem):
        raise Refused(f"the commits of group {group.group} can not be read: {committed.text}")
    return GroupNow(group.group, group, described.members, committed)


def check_idle(group: GroupNow) -> None:
    """Raises `Refused` naming the members where there are any: Kafka would refuse it, and they would overwrite it."""
    if group.is_idle:
        return
    head = f"group {group.name} is {group.state}"
    if not group.members:
        raise Refused(f"{head}: nothing is changed until it is Empty")
    count = len(group.members)
    raise Refused(
        f"{head} with {count} member{'' if count == 1 else 's'}: stop {'it' if count == 1 else 'them'} first",
        *(f"  member {each.member_id}, client {each.client_id}, host {each.host}" for each in group.members),
    )


@dataclass(frozen=True, slots=True)
class Logs:
    """Starts and ends of some partitions, and the offsets of a moment where one was asked for."""

    starts: Offsets
    ends: Offsets
    at: Mapping[TopicPartition, Reading | None]

    def start(self, where: TopicPartition) -> Reading:
        return self.starts.get(where, PENDING)

    def end(self, where: TopicPartition) -> Reading:
        return self.ends.get(where, PENDING)


async def read_logs(
    source: Source, topology: Topology, partitions: Collection[TopicPartition], epoch_ms: int | None = None
) -> Logs:
    """Partitions that do not exist are not asked for."""
    narrow = _narrowed(topology, set(partitions))
    at = await source.offsets_at(narrow, epoch_ms) if epoch_ms is not None else {}
    return Logs(await source.starts(narrow), await source.ends(narrow), at)


def _narrowed(topology: Topology, wanted: set[TopicPartition]) -> Topology:
    names = {each.topic for each in wanted}
    topics = {
        name: replace(topic, partitions=tuple(each for each in topic.partitions if each.name in wanted))
        for name, topic in topology.topics.items()
        if name in names
    }
    return replace(topology, topics=topics)


def exists(topology: Topology, where: TopicPartition) -> Problem | None:
    """Why there is no such partition, or None."""
    topic = topology.topics.get(where.topic)
    if topic is None:
        return Problem("unknown_topic_or_partition", "the topic does not exist")
    if topic.problem is not None:
        return topic.problem
    if topic.partition(where.partition) is None:
        return Problem("unknown_topic_or_partition", f"the topic has only {len(topic.partitions)} partitions")
    return None
