"""What happened between two snapshots to brokers, topics and partitions, in words. That of groups is beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kafkatui.model.cluster import Broker, Health, Partition, Topic, TopicPartition
from kafkatui.model.events import MANY, Event, Subject
from kafkatui.model.group_events import KnownGroups, group_events
from kafkatui.model.problems import Reading
from kafkatui.model.snapshot import Snapshot


class Observer:
    """Compares each snapshot with the one before, and with what was known last where that one could not tell."""

    def __init__(self) -> None:
        self._groups = KnownGroups()
        self._controller: Reading | None = None

    def look(self, before: Snapshot, now: Snapshot) -> tuple[Event, ...]:
        """Everything that differs between two snapshots of the same cluster, worst first."""
        self._take(before)
        found = [
            *_controller(now, self._controller),
            *_brokers(before, now),
            *_topics(before, now),
            *group_events(before, now, self._groups),
        ]
        return tuple(sorted(found, key=lambda event: -event.health.value))

    def _take(self, snapshot: Snapshot) -> None:
        self._groups.take(snapshot)
        if isinstance(snapshot.controller, int):
            self._controller = snapshot.controller


def changes(before: Snapshot, now: Snapshot) -> tuple[Event, ...]:
    """Everything that differs between two snapshots of the same cluster, worst first."""
    return Observer().look(before, now)


def _controller(now: Snapshot, last: Reading | None) -> Iterator[Event]:
    # While one is elected nobody knows it: it is compared with the last that was known.
    if isinstance(last, int) and isinstance(now.controller, int) and last != now.controller:
        text = f"controller {last} → {now.controller}"
        yield Event(now.at, Subject.CLUSTER, str(now.controller), text, Health.OK)


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
