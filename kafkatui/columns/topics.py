"""The columns of a topic and of a partition."""

from __future__ import annotations

from dataclasses import dataclass

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.model.cluster import Health, Partition, Topic
from kafkatui.model.problems import Problem, Reading, total


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic with what other parts of a snapshot know of it."""

    topic: Topic
    rate: float | None = None
    """Records/s."""
    readers: int | None = None
    """Groups that read it; None while groups are not read yet."""


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """A partition with its rate, records/s."""

    partition: Partition
    rate: float | None = None


def topic_reason(topic: Topic) -> str:
    """What is wrong with it, in one line; empty when nothing is."""
    if topic.problem is not None:
        return topic.problem.text
    leaderless = [each for each in topic.partitions if each.is_leaderless]
    if leaderless:
        return f"{len(leaderless)} without a leader"
    unread = [each for each in topic.partitions if each.problem is not None]
    if unread and unread[0].problem is not None:
        return unread[0].problem.text
    behind = [each for each in topic.partitions if each.is_under_replicated]
    if behind:
        return f"{len(behind)} under-replicated"
    return ""


def partition_reason(partition: Partition) -> str:
    if partition.is_leaderless:
        return "no leader: can not be read or written"
    if partition.problem is not None:
        return partition.problem.text
    if partition.is_under_replicated:
        behind = ", ".join(str(node) for node in partition.out_of_sync)
        return f"out of sync: broker {behind}"
    return ""


def replicas_text(partition: Partition) -> str:
    """The replicas in Kafka's order, the leader with a star."""
    return " ".join(f"{node}*" if node == partition.leader else str(node) for node in partition.replicas)


def _replicas(partition: Partition) -> Cell:
    cell = cells.text(replicas_text(partition))
    return cell._replace(raw=",".join(str(node) for node in partition.replicas))


def _in_sync(partition: Partition) -> Cell:
    tone = Tone.WARN if partition.is_under_replicated else Tone.NORMAL
    return Cell(
        f"{len(partition.in_sync)}/{len(partition.replicas)}",
        tone,
        (0, len(partition.in_sync) - len(partition.replicas), ""),
        raw=len(partition.in_sync),
    )


def _topic_in_sync(topic: Topic) -> Cell:
    hidden = _hidden(topic)
    if hidden is not None:
        return cells.unknown(hidden)
    have = sum(len(each.in_sync) for each in topic.partitions)
    want = sum(len(each.replicas) for each in topic.partitions)
    tone = Tone.WARN if have < want else Tone.NORMAL
    return Cell(f"{have}/{want}", tone, (0, have - want, ""), raw=have)


def _leader(partition: Partition) -> Cell:
    if partition.leader is None:
        return Cell("none", Tone.BAD, (0, -1, ""), "no leader: can not be read or written", "none")
    return cells.number(partition.leader)


def records(topic: Topic) -> Reading:
    return _hidden(topic) or total(each.records for each in topic.partitions)


def size(topic: Topic) -> Reading:
    """Bytes of the leaders' logs."""
    return _hidden(topic) or total(each.size for each in topic.partitions)


def _hidden(topic: Topic) -> Problem | None:
    """Why nothing but the name is known: then no count is 0, all are unknown."""
    return topic.problem if not topic.partitions else None


def _count(topic: Topic, count: int) -> Cell:
    return cells.reading(_hidden(topic) or count)


def _problem(reason: str, health: Health) -> Cell:
    return cells.text(reason, cells.tone_of(health)) if reason else Cell("", raw="")


