"""Overrides of a topic's configs to set and to delete, before and after, key by key. All or none are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from kafkatui.columns.cells import UNKNOWN
from kafkatui.model.cluster import Topic, Topology
from kafkatui.model.configs import Config, Configs
from kafkatui.model.counted import counted
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.activity import RATE_SECONDS, Activity, read_activity
from kafkatui.topic_changes.plan import Item, Kind, Plan, Results, missing
from kafkatui.topic_changes.source import TopicSource, hindrance

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

_COLUMNS = ("CONFIG", "BEFORE", "AFTER")
_MOST_NAMED = 3
_UNTOLD = Problem("not_told", "its configs are not told")
Wanted = Mapping[str, str | None]
"""By the config's name: the override to set; None deletes it."""


@dataclass(frozen=True, slots=True)
class ChangeConfigs:
    """A plan to change the configs of one topic."""

    asks_first: ClassVar[bool] = True
    plan: Plan
    topic: str

    async def checked(self, nodes: Nodes) -> ChangeConfigs:
        """A broker judges all keys at once; where it refuses, each is judged for itself, to tell which it is."""
        from kafkatui.kafka.topic_changes import alter_topic_configs

        wanted = self._wanted()
        whole = await alter_topic_configs(nodes, self.topic, wanted, validate_only=True) if wanted else None
        if whole is None:
            return self
        each = {
            name: await alter_topic_configs(nodes, self.topic, {name: value}, validate_only=True)
            for name, value in wanted.items()
        }
        if not any(each.values()):
            each = dict.fromkeys(wanted, whole)
        others = Problem("not_alone", "left out: configs of a topic are changed all at once or not at all")
        problems = {name: problem or others for name, problem in each.items()}
        return replace(self, plan=self.plan.with_problems(problems))

    async def moved(self, cluster: Cluster) -> Results:
        if not self.plan.todo:
            return {}
        now = (await cluster.topic_configs([self.topic])).get(self.topic)
        if now is None or isinstance(now, Problem):
            return {self.topic: now or Problem("moved", "its configs are not told any more")}
        return {
            item.name: Problem("moved", f"{item.name} was changed since the plan was made")
            for item in self.plan.todo
            if override(now.get(item.name)) != item.decided["before"]
        }

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        from kafkatui.kafka.topic_changes import alter_topic_configs

        wanted = self._wanted()
        return dict.fromkeys(wanted, await alter_topic_configs(cluster.nodes, self.topic, wanted))

    def _wanted(self) -> dict[str, str | None]:
        return {item.name: item.decided["after"] for item in self.plan.todo}


async def plan_configs(
    source: TopicSource, name: str, wanted: Wanted, *, context: str | None = None, seconds: float = RATE_SECONDS
) -> ChangeConfigs:
    """`seconds` to measure the topic's rate. Raises `Unreachable`."""
    activity = await read_activity(source, [name], seconds=seconds)
    configs = (await source.topic_configs([name])).get(name) if name in activity.snapshot.topics else None
    return ChangeConfigs(config_change(activity, name, configs, wanted, context=context), name)


def config_change(
    activity: Activity, name: str, configs: Configs | Problem | None, wanted: Wanted, *, context: str | None = None
) -> Plan:
    """What is so already is left out. Configs are `before` and `after` as overrides: None is no override."""
    topic = activity.snapshot.topics.get(name)
    items = _items(topic, name, configs, wanted)
    todo = [item for item in items if item.problem is None]
    hurting = [] if topic is None or isinstance(configs, Problem) else _all_warnings(topic, configs or {}, wanted)
    return Plan(
        kind=Kind.CONFIGS,
        context=context,
        cluster_id=activity.snapshot.cluster_id,
        what=f"change {_named([item.name for item in todo])} of topic {name}",
        command=_command(name, wanted),
        columns=_COLUMNS,
        items=tuple(items),
        topics={name: topic.topic_id} if topic is not None and todo else {},
        warnings=(*hurting, *activity.live([name])),
        before={
            "topic": name,
            "topic_id": topic.topic_id if topic is not None else None,
            "configs": {item.name: item.decided["before"] for item in todo},
        },
        way_back="kafkatui undo puts back what was before",
        idle=f"topic {name} has these configs already",
    )


