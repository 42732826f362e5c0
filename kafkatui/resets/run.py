"""Carries out a plan of offsets: looks once more, keeps what is before, changes, and says what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kafkatui.kafka import group_changes
from kafkatui.kafka.link import Failed
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.groups import GroupType
from kafkatui.model.problems import Problem
from kafkatui.resets import kept
from kafkatui.resets.errors import Refused
from kafkatui.resets.groups_now import check_idle, read_groups
from kafkatui.resets.outcome import look
from kafkatui.resets.plan import GroupPlan, Plan
from kafkatui.undo.journal import Change, Entry, Journal, Result

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

KIND = "group-offsets"
_UNSURE = {"no_answer", "unreachable", "malformed", "unanswered"}
"""Whether the broker did it is not known."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a plan."""

    entry: Entry
    said: Mapping[tuple[str, TopicPartition], Problem | None]
    """By group and partition, for each that was to change; None: it was done."""
    groups: Mapping[str, Problem | None] = field(default_factory=dict)
    """Of each group that was to be deleted."""

    @property
    def failed(self) -> list[tuple[str, Problem]]:
        """What was refused: `group, partition`, and why."""
        partitions = [
            (f"{group}, {where}", each) for (group, where), each in self.said.items() if group not in self.groups
        ]
        found = [*((group, each) for group, each in self.groups.items()), *partitions]
        return [(name, problem) for name, problem in found if problem is not None]


async def carry_out(cluster: Cluster, plan: Plan, journal: Journal, command: str, *, undoes: str | None = None) -> Ran:
    """Raises `Refused` where something has moved since the plan was made, before anything is changed; `Unreachable`.

    `command` is the command line that does the same. The journal may raise OSError; nothing is changed then, too.
    """
    topology = await cluster.topology()
    await _check_unmoved(cluster, topology, plan)
    entry = journal.start(
        Change(
            KIND,
            plan.what,
            command,
            plan.cluster_id,
            kept.before(plan.groups, topology.topics),
            kept.planned(plan.groups, topology.topics),
            plan.hash,
            _cannot_undo(plan),
            undoes,
        )
    )
    said: dict[tuple[str, TopicPartition], Problem | None] = {}
    groups: dict[str, Problem | None] = {}
    for group in plan.groups:
        found = await _change(cluster.nodes, group)
        said.update(((group.group, where), problem) for where, problem in found.partitions.items())
        if group.deletes:
            groups[group.group] = found.group
    ended = await _ended(cluster, plan, journal, Ran(entry, said, groups))
    if ended.result is Result.OK:  # also where no answer came, and all turned out to be done
        return Ran(ended, dict.fromkeys(said), dict.fromkeys(groups))
    return Ran(ended, said, groups)


async def _check_unmoved(cluster: Cluster, topology: Topology, plan: Plan) -> None:
    """Between the plan and the answer to its question a group may have lived on: what is kept must be what was."""
    if topology.cluster_id != plan.cluster_id:
        raise Refused(f"the plan was made for cluster {plan.cluster_id}, and this is {topology.cluster_id}")
    now = await read_groups(cluster, topology, [group.group for group in plan.groups])
    for group in plan.groups:
        found = now[group.group]
        if group.state in ("", "Empty", "Dead"):
            check_idle(found)
        moved = [str(move.where) for move in group.moves if found.commit(move.where) != move.before]
        if group.deletes:
            # What it has committed on other partitions since would be gone, and not kept.
            moved += map(str, sorted(found.committed.keys() - {move.where for move in group.moves}))
        if moved or group.is_new != (found.listed is None):
            where = f" on {', '.join(moved[:3])}" if moved else ""
            raise Refused(f"group {group.group} has changed{where} since the plan was made: nothing was changed")


def _cannot_undo(plan: Plan) -> str | None:
    return None if plan.changes else "there were no offsets, and a group without any can not be made"


@dataclass(frozen=True, slots=True)
class _Found:
    partitions: Mapping[TopicPartition, Problem | None]
    group: Problem | None = None


async def _change(nodes: Nodes, plan: GroupPlan) -> _Found:
    changing = [move.where for move in plan.changing]
    try:
        if plan.deletes:
            problem = await group_changes.delete_group(nodes, plan.group)
            return _Found(dict.fromkeys(changing, problem), problem)
        if plan.type is GroupType.SHARE:
            return _Found(await _change_share(nodes, plan))
        return _Found(await _change_commits(nodes, plan))
    except Failed as error:
        return _Found(dict.fromkeys(changing, error.problem), error.problem)
    except Unreachable as error:
        return _Found(dict.fromkeys(changing, error.problem), error.problem)


async def _change_commits(nodes: Nodes, plan: GroupPlan) -> Mapping[TopicPartition, Problem | None]:
    commits = {move.where: move.after for move in plan.changing if move.after is not None}
    removed = [move.where for move in plan.changing if move.after is None]
    said: dict[TopicPartition, Problem | None] = {}
    if commits:
        said.update(await group_changes.commit_offsets(nodes, plan.group, commits))
    if removed:
        try:
            said.update(await group_changes.delete_offsets(nodes, plan.group, removed))
        except Failed as error:  # what was committed before it stays said
            said.update(dict.fromkeys(removed, error.problem))
    return said


async def _change_share(nodes: Nodes, plan: GroupPlan) -> Mapping[TopicPartition, Problem | None]:
    """Offsets are deleted by whole topics: those of its other partitions are set again at once."""
    topics = sorted({move.where.topic for move in plan.changing if move.after is None})
    said: dict[TopicPartition, Problem | None] = {}
    if topics:
        answer = await group_changes.delete_share_offsets(nodes, plan.group, topics)
        said.update((move.where, answer[move.where.topic]) for move in plan.changing if move.after is None)
        topics = [topic for topic in topics if answer[topic] is None]
    offsets = {
        move.where: move.after.offset
        for move in plan.moves
        if move.after is not None and (move.changes or move.where.topic in topics)
    }
    if offsets:
        try:
            said.update(await group_changes.alter_share_offsets(nodes, plan.group, offsets))
        except Failed as error:  # as above
            said.update(dict.fromkeys(offsets, error.problem))
    return said


async def _ended(cluster: Cluster, plan: Plan, journal: Journal, ran: Ran) -> Entry:
    """Close the entry; where the brokers left it open what they did, by looking."""
    failed = ran.failed
    counts = {
        "changed": sum(problem is None for problem in ran.said.values()),
        "failed": len(failed),
        "omitted": len(plan.omitted),
    }
    if any(problem.code in _UNSURE for _, problem in failed):
        return await _looked(cluster, journal, ran.entry, failed)
    text = f"{failed[0][0]}: {failed[0][1].text}" if failed else None
    return journal.end(ran.entry, Result.FAILED if failed else Result.OK, counts, text)


async def _looked(cluster: Cluster, journal: Journal, entry: Entry, failed: Sequence[tuple[str, Problem]]) -> Entry:
    try:
        found = await look(cluster, entry.change)
    except (Refused, Unreachable):
        return journal.end(entry, Result.UNKNOWN, {"failed": len(failed)}, failed[0][1].text)
    return journal.end(entry, found.result, found.counts, f"{failed[0][1].text}; {found.problem}")
