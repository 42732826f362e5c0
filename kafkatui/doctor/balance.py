"""Advice on how work and copies are spread over brokers and racks. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kafkatui.doctor.durability import ok, untold, warning
from kafkatui.doctor.state import State
from kafkatui.doctor.step import Step, named
from kafkatui.model.cluster import Topic
from kafkatui.model.counted import counted


def balance(state: State) -> Iterator[Step]:
    yield _spread(state)
    yield _preferred(state)
    yield _racks(state)


def _spread(state: State) -> Step:
    """Whether one broker leads all, or one that holds replicas leads nothing."""
    name = "leader_spread"
    led = [each.leader for each in state.partitions if each.leader is not None]
    if state.live < 2 or len(led) < state.live:
        return untold(name, f"{counted(state.live, 'broker')} and {counted(len(led), 'partition')}: nothing to spread")
    counts = Counter(led)
    facts = {"leaders": {str(node): counts[node] for node in sorted(state.snapshot.brokers)}}
    elect = "Let the preferred replicas lead again: kafkatui topics elect-leaders"
    node, most = counts.most_common(1)[0]
    if most == len(led):
        text = f"broker {node} leads all {counted(most, 'partition')}, {counted(state.live - 1, 'other')} none"
        return warning(name, text, elect, **facts)
    holding = {node for each in state.partitions for node in each.replicas}
    idle = [broker for broker in sorted(holding) if not counts[broker] and _is_there(state, broker)]
    if idle:
        whose = named([f"broker {broker}" for broker in idle])
        return warning(name, f"{whose} holds replicas and leads nothing", elect, **facts)
    spread = ", ".join(f"broker {node} ({count})" for node, count in sorted(counts.items()))
    return ok(name, f"partitions are led by {spread}", **facts)


def _is_there(state: State, node: int) -> bool:
    broker = state.snapshot.brokers.get(node)
    return broker is not None and broker.problem is None


def _preferred(state: State) -> Step:
    name = "preferred_leaders"
    others = [
        each
        for each in state.partitions
        if each.leader is not None and each.replicas and each.leader != each.replicas[0]
    ]
    if not others:
        return ok(name, "every partition is led by its preferred replica")
    ready = [each for each in others if each.replicas[0] in each.in_sync]
    text = (
        f"{counted(len(others), 'partition')} not led by the preferred replica: {named([each.name for each in others])}"
    )
    if ready:
        advice = f"{len(ready)} of them can move at once: kafkatui topics elect-leaders"
    else:
        advice = "Bring the preferred replicas back in sync first."
    return warning(name, text, advice, partitions=[str(each.name) for each in others], ready=len(ready))


def _racks(state: State) -> Step:
    name = "racks"
    racks = {node: broker.rack for node, broker in state.snapshot.brokers.items() if broker.host}
    without = [node for node, rack in racks.items() if not rack]
    if len(without) == len(racks):
        return untold(name, "no broker names a rack")
    if without:
        whose = named([f"broker {node}" for node in without])
        return warning(
            name,
            f"{whose} names no rack, others do: replicas are not spread by racks",
            "Set broker.rack on every broker.",
        )
    if len(set(racks.values())) < 2:
        return untold(name, "all brokers are in one rack")
    together = [topic.name for topic in state.topics if _in_one_rack(topic, racks)]
    if not together:
        return ok(name, f"replicas are spread over {counted(len(set(racks.values())), 'rack')}")
    text = f"{counted(len(together), 'topic')} with a partition whose replicas are all in one rack: {named(together)}"
    advice = "Spread them anew (kafka-reassign-partitions --generate heeds racks)."
    return warning(name, text, advice, topics=together)


def _in_one_rack(topic: Topic, racks: dict[int, str | None]) -> bool:
    return any(
        len(each.replicas) > 1 and len({racks.get(node, f"broker {node}") for node in each.replicas}) == 1
        for each in topic.partitions
    )
