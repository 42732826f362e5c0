"""The whole state of a cluster at one moment: putting the parts of a reading together. No I/O and no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from kafkatui.model.cluster import Broker, Health, Partition, Topic, TopicPartition
from kafkatui.model.events import Event
from kafkatui.model.groups import Group, GroupPartition, GroupType, Member, lag_of
from kafkatui.model.parts import ListedGroup, Members, Parts, ShareOffset, Sizes
from kafkatui.model.problems import PENDING, Problem, Reading, is_pending, known, remember
from kafkatui.model.trends import Trends


class Stage(IntEnum):
    """How much of the first reading has arrived."""

    NOTHING = 0
    NAMES = 1
    """Brokers, topics, partitions and the names of groups."""
    OFFSETS = 2
    """Also the ends of the partitions."""
    GROUPS = 3
    """Also commits, members and lag: complete."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What is known of the cluster. Frozen: a newer one replaces it whole."""

    at: float
    """When its newest part was read, epoch seconds."""
    stage: Stage
    cluster_id: str | None
    brokers: Mapping[int, Broker]
    topics: Mapping[str, Topic]
    groups: Mapping[str, Group]
    controller: Reading
    controller_epoch: Reading
    version: str | Problem
    problems: tuple[Problem, ...] = ()
    """What is wrong with the reading as a whole."""
    unlisted: Mapping[int, Problem] = field(default_factory=dict)
    """Brokers that did not list the groups they coordinate: a first reading lacks these groups."""
    trends: Trends = field(default_factory=Trends)
    events: tuple[Event, ...] = ()
    """Newest first."""

    def __repr__(self) -> str:
        """Short: a traceback that shows it must stay readable."""
        counted = f"{len(self.brokers)} brokers, {len(self.topics)} topics, {len(self.groups)} groups"
        return f"Snapshot({self.stage.name}, at={self.at}, {counted}, {len(self.problems)} problems)"

    def partition(self, name: TopicPartition) -> Partition | None:
        topic = self.topics.get(name.topic)
        if topic is None:
            return None
        return next((each for each in topic.partitions if each.partition == name.partition), None)

    @property
    def partitions(self) -> tuple[Partition, ...]:
        return tuple(partition for topic in self.topics.values() for partition in topic.partitions)

    def readers(self, topic: str) -> tuple[Group, ...]:
        """The groups with a row for `topic`, the most lagging first."""
        found = [group for group in self.groups.values() if topic in group.topics]
        return tuple(sorted(found, key=lambda group: -(known(group.lag) or 0)))


NOTHING = Snapshot(0.0, Stage.NOTHING, None, {}, {}, {}, PENDING, PENDING, PENDING)
"""Before the first answer."""


def assemble(parts: Parts, at: float, stage: Stage, before: Snapshot = NOTHING) -> Snapshot:
    """Put a reading together; unknown cells keep the last good value `before` held. `at` is epoch seconds."""
    details = parts.details
    topics = {
        name: _topic(topic, parts, before.topics.get(name), before.at) for name, topic in parts.topology.topics.items()
    }
    listed = parts.group_list.groups if parts.group_list is not None else {}
    groups = {name: _group(group, parts, topics, before) for name, group in sorted(listed.items())}
    return Snapshot(
        at=at,
        stage=stage,
        cluster_id=parts.topology.cluster_id,
        brokers=_brokers(parts, before),
        topics=topics,
        groups=_with_lost(groups, parts, topics, before),
        controller=details.controller if details else PENDING,
        controller_epoch=details.controller_epoch if details else PENDING,
        version=details.version if details else PENDING,
        unlisted=parts.group_list.problems if parts.group_list is not None else {},
        trends=before.trends,
        events=before.events,
    )


def _brokers(parts: Parts, before: Snapshot) -> dict[int, Broker]:
    leaders: Counter[int] = Counter()
    replicas: Counter[int] = Counter()
    out_of_sync: Counter[int] = Counter()
    for topic in parts.topology.topics.values():
        for partition in topic.partitions:
            if partition.leader is not None:
                leaders[partition.leader] += 1
            replicas.update(partition.replicas)
            out_of_sync.update(partition.out_of_sync)
    return {
        node_id: replace(
            broker,
            leaders=leaders[node_id],
            replicas=replicas[node_id],
            out_of_sync=out_of_sync[node_id],
            disk=_disk(parts.sizes, node_id, before),
        )
        for node_id, broker in sorted(_detailed(parts, before).items())
    }


