"""Topics to delete: what goes with them, who reads them, and how fast they are written to right now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kafkatui.columns.cells import UNKNOWN, rate_text
from kafkatui.columns.topics import records, size
from kafkatui.model.cluster import Topic, Topology
from kafkatui.model.configs import Configs
from kafkatui.model.counted import counted
from kafkatui.model.problems import Problem, known
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want
from kafkatui.topic_changes.activity import RATE_SECONDS, READERS, Activity, read_activity
from kafkatui.topic_changes.create import overrides
from kafkatui.topic_changes.plan import Item, Kind, Plan, Results, missing
from kafkatui.topic_changes.source import (
    TopicSource,
    hindrance,
    number_text,
    readers_document,
    readers_text,
    reasons,
    size_text,
    unread,
)

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

_NAMED = 5
_COLUMNS = ("TOPIC", "PARTITIONS", "RECORDS", "SIZE", "RECORDS/S", "READ BY")


@dataclass(frozen=True, slots=True)
class DeleteTopics:
    """A plan to delete topics."""

    asks_first: ClassVar[bool] = False
    plan: Plan

    async def checked(self, nodes: Nodes) -> DeleteTopics:
        return self

    async def moved(self, cluster: Cluster) -> Results:
        return {}

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        from kafkatui.kafka.topic_changes import delete_topics

        return await delete_topics(cluster.nodes, {item.name: item.decided["topic_id"] for item in self.plan.todo})


async def plan_deletion(
    source: TopicSource, names: Sequence[str], *, context: str | None = None, seconds: float = RATE_SECONDS
) -> DeleteTopics:
    """`seconds` to measure how fast they are written to. Raises `Unreachable`."""
    names = list(dict.fromkeys(names))
    activity = await read_activity(source, names, wants=READERS | Want.SIZES, seconds=seconds)
    configs = await source.topic_configs([name for name in names if name in activity.snapshot.topics])
    brokers = [each.node_id for each in activity.snapshot.brokers.values() if each.problem is None]
    of_brokers = await source.broker_configs(brokers)
    return DeleteTopics(deletion(activity, names, configs, context=context, comes_back=makes_topics(of_brokers)))


def makes_topics(brokers: Mapping[int, Configs | Problem]) -> bool:
    """Whether a broker makes topics that somebody only asks about."""
    configs = (each.get("auto.create.topics.enable") for each in brokers.values() if not isinstance(each, Problem))
    return any(each is not None and each.value == "true" for each in configs)


def deletion(
    activity: Activity,
    names: Sequence[str],
    configs: Mapping[str, Configs | Problem],
    *,
    context: str | None = None,
    comes_back: bool = False,
) -> Plan:
    """The plan for topics by their whole names; those that can not be deleted are among its refused items.

    `comes_back`: brokers make a topic again as soon as a client asks about it.
    """
    snapshot = activity.snapshot
    items = tuple(_item(snapshot, name, configs.get(name), activity.rate(name)) for name in names)
    todo = [snapshot.topics[item.name] for item in items if item.problem is None]
    plan = Plan(
        kind=Kind.DELETE,
        context=context,
        cluster_id=snapshot.cluster_id,
        what=_what([topic.name for topic in todo]),
        command=("topics", "delete", *names),
        columns=_COLUMNS,
        items=items,
        topics={topic.name: topic.topic_id for topic in todo},
        warnings=(*_warnings(activity, todo, configs), *_coming_back(activity, todo, comes_back)),
        before={"topics": [_before(topic, configs.get(topic.name)) for topic in todo]},
        way_back="no way back for the records: kafkatui undo makes topics again with partitions and configs, but empty",
    )
    return replace(plan, typed=todo[0].name if len(todo) == 1 else counted(len(todo), "topic"))


def _what(names: Sequence[str]) -> str:
    """Whoever reads the journal later wants names."""
    if len(names) == 1:
        return f"delete topic {names[0]}"
    some = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"delete {counted(len(names), 'topic')} ({some})"


def _item(snapshot: Snapshot, name: str, configs: Configs | Problem | None, rate: float | None) -> Item:
    topic = snapshot.topics.get(name)
    if topic is None:
        return missing(name, _COLUMNS)
    count, bytes_ = records(topic), size(topic)
    why = [*reasons(count, bytes_, configs), *([text] if (text := unread(snapshot)) else [])]
    effect = {
        "partitions": len(topic.partitions),
        "replication": topic.replication,
        "records": known(count),
        "size": known(bytes_),
        "records_per_second": None if rate is None else round(rate, 1),
        "readers": readers_document(snapshot, name),
        "unknown": why,
    }
    cells = (
        name,
        str(len(topic.partitions)),
        number_text(count),
        size_text(bytes_),
        UNKNOWN if rate is None else rate_text(rate),
        readers_text(snapshot, name),
    )
    return Item(name, {"topic": name, "topic_id": topic.topic_id}, cells, effect, hindrance(topic))


def _warnings(activity: Activity, topics: Sequence[Topic], configs: Mapping[str, Configs | Problem]) -> tuple[str, ...]:
    found = [*activity.live(topic.name for topic in topics)]
    for topic in topics:
        of_topic = configs.get(topic.name)
        if not isinstance(of_topic, Problem) and of_topic is not None:
            found += [f"undo can not bring back everything: {left}" for left in overrides(of_topic)[1]]
        else:
            why = of_topic.text if of_topic is not None else "they are not told"
            found.append(f"undo could only make {topic.name} with the brokers' default configs: {why}")
    found += [text] if (text := unread(activity.snapshot)) else []
    return tuple(found)


def _coming_back(activity: Activity, topics: Sequence[Topic], comes_back: bool) -> list[str]:
    live = [topic.name for topic in topics if comes_back and activity.live([topic.name])]
    text = "brokers here make topics that clients ask about: stop those first, or it is back at once, empty"
    return [f"{name}: {text}" for name in live]


def _before(topic: Topic, configs: Configs | Problem | None) -> dict[str, Any]:
    """What makes the topic again."""
    return {
        "topic": topic.name,
        "topic_id": topic.topic_id,
        "partitions": len(topic.partitions),
        "replication": topic.replication,
        "configs": None if configs is None or isinstance(configs, Problem) else overrides(configs)[0],
    }
