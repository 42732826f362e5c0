"""A replay before it runs: what is chosen, where it goes, and everything that may go wrong. Nothing is read here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kafkatui.filters import Selection
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Gap, Isolation
from kafkatui.replay.fingerprint import Fingerprint
from kafkatui.replay.spec import SCHEMA, Headers, Spec, Timestamps, document

_FOREVER = -1
EXPECTED = frozenset({"after_end"})
"""Reasons why a part of a range is not there that need no word."""


class Level(StrEnum):
    """How bad a finding is."""

    BLOCK = "block"
    """It would not do what is asked for: nothing is sent, unless a flag says that it is known."""
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person must know before it runs."""

    level: Level
    code: str
    text: str


_NO_ORDER = Finding(Level.WARN, "no_order", "records of one key go to several partitions: their order is lost")


@dataclass(frozen=True, slots=True)
class Reader:
    """A group that reads the target."""

    group: str
    state: str
    members: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the target takes, from its configs; None where that could not be read."""

    most_bytes: int | None = None
    retention_ms: int | None = None
    """-1: for ever."""
    compacted: bool | None = None
    deletes: bool | None = None
    """Whether retention deletes records (cleanup.policy)."""
    log_append_time: bool | None = None
    before_ms: int | None = None
    """The oldest timestamp it takes, back from now."""
    after_ms: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of the cluster for a plan."""

    source_partitions: int
    clipped: tuple[Gap, ...]
    fingerprint: Fingerprint
    limits: Limits
    older_than: Mapping[int, int | None]
    """By age in ms: how many of the chosen offsets lie before the first record younger than that; None: not known."""
    has_null_keys: bool
    """Some of the sample has none."""
    readers: tuple[Reader, ...]
    target_ends: Mapping[int, int]
    without_partition: int = 0
    """Of the lines of a file, and so `without_time`."""
    without_time: int = 0
    selected: Mapping[TopicPartition, int] | None = None
    """How many records the filter chooses; None: no filter, all of them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done."""

    spec: Spec
    seen: Seen
    findings: tuple[Finding, ...]
    seconds: float | None
    """How long it takes; None where no rate says so."""

    @property
    def blocked(self) -> list[Finding]:
        return [each for each in self.findings if each.level is Level.BLOCK]

    @property
    def most_records(self) -> int:
        """No more than this is written; markers and compaction may make it less where nothing was counted."""
        chosen = self.spec.offsets if self.seen.selected is None else sum(self.seen.selected.values())
        return chosen if self.spec.most is None else min(chosen, self.spec.most)

    def document(self) -> dict[str, Any]:
        """`kafkatui.replay-plan/1`."""
        seen, limits = self.seen, self.seen.limits
        chosen = seen.selected
        return {
            "schema": SCHEMA,
            **document(self.spec),
            "hash": self.spec.hash,
            "group": self.spec.name,
            "records": None if chosen is None else self.most_records,
            "at_most": self.most_records,
            "selected": None
            if chosen is None
            else {str(where.partition): count for where, count in sorted(chosen.items())},
            "seconds": self.seconds,
            "partitioner": seen.fingerprint.partitioner,
            "target_limits": {
                "max_message_bytes": limits.most_bytes,
                "retention_ms": limits.retention_ms,
                "log_append_time": limits.log_append_time,
                "problem": None if limits.problem is None else limits.problem.text,
            },
            "readers": [{"group": each.group, "state": each.state, "members": each.members} for each in seen.readers],
            "findings": [{"level": each.level, "code": each.code, "text": each.text} for each in self.findings],
        }


def plan_of(spec: Spec, seen: Seen, rate: float | None, *, allow_lost: bool, allow_old: bool) -> Plan:
    """`allow_lost`, `allow_old`: what would block is known and wanted."""
    findings = [*_ranges(seen, allow_lost), *_picked(spec, seen, allow_lost), *_chosen(spec)]
    if not spec.to_file:
        findings += _target(spec, seen, allow_old)
    plan = Plan(spec, seen, tuple(findings), None)
    return plan if not rate else Plan(spec, seen, tuple(findings), plan.most_records / rate)


def _target(spec: Spec, seen: Seen, allow_old: bool) -> Iterable[Finding]:
    return [
        *_partitions(spec, seen),
        *_timestamps(spec, seen, allow_old),
        *_limits(spec, seen),
        *_readers(spec, seen),
        *_across(spec),
    ]


def _ranges(seen: Seen, allow_lost: bool) -> Iterable[Finding]:
    for gap in seen.clipped:
        if gap.problem.code in EXPECTED:
            continue
        is_lost = gap.problem.code == "before_start"
        level = Level.BLOCK if is_lost and not allow_lost else Level.WARN
        yield Finding(
            level, gap.problem.code, f"{gap.where}: offsets {gap.first} to {gap.until - 1} {gap.problem.text}"
        )


def _picked(spec: Spec, seen: Seen, allow_lost: bool) -> Iterable[Finding]:
    """Records that are named one by one are there, or it is said."""
    if spec.selection != Selection() or seen.selected is None:
        return
    for number, count in sorted(Counter(partition for partition, _ in spec.picked).items()):
        where = TopicPartition(spec.source, number)
        there = seen.selected.get(where, 0)
        if there < count:
            level = Level.WARN if allow_lost else Level.BLOCK
            yield Finding(level, "not_there", f"{where}: of {count} records that are picked {there} can be read")


