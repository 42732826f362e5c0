"""All that advice on a cluster is made from, read once. What it means is in the modules beside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kafkatui.doctor.source import Probing
from kafkatui.model.cluster import Partition, Topic
from kafkatui.model.configs import Configs
from kafkatui.model.errors import Unreachable
from kafkatui.model.probes import LogDirs, Quorum
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want, read_once

MIN_INSYNC, UNCLEAN = "min.insync.replicas", "unclean.leader.election.enable"
AUTO_CREATE = "auto.create.topics.enable"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A cluster at one moment, with the configs and disks that advice asks for."""

    snapshot: Snapshot
    topic_configs: Mapping[str, Configs | Problem] = field(default_factory=dict)
    """`min.insync.replicas` and `unclean.leader.election.enable` of every topic."""
    broker_configs: Mapping[int, Configs | Problem] = field(default_factory=dict)
    """`auto.create.topics.enable` of every broker."""
    log_dirs: Mapping[int, LogDirs | Problem] = field(default_factory=dict)
    quorum: Quorum | Problem = PENDING

    @property
    def topics(self) -> list[Topic]:
        """Those that are known: not ones that may not be seen."""
        return [topic for topic in self.snapshot.topics.values() if topic.partitions]

    @property
    def partitions(self) -> list[Partition]:
        return [partition for topic in self.topics for partition in topic.partitions]

    @property
    def live(self) -> int:
        """Brokers the cluster lists with an address."""
        return sum(bool(broker.host) and not _is_away(broker.problem) for broker in self.snapshot.brokers.values())

    def topic_value(self, topic: str, name: str) -> str | Problem:
        """A config of a topic."""
        configs = self.topic_configs.get(topic, _UNTOLD)
        if isinstance(configs, Problem):
            return configs
        found = configs.get(name)
        return found.value if found is not None and found.value is not None else _UNTOLD


_UNTOLD = Problem("not_told", "its configs are not told")


def _is_away(problem: Problem | None) -> bool:
    return problem is not None and problem.code in ("gone", "fenced")


async def read_state(source: Probing, clock: Callable[[], float]) -> State:
    """Raises `Unreachable`."""
    snapshot = await read_once(source.cluster, Want.ALL, clock=clock)
    live = [broker.node_id for broker in snapshot.brokers.values() if broker.host]
    topics, brokers, dirs, quorum = await asyncio.gather(
        _topic_configs(source, snapshot),
        source.broker_configs(live, (AUTO_CREATE,)),
        source.log_dirs(live),
        source.quorum(),
    )
    return State(snapshot, topics, brokers, dirs, quorum)


async def _topic_configs(source: Probing, snapshot: Snapshot) -> Mapping[str, Configs | Problem]:
    names = [topic.name for topic in snapshot.topics.values() if topic.partitions]
    try:
        return await source.topic_configs(names, (MIN_INSYNC, UNCLEAN))
    except Unreachable as error:
        return dict.fromkeys(names, error.problem)