TOPICS: tuple[Column[TopicRow], ...] = (
    Column(
        "status",
        "",
        lambda r: cells.health_cell(r.topic.health, topic_reason(r.topic)),
        width=1,
        help="● well, ▲ under-replicated, ✖ a partition has no leader or can not be read.",
    ),
    Column(
        "topic",
        "topic",
        lambda r: cells.text(r.topic.name),
        width=24,
        help="A named log that is split into partitions.",
    ),
    Column(
        "partitions",
        "partitions",
        lambda r: _count(r.topic, len(r.topic.partitions)),
        rank=2,
        right=True,
        width=10,
        help="The pieces of the log; each is ordered and led by one broker.",
    ),
    Column(
        "replication",
        "replicas",
        lambda r: _count(r.topic, r.topic.replication),
        rank=5,
        right=True,
        help="How many brokers keep a copy of each partition.",
    ),
    Column(
        "in_sync",
        "in sync",
        lambda r: _topic_in_sync(r.topic),
        rank=1,
        right=True,
        help="Copies that have all of the leader's records, of all copies.",
    ),
    Column(
        "records",
        "records",
        lambda r: cells.reading(records(r.topic)),
        rank=1,
        right=True,
        width=11,
        help="Offsets between start and end; transaction markers and compacted gaps count too.",
    ),
    Column(
        "size",
        "size",
        lambda r: cells.size(size(r.topic)),
        rank=3,
        right=True,
        width=9,
        help="Bytes of the leaders' logs.",
    ),
    Column(
        "rate",
        "rec/s",
        lambda r: cells.rate(r.rate),
        rank=2,
        right=True,
        width=7,
        help="Records written per second now.",
    ),
    Column(
        "readers",
        "groups",
        lambda r: cells.reading(r.readers) if r.readers is not None else Cell(cells.SKELETON, Tone.MUTED),
        rank=4,
        right=True,
        width=6,
        help="Groups that read it or have a commit on it.",
    ),
    Column(
        "problem",
        "problem",
        lambda r: _problem(topic_reason(r.topic), r.topic.health),
        width=4,
        help="What is wrong with it.",
    ),
)

PARTITIONS: tuple[Column[PartitionRow], ...] = (
    Column(
        "status",
        "",
        lambda r: cells.health_cell(r.partition.health, partition_reason(r.partition)),
        width=1,
        help="● well, ▲ under-replicated, ✖ no leader or can not be read.",
    ),
    Column(
        "partition", "partition", lambda r: cells.number(r.partition.partition), right=True, width=9, help="Its number."
    ),
    Column(
        "leader",
        "leader",
        lambda r: _leader(r.partition),
        right=True,
        width=6,
        help="The broker that takes its writes and reads.",
    ),
    Column(
        "replicas",
        "replicas",
        lambda r: _replicas(r.partition),
        rank=2,
        width=10,
        help="Brokers with a copy, the preferred leader first; * leads now.",
    ),
    Column(
        "in_sync",
        "in sync",
        lambda r: _in_sync(r.partition),
        rank=1,
        right=True,
        width=7,
        help="Copies that have all of the leader's records.",
    ),
    Column(
        "start",
        "start",
        lambda r: cells.reading(r.partition.start),
        rank=3,
        right=True,
        width=11,
        help="The oldest offset still kept.",
    ),
    Column(
        "end",
        "end",
        lambda r: cells.reading(r.partition.end),
        right=True,
        width=11,
        help="The offset the next readable record gets.",
    ),
    Column(
        "stable_end",
        "stable end",
        lambda r: cells.reading(r.partition.stable_end),
        rank=6,
        right=True,
        width=11,
        help="Where a read_committed reader stops: before the oldest open transaction.",
    ),
    Column(
        "size",
        "size",
        lambda r: cells.size(r.partition.size),
        rank=4,
        right=True,
        width=9,
        help="Bytes of the leader's log.",
    ),
    Column(
        "rate",
        "rec/s",
        lambda r: cells.rate(r.rate),
        rank=2,
        right=True,
        width=7,
        help="Records written per second now.",
    ),
    Column(
        "problem",
        "problem",
        lambda r: _problem(partition_reason(r.partition), r.partition.health),
        width=4,
        help="What is wrong with it.",
    ),
)
