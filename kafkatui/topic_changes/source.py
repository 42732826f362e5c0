"""What plans are made from: a cluster that is only read. And who reads a topic, in words and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from kafkatui.columns.cells import UNKNOWN, bytes_text, thousands
from kafkatui.model.cluster import Partition, Topic, TopicPartition
from kafkatui.model.configs import Configs
from kafkatui.model.counted import counted
from kafkatui.model.groups import Group
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem, Reading, is_pending, known
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.spans import Span
from kafkatui.monitor import Source

MOST_AT_ONCE = 10_000
"""Partitions a controller makes in one request (QuorumController.MAX_RECORDS_PER_USER_OP). It must not even be asked
about many more: it makes them all in memory first, and a million end a controller with a small heap."""


class TopicSource(Source, Protocol):
    """The real cluster, or the scripted one of the unit tests. Raises as `Source` does."""

    async def topic_configs(self, topics: Collection[str]) -> Mapping[str, Configs | Problem]: ...
    async def broker_configs(self, node_ids: Collection[int]) -> Mapping[int, Configs | Problem]: ...
    async def spans(
        self, partitions: Collection[Partition], wanted: Range
    ) -> Mapping[TopicPartition, Span | Problem]: ...


def hindrance(topic: Topic) -> Problem | None:
    """Why a topic is not changed: it is Kafka's own, or nothing is known of it."""
    if topic.internal:
        return Problem("internal_topic", f"topic {topic.name} is Kafka's own: only the brokers change it")
    return topic.problem


def too_many(name: str, count: int) -> Problem | None:
    """Why so many partitions are not made at once."""
    if count <= MOST_AT_ONCE:
        return None
    text = (
        f"topic {name}: {thousands(count)} partitions at once are more than the {thousands(MOST_AT_ONCE)} Kafka makes"
    )
    return Problem("too_many_partitions", text)


def readers_text(snapshot: Snapshot, topic: str) -> str:
    """`billing (2 members), mailer (no members)`; a sign where groups may be missing."""
    groups = [f"{group.group} ({_members_text(group)})" for group in snapshot.readers(topic)]
    return ", ".join([*groups, *([UNKNOWN] if unread(snapshot) else [])]) or "nobody"


def readers_document(snapshot: Snapshot, topic: str) -> list[dict[str, Any]]:
    return [
        {
            "group": group.group,
            "type": group.type.value,
            "state": group.state,
            "members": None if isinstance(group.members, Problem) else len(group.members),
            "lag": _lag(group, topic),
        }
        for group in snapshot.readers(topic)
    ]


def unread(snapshot: Snapshot) -> str | None:
    """Why groups may be missing among the readers; None: all are known."""
    lost = [f"broker {node_id}" for node_id, problem in snapshot.unlisted.items() if problem.code != "gone"]
    lost += [f"group {group.group}" for group in snapshot.groups.values() if _is_lost(group.partitions)]
    return f"who reads it is not known completely: {', '.join(lost)} could not be read" if lost else None


def number_text(value: Reading) -> str:
    return UNKNOWN if isinstance(value, Problem) else thousands(value)


def size_text(value: Reading) -> str:
    return UNKNOWN if isinstance(value, Problem) else bytes_text(value)


def reasons(*readings: object) -> list[str]:
    """Why numbers are not known, each reason once."""
    texts = [each.text for each in readings if isinstance(each, Problem) and not is_pending(each)]
    return list(dict.fromkeys(texts))


def _members_text(group: Group) -> str:
    if isinstance(group.members, Problem):
        return f"members {UNKNOWN}"
    return counted(len(group.members), "member") if group.members else "no members"


def _lag(group: Group, topic: str) -> int | None:
    lags = [known(row.lag) for row in group.rows if row.topic == topic]
    return sum(each for each in lags if each is not None) if None not in lags else None


def _is_lost(partitions: object) -> bool:
    return isinstance(partitions, Problem) and not is_pending(partitions)
