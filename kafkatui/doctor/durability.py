"""Advice on what is lost or refused when a broker goes: replication, min.insync.replicas, unclean elections. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kafkatui.doctor.state import MIN_INSYNC, UNCLEAN, State
from kafkatui.doctor.step import Outcome, Part, Step, named
from kafkatui.model.cluster import Partition, Topic
from kafkatui.model.counted import counted
from kafkatui.model.problems import Problem

OFFSETS = "__consumer_offsets"
KAFKAS_OWN = (OFFSETS, "__transaction_state", "__share_group_state")
_WANTED = 3
"""Replicas that outlive one broker while another is restarted."""


def ok(name: str, found: str, **facts: Any) -> Step:
    return Step(Part.ADVICE, name, Outcome.OK, found, facts=facts)


def warning(name: str, found: str, advice: str, **facts: Any) -> Step:
    return Step(Part.ADVICE, name, Outcome.WARNING, found, advice=advice, facts=facts)


def untold(name: str, why: str) -> Step:
    return Step(Part.ADVICE, name, Outcome.NOT_TRIED, why)


def durability(state: State) -> Iterator[Step]:
    """In the order of how soon it hurts."""
    yield _leaderless(state)
    yield _under_replicated(state)
    yield _replication(state)
    yield from _min_insync(state)
    yield _unclean(state)
    yield _kafkas_own(state)


def _leaderless(state: State) -> Step:
    name, found = "leaders", [each for each in state.partitions if each.is_leaderless]
    if not found:
        return ok(name, f"all {counted(len(state.partitions), 'partition')} have a leader")
    text = f"{_partitions(found)} without a leader: {_names(found)}; nobody can read or write there"
    advice = (
        "Bring back a broker that holds a replica; only if none can come back: kafkatui topics elect-leaders --unclean"
    )
    return warning(name, text, advice, partitions=_all_names(found))


def _under_replicated(state: State) -> Step:
    name = "in_sync"
    found = [each for each in state.partitions if each.is_under_replicated and not each.is_leaderless]
    if not found:
        return ok(name, "every replica is in sync")
    missing: dict[int, int] = {}
    for each in found:
        for node in each.out_of_sync:
            missing[node] = missing.get(node, 0) + 1
    worst = sorted(missing.items(), key=lambda item: -item[1])
    whose = named([f"broker {node} ({count})" for node, count in worst])
    text = f"{_partitions(found)} under-replicated: {_names(found)}; out of sync is {whose}"
    advice = "Look at these brokers: they are down, slow, or their disks are full (kafkatui brokers)."
    return warning(name, text, advice, partitions=_all_names(found), brokers={str(n): c for n, c in worst})


def _replication(state: State) -> Step:
    name = "replication"
    single = [topic.name for topic in state.topics if least(topic) == 1]
    if not single:
        return ok(name, f"all {counted(len(state.topics), 'topic')} have more than one replica")
    text = (
        f"{counted(len(single), 'topic')} with one replica: {named(single)}; its broker's disk takes the records along"
    )
    if state.live < 2:
        advice = "One broker can not keep a second replica: this is a cluster for trying things."
    else:
        wanted = min(_WANTED, state.live)
        advice = (
            f"Give them {wanted} replicas (kafka-reassign-partitions), and set default.replication.factor={wanted}."
        )
    return warning(name, text, advice, topics=single)


def _min_insync(state: State) -> Iterator[Step]:
    """Against the replicas a topic has; one with a single replica is named already."""
    values = {topic: state.topic_value(topic.name, MIN_INSYNC) for topic in state.topics if least(topic) > 1}
    known = {topic: int(value) for topic, value in values.items() if isinstance(value, str)}
    name = "min_insync"
    refused = [topic.name for topic, least_in_sync in known.items() if least_in_sync > least(topic)]
    tight = [topic.name for topic, least_in_sync in known.items() if least_in_sync == least(topic)]
    loose = [topic.name for topic, least_in_sync in known.items() if least_in_sync == 1]
    if refused:
        text = f"min.insync.replicas is more than the replicas of {_topics(refused)}: acks=all is always refused"
        yield warning(name, text, _to(refused, "fewer than its replicas"), topics=refused)
    if tight:
        text = f"{MIN_INSYNC} is the number of replicas of {_topics(tight)}: with one broker down acks=all is refused"
        yield warning(name, text, _to(tight, "one less than its replicas"), topics=tight)
    if loose:
        text = f"{MIN_INSYNC}=1 on {_topics(loose)}: what was acknowledged can be lost with one broker"
        yield warning(name, text, _to(loose, "2"), topics=loose)
    if not (refused or tight or loose):
        problem = next((value for value in values.values() if isinstance(value, Problem)), None)
        if problem is not None and not known:
            yield untold(name, f"min.insync.replicas is not told: {problem.text}")
        else:
            yield ok(name, f"{MIN_INSYNC} is more than 1 and less than the replicas on {counted(len(known), 'topic')}")


def _to(topics: Collection[str], value: str) -> str:
    """The command for the first of them."""
    first = next(iter(topics))
    if value.isdigit():
        return f"Set it to {value}, here or in the brokers' config: kafkatui topics config {first} {MIN_INSYNC}={value}"
    return f"Set it to {value}: kafkatui topics config {first} {MIN_INSYNC}=N"


def _unclean(state: State) -> Step:
    name = "unclean_election"
    values = {topic.name: state.topic_value(topic.name, UNCLEAN) for topic in state.topics}
    on = [topic for topic, value in values.items() if value == "true"]
    if on:
        text = f"unclean.leader.election.enable is on for {_topics(on)}: a replica that lacks records may come to lead"
        advice = f"Switch it off where records count: kafkatui topics config {on[0]} {UNCLEAN}=false"
        return warning(name, text, advice, topics=on)
    problem = next((value for value in values.values() if isinstance(value, Problem)), None)
    if problem is not None and all(isinstance(value, Problem) for value in values.values()):
        return untold(name, f"unclean.leader.election.enable is not told: {problem.text}")
    return ok(name, "no topic lets a replica lead that lacks records")


def _kafkas_own(state: State) -> Step:
    """Commits and transactions are as durable as these topics."""
    name, wanted = "internal_topics", min(_WANTED, state.live)
    own = [topic for topic in state.topics if topic.name in KAFKAS_OWN]
    thin = [topic for topic in own if least(topic) < wanted]
    if not own:
        return untold(name, f"there is no {OFFSETS} yet, or it may not be seen")
    if not thin:
        return ok(name, f"at least {counted(min(map(least, own)), 'replica')}: {named([topic.name for topic in own])}")
    text = named([f"{topic.name} has {counted(least(topic), 'replica')}" for topic in thin])
    advice = f"Give it {wanted} replicas (kafka-reassign-partitions): commits and transactions hang on it."
    return warning(name, text, advice, topics=[topic.name for topic in thin])


def least(topic: Topic) -> int:
    """The smallest number of replicas any partition has."""
    return min((len(each.replicas) for each in topic.partitions), default=0)


def _topics(names: Collection[str]) -> str:
    return f"{counted(len(names), 'topic')} ({named(names)})"


def _partitions(found: Collection[Partition]) -> str:
    return counted(len(found), "partition")


def _names(found: Collection[Partition]) -> str:
    return named([each.name for each in found])


def _all_names(found: Collection[Partition]) -> list[str]:
    return [str(each.name) for each in found]