def _partitions(spec: Spec, seen: Seen) -> Iterable[Finding]:
    if spec.is_file:
        yield from _file_partitions(spec, seen)
        return
    if spec.partition_by is PartitionBy.SAME:
        needed = max((span.where.partition for span in spec.spans), default=-1) + 1
        if spec.target.partitions < needed:
            text = f"{spec.target.topic} has {spec.target.partitions} partitions, and records come from up to {needed}"
            yield Finding(Level.BLOCK, "too_few_partitions", f"{text}: choose --partitions key-murmur2 or another way")
        elif spec.target.partitions != seen.source_partitions:
            counts = f"{spec.target.partitions} partitions and {spec.source} {seen.source_partitions}"
            text = f"{spec.target.topic} has {counts}"
            yield Finding(Level.WARN, "other_partitions", f"{text}: keys do not lie where producers look for them")
        return
    if spec.partition_by is PartitionBy.ROUND_ROBIN:
        yield _NO_ORDER
        return
    wanted = Partitioner.CRC32 if spec.partition_by is PartitionBy.KEY_CRC32 else Partitioner.MURMUR2
    is_by = seen.fingerprint.partitioner
    if is_by is not wanted:
        known = f"by {is_by}" if is_by else "by neither murmur2 nor crc32"
        text = f"{spec.source} is partitioned {known}, as {seen.fingerprint.sampled} sampled keys tell"
        yield Finding(Level.WARN, "other_partitioner", f"{text}; by {wanted} keys move to other partitions")


def _file_partitions(spec: Spec, seen: Seen) -> Iterable[Finding]:
    """Lines name partitions, or keys choose them; what partitioned them before is not known."""
    if spec.partition_by is PartitionBy.ROUND_ROBIN:
        yield _NO_ORDER
    elif spec.partition_by is PartitionBy.SAME:
        other = "choose --partitions key-murmur2 or another way"
        if seen.without_partition:
            text = f"{seen.without_partition} lines name no partition: {other}"
            yield Finding(Level.BLOCK, "no_partition", text)
        if spec.target.partitions < seen.source_partitions:
            text = f"{spec.target.topic} has {spec.target.partitions} partitions, and lines name up to"
            yield Finding(Level.BLOCK, "too_few_partitions", f"{text} {seen.source_partitions - 1}: {other}")


def _timestamps(spec: Spec, seen: Seen, allow_old: bool) -> Iterable[Finding]:
    limits = seen.limits
    if spec.timestamps is Timestamps.KEEP and seen.without_time:
        text = f"{seen.without_time} lines have no timestamp to keep: choose --timestamps now"
        yield Finding(Level.BLOCK, "no_timestamp", text)
    if spec.timestamps is Timestamps.NOW or limits.problem is not None:
        return
    if limits.log_append_time:
        yield Finding(Level.WARN, "log_append_time", f"{spec.target.topic} sets timestamps itself: they are not kept")
        return
    level = Level.WARN if allow_old else Level.BLOCK
    retention = limits.retention_ms if limits.deletes else None
    if retention is not None and retention != _FOREVER:
        text = f"are older than the retention of {spec.target.topic}: with --timestamps keep they are deleted at once"
        yield from _old(level, "deleted_at_once", seen.older_than.get(retention, 0), text)
    if limits.before_ms is not None:
        text = f"are older than {spec.target.topic} takes (message.timestamp.before.max.ms)"
        yield from _old(level, "too_old", seen.older_than.get(limits.before_ms, 0), text)


def _old(level: Level, code: str, count: int | None, text: str) -> Iterable[Finding]:
    if count is None:
        yield Finding(Level.WARN, code, f"it could not be told how many records {text}")
    elif count:
        yield Finding(level, code, f"about {count} records {text}")


def _limits(spec: Spec, seen: Seen) -> Iterable[Finding]:
    limits = seen.limits
    if limits.problem is not None:
        text = f"the limits of {spec.target.topic} could not be read: {limits.problem.text}"
        yield Finding(Level.WARN, "unknown_limits", text)
    elif limits.compacted and seen.has_null_keys:
        text = f"{spec.target.topic} is compacted and refuses records without a key, and some have none"
        yield Finding(Level.WARN, "null_keys", text)
    elif limits.compacted:
        yield Finding(Level.NOTE, "compacted", f"{spec.target.topic} is compacted: of each key only the last may stay")


def _readers(spec: Spec, seen: Seen) -> Iterable[Finding]:
    live = [each for each in seen.readers if each.members]
    if live:
        names = ", ".join(each.group for each in live[:8]) + (" ..." if len(live) > 8 else "")
        text = f"read {spec.target.topic} now: a reader with isolation read_uncommitted, Kafka's default, would see "
        yield Finding(Level.NOTE, "readers", f"{names} {text}copies of transactions that are aborted, too")
    if spec.target.topic == spec.source and not spec.is_across:
        groups = ", ".join(each.group for each in seen.readers[:8]) or "no group"
        text = f"source and target are the same topic: everything is there twice then, and {groups} reads it again"
        yield Finding(Level.WARN, "same_topic", text)


def _chosen(spec: Spec) -> Iterable[Finding]:
    if spec.isolation is Isolation.UNCOMMITTED:
        yield Finding(Level.WARN, "uncommitted", "records of aborted transactions are sent, too, and count then")
    if spec.headers is Headers.DROP:
        yield Finding(Level.WARN, "no_headers", "headers are dropped")


def _across(spec: Spec) -> Iterable[Finding]:
    if spec.is_across:
        text = f"reads cluster {spec.source_cluster_id}, writes to {spec.cluster_id}: exactly once, for the progress is"
        yield Finding(Level.NOTE, "across", f"{text} committed with the copies, by group {spec.name} there")
