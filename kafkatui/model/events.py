"""What happened between two snapshots, in words. Detecting only; keeping and showing happen elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kafkatui.model.cluster import Broker, Health, Partition, Topic, TopicPartition
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem

if TYPE_CHECKING:
    from kafkatui.model.snapshot import Snapshot


class Subject(StrEnum):
    """The kind of thing an event is about."""

    CLUSTER = "cluster"
    BROKER = "broker"
    TOPIC = "topic"
    PARTITION = "partition"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Event:
    """One change, seen at `at` (epoch seconds), that may have happened any time since the reading before."""

    at: float
    subject: Subject
    name: str
    """The broker's id, the topic, `topic-partition` or the group."""
    text: str
    health: Health


def changes(before: Snapshot, now: Snapshot) -> tuple[Event, ...]:
    """Everything that differs between two snapshots of the same cluster, worst first."""
    found = [
        *_controller(before, now),
        *_brokers(before, now),
        *_topics(before, now),
        *_groups(before, now),
    ]
    return tuple(sorted(found, key=lambda event: -event.health.value))


def _controller(before: Snapshot, now: Snapshot) -> Iterator[Event]:
    old, new = before.controller, now.controller
    if isinstance(old, int) and isinstance(new, int) and old != new:
        yield Event(now.at, Subject.CLUSTER, str(new), f"controller {old} → {new}", Health.OK)


def _brokers(before: Snapshot, now: Snapshot) -> Iterator[Event]:
    for node_id in before.brokers.keys() | now.brokers.keys():
        yield from _broker(now.at, node_id, before.brokers.get(node_id), now.brokers.get(node_id))


def _broker(at: float, node_id: int, old: Broker | None, new: Broker | None) -> Iterator[Event]:
    was, is_ = old is not None and old.problem is None, new is not None and new.problem is None
    if was and not is_:
        text = new.trouble if new is not None else f"broker {node_id}: left the cluster"
        yield Event(at, Subject.BROKER, str(node_id), text, Health.BAD)
    elif is_ and not was:
        yield Event(at, Subject.BROKER, str(node_id), f"broker {node_id} is back", Health.OK)


def _topics(before: Snapshot, now: Snapshot) -> Iterator[Event]:
    for name in sorted(now.topics.keys() - before.topics.keys()):
        yield Event(now.at, Subject.TOPIC, name, f"{name} was created", Health.OK)
    for name in sorted(before.topics.keys() - now.topics.keys()):
        yield Event(now.at, Subject.TOPIC, name, f"{name} is gone", Health.WARN)
    moves: dict[_Move, list[TopicPartition]] = defaultdict(list)
    for name in sorted(before.topics.keys() & now.topics.keys()):
        old, new = before.topics[name], now.topics[name]
        if old.topic_id != new.topic_id:
            text = f"{name} was deleted and made anew"
            yield Event(now.at, Subject.TOPIC, name, text, Health.WARN)
        elif old is not new:
            _collect(old, new, moves)
    for move, partitions in moves.items():
        yield from _told(now.at, move, partitions)


@dataclass(frozen=True, slots=True)
class _Move:
    """What happened to a partition, in words that fit every partition it happened to."""

    text: str
    health: Health


MANY = 3
"""More partitions than this with the same change make one event: a broker that leaves takes hundreds along."""


def _collect(old: Topic, new: Topic, moves: dict[_Move, list[TopicPartition]]) -> None:
    before = {partition.partition: partition for partition in old.partitions}
    for now in new.partitions:
        was = before.get(now.partition)
        for move in _moves(was, now) if was is not None else ():
            moves[move].append(now.name)


def _told(at: float, move: _Move, partitions: list[TopicPartition]) -> Iterator[Event]:
    if len(partitions) > MANY:
        topics = {name.topic for name in partitions}
        name = str(partitions[0])
        text = f"{len(partitions)} partitions of {len(topics)} topics {move.text}"
        yield Event(at, Subject.PARTITION, name, text, move.health)
        return
    for partition in partitions:
        yield Event(at, Subject.PARTITION, str(partition), f"{partition} {move.text}", move.health)


def _moves(old: Partition, new: Partition) -> Iterator[_Move]:
    if old.leader != new.leader:
        to = "no leader" if new.leader is None else str(new.leader)
        yield _Move(f"leader {_node(old.leader)} → {to}", Health.BAD if new.leader is None else Health.OK)
    if len(new.in_sync) < len(old.in_sync):
        left = ", ".join(str(node) for node in old.in_sync if node not in new.in_sync)
        yield _Move(f"in sync {len(old.in_sync)} → {len(new.in_sync)} (broker {left} left)", Health.WARN)
    elif len(new.in_sync) > len(old.in_sync):
        yield _Move(f"in sync {len(old.in_sync)} → {len(new.in_sync)}", Health.OK)


def _node(leader: int | None) -> str:
    return "none" if leader is None else str(leader)


def _groups(before: Snapshot, now: Snapshot) -> Iterator[Event]:
    for name in sorted(now.groups.keys() - before.groups.keys()):
        yield Event(now.at, Subject.GROUP, name, f"{name} appeared", Health.OK)
    for name in sorted(before.groups.keys() - now.groups.keys()):
        yield Event(now.at, Subject.GROUP, name, f"{name} is gone", Health.WARN)
    for name in sorted(before.groups.keys() & now.groups.keys()):
        yield from _group(now.at, before.groups[name], now.groups[name])


def _group(at: float, old: Group, new: Group) -> Iterator[Event]:
    if old.state != new.state:
        health = Health.WARN if new.state in {"Empty", "Dead", "PreparingRebalance"} else Health.OK
        yield Event(at, Subject.GROUP, new.group, f"{new.group} {old.state} → {new.state}", health)
    if isinstance(old.members, Problem) or isinstance(new.members, Problem):
        return
    if len(old.members) != len(new.members):
        health = Health.WARN if len(new.members) < len(old.members) else Health.OK
        text = f"{new.group} members {len(old.members)} → {len(new.members)}"
        yield Event(at, Subject.GROUP, new.group, text, health)
