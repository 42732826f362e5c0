"""Topics to make: from words, like another one, or again after they were deleted. The brokers say whether they can."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from kafkatui.model.cluster import Topology
from kafkatui.model.configs import Configs
from kafkatui.model.counted import counted
from kafkatui.model.new_topics import NewTopic
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.plan import Item, Kind, Plan, Results
from kafkatui.topic_changes.source import TopicSource, too_many

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes
    from kafkatui.kafka.topic_changes import Made

DEFAULT = -1
"""As many as the brokers' own config says."""
INTERNAL = frozenset({"__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"})
"""Kafka's own, which it makes itself (org.apache.kafka.common.internals.Topic)."""
_OF_ONE_MOVE = ("leader.replication.throttled.replicas", "follower.replication.throttled.replicas")
"""They name replicas of the topic they were set for."""
_COLUMNS = ("TOPIC", "PARTITIONS", "REPLICATION", "CONFIGS")


class NoPattern(Exception):
    """The topic that another is to be like can not be read."""


@dataclass(frozen=True, slots=True)
class CreateTopics:
    """A plan to make topics."""

    asks_first: ClassVar[bool] = True
    plan: Plan
    topics: tuple[NewTopic, ...]

    async def checked(self, nodes: Nodes) -> CreateTopics:
        from kafkatui.kafka.topic_changes import create_topics

        wanted = self._todo()
        verdicts = await create_topics(nodes, wanted, validate_only=True) if wanted else {}
        items = tuple(_judged(item, verdicts[item.name]) if item.name in verdicts else item for item in self.plan.items)
        made = {name: verdict for name, verdict in verdicts.items() if not isinstance(verdict, Problem)}
        warnings = (*self.plan.warnings, *warned(made))
        return replace(self, plan=replace(self.plan, items=items, warnings=warnings))

    async def moved(self, cluster: Cluster) -> Results:
        return {}

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        from kafkatui.kafka.topic_changes import create_topics

        answers = await create_topics(cluster.nodes, self._todo())
        return {name: answer if isinstance(answer, Problem) else None for name, answer in answers.items()}

    def _todo(self) -> list[NewTopic]:
        names = {item.name for item in self.plan.todo}
        return [topic for topic in self.topics if topic.name in names]


async def plan_creation(
    source: TopicSource, topic: NewTopic, *, like: str | None = None, context: str | None = None
) -> CreateTopics:
    """`like`: another topic whose partitions, replication and overrides it gets, where `topic` names none itself.

    Raises `NoPattern` and `Unreachable`.
    """
    topology = await source.topology()
    warnings: tuple[str, ...] = ()
    if like is not None:
        configs = (await source.topic_configs([like])).get(like) if like in topology.topics else None
        topic, warnings = alike(topic, like, topology, configs)
    what = f"create topic {topic.name}" + (f" like {like}" if like is not None else "")
    return creation([topic], what, context=context, cluster_id=topology.cluster_id, warnings=warnings)


def alike(
    topic: NewTopic, like: str, topology: Topology, configs: Configs | Problem | None
) -> tuple[NewTopic, tuple[str, ...]]:
    """`topic` with what it does not name itself from the topic `like`, and what could not be taken over."""
    pattern = topology.topics.get(like)
    if pattern is None:
        raise NoPattern(f"topic {like} does not exist")
    if pattern.problem is not None or configs is None or isinstance(configs, Problem):
        problem = pattern.problem or configs
        raise NoPattern(f"topic {like}: {problem.text if isinstance(problem, Problem) else 'its configs are not told'}")
    taken, left = overrides(configs)
    partitions = len(pattern.partitions) if topic.partitions == DEFAULT else topic.partitions
    replication = pattern.replication if topic.replication == DEFAULT else topic.replication
    return NewTopic(topic.name, partitions, replication, {**taken, **topic.configs}), tuple(left)


