"""Records to delete before a position: how many go in each partition, and who has not read them yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kafkatui.columns.cells import UNKNOWN, thousands
from kafkatui.model.cluster import Partition, Topic, TopicPartition, Topology
from kafkatui.model.configs import Configs
from kafkatui.model.counted import counted
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.positions import START, Position, Range
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.spans import Span
from kafkatui.topic_changes.activity import RATE_SECONDS, Activity, read_activity
from kafkatui.topic_changes.plan import Item, Kind, Plan, Results, missing
from kafkatui.topic_changes.source import TopicSource, hindrance, unread

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

_COLUMNS = ("PARTITION", "STARTS AT", "WILL START AT", "ENDS AT", "RECORDS THAT GO", "NOT READ YET BY")
Spans = Mapping[TopicPartition, Span | Problem]
Readings = Mapping[TopicPartition, Sequence[tuple[str, GroupPartition]]]
"""By partition: groups with what they have read of it."""


@dataclass(frozen=True, slots=True)
class DeleteRecords:
    """A plan to delete the records of one topic before a position."""

    asks_first: ClassVar[bool] = False
    plan: Plan
    topic: str

    async def checked(self, nodes: Nodes) -> DeleteRecords:
        return self

    async def moved(self, cluster: Cluster) -> Results:
        return {}

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        from kafkatui.kafka.topic_changes import delete_records

        before = {TopicPartition(self.topic, item.decided["partition"]): item for item in self.plan.todo}
        partitions = [each for each in topology.topics[self.topic].partitions if each.name in before]
        offsets = {name: item.decided["before"] for name, item in before.items()}
        starts = await delete_records(cluster.nodes, partitions, offsets)
        return {item.name: _outcome(starts.get(name, PENDING), offsets[name]) for name, item in before.items()}


def _outcome(start: int | Problem, wanted: int) -> Problem | None:
    if isinstance(start, Problem):
        return start
    return None if start >= wanted else Problem("not_all", f"the log starts at {start}, not at {wanted}")


async def plan_records(
    source: TopicSource,
    name: str,
    numbers: frozenset[int] | None,
    position: Position,
    *,
    context: str | None = None,
    seconds: float = RATE_SECONDS,
) -> DeleteRecords:
    """`numbers` are the partitions, None: all; `seconds` to measure its rate. Raises `Unreachable`."""
    activity = await read_activity(source, [name], seconds=seconds)
    topic = activity.snapshot.topics.get(name)
    spans: Spans = {}
    configs: Configs | Problem | None = None
    if topic is not None and hindrance(topic) is None:
        configs = (await source.topic_configs([name])).get(name)
        spans = await source.spans(chosen(topic, numbers), Range(START, position))
    return DeleteRecords(record_deletion(activity, name, numbers, position, spans, configs, context=context), name)


def chosen(topic: Topic, numbers: frozenset[int] | None) -> list[Partition]:
    return [each for each in topic.partitions if numbers is None or each.partition in numbers]


def record_deletion(
    activity: Activity,
    name: str,
    numbers: frozenset[int] | None,
    position: Position,
    spans: Spans,
    configs: Configs | Problem | None,
    *,
    context: str | None = None,
) -> Plan:
    """Partitions in which nothing lies before the position are left out."""
    snapshot = activity.snapshot
    topic = snapshot.topics.get(name)
    items = _items(snapshot, name, topic, numbers, spans, configs)
    todo = [item for item in items if item.problem is None]
    count = sum(item.effect["records"] for item in todo)
    return Plan(
        kind=Kind.RECORDS,
        context=context,
        cluster_id=snapshot.cluster_id,
        what=f"delete {counted(count, 'record')} of topic {name} before {position}",
        command=("topics", "delete-records", _target(name, numbers), "--before", str(position)),
        columns=_COLUMNS,
        items=tuple(items),
        topics={name: topic.topic_id} if topic is not None and todo else {},
        warnings=_warnings(activity, name, todo, spans),
        before={"topic": name, "starts": {str(item.decided["partition"]): item.effect["start"] for item in todo}},
        cannot_undo="no copy of the records is kept",
        idle=f"no record of topic {name} lies before {position}",
        typed=name,
    )


def readings(snapshot: Snapshot, topic: str) -> Readings:
    """What each group has read of each partition, the most lagging group first."""
    found: dict[TopicPartition, list[tuple[str, GroupPartition]]] = {}
    for group in snapshot.readers(topic):
        for row in group.rows:
            found.setdefault(row.name, []).append((group.group, row))
    return found


def losses(read: Readings, span: Span) -> dict[str, int | None]:
    """How many records of the span each group has not read, by its name; None: it is not known."""
    lost = {group: _lost(row, span) for group, row in read.get(span.where, ())}
    return {group: count for group, count in lost.items() if count != 0}


def _lost(row: GroupPartition, span: Span) -> int | None:
    """Offsets, as lag counts them. Without a commit a group begins where its members' config says: all may be lost."""
    if isinstance(row.committed, Problem):
        return None
    first = span.first if row.committed is None else max(row.committed, span.first)
    return max(0, span.until - first)


