"""The plan that gives back what groups had before a change: offsets with metadata, or none. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from kafkatui.model.problems import Problem
from kafkatui.resets import kept
from kafkatui.resets.errors import Refused
from kafkatui.resets.groups_now import GroupNow, Logs, Source, check_idle, exists, read_groups, read_logs
from kafkatui.resets.kept import Kept
from kafkatui.resets.plan import GroupPlan, Move, Omitted, Plan
from kafkatui.undo.journal import Entry


async def plan_restore(source: Source, entry: Entry) -> Plan:
    """What was before `entry`, from what is now. Raises `Refused`, `Unreachable`."""
    before, planned = kept.groups(entry.change.before), kept.groups(entry.change.planned)
    topology = await source.topology()
    now = await read_groups(source, topology, [each.group for each in before])
    plans = []
    for old, new in zip(before, planned, strict=True):
        group = now[old.group]
        check_idle(group)
        _check_type(group, old)
        logs = await read_logs(source, topology, {*old.offsets, *group.committed})
        plans.append(_plan(topology, group, old, new, logs))
    return Plan(f"undo {entry.id}: {entry.change.what}", topology.cluster_id, tuple(plans))


def _check_type(group: GroupNow, old: Kept) -> None:
    if group.listed is not None and (group.type is GroupType.SHARE) != (old.type is GroupType.SHARE):
        raise Refused(f"group {group.name} was a {old.type} group and is a {group.type} group now")


def _plan(topology: Topology, group: GroupNow, old: Kept, new: Kept, logs: Logs) -> GroupPlan:
    moves: list[Move] = []
    omitted: list[Omitted] = []
    for where, after in old.offsets.items():
        problem = _hindrance(topology, old, where) or _unread(group.commit(where))
        if problem is None:
            moves.append(_move(group, where, after, new.offsets.get(where), logs))
        elif after is not None or where in group.committed:
            omitted.append(Omitted(*where, problem))
    deletes = _made_it(group, old)
    moves += _beside(group, moves, logs)
    kind = group.type if group.listed is not None else old.type
    return GroupPlan(
        group.name, kind, group.state, tuple(moves), tuple(omitted), tuple(_notes(group, old, deletes)), deletes
    )


def _unread(commit: Commit | Problem | None) -> Problem | None:
    return commit if isinstance(commit, Problem) else None


def _hindrance(topology: Topology, old: Kept, where: TopicPartition) -> Problem | None:
    missing = exists(topology, where)
    if missing is not None:
        return missing
    then, now = old.topic_ids.get(where.topic), topology.topics[where.topic].topic_id
    if then is not None and now is not None and then != now:
        return Problem("topic_made_anew", "the topic was made anew since: its offsets are others")
    return None


def _move(group: GroupNow, where: TopicPartition, after: Commit | None, was_set: Commit | None, logs: Logs) -> Move:
    before, start, end = group.commit(where), logs.start(where), logs.end(where)
    assert not isinstance(before, Problem)
    notes = []
    if before not in (was_set, after):
        notes.append(f"it was set to {'none' if was_set is None else was_set.offset}, and has moved since")
    if after is not None and isinstance(start, int) and after.offset < start:
        notes.append(f"the log starts at {start} now")
    return Move(where, before, after, start, end, "; ".join(notes))


def _made_it(group: GroupNow, old: Kept) -> bool:
    """Whether the change made the group, and nobody has used it for anything else since."""
    return not old.exists and group.listed is not None and group.committed.keys() <= old.offsets.keys()


def _beside(group: GroupNow, moves: Sequence[Move], logs: Logs) -> list[Move]:
    """A share group's offsets are deleted by whole topics: the others of those topics belong into the plan."""
    if group.type is not GroupType.SHARE:
        return []
    topics = {move.where.topic for move in moves if move.changes and move.after is None}
    planned = {move.where for move in moves}
    return [
        Move(where, commit, commit, logs.start(where), logs.end(where))
        for where, commit in sorted(group.committed.items())
        if where.topic in topics and where not in planned and isinstance(commit, Commit)
    ]


def _notes(group: GroupNow, old: Kept, deletes: bool) -> Iterable[str]:
    if deletes:
        yield "the group did not exist before: it is deleted"
    elif not old.exists and group.listed is not None:
        yield "the group did not exist before; it has other commits now, so it stays"
    if group.listed is None and old.exists:
        kind = "a share" if old.type is GroupType.SHARE else "a classic"
        yield f"the group does not exist now: it is made again, as {kind} group"
    if old.type is GroupType.SHARE:
        yield "a share group: only its start offsets come back, not what was acknowledged behind them"