def _detailed(parts: Parts, before: Snapshot) -> dict[int, Broker]:
    """Metadata's brokers with what is known besides; one that is gone keeps the address it had."""
    brokers = dict(parts.topology.brokers)
    if parts.details is not None:
        for node_id, known_of in parts.details.brokers.items():
            broker = brokers.get(node_id) or Broker(node_id, known_of.host, known_of.port, known_of.rack)
            brokers[node_id] = replace(
                broker,
                host=known_of.host,
                port=known_of.port,
                rack=known_of.rack,
                version=known_of.version,
                is_controller=parts.details.controller == node_id,
                problem=known_of.problem or (broker.problem if not known_of.host else None),
            )
    for node_id, broker in brokers.items():
        last = before.brokers.get(node_id)
        if not broker.host and last is not None:
            brokers[node_id] = replace(broker, host=last.host, port=last.port, rack=last.rack, version=last.version)
    return brokers


def _disk(sizes: Sizes | None, node_id: int, before: Snapshot) -> Reading:
    now = PENDING if sizes is None else sizes.brokers.get(node_id, PENDING)
    last = before.brokers.get(node_id)
    return remember(now, None if last is None else last.disk, before.at)


def _topic(topic: Topic, parts: Parts, last: Topic | None, last_at: float) -> Topic:
    same = last is not None and last.topic_id == topic.topic_id
    seen = {each.partition: each for each in last.partitions} if same and last is not None else {}
    partitions = tuple(
        _partition(partition, parts, seen.get(partition.partition), last_at) for partition in topic.partitions
    )
    return replace(topic, partitions=partitions)


def _partition(partition: Partition, parts: Parts, last: Partition | None, last_at: float) -> Partition:
    name = partition.name
    start = parts.starts.get(name, PENDING)
    end = parts.ends.get(name, PENDING)
    stable_end = parts.stable_ends.get(name, PENDING)
    size = parts.sizes.partitions.get(name, PENDING) if parts.sizes is not None else PENDING
    if last is not None:
        start = remember(start, last.start, last_at)
        end = remember(end, last.end, last_at)
        stable_end = remember(stable_end, last.stable_end, last_at)
        size = remember(size, last.size, last_at)
    # Written out: `replace` asks for every field by name, which is a third of the time for 10,000 partitions.
    return Partition(
        partition.topic,
        partition.partition,
        partition.leader,
        partition.leader_epoch,
        partition.replicas,
        partition.in_sync,
        partition.offline,
        start,
        end,
        stable_end,
        size,
        partition.problem or _reason(end),
    )


def _reason(reading: Reading) -> Problem | None:
    return reading if isinstance(reading, Problem) and not is_pending(reading) else None


def _group(listed: ListedGroup, parts: Parts, topics: Mapping[str, Topic], before: Snapshot) -> Group:
    # Groups are listed more often than their members are read: those of one that is empty now are old.
    members = () if listed.state == "Empty" else parts.members.get(listed.group, PENDING)
    rows = _rows(listed, members, parts, topics)
    problem: Problem | None = None
    last = before.groups.get(listed.group)
    if not isinstance(rows, Problem):
        rows = _remembering(rows, last, before.at)
    elif not is_pending(rows):
        problem = rows
        rows = problem if last is None else _lost_rows(last, problem, topics, before.at)
    if problem is None and isinstance(members, Problem) and not is_pending(members):
        problem = members
    return Group(listed.group, listed.type, listed.state, listed.protocol, listed.coordinator, members, rows, problem)


def _remembering(rows: tuple[GroupPartition, ...], last: Group | None, at: float) -> tuple[GroupPartition, ...]:
    """The rows with the last good value beside each number that is unknown now."""
    if last is None or isinstance(last.partitions, Problem) or all(isinstance(row.lag, int) for row in rows):
        return rows
    seen = {row.name: row for row in last.partitions}
    return tuple(_remembering_row(row, seen.get(row.name), at) for row in rows)


def _remembering_row(row: GroupPartition, last: GroupPartition | None, at: float) -> GroupPartition:
    if last is None or isinstance(row.lag, int):
        return row
    committed = row.committed if row.committed is None else remember(row.committed, last.committed, at)
    return replace(row, committed=committed, lag=remember(row.lag, last.lag, at))


