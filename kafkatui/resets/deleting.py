"""The plans of `groups delete`: whole groups, or their offsets of some topics. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.groups import GroupType
from kafkatui.model.problems import Problem
from kafkatui.resets.errors import Refused
from kafkatui.resets.groups_now import GroupNow, Source, check_idle, read_groups, read_logs
from kafkatui.resets.plan import GroupPlan, Move, Omitted, Plan
from kafkatui.resets.scopes import Scope


async def plan_delete_groups(source: Source, names: Sequence[str]) -> Plan:
    """Each group with all its offsets. Raises `Refused`, also where one of them does not exist."""
    topology = await source.topology()
    groups = await _existing(source, topology, names)
    for group in groups:
        check_idle(group)
    plans = [await _plan(source, topology, group, sorted(group.committed), deletes=True) for group in groups]
    return Plan(f"delete {_named(names)}", topology.cluster_id, tuple(plans))


async def plan_delete_offsets(source: Source, names: Sequence[str], scopes: Sequence[Scope]) -> Plan:
    """Commits on some topics. A group with members is refused where they read one of these. Raises `Refused`."""
    topology = await source.topology()
    groups = await _existing(source, topology, names)
    plans = []
    for group in groups:
        wanted = [where for where in sorted(group.committed) if any(_hits(scope, where) for scope in scopes)]
        _check_unread(group, scopes)
        plan = await _plan(source, topology, group, wanted, deletes=False, omitted=_without(group, scopes))
        plans.append(plan)
    return Plan(f"delete offsets of {_named(names)}", topology.cluster_id, tuple(plans))


async def _existing(source: Source, topology: Topology, names: Sequence[str]) -> list[GroupNow]:
    groups = list((await read_groups(source, topology, names)).values())
    missing = [f"group {group.name} does not exist" for group in groups if group.listed is None]
    if missing:
        raise Refused(*missing)
    return groups


def _named(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return f"group {unique[0]}" if len(unique) == 1 else f"{len(unique)} groups: {', '.join(unique)}"


def _hits(scope: Scope, where: TopicPartition) -> bool:
    return scope.hits(where.topic) and (scope.partitions is None or where.partition in scope.partitions)


def _check_unread(group: GroupNow, scopes: Sequence[Scope]) -> None:
    """Kafka deletes no offset of a topic somebody is subscribed to (OffsetDelete, KIP-496); a share group's never."""
    if group.type is GroupType.SHARE:
        if any(scope.partitions is not None for scope in scopes):
            raise Refused(f"{group.name} is a share group: its offsets are deleted by whole topics")
        check_idle(group)
    if group.state != "Stable":
        # While work is being shared out, who reads what is not known.
        check_idle(group)
    readers = [each for each in group.members if any(_hits(s, where) for s in scopes for where in each.partitions)]
    if readers:
        raise Refused(
            f"group {group.name} reads what is to be deleted: stop its members first",
            *(f"  member {each.member_id}, client {each.client_id}, host {each.host}" for each in readers),
        )


def _without(group: GroupNow, scopes: Sequence[Scope]) -> list[Omitted]:
    """What was named and has no commit."""
    problem = Problem("no_commit", f"group {group.name} has no commit on it")
    missing: list[Omitted] = []
    for scope in scopes:
        if scope.partitions is not None and not scope.is_glob:
            absent = (TopicPartition(scope.topic, number) for number in sorted(scope.partitions))
            missing += [Omitted(*where, problem) for where in absent if where not in group.committed]
        elif not any(_hits(scope, where) for where in group.committed):
            missing.append(Omitted(scope.topic, None, problem))
    return missing


async def _plan(
    source: Source,
    topology: Topology,
    group: GroupNow,
    wanted: Sequence[TopicPartition],
    *,
    deletes: bool,
    omitted: Sequence[Omitted] = (),
) -> GroupPlan:
    logs = await read_logs(source, topology, wanted)
    moves, unread = [], []
    for where in wanted:
        before = group.commit(where)
        if isinstance(before, Problem):
            unread.append(f"{where}: {before.text}")
        else:
            moves.append(Move(where, before, None, logs.start(where), logs.end(where)))
    if unread:
        raise Refused(*(f"the commit of {group.name} on {each}" for each in unread))
    notes = _notes(group, moves, deletes)
    return GroupPlan(group.name, group.type, group.state, tuple(moves), tuple(omitted), notes, deletes)


def _notes(group: GroupNow, moves: Sequence[Move], deletes: bool) -> tuple[str, ...]:
    notes = []
    if deletes and not moves:
        notes.append(f"group {group.name} has no offsets: there will be nothing to give back")
    elif deletes and group.type is not GroupType.SHARE:
        notes.append("undo gives the offsets back in a classic group; it gets its type again with its first member")
    if deletes and group.type is GroupType.STREAMS:
        notes.append("its internal topics are left alone")
    if not deletes and group.members:
        notes.append(f"group {group.name} has {len(group.members)} members; none of them reads these partitions")
    if group.type is GroupType.SHARE:
        notes.append("a share group: what is acknowledged behind its start offsets is forgotten for good")
    return tuple(notes)
