"""Leaders to elect: the preferred ones, or where nobody leads, any replica that lives and what is lost by that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kafkatui.model.cluster import Partition, Topic, TopicPartition, Topology
from kafkatui.model.counted import counted
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.plan import Item, Kind, Plan, Results, missing
from kafkatui.topic_changes.source import TopicSource

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

_COLUMNS = ("PARTITION", "LEADER", "BECOMES", "REPLICAS", "IN SYNC")
_NOT_NEEDED = "election_not_needed"
Chosen = Mapping[str, frozenset[int] | None]
"""Topics by name, and their partitions; None: all of them. No topic at all: everything."""


@dataclass(frozen=True, slots=True)
class ElectLeaders:
    """A plan to elect leaders."""

    asks_first: ClassVar[bool] = False
    plan: Plan
    unclean: bool

    async def checked(self, nodes: Nodes) -> ElectLeaders:
        return self

    async def moved(self, cluster: Cluster) -> Results:
        return {}

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        from kafkatui.kafka.topic_changes import elect_leaders

        names = {TopicPartition(item.decided["topic"], item.decided["partition"]): item for item in self.plan.todo}
        answers = await elect_leaders(cluster.nodes, names, unclean=self.unclean)
        return {names[name].name: _outcome(answer) for name, answer in answers.items() if name in names}


def _outcome(answer: Problem | None) -> Problem | None:
    """It leads by now: that is what was wanted."""
    return None if answer is not None and answer.code == _NOT_NEEDED else answer


async def plan_leaders(
    source: TopicSource, chosen: Chosen, *, unclean: bool = False, context: str | None = None
) -> ElectLeaders:
    """Raises `Unreachable`."""
    return ElectLeaders(election(await source.topology(), chosen, unclean=unclean, context=context), unclean)


def election(topology: Topology, chosen: Chosen, *, unclean: bool = False, context: str | None = None) -> Plan:
    """Partitions that need no election are left out."""
    items = [item for item in _items(topology, chosen, unclean) if item is not None]
    todo = [item for item in items if item.problem is None]
    count = counted(len(todo), "partition")
    topics = sorted({item.decided["topic"] for item in todo})
    return Plan(
        kind=Kind.LEADERS,
        context=context,
        cluster_id=topology.cluster_id,
        what=f"elect {'unclean' if unclean else 'preferred'} leaders of {count}",
        command=_command(chosen, unclean),
        columns=_COLUMNS,
        items=tuple(items),
        topics={name: topology.topics[name].topic_id for name in topics},
        warnings=_UNCLEAN if unclean else (),
        before={"leaders": {item.name: item.decided["leader"] for item in todo}},
        cannot_undo="records that the new leader does not have are gone" if unclean else "Kafka moves no leader back",
        idle="every partition has a leader" if unclean else "the preferred replicas lead already",
        typed=(topics[0] if len(topics) == 1 else count) if unclean else None,
    )


_UNCLEAN = (
    "an unclean leader does not have all records: what only the lost replicas have is lost for good",
    "start the lost brokers instead if you can: their replicas lead again by themselves, with every record",
)


def _items(topology: Topology, chosen: Chosen, unclean: bool) -> Iterable[Item | None]:
    for name in chosen or topology.topics:
        topic = topology.topics.get(name)
        if topic is None or topic.problem is not None:
            gone = missing(name, _COLUMNS)
            yield gone if topic is None or topic.problem is None else gone.refused(topic.problem)
        else:
            yield from _of_topic(topic, (chosen or {}).get(name), unclean)


def _of_topic(topic: Topic, numbers: frozenset[int] | None, unclean: bool) -> Iterable[Item | None]:
    there = {each.partition: each for each in topic.partitions}
    for number in sorted(there if numbers is None else numbers):
        if number not in there:
            problem = Problem("unknown_topic_or_partition", f"topic {topic.name} has no partition {number}")
            where = TopicPartition(topic.name, number)
            yield Item(str(where), {"topic": topic.name, "partition": number}, (str(where),), problem=problem)
        else:
            yield _unclean(topic, there[number]) if unclean else _preferred(there[number])


def _preferred(partition: Partition) -> Item | None:
    """None: the preferred replica leads already, or nobody is in sync who could."""
    wanted = partition.replicas[0] if partition.replicas else None
    if wanted is None or partition.leader == wanted:
        return None
    problem = None
    if wanted not in partition.in_sync:
        text = f"{partition.name}: its preferred replica, broker {wanted}, is not in sync"
        problem = Problem("preferred_leader_not_available", text)
    return _item(partition, str(wanted), wanted, problem)


def _unclean(topic: Topic, partition: Partition) -> Item | None:
    """None: it has a leader, so nothing has to be lost."""
    if partition.leader is not None:
        return None
    alive = [replica for replica in partition.replicas if replica not in partition.offline]
    problem = None
    if topic.internal:
        problem = Problem("internal_topic", f"topic {topic.name} is Kafka's own: commits or transactions would be lost")
    elif not alive:
        problem = Problem("eligible_leaders_not_available", f"{partition.name}: none of its replicas is there")
    return _item(partition, _one_of(alive), None, problem)


def _one_of(replicas: Sequence[int]) -> str:
    return str(replicas[0]) if len(replicas) == 1 else f"one of {' '.join(map(str, replicas))}"


def _item(partition: Partition, becomes: str, leader: int | None, problem: Problem | None) -> Item:
    name = str(partition.name)
    decided = {
        "topic": partition.topic,
        "partition": partition.partition,
        "leader": partition.leader,
        "becomes": leader,
    }
    effect = {"replicas": list(partition.replicas), "in_sync": list(partition.in_sync)}
    cells = (
        name,
        "none" if partition.leader is None else str(partition.leader),
        becomes,
        " ".join(map(str, partition.replicas)),
        " ".join(map(str, partition.in_sync)) or "none",
    )
    return Item(name, decided, cells, effect, problem)


def _command(chosen: Chosen, unclean: bool) -> tuple[str, ...]:
    targets = (
        name if numbers is None else f"{name}:{','.join(map(str, sorted(numbers)))}" for name, numbers in chosen.items()
    )
    return "topics", "elect-leaders", *targets, *(["--unclean"] if unclean else [])