def _rows(
    listed: ListedGroup, members: Members | Problem, parts: Parts, topics: Mapping[str, Topic]
) -> tuple[GroupPartition, ...] | Problem:
    owners = _owners(members)
    if listed.type is GroupType.SHARE:
        offsets = parts.share_offsets.get(listed.group, PENDING)
        if isinstance(offsets, Problem):
            return offsets
        names = sorted(offsets.keys() | owners.keys())
        return tuple(_share_row(name, offsets.get(name), owners.get(name), topics) for name in names)
    commits = parts.commits.get(listed.group, PENDING)
    if isinstance(commits, Problem):
        return commits
    names = sorted(commits.keys() | owners.keys())
    return tuple(_row(name, commits.get(name), owners.get(name), topics) for name in names)


def _owners(members: Members | Problem) -> dict[TopicPartition, Member]:
    if isinstance(members, Problem):
        return {}
    return {name: member for member in members for name in member.partitions}


def _row(
    name: TopicPartition, committed: Reading | None, member: Member | None, topics: Mapping[str, Topic]
) -> GroupPartition:
    start, end, stable_end = _ends(name, topics)
    lag, problem = lag_of(committed, start, end)
    return GroupPartition(name.topic, name.partition, committed, start, end, stable_end, lag, member, problem)


def _share_row(
    name: TopicPartition, offset: ShareOffset | None, member: Member | None, topics: Mapping[str, Topic]
) -> GroupPartition:
    start, end, stable_end = _ends(name, topics)
    begun = offset.start if offset is not None else None
    lag, problem = _share_lag(offset, end)
    return GroupPartition(name.topic, name.partition, begun, start, end, stable_end, lag, member, problem)


def _share_lag(offset: ShareOffset | None, end: Reading) -> tuple[Reading, Problem | None]:
    if offset is None or offset.start is None:
        problem = Problem("not_started", "the share group has not started on this partition")
        return problem, problem
    if isinstance(offset.lag, int):
        return offset.lag, None
    if isinstance(offset.lag, Problem):
        return offset.lag, offset.lag
    return lag_of(offset.start, 0, end)


_DELETED = Problem("unknown_topic_or_partition", "the topic or partition does not exist any more")


def _ends(name: TopicPartition, topics: Mapping[str, Topic]) -> tuple[Reading, Reading, Reading]:
    topic = topics.get(name.topic)
    if topic is None:
        return _DELETED, _DELETED, _DELETED
    if name.partition < len(topic.partitions):
        found = topic.partitions[name.partition]
        if found.partition == name.partition:
            return found.start, found.end, found.stable_end
    found_by_number = next((each for each in topic.partitions if each.partition == name.partition), None)
    if found_by_number is None:
        why = topic.problem or _DELETED
        return why, why, why
    return found_by_number.start, found_by_number.end, found_by_number.stable_end


LOADING = "coordinator_load_in_progress"


def _with_lost(
    groups: dict[str, Group], parts: Parts, topics: Mapping[str, Topic], before: Snapshot
) -> dict[str, Group]:
    """Groups whose coordinator did not answer stay, each with the reason: none vanishes in silence."""
    problems = parts.group_list.problems if parts.group_list is not None else {}
    if not problems:
        return groups
    # A broker that is loading groups does not list yet those that came to it from a broker that answers.
    loading = next((each for each in problems.values() if each.code == LOADING), None)
    for name, group in before.groups.items():
        why = problems.get(group.coordinator, loading)
        if name not in groups and why is not None:
            groups[name] = replace(
                group,
                problem=why,
                members=_kept(group.members, why),
                partitions=_lost_rows(group, why, topics, before.at),
            )
    return dict(sorted(groups.items()))


def _kept(members: Members | Problem, why: Problem) -> Members | Problem:
    return why if isinstance(members, Problem) else members


def _lost_rows(
    group: Group, why: Problem, topics: Mapping[str, Topic], at: float
) -> tuple[GroupPartition, ...] | Problem:
    """The rows a group had, with the ends of now: only what it committed is not known."""
    if isinstance(group.partitions, Problem):
        return why
    return tuple(_lost_row(row, why, topics, at) for row in group.partitions)


def _lost_row(row: GroupPartition, why: Problem, topics: Mapping[str, Topic], at: float) -> GroupPartition:
    start, end, stable_end = _ends(row.name, topics)
    return replace(
        row,
        committed=remember(why, row.committed, at),
        start=start,
        end=end,
        stable_end=stable_end,
        lag=remember(why, row.lag, at),
        problem=why,
    )


def worst(snapshot: Snapshot) -> Health:
    """The health of the whole cluster."""
    healths = [broker.health for broker in snapshot.brokers.values()]
    healths += [topic.health for topic in snapshot.topics.values()]
    return max(healths, key=lambda health: health.value, default=Health.OK)
