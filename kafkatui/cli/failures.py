"""What could not be read, in sentences for stderr: each reason once, however many rows it cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kafkatui.model.problems import PENDING, Problem

if TYPE_CHECKING:  # what reads records knows of no groups
    from kafkatui.model.cluster import Broker, Topic
    from kafkatui.model.groups import Group
    from kafkatui.model.snapshot import Snapshot

_NO_FAILURE = {PENDING.code, "not_started", "not_reported", "not_told"}
"""Nobody asked, or there is nothing to know yet."""
_Named = tuple[str, Problem]


def of_listing(snapshot: Snapshot, wanted: Sequence[str]) -> list[str]:
    """Why groups may be missing from the list, where no row can say so; nothing if each of `wanted` is there."""
    if wanted and all(name in snapshot.groups for name in wanted):
        return []
    # The groups of a broker that is down have moved to others, unless their commits have no leader any more.
    lost = [f"broker {node_id}" for node_id, problem in snapshot.unlisted.items() if problem.code != "gone"]
    commits = snapshot.topics.get("__consumer_offsets")
    if commits is not None:
        lost += [f"leaderless {each.name}" for each in commits.partitions if each.is_leaderless]
    return [f"groups may be missing: those of {', '.join(lost)} could not be listed"] if lost else []


def of_groups(groups: Iterable[Group]) -> list[str]:
    return sentences(each for group in groups for each in _group(group))


def of_topics(topics: Iterable[Topic]) -> list[str]:
    return sentences(each for topic in topics for each in _topic(topic))


def of_brokers(brokers: Iterable[Broker]) -> list[str]:
    return sentences(each for broker in brokers for each in _broker(broker))


def _group(group: Group) -> Iterator[_Named]:
    for reading in (group.members, group.partitions):
        if isinstance(reading, Problem):
            yield f"group {group.group}", reading
    for row in group.partitions if not isinstance(group.partitions, Problem) else ():
        numbers = (row.lag, row.committed, row.end, row.start, row.stable_end)
        problem = next((each for each in numbers if _is_failure(each)), None)
        if isinstance(problem, Problem):
            yield f"group {group.group}, {row.name}", problem


def _topic(topic: Topic) -> Iterator[_Named]:
    if topic.problem is not None:
        yield f"topic {topic.name}", topic.problem
    for partition in topic.partitions:
        numbers = (partition.end, partition.start, partition.stable_end, partition.size, partition.problem)
        problem = next((each for each in numbers if _is_failure(each)), None)
        if isinstance(problem, Problem):
            yield f"topic {topic.name}, partition {partition.partition}", problem


def _broker(broker: Broker) -> Iterator[_Named]:
    numbers = (broker.problem, broker.disk, broker.version)
    problem = next((each for each in numbers if _is_failure(each)), None)
    if isinstance(problem, Problem):
        yield f"broker {broker.node_id}", problem


def _is_failure(reading: object) -> bool:
    return isinstance(reading, Problem) and reading.code not in _NO_FAILURE


def sentences(named: Iterable[tuple[str, Problem]]) -> list[str]:
    """Each reason once, with the first of the names it is about."""
    by_text: dict[str, list[str]] = {}
    for name, problem in named:
        if _is_failure(problem):
            by_text.setdefault(problem.text, []).append(name)
    return [f"{names[0]}{_more(len(names) - 1)}: {text}" for text, names in by_text.items()]


def _more(count: int) -> str:
    return f" and {count} more" if count else ""
