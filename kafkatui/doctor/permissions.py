"""What this principal may see, and what stays hidden from it: the cluster, topics and groups. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from kafkatui.doctor.step import Outcome, Part, Step, named
from kafkatui.model.counted import counted
from kafkatui.model.probes import Operation, Operations, Rights
from kafkatui.model.problems import Problem

_ORDER = list(Operation)


def permissions(rights: Rights) -> list[Step]:
    """A step each for the cluster, the topics and the groups."""
    return [_cluster(rights.cluster), _topics(rights.topics, rights.cluster), _groups(rights.groups)]


def _cluster(may: Operations | Problem) -> Step:
    name = "cluster_rights"
    if isinstance(may, Problem):
        return Step(Part.CLUSTER, name, Outcome.NOT_TRIED, f"not told: {may.text}")
    facts = {"operations": _sorted(may)}
    hidden = []
    if Operation.DESCRIBE not in may:
        hidden.append(
            "groups and topics without rights of their own are left out of lists; quorum and disks are hidden"
        )
    if Operation.DESCRIBE_CONFIGS not in may:
        hidden.append("configs of brokers are hidden")
    if not hidden:
        return Step(Part.CLUSTER, name, Outcome.OK, f"on the cluster: {_words(may)}", facts=facts)
    lacking = [each for each in (Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS) if each not in may]
    advice = f"Allow it: kafka-acls --add --cluster {_flags(lacking)} --allow-principal User:NAME"
    text = "; ".join([f"on the cluster: {_words(may)}", *hidden])
    return Step(Part.CLUSTER, name, Outcome.WARNING, text, "", advice, facts=facts)


def _topics(may: Mapping[str, Operations] | Problem, cluster: Operations | Problem) -> Step:
    name = "topic_rights"
    if isinstance(may, Problem):
        return Step(Part.CLUSTER, name, Outcome.NOT_TRIED, f"not told: {may.text}")
    if not may:
        if not isinstance(cluster, Problem) and Operation.DESCRIBE in cluster:
            return Step(Part.CLUSTER, name, Outcome.OK, "no topic is shown")
        text = "no topic is shown: there is none, or none that this user may describe"
        return Step(Part.CLUSTER, name, Outcome.WARNING, text, "", _allow("topic", [Operation.DESCRIBE]))
    closed = {each: _without(may, each) for each in (Operation.READ, Operation.DESCRIBE_CONFIGS)}
    found = f"{counted(len(may), 'topic')} shown: {_counts(may.values())}"
    facts = {"topics": len(may), "operations": _tally(may.values()), "unreadable": closed[Operation.READ]}
    lacking = [operation for operation, names in closed.items() if names]
    if not lacking:
        return Step(Part.CLUSTER, name, Outcome.OK, found, facts=facts)
    words = {Operation.READ: "records can not be read of", Operation.DESCRIBE_CONFIGS: "configs are hidden of"}
    text = "; ".join([found, *(f"{words[each]} {named(closed[each])}" for each in lacking)])
    return Step(Part.CLUSTER, name, Outcome.WARNING, text, "", _allow("topic", lacking), facts=facts)


def _groups(may: Mapping[str, Operations | Problem] | Problem) -> Step:
    name = "group_rights"
    if isinstance(may, Problem):
        return Step(Part.CLUSTER, name, Outcome.NOT_TRIED, f"not told: {may.text}")
    known = {group: each for group, each in may.items() if not isinstance(each, Problem)}
    untold = len(may) - len(known)
    facts = {"groups": len(may), "operations": _tally(known.values())}
    if not may:
        return Step(Part.CLUSTER, name, Outcome.OK, "no group is shown", facts=facts)
    found = f"{counted(len(may), 'group')} shown: {_counts(known.values()) or 'nothing told of what may be done'}"
    if untold and known:
        found = f"{found}; of {untold} nothing is told"
    return Step(Part.CLUSTER, name, Outcome.OK, found, facts=facts)


def _without(may: Mapping[str, Operations], operation: Operation) -> list[str]:
    return sorted(name for name, allowed in may.items() if operation not in allowed)


def _tally(may: Iterable[Operations]) -> dict[str, int]:
    counts = Counter(operation for allowed in may for operation in allowed)
    return {operation.value: counts[operation] for operation in _ORDER if counts[operation]}


def _counts(may: Collection[Operations] | Iterable[Operations]) -> str:
    return ", ".join(f"{operation} {count}" for operation, count in _tally(may).items())


def _sorted(may: Operations) -> list[str]:
    return [operation.value for operation in _ORDER if operation in may]


def _words(may: Operations) -> str:
    return ", ".join(_sorted(may)) or "nothing"


def _flags(operations: Iterable[Operation]) -> str:
    return " ".join(f"--operation {operation}" for operation in operations)


def _allow(kind: str, operations: Iterable[Operation]) -> str:
    return f"Allow it: kafka-acls --add --{kind} NAME {_flags(operations)} --allow-principal User:NAME"