def _items(
    snapshot: Snapshot,
    name: str,
    topic: Topic | None,
    numbers: frozenset[int] | None,
    spans: Spans,
    configs: Configs | Problem | None,
) -> list[Item]:
    if topic is None:
        return [missing(name, _COLUMNS)]
    problem = hindrance(topic) or _policy(name, configs)
    if problem is not None:
        return [missing(name, _COLUMNS).refused(problem)]
    there = {each.partition for each in topic.partitions}
    items = [_absent(name, number, len(there)) for number in sorted((numbers or frozenset()) - there)]
    read, unknown = readings(snapshot, name), unread(snapshot)
    for partition in chosen(topic, numbers):
        item = _item(partition, spans.get(partition.name, PENDING), read, unknown)
        if item is not None:
            items.append(item)
    return items


def _policy(name: str, configs: Configs | Problem | None) -> Problem | None:
    """Brokers delete records of a topic only where its cleanup.policy has `delete` (KIP-107)."""
    policy = None if configs is None or isinstance(configs, Problem) else configs.get("cleanup.policy")
    if policy is None or policy.value is None or "delete" in policy.value.replace(" ", "").split(","):
        return None
    text = f"topic {name} has cleanup.policy={policy.value}: its records are not deleted so"
    return Problem("policy_violation", text)


def _absent(name: str, number: int, count: int) -> Item:
    where = str(TopicPartition(name, number))
    problem = Problem("unknown_topic_or_partition", f"topic {name} has only {counted(count, 'partition')}")
    return Item(where, {"topic": name, "partition": number}, (where,), problem=problem)


def _item(partition: Partition, span: Span | Problem, read: Readings, unknown: str | None) -> Item | None:
    """None: nothing lies before the position."""
    name, decided = str(partition.name), {"topic": partition.topic, "partition": partition.partition}
    if isinstance(span, Problem):
        return Item(name, decided, (name,), problem=span)
    if span.is_empty:
        return None
    lost, end = losses(read, span), partition.end
    effect = {
        "start": span.first,
        "end": None if isinstance(end, Problem) else end,
        "records": span.until - span.first,
        "not_read": [{"group": group, "records": count} for group, count in lost.items()],
        "clipped": [gap.problem.text for gap in span.clipped],
        "unknown": [] if unknown is None else [unknown],
    }
    cells = (
        name,
        str(span.first),
        str(span.until),
        UNKNOWN if isinstance(end, Problem) else str(end),
        thousands(span.until - span.first),
        ", ".join(f"{group} ({_count_text(count)})" for group, count in lost.items()) or "-",
    )
    return Item(name, {**decided, "before": span.until}, cells, effect)


def _count_text(count: int | None) -> str:
    return UNKNOWN if count is None else thousands(count)


def _warnings(activity: Activity, name: str, todo: Sequence[Item], spans: Spans) -> tuple[str, ...]:
    snapshot, found = activity.snapshot, list[str]()
    for group in snapshot.readers(name):
        found += _loss(group, todo)
    found += activity.live([name])
    for span in spans.values():
        found += [str(gap) for gap in span.clipped if gap.problem.code == "after_end"] if isinstance(span, Span) else []
    return (*found, *([text] if (text := unread(snapshot)) else []))


def _loss(group: Group, todo: Sequence[Item]) -> list[str]:
    rows: list[dict[str, Any]] = [row for item in todo for row in item.effect["not_read"]]
    counts = [row["records"] for row in rows if row["group"] == group.group]
    if not counts:
        return []
    known = sum(each for each in counts if each is not None)
    more = " or more: some of its commits are not known" if None in counts else ""
    without = any(row.committed is None for row in group.rows)
    note = ", counted from the start where it has no commit" if without else ""
    return [f"{group.group} has not read {counted(known, 'record')} of them{more}{note}"]


def _target(name: str, numbers: frozenset[int] | None) -> str:
    return name if numbers is None else f"{name}:{','.join(map(str, sorted(numbers)))}"
