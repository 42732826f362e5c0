"""Where groups have something left to read, straight from the parts of a reading: what is worth another question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.groups import GroupType
from kafkatui.model.parts import Described, ListedGroup, Parts
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.unread import ReadFrom

SUBSCRIBES = {"consumer", "streams"}
"""Protocols whose groups share out whole topics. Commits of others may be of single partitions by hand."""


def topics_named(parts: Parts) -> Iterator[str]:
    """Topics that groups have commits on, or that their members read; one may come more than once."""
    for places in (*parts.commits.values(), *parts.share_offsets.values()):
        if not isinstance(places, Problem):
            yield from (where.topic for where in places)
    for described in parts.described.values():
        if isinstance(described, Described):
            yield from (where.topic for member in described.members for where in member.partitions)


class Lagging(NamedTuple):
    """A partition that a group has not read to the end, as far as its commit tells."""

    group: str
    where: TopicPartition
    committed: int | None
    """None: no commit."""


def lagging(parts: Parts) -> Iterator[Lagging]:
    """Of every group whose commits are known, in the order of the groups."""
    listed = parts.group_list.groups if parts.group_list is not None else {}
    for group in listed.values():
        for where, committed in _commits(group, parts):
            end = parts.ends.get(where)
            if isinstance(committed, Problem) or not isinstance(end, int):
                continue
            if committed is None or committed < end:
                yield Lagging(group.group, where, committed)


def _commits(group: ListedGroup, parts: Parts) -> Iterable[tuple[TopicPartition, Reading | None]]:
    if group.type is GroupType.SHARE:
        offsets = parts.share_offsets.get(group.group, {})
        return () if isinstance(offsets, Problem) else [(where, each.start) for where, each in offsets.items()]
    commits = parts.commits.get(group.group)
    if commits is None or isinstance(commits, Problem):
        return ()
    missing = without_commit(group, commits, parts.described.get(group.group), parts.topology.topics)
    return [*commits.items(), *((where, None) for where in missing)]


def without_commit(
    group: ListedGroup,
    commits: Mapping[TopicPartition, Reading],
    described: Described | Problem | None,
    topics: Mapping[str, Topic],
) -> set[TopicPartition]:
    """What it is to read without a commit: what its members read, or the rest of its topics if it is empty (kadm)."""
    if group.state == "Empty":
        return _rest(commits, topics) if group.protocol in SUBSCRIBES else set()
    if not isinstance(described, Described):
        return set()
    return {where for member in described.members for where in member.partitions if where not in commits}


def _rest(commits: Mapping[TopicPartition, Reading], topics: Mapping[str, Topic]) -> set[TopicPartition]:
    read = [topics[name] for name in {where.topic for where in commits} if name in topics]
    if len(commits) == sum(len(topic.partitions) for topic in read):
        return set()
    return {each.name for topic in read for each in topic.partitions if each.name not in commits}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Offsets to look after, with those before which there may be a record."""

    readable: Mapping[ReadFrom, int]
    held: Mapping[ReadFrom, int]
    """Of these an open transaction holds back all there is: only its own records can be looked at."""


def wanted(found: Iterable[Lagging], parts: Parts) -> Wanted:
    """Where each reads on, and up to where: the stable end, or the end behind it."""
    readable: dict[ReadFrom, int] = {}
    held: dict[ReadFrom, int] = {}
    for _, where, committed in found:
        start, end, stable_end = parts.starts.get(where), parts.ends.get(where), parts.stable_ends.get(where)
        at = start if committed is None else max(committed, start) if isinstance(start, int) else committed
        if not isinstance(at, int) or not isinstance(end, int) or isinstance(stable_end, Problem):
            continue
        if stable_end is not None and at >= stable_end:
            held[ReadFrom(where, at)] = end
        else:
            readable[ReadFrom(where, at)] = end if stable_end is None else min(end, stable_end)
    return Wanted(readable, held)
