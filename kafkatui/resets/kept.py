"""Offsets as JSON in the journal: what was before a change and what was planned, written and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from kafkatui.resets.plan import GroupPlan, Move


@dataclass(frozen=True, slots=True)
class Kept:
    """One group at one moment. Only partitions that change are in it; None: no commit."""

    group: str
    type: GroupType
    exists: bool
    offsets: Mapping[TopicPartition, Commit | None]
    topic_ids: Mapping[str, str | None]
    """Kafka's ids of the topics: one that was made anew since has other offsets."""


def before(plans: Iterable[GroupPlan], topics: Mapping[str, Topic]) -> dict[str, Any]:
    """What is needed to give the offsets back."""
    return {"groups": [_group(plan, [(m, m.before) for m in plan.changing], not plan.is_new, topics) for plan in plans]}


def planned(plans: Iterable[GroupPlan], topics: Mapping[str, Topic]) -> dict[str, Any]:
    return {"groups": [_group(plan, [(m, m.after) for m in plan.changing], not plan.deletes, topics) for plan in plans]}


def groups(document: Mapping[str, Any]) -> list[Kept]:
    """What `before` or `planned` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    return [_kept(each) for each in document["groups"]]


def _group(
    plan: GroupPlan, moves: Sequence[tuple[Move, Commit | None]], exists: bool, topics: Mapping[str, Topic]
) -> dict[str, Any]:
    names = sorted({move.where.topic for move, _ in moves})
    return {
        "group": plan.group,
        "type": plan.type.value,
        "exists": exists,
        "topic_ids": {name: topics[name].topic_id if name in topics else None for name in names},
        "offsets": [_offset(move.where, commit) for move, commit in moves],
    }


def _offset(where: TopicPartition, commit: Commit | None) -> dict[str, Any]:
    named: dict[str, Any] = {"topic": where.topic, "partition": where.partition}
    if commit is None:
        return {**named, "offset": None}
    return {**named, "offset": commit.offset, "metadata": commit.metadata, "leader_epoch": commit.leader_epoch}


def _kept(found: Mapping[str, Any]) -> Kept:
    offsets = {TopicPartition(each["topic"], each["partition"]): _commit(each) for each in found["offsets"]}
    return Kept(found["group"], GroupType(found["type"]), found["exists"], offsets, found["topic_ids"])


def _commit(found: Mapping[str, Any]) -> Commit | None:
    if found["offset"] is None:
        return None
    return Commit(found["offset"], found["metadata"], found["leader_epoch"])
