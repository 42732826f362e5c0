"""Groups, their rows and their lag from the parts of a reading; what can not be read now keeps what was known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.groups import Group, GroupPartition, GroupType, Member, lag_of
from kafkatui.model.lag_states import explained
from kafkatui.model.lagging import without_commit
from kafkatui.model.parts import Described, ListedGroup, Parts, ShareOffset
from kafkatui.model.problems import PENDING, Problem, Reading, is_pending, remember
from kafkatui.model.snapshot import Snapshot

LOADING = "coordinator_load_in_progress"


def groups_of(parts: Parts, topics: Mapping[str, Topic], before: Snapshot) -> dict[str, Group]:
    """By name, in order; also those `before` had whose coordinator could not list them now."""
    listed = parts.group_list.groups if parts.group_list is not None else {}
    groups = {name: _group(group, parts, topics, before) for name, group in sorted(listed.items())}
    return _with_lost(groups, parts, topics, before)


def _group(listed: ListedGroup, parts: Parts, topics: Mapping[str, Topic], before: Snapshot) -> Group:
    # Groups are listed more often than their members are read: those of one that is empty now are old.
    described = parts.described.get(listed.group, PENDING)
    if listed.state == "Empty":
        described = _NOBODY if isinstance(described, Problem) else replace(described, members=())
    members = described if isinstance(described, Problem) else described.members
    rows = _rows(listed, members, parts, topics)
    problem: Problem | None = None
    last = before.groups.get(listed.group)
    if not isinstance(rows, Problem):
        rows = _remembering(rows, last, before.at)
    elif not is_pending(rows):
        problem = rows
        rows = problem if last is None else _lost_rows(last, problem, parts, topics, before.at)
    if problem is None and isinstance(members, Problem) and not is_pending(members):
        problem = members
    told = _NOBODY if isinstance(described, Problem) else described
    return Group(
        listed.group,
        listed.type,
        listed.state,
        listed.protocol,
        listed.coordinator,
        members,
        rows,
        problem,
        told.epoch,
        told.assignment_epoch,
        told.application,
    )


_NOBODY = Described()
Members = tuple[Member, ...]


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
        started = sorted(offsets.keys() | owners.keys())
        return tuple(_share_row(name, offsets.get(name), owners.get(name), parts, topics) for name in started)
    commits = parts.commits.get(listed.group, PENDING)
    if isinstance(commits, Problem):
        return commits
    names = commits.keys() | owners.keys() | without_commit(listed, commits, None, parts.topology.topics)
    return tuple(_row(name, commits.get(name), owners.get(name), parts, topics) for name in sorted(names))


def _owners(members: Members | Problem) -> dict[TopicPartition, Member]:
    if isinstance(members, Problem):
        return {}
    return {name: member for member in members for name in member.partitions}


def _row(
    name: TopicPartition, committed: Reading | None, member: Member | None, parts: Parts, topics: Mapping[str, Topic]
) -> GroupPartition:
    start, end, stable_end = _ends(name, parts, topics)
    if committed is None and isinstance(end, Problem) and end.code == UNSEEN:
        # What may not be seen is not in the answer, whether there is a commit or not.
        committed = end
    lag, problem = lag_of(committed, start, end)
    row = GroupPartition(name.topic, name.partition, committed, start, end, stable_end, lag, member, problem)
    return explained(row, parts.unread, parts.open_transactions) if lag else row


def _share_row(
    name: TopicPartition, offset: ShareOffset | None, member: Member | None, parts: Parts, topics: Mapping[str, Topic]
) -> GroupPartition:
    start, end, stable_end = _ends(name, parts, topics)
    begun = offset.start if offset is not None else None
    lag, problem = _share_lag(offset, start, end)
    row = GroupPartition(name.topic, name.partition, begun, start, end, stable_end, lag, member, problem)
    # Share groups read what transactions hold back unless told otherwise (share.isolation.level): none is hidden.
    return explained(row, parts.unread, None) if lag else row


def _share_lag(offset: ShareOffset | None, start: Reading, end: Reading) -> tuple[Reading, Problem | None]:
    if offset is None or offset.start is None:
        not_started = Problem("not_started", "the share group has not started on this partition")
        return not_started, not_started
    if isinstance(offset.lag, Problem):
        return offset.lag, offset.lag
    lag, problem = lag_of(offset.start, start if isinstance(start, int) else 0, end)
    # The broker counts without those that were delivered out of order, but also those that are not there any more.
    return (lag, problem) if offset.lag is None or problem is not None else (offset.lag, None)


UNSEEN = "topic_authorization_failed"
_DELETED = Problem("unknown_topic_or_partition", "the topic or partition does not exist any more")


def _ends(name: TopicPartition, parts: Parts, topics: Mapping[str, Topic]) -> tuple[Reading, Reading, Reading]:
    topic = topics.get(name.topic)
    if topic is None:
        absent = parts.absent.get(name.topic)
        why = _DELETED if absent is None or absent.code == _DELETED.code else absent
        return why, why, why
    found = topic.partition(name.partition)
    if found is None:
        why = topic.problem or _DELETED
        return why, why, why
    return found.start, found.end, found.stable_end


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
                partitions=_lost_rows(group, why, parts, topics, before.at),
            )
    return dict(sorted(groups.items()))


def _kept(members: Members | Problem, why: Problem) -> Members | Problem:
    return why if isinstance(members, Problem) else members


def _lost_rows(
    group: Group, why: Problem, parts: Parts, topics: Mapping[str, Topic], at: float
) -> tuple[GroupPartition, ...] | Problem:
    """The rows a group had, with the ends of now: only what it committed is not known."""
    if isinstance(group.partitions, Problem):
        return why
    return tuple(_lost_row(row, why, parts, topics, at) for row in group.partitions)


def _lost_row(
    row: GroupPartition, why: Problem, parts: Parts, topics: Mapping[str, Topic], at: float
) -> GroupPartition:
    start, end, stable_end = _ends(row.name, parts, topics)
    return replace(
        row,
        committed=remember(why, row.committed, at),
        start=start,
        end=end,
        stable_end=stable_end,
        lag=remember(why, row.lag, at),
        problem=why,
    )