def _items(topic: Topic | None, name: str, configs: Configs | Problem | None, wanted: Wanted) -> list[Item]:
    if topic is None:
        return [missing(name, _COLUMNS)]
    problem = hindrance(topic) or (configs if isinstance(configs, Problem) else None)
    if problem is not None or configs is None or isinstance(configs, Problem):
        return [missing(name, _COLUMNS).refused(problem or _UNTOLD)]
    items = (_item(topic, key, configs.get(key), value) for key, value in wanted.items())
    return [item for item in items if item.decided["before"] != item.decided["after"]]


def _named(keys: Sequence[str]) -> str:
    """Whoever reads the journal later wants names."""
    return ", ".join(keys) if 0 < len(keys) <= _MOST_NAMED else counted(len(keys), "config")


def _all_warnings(topic: Topic, configs: Configs, wanted: Wanted) -> list[str]:
    return [text for key, value in wanted.items() for text in _warnings(topic, configs.get(key), value)]


def override(config: Config | None) -> str | None:
    """What was set for this very topic; None: nothing was."""
    return config.value if config is not None and config.is_override else None


def _item(topic: Topic, key: str, config: Config | None, value: str | None) -> Item:
    decided = {
        "topic": topic.name,
        "topic_id": topic.topic_id,
        "config": key,
        "before": override(config),
        "after": value,
    }
    effect = {
        "value": config.value if config is not None else None,
        "source": config.source.value if config is not None else None,
    }
    problem = None
    if config is not None and config.is_sensitive:
        problem = Problem("sensitive", f"{key} is sensitive: its value is not told, so it could not be put back")
    return Item(key, decided, (key, _now(config), _then(config, value)), effect, problem)


def _now(config: Config | None) -> str:
    if config is None:
        return UNKNOWN
    shown = UNKNOWN if config.value is None else _shown(config.value)
    return shown if config.is_override else f"{shown} ({config.source})"


def _then(config: Config | None, value: str | None) -> str:
    if value is not None:
        return _shown(value)
    beneath = config.beneath if config is not None else None
    if beneath is None or beneath.value is None:
        return "the brokers' default"
    return f"{_shown(beneath.value)} ({beneath.source})"


def _shown(value: str) -> str:
    return value or '""'


def _warnings(topic: Topic, config: Config | None, value: str | None) -> list[str]:
    """What no undo brings back, or hurts at once."""
    if config is None or value is None or value == config.value:
        return []
    match config.name:
        case "retention.ms" | "retention.bytes" if _is_less(value, config.value):
            return [f"{config.name} becomes less: what the brokers delete for it, undo does not bring back"]
        case "cleanup.policy" if _gains(value, config.value):
            return [f"cleanup.policy becomes {value}: what the brokers delete for it, undo does not bring back"]
        case "min.insync.replicas" if value.isdigit() and int(value) > topic.replication:
            return [f"there are only {counted(topic.replication, 'replica')}: nobody can write with acks=all"]
    return []


def _is_less(after: str, before: str | None) -> bool:
    """-1 is without end."""
    try:
        new, old = int(after), int(before or "-1")
    except ValueError:
        return False
    return new >= 0 and (old < 0 or new < old)


def _gains(after: str, before: str | None) -> bool:
    return bool({each.strip() for each in after.split(",")} - {each.strip() for each in (before or "").split(",")})


def _command(name: str, wanted: Wanted) -> tuple[str, ...]:
    pairs = [f"{key}={value}" for key, value in wanted.items() if value is not None]
    gone = [word for key, value in wanted.items() if value is None for word in ("--delete", key)]
    return "topics", "config", name, *pairs, *gone
