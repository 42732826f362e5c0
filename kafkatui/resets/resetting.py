"""The plan of `groups reset`: each partition of one group to where it is wanted. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from kafkatui.model.positions import AtTime
from kafkatui.model.problems import Problem
from kafkatui.resets.errors import Refused
from kafkatui.resets.groups_now import GroupNow, Logs, Source, check_idle, exists, read_groups, read_logs
from kafkatui.resets.plan import GroupPlan, Move, Omitted, Plan
from kafkatui.resets.scopes import Chosen, Scope, choose
from kafkatui.resets.targets import Log, Place, ShiftBy, Target, ToGroup, ToOffsets, ToPosition


@dataclass(frozen=True, slots=True)
class Reset:
    """What is asked for."""

    group: str
    target: Target | ToGroup
    scopes: Sequence[Scope] = ()
    """None: what the group has committed, or what the target names."""


async def plan_reset(source: Source, wanted: Reset) -> Plan:
    """Before and after of each partition. Raises `Refused`, and `Unreachable`."""
    topology = await source.topology()
    group, target = await _group_and_target(source, topology, wanted)
    check_idle(group)
    chosen, notes = _chosen(topology, group, target, wanted.scopes)
    moment = _moment(target)
    logs = await read_logs(source, topology, chosen.partitions, moment)
    moves: list[Move] = []
    omitted = list(chosen.omitted)
    for where in chosen.partitions:
        move = _move(topology, group, target, where, logs)
        if isinstance(move, Problem):
            omitted.append(Omitted(*where, move))
        else:
            moves.append(move)
    _check_shift(target, omitted)
    notes = (*notes, *_notes(group))
    plan = GroupPlan(group.name, group.type, group.state, tuple(moves), tuple(omitted), notes)
    return Plan(f"reset the offsets of {group.name} to {target}", topology.cluster_id, (plan,))


async def _group_and_target(source: Source, topology: Topology, wanted: Reset) -> tuple[GroupNow, Target]:
    if not isinstance(wanted.target, ToGroup):
        return (await read_groups(source, topology, [wanted.group]))[wanted.group], wanted.target
    other = wanted.target.group
    found = await read_groups(source, topology, [wanted.group, other])
    if found[other].listed is None:
        raise Refused(f"group {other} does not exist")
    offsets = {where: each.offset for where, each in found[other].committed.items() if isinstance(each, Commit)}
    if not offsets:
        raise Refused(f"group {other} has no offset")
    return found[wanted.group], ToOffsets(offsets, f"group {other}")


def _moment(target: Target) -> int | None:
    if isinstance(target, ToPosition) and isinstance(target.position, AtTime):
        return target.position.epoch_ms
    return None


def _chosen(
    topology: Topology, group: GroupNow, target: Target, scopes: Sequence[Scope]
) -> tuple[Chosen, tuple[str, ...]]:
    """The partitions that are meant; without a scope, those the target or the group has offsets for."""
    named = target.offsets if isinstance(target, ToOffsets) else None
    if scopes:
        return choose(scopes, topology.topics, named), ()
    if named is not None:
        return Chosen(tuple(sorted(named))), ()
    if group.listed is None:
        raise Refused(f"group {group.name} does not exist; name topics with -t to make it")
    committed = sorted(group.committed)
    kept = [each for each in committed if not _is_internal(group.name, each.topic)]
    if not kept:
        raise Refused(f"group {group.name} has no commit; name topics with -t")
    return Chosen(tuple(kept)), _internal_note(len(committed) - len(kept))


def _is_internal(group: str, topic: str) -> bool:
    """Whether it is a topic Kafka Streams made for its application (`StreamsResetter`, by the name)."""
    return topic.startswith(f"{group}-") and topic.endswith(("-changelog", "-repartition"))


def _internal_note(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{count} commits on internal topics of the application are left alone; -t names them",)


def _notes(group: GroupNow) -> tuple[str, ...]:
    if group.listed is None:
        return ("new group: it does not exist yet, and becomes a classic one",)
    if group.type is GroupType.STREAMS:
        return ("a streams group: its internal topics, changelogs among them, are left alone, and so is its state",)
    if group.type is GroupType.SHARE:
        return ("a share group: what is acknowledged behind its new start offsets is forgotten",)
    return ()


def _move(topology: Topology, group: GroupNow, target: Target, where: TopicPartition, logs: Logs) -> Move | Problem:
    before, missing = group.commit(where), exists(topology, where)
    start, end, at = logs.start(where), logs.end(where), logs.at.get(where)
    for reading in (missing, before, start, end, at):
        if isinstance(reading, Problem):
            return reading
    assert isinstance(start, int)
    assert isinstance(end, int)
    assert not isinstance(before, Problem)
    assert not isinstance(at, Problem)
    place = target.place(where, Log(start, end), None if before is None else before.offset, at)
    if isinstance(place, Problem):
        return place
    return Move(where, before, _commit(place, before), start, end, place.note)


def _commit(place: Place, before: Commit | None) -> Commit:
    """What a client wrote beside its offset belongs to that one; where the offset stays, so does all else."""
    return before if before is not None and before.offset == place.offset else Commit(place.offset)


def _check_shift(target: Target, omitted: Sequence[Omitted]) -> None:
    """Kafka's tool shifts all partitions or none."""
    without = [each.name for each in omitted if each.problem.code == "no_commit"]
    if isinstance(target, ShiftBy) and without:
        raise Refused(f"nothing can be shifted while there is no commit on {', '.join(without)}")