def overrides(configs: Configs) -> tuple[dict[str, str], list[str]]:
    """What was set for this very topic and means something for another, and a sentence for what does not."""
    taken: dict[str, str] = {}
    left = []
    for config in configs.values():
        if not config.is_override:
            continue
        if config.value is None:
            left.append(f"{config.name} is left out: its value is not told")
        elif config.name in _OF_ONE_MOVE:
            left.append(f"{config.name} is left out: it names replicas")
        else:
            taken[config.name] = config.value
    return taken, left


def creation(
    topics: Sequence[NewTopic],
    what: str,
    *,
    context: str | None,
    cluster_id: str | None,
    warnings: tuple[str, ...] = (),
    refused: Mapping[str, Problem] | None = None,
) -> CreateTopics:
    """A plan to make them all; `refused` are topics that can not be made, and why."""
    items = tuple(_item(topic, (refused or {}).get(topic.name)) for topic in topics)
    delete = f"kafkatui topics delete {shlex.join(topic.name for topic in topics)}"
    plan = Plan(
        kind=Kind.CREATE,
        context=context,
        cluster_id=cluster_id,
        what=what,
        command=_command(topics[0]) if len(topics) == 1 else ("topics", "create"),
        columns=_COLUMNS,
        items=items,
        warnings=warnings,
        way_back=f"{delete} takes away what was made",
        cannot_undo=f"{delete} takes away what was made, with every record that is in it by then",
    )
    return CreateTopics(plan, tuple(topics))


def warned(made: Mapping[str, Made]) -> list[str]:
    """What will hurt later, by the brokers' word on how the topics would be."""
    found = []
    for name, topic in made.items():
        replication, least = topic.replication, topic.configs.get("min.insync.replicas")
        if replication == 1:
            found.append(f"{name}: with one replica, a partition is gone while its broker is")
        if replication is not None and least is not None and least.isdigit() and int(least) > replication:
            text = f"min.insync.replicas is {least}, and there are only {counted(replication, 'replica')}"
            found.append(f"{name}: {text}: nobody can write with acks=all")
    return found


def _item(topic: NewTopic, problem: Problem | None) -> Item:
    if topic.name in INTERNAL:
        problem = Problem("internal_topic", f"topic {topic.name} is Kafka's own: the brokers make it")
    problem = problem or too_many(topic.name, topic.partitions)
    decided = {
        "topic": topic.name,
        "partitions": _asked(topic.partitions),
        "replication": _asked(topic.replication),
        "configs": dict(sorted(topic.configs.items())),
    }
    configs = " ".join(f"{name}={value}" for name, value in sorted(topic.configs.items())) or "none of its own"
    cells = (topic.name, _asked_text(topic.partitions), _asked_text(topic.replication), configs)
    return Item(topic.name, decided, cells, problem=problem)


def _judged(item: Item, verdict: Made | Problem) -> Item:
    """With what the brokers would make of it."""
    if isinstance(verdict, Problem):
        return item.refused(verdict)
    name, partitions, replication, configs = item.cells
    cells = (name, _told(partitions, verdict.partitions), _told(replication, verdict.replication), configs)
    effect = {"made_partitions": verdict.partitions, "made_replication": verdict.replication}
    return replace(item, cells=cells, effect=effect)


def _told(asked: str, told: int | None) -> str:
    return asked if told is None or asked.isdigit() else f"{told} (the brokers' default)"


def _asked(number: int) -> int | None:
    return None if number == DEFAULT else number


def _asked_text(number: int) -> str:
    return "the brokers' default" if number == DEFAULT else str(number)


def _command(topic: NewTopic) -> tuple[str, ...]:
    words = ["topics", "create", topic.name]
    words += [] if topic.partitions == DEFAULT else ["--partitions", str(topic.partitions)]
    words += [] if topic.replication == DEFAULT else ["--replication", str(topic.replication)]
    for name, value in sorted(topic.configs.items()):
        words += ["--config", f"{name}={value}"]
    return tuple(words)
