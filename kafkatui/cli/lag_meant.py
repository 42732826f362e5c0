"""Which groups, topics and partitions `lag` or `groups` is asked about, found in a reading. Nothing is read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kafkatui.cli.naming import matches, pick
from kafkatui.model.groups import Group
from kafkatui.model.parts import ListedGroup
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Meant:
    """Names and globs as they were given; none means all, and so does None for partitions."""

    groups: Sequence[str] = ()
    topics: Sequence[str] = ()
    partitions: frozenset[int] | None = None

    def is_asked(self, listed: ListedGroup) -> bool:
        """Whether a group that a broker lists is to be read."""
        return matches(self.groups, listed.group)

    def chosen(self, snapshot: Snapshot) -> tuple[list[Group], tuple[str, ...]]:
        """The groups that are meant with the rows that are, and a sentence for each name that is not there."""
        found = pick(self.groups, snapshot.groups, "group", snapshot.hidden_groups)
        groups = [snapshot.groups[name] for name in (found.names if self.groups else snapshot.groups)]
        if self.topics or self.partitions is not None:
            groups = [self._narrowed(each) for each in groups]
        return groups, (*found.missing, *self._absent_topics(snapshot, groups))

    def _narrowed(self, group: Group) -> Group:
        if isinstance(group.partitions, Problem):
            return group
        kept = (
            row
            for row in group.partitions
            if matches(self.topics, row.topic) and (self.partitions is None or row.partition in self.partitions)
        )
        return replace(group, partitions=tuple(kept))

    def _absent_topics(self, snapshot: Snapshot, groups: Iterable[Group]) -> tuple[str, ...]:
        """A topic that is gone may still have commits: those rows are shown, so it is not missing."""
        read = {name: None for group in groups for name in group.topics}
        return pick(self.topics, {**snapshot.topics, **read}, "topic").missing
