"""More partitions for a topic: what becomes of the order of its keys, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from kafkatui.columns.topics import records
from kafkatui.model.cluster import Topology
from kafkatui.model.problems import Problem, known
from kafkatui.model.snapshot import Snapshot
from kafkatui.topic_changes.activity import RATE_SECONDS, Activity, read_activity
from kafkatui.topic_changes.plan import Item, Kind, Plan, Results, missing
from kafkatui.topic_changes.source import (
    TopicSource,
    hindrance,
    number_text,
    readers_document,
    readers_text,
    reasons,
    too_many,
    unread,
)

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

_COLUMNS = ("TOPIC", "PARTITIONS", "AFTERWARDS", "RECORDS", "READ BY")


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """A plan to give a topic more partitions."""

    asks_first: ClassVar[bool] = True
    plan: Plan

    async def checked(self, nodes: Nodes) -> AddPartitions:
        from kafkatui.kafka.topic_changes import create_partitions

        verdicts = await create_partitions(nodes, self._counts(), validate_only=True) if self.plan.todo else {}
        return replace(self, plan=self.plan.with_problems(verdicts))

    async def moved(self, cluster: Cluster) -> Results:
        topics = (await cluster.topology()).topics
        return {
            item.name: Problem("moved", f"{item.name} has {len(topics[item.name].partitions)} partitions by now")
            for item in self.plan.todo
            if item.name in topics and len(topics[item.name].partitions) != item.decided["partitions"]
        }

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        from kafkatui.kafka.topic_changes import create_partitions

        return await create_partitions(cluster.nodes, self._counts())

    def _counts(self) -> dict[str, int]:
        return {item.name: item.decided["afterwards"] for item in self.plan.todo}


async def plan_partitions(
    source: TopicSource, name: str, count: int, *, context: str | None = None, seconds: float = RATE_SECONDS
) -> AddPartitions:
    """`count` is how many there are afterwards; `seconds` to measure its rate. Raises `Unreachable`."""
    activity = await read_activity(source, [name], seconds=seconds)
    return AddPartitions(more_partitions(activity, name, count, context=context))


def more_partitions(activity: Activity, name: str, count: int, *, context: str | None = None) -> Plan:
    """Refused where it would be fewer, as many, or too many at once."""
    snapshot = activity.snapshot
    item = _item(snapshot, name, count)
    topic = snapshot.topics.get(name)
    now = len(topic.partitions) if topic is not None else 0
    return Plan(
        kind=Kind.PARTITIONS,
        context=context,
        cluster_id=snapshot.cluster_id,
        what=f"give topic {name} {count} partitions",
        command=("topics", "add-partitions", name, str(count)),
        columns=_COLUMNS,
        items=(item,),
        topics={name: topic.topic_id} if topic is not None and item.problem is None else {},
        warnings=(*_warnings(snapshot, now, count), *activity.live([name])),
        before={"topic": name, "partitions": now},
        cannot_undo="Kafka takes no partition away",
        typed=name,
    )


def _item(snapshot: Snapshot, name: str, count: int) -> Item:
    topic = snapshot.topics.get(name)
    if topic is None:
        return missing(name, _COLUMNS)
    now, all_records = len(topic.partitions), records(topic)
    problem = hindrance(topic)
    if problem is None and count <= now:
        problem = Problem(
            "invalid_partitions", f"topic {name} has {now} partitions already, and none can be taken away"
        )
    problem = problem or too_many(name, count - now)
    decided = {"topic": name, "topic_id": topic.topic_id, "partitions": now, "afterwards": count}
    effect = {
        "records": known(all_records),
        "readers": readers_document(snapshot, name),
        "unknown": [*reasons(all_records), *([text] if (text := unread(snapshot)) else [])],
    }
    cells = (name, str(now), str(count), number_text(all_records), readers_text(snapshot, name))
    return Item(name, decided, cells, effect, problem)


def _warnings(snapshot: Snapshot, now: int, count: int) -> tuple[str, ...]:
    keys = f"a key's next record goes where its hash lies among {count} partitions instead of {now}:"
    found = [
        f"{keys} most keys move, so readers may see their records out of order",
        "where records are compacted, or joined by key, old and new records of a key no longer meet",
    ]
    return (*found, *([text] if (text := unread(snapshot)) else []))
