"""Which partitions are meant: `TOPIC[:0,2-4]` against the topics there are. Where they go is not known here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.globs import is_glob
from kafkatui.model.problems import Problem
from kafkatui.resets.plan import Omitted


@dataclass(frozen=True, slots=True)
class Scope:
    """A topic, or topics by a glob, and some of their partitions."""

    topic: str
    partitions: frozenset[int] | None = None
    """None: all."""

    @property
    def is_glob(self) -> bool:
        """A topic's own name can hold none of these signs."""
        return is_glob(self.topic)

    def hits(self, topic: str) -> bool:
        return fnmatchcase(topic, self.topic) if self.is_glob else topic == self.topic


@dataclass(frozen=True, slots=True)
class Chosen:
    """The partitions that are meant, in order, and what was named and is not there."""

    partitions: tuple[TopicPartition, ...]
    omitted: tuple[Omitted, ...] = ()


def choose(
    scopes: Sequence[Scope], topics: Mapping[str, Topic], only: Collection[TopicPartition] | None = None
) -> Chosen:
    """`only`: those a whole topic stands for; None: all it has."""
    found: dict[TopicPartition, None] = {}
    omitted: list[Omitted] = []
    for scope in scopes:
        names = sorted(name for name in topics if scope.hits(name))
        if not names:
            omitted += _unknown(scope)
        for name in names:
            wanted, missing = _of_topic(topics[name], scope.partitions, only)
            found.update(dict.fromkeys(wanted))
            omitted += missing
    return Chosen(tuple(sorted(found)), tuple(dict.fromkeys(omitted)))


def _unknown(scope: Scope) -> Iterable[Omitted]:
    text = f"no topic matches {scope.topic}" if scope.is_glob else "the topic does not exist"
    problem = Problem("unknown_topic_or_partition", text)
    numbers: Iterable[int | None] = [None] if scope.partitions is None else sorted(scope.partitions)
    return [Omitted(scope.topic, number, problem) for number in numbers]


def _of_topic(
    topic: Topic, numbers: frozenset[int] | None, only: Collection[TopicPartition] | None
) -> tuple[list[TopicPartition], list[Omitted]]:
    if topic.problem is not None:
        return [], [Omitted(topic.name, None, topic.problem)]
    if numbers is None:
        every = [each.name for each in topic.partitions]
        wanted = every if only is None else [each for each in every if each in only]
        nothing = Problem("not_named", "no offset is given for it")
        return wanted, [] if wanted else [Omitted(topic.name, None, nothing)]
    known = {each.partition for each in topic.partitions}
    few = Problem("unknown_topic_or_partition", f"the topic has only {len(known)} partitions")
    missing = [Omitted(topic.name, number, few) for number in sorted(numbers - known)]
    return [TopicPartition(topic.name, number) for number in sorted(numbers & known)], missing
