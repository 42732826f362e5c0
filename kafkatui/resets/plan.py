"""A change of offsets before it is made: before and after of each partition, and what stands against it. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType, lag_of
from kafkatui.model.problems import Problem, Reading, total


@dataclass(frozen=True, slots=True)
class Omitted:
    """A partition that was meant and is left as it is."""

    topic: str
    partition: int | None
    """None: the topic as a whole."""
    problem: Problem

    @property
    def name(self) -> str:
        return self.topic if self.partition is None else f"{self.topic}-{self.partition}"


@dataclass(frozen=True, slots=True)
class Move:
    """One partition of one group, before and after."""

    where: TopicPartition
    before: Commit | None
    """None: no commit."""
    after: Commit | None
    start: Reading
    """Of the log, when the plan was made."""
    end: Reading
    note: str = ""
    """What must be said of it."""

    @property
    def changes(self) -> bool:
        return self.before != self.after

    @property
    def delta(self) -> int | None:
        """Offsets forwards; None where one side has no commit."""
        return None if self.before is None or self.after is None else self.after.offset - self.before.offset

    @property
    def lag_before(self) -> Reading:
        return _lag(self.before, self.start, self.end)

    @property
    def lag_after(self) -> Reading:
        return _lag(self.after, self.start, self.end)


def _lag(commit: Commit | None, start: Reading, end: Reading) -> Reading:
    return lag_of(None if commit is None else commit.offset, start, end)[0]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What becomes of one group."""

    group: str
    type: GroupType
    state: str
    """Kafka's word; empty for a group that does not exist yet."""
    moves: tuple[Move, ...] = ()
    omitted: tuple[Omitted, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person must know of it, in sentences."""
    deletes: bool = False
    """The group itself goes, too."""

    @property
    def is_new(self) -> bool:
        return not self.state

    @property
    def changing(self) -> list[Move]:
        return [move for move in self.moves if move.changes]

    @property
    def lag_before(self) -> Reading:
        return total(move.lag_before for move in self.moves)

    @property
    def lag_after(self) -> Reading:
        return total(move.lag_after for move in self.moves)


@dataclass(frozen=True)
class Plan:
    """One change of the offsets of some groups."""

    what: str
    """One line for a person: `reset the offsets of billing to start`."""
    cluster_id: str | None
    groups: tuple[GroupPlan, ...]

    @property
    def omitted(self) -> list[tuple[str, Omitted]]:
        """With the group's name."""
        return [(group.group, each) for group in self.groups for each in group.omitted]

    @property
    def changes(self) -> int:
        """Offsets that change."""
        return sum(len(group.changing) for group in self.groups)

    @property
    def is_empty(self) -> bool:
        return not self.changes and not any(group.deletes for group in self.groups)

    @cached_property
    def hash(self) -> str:
        """Two plans with the same hash do the same: SHA-256 of what changes where, `sha256:...`."""
        what = [self.cluster_id, [[each.group, each.type, each.deletes, _rows(each.changing)] for each in self.groups]]
        return f"sha256:{hashlib.sha256(json.dumps(what, separators=(',', ':')).encode()).hexdigest()}"


def _rows(moves: Iterable[Move]) -> list[Sequence[object]]:
    return [(*move.where, _fields(move.before), _fields(move.after)) for move in moves]


def _fields(commit: Commit | None) -> Sequence[object] | None:
    return None if commit is None else (commit.offset, commit.metadata, commit.leader_epoch)
