"""What was before a change to topics, put back from its journal entry: again a plan that is shown first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kafkatui.model.counted import counted
from kafkatui.model.new_topics import NewTopic
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.configs import ChangeConfigs, plan_configs
from kafkatui.topic_changes.create import CreateTopics, creation
from kafkatui.topic_changes.plan import Item, Kind, Results
from kafkatui.topic_changes.run import TopicChange
from kafkatui.topic_changes.source import TopicSource
from kafkatui.undo.journal import Entry

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster

Restoring = Callable[[TopicSource, Entry, str | None], Awaitable[TopicChange]]


async def restore(cluster: Cluster, entry: Entry, context: str | None = None) -> Results:
    """Put back what was before `entry`, without asking and without an entry of its own: `run.carry_out` keeps one.

    `cluster` was opened for changes. Kinds `topic-configs` and `topic-delete`; a deleted topic comes back empty.
    Raises `Unreachable`, and KeyError for another kind.
    """
    change = await RESTORING[entry.change.kind](cluster, entry, context)
    change = await change.checked(cluster.nodes)
    refused = {item.name: item.problem for item in change.plan.refused}
    if not change.plan.todo:
        return refused
    return {**refused, **await change.make(cluster, await cluster.topology())}


async def plan_configs_back(source: TopicSource, entry: Entry, context: str | None = None) -> ChangeConfigs:
    """The overrides of before; a config that had none has none again. What somebody changed since is left alone."""
    before = entry.change.before
    name: str = before["topic"]
    change = await plan_configs(source, name, before["configs"], context=context, seconds=0)
    made = {item["config"]: item["after"] for item in entry.change.planned["items"]}
    problems = {item.name: _moved(item, before["topic_id"], made) for item in change.plan.todo}
    plan = replace(change.plan.with_problems(problems), what=f"put back configs of topic {name}")
    todo = {item.name for item in plan.todo}
    kept = {**plan.before, "configs": {name: value for name, value in plan.before["configs"].items() if name in todo}}
    return replace(change, plan=replace(plan, before=kept))


async def plan_topics_back(source: TopicSource, entry: Entry, context: str | None = None) -> CreateTopics:
    """The deleted topics, made again with their partitions and configs, and without their records."""
    topology = await source.topology()
    topics, refused, warnings = [], {}, ["the topics come back empty: no copy of their records was kept"]
    for kept in entry.change.before["topics"]:
        name = kept["topic"]
        if kept["configs"] is None:
            warnings.append(f"{name} comes back with the brokers' default configs: its own were not known")
        topics.append(NewTopic(name, kept["partitions"], kept["replication"], kept["configs"] or {}))
        there = topology.topics.get(name)
        if there is not None and there.topic_id == kept["topic_id"]:
            refused[name] = Problem("topic_already_exists", f"topic {name} was not deleted")
        elif there is not None:
            refused[name] = Problem("topic_already_exists", f"there is a topic {name} again, and it is left alone")
    return creation(
        topics,
        f"make {counted(len(topics) - len(refused), 'deleted topic')} again, empty",
        context=context,
        cluster_id=topology.cluster_id,
        warnings=tuple(warnings),
        refused=refused,
    )


def _moved(item: Item, topic_id: str | None, made: Mapping[str, str | None]) -> Problem | None:
    """Why a config is not what the change made of it any more."""
    if item.decided["topic_id"] != topic_id:
        return Problem("moved", f"topic {item.decided['topic']} was made anew since")
    now = item.decided["before"]
    if now == made.get(item.name):
        return None
    return Problem("moved", f"{item.name} was changed again since, to {_words(now)}")


def _words(value: str | None) -> str:
    return "no override" if value is None else value


RESTORING: Mapping[str, Restoring] = {
    Kind.CONFIGS.value: plan_configs_back,
    Kind.DELETE.value: plan_topics_back,
}
"""Kinds of change that have a way back, and the plan of it."""
