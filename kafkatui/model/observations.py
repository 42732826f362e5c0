"""What this session saw of ends and commits over time, in bounded memory. What it means is reckoned in `reckoning`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.stretches import Stretches


class Observations:
    """Ends by partition, and commits by group and partition; of what stays the same only since when."""

    def __init__(self) -> None:
        self.since: float | None = None
        """The first sample, epoch seconds."""
        self.at = 0.0
        """The newest sample, epoch seconds."""
        self.ends: dict[TopicPartition, Stretches] = {}
        self._commits: dict[str, dict[TopicPartition, Stretches]] = {}
        self._topic_ids: dict[str, str | None] = {}

    def commits(self, group: str) -> Mapping[TopicPartition, Stretches]:
        """Of one group; none of one that was not sampled."""
        return self._commits.get(group, {})

    def add(self, at: float, topics: Mapping[str, Topic], groups: Mapping[str, Group]) -> None:
        """One reading; `at` is when its ends were asked for, epoch seconds.

        What is unknown now is only not sampled. What is gone, or was made anew, is forgotten.
        """
        if self.since is None or at < self.at:
            # A clock that was set back makes every moment before it worthless.
            self.ends, self._commits, self.since = {}, {}, at
        elif at == self.at:
            return
        self.at = at
        anew = self._forget_topics(topics)
        anew.update(self._add_ends(at, topics))
        if anew:
            for commits in self._commits.values():
                for name in anew & commits.keys():
                    del commits[name]
        self._add_commits(at, groups)

    def _forget_topics(self, topics: Mapping[str, Topic]) -> set[TopicPartition]:
        ids = {name: topic.topic_id for name, topic in topics.items()}
        before, self._topic_ids = self._topic_ids, ids
        gone = {name for name, topic_id in before.items() if name not in ids or ids[name] != topic_id}
        if not gone:
            return set()
        forgotten = {name for name in self.ends if name.topic in gone}
        for name in forgotten:
            del self.ends[name]
        return forgotten

    def _add_ends(self, at: float, topics: Mapping[str, Topic]) -> Iterable[TopicPartition]:
        """Gives those whose log is shorter than it was: it was made anew, or lost records."""
        shrunk = []
        ends = self.ends
        for topic in topics.values():
            for partition in topic.partitions:
                end = partition.end
                if not isinstance(end, int):
                    continue
                name = partition.name
                seen = ends.get(name)
                if seen is None:
                    ends[name] = Stretches(at, end)
                elif seen.value == end:
                    seen.until = at
                elif seen.value < end:
                    seen.move(at, end)
                else:
                    ends[name] = Stretches(at, end)
                    shrunk.append(name)
        return shrunk

    def _add_commits(self, at: float, groups: Mapping[str, Group]) -> None:
        commits = self._commits
        for name in commits.keys() - groups.keys():
            del commits[name]
        for name, group in groups.items():
            if isinstance(group.partitions, tuple):
                commits[name] = _added(commits.get(name, {}), at, group.partitions)


def _added(
    before: dict[TopicPartition, Stretches], at: float, rows: Iterable[GroupPartition]
) -> dict[TopicPartition, Stretches]:
    """The commits with one more sample; those on partitions the group has no row for any more are left out."""
    now: dict[TopicPartition, Stretches] = {}
    for row in rows:
        committed, name = row.committed, row.name
        seen = before.get(name)
        if not isinstance(committed, int):
            if seen is not None and committed is not None:
                now[name] = seen
        elif seen is None:
            now[name] = Stretches(at, committed)
        else:
            if seen.value == committed:
                seen.until = at
            else:
                seen.move(at, committed)
            now[name] = seen
    return now
