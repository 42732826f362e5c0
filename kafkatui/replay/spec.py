"""What one replay is: which records, where they go and how. Fixed once it is planned, so that its hash names it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from kafkatui.filters import Selection
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.spans import Isolation, Span

SCHEMA = "kafkatui.replay-plan/1"
PREFIX = "kafkatui-replay-"
"""Of a job's transactional id and of the group that holds its progress."""
_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(?:/s)?")
At: TypeAlias = tuple[int, int]
"""Partition and offset of one record of the source."""


class Timestamps(StrEnum):
    """Which timestamp a copy has."""

    KEEP = "keep"
    NOW = "now"


class Headers(StrEnum):
    """Which headers a copy has."""

    KEEP = "keep"
    DROP = "drop"
    STAMP = "stamp"
    """Kept, and which job it is, where the record came from and its attempt added."""


class SpecError(ValueError):
    """What was asked for is no replay: one sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where copies go."""

    topic: str
    topic_id: str | None
    partitions: int


@dataclass(frozen=True, slots=True)
class Redrive:
    """Dead letters back to where they came from, instead of records to one topic."""

    to: str | None = None
    """One topic for all; None: each to the topic it came from."""
    mapping: tuple[tuple[str, str], ...] = ()
    """Another topic for those that came from one; it goes before `to`."""
    causes: tuple[str, ...] = ()
    """Ids; none: whatever the cause."""
    keep_headers: bool = False
    limit: int = 3
    """How often a record may be sent to its consumers, the first time included."""
    force: bool = False
    """Also what was sent back before, and what reached the limit."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One replay."""

    job: str
    cluster_id: str | None
    source: str
    source_id: str | None
    """Kafka's id of the topic: another topic of the same name is refused."""
    spans: tuple[Span, ...]
    """Resolved once; later records are not part of it."""
    target: Target
    selection: Selection = field(default_factory=Selection)
    picked: frozenset[At] = frozenset()
    """Only these records; none: all of the spans."""
    isolation: Isolation = Isolation.COMMITTED
    partition_by: PartitionBy = PartitionBy.SAME
    timestamps: Timestamps = Timestamps.KEEP
    headers: Headers = Headers.KEEP
    most: int | None = None
    """No more records than this."""
    codec: str | None = None
    """None: compressed as they are in the source."""
    redrive: Redrive | None = None
    """Where the source holds dead letters that go back; then the target's topic has no name."""
    source_cluster_id: str | None = None
    """Of the source, where it is in another cluster than `cluster_id`, which is written to."""

    is_file: bool = False
    """The source is a file: its path, its checksum for an id, its lines as the offsets of one partition."""

    to_file: bool = False
    """The target is a file, and its topic the path."""

    @property
    def is_elsewhere(self) -> bool:
        """The source is not in the cluster that is written to."""
        return self.is_file or self.is_across

    @property
    def is_across(self) -> bool:
        """From one cluster to another."""
        return self.source_cluster_id is not None

    @property
    def goes_to(self) -> str:
        """For a person."""
        if self.redrive is None:
            return self.target.topic
        return self.redrive.to or "their origins"

    @property
    def name(self) -> str:
        """Of the transactional id and the group."""
        return PREFIX + self.job

    @property
    def hash(self) -> str:
        """Sixteen hex digits over everything that decides what is written."""
        text = json.dumps(document(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def offsets(self) -> int:
        """Of the whole range; markers and what compaction took count, too."""
        return sum(span.until - span.first for span in self.spans)

    def end(self, where: TopicPartition) -> int:
        return next(span.until for span in self.spans if span.where == where)


def check_job(name: str) -> str:
    """The name, if it can be one. Raises `SpecError`."""
    if not _JOB.fullmatch(name):
        raise SpecError(f"--job {name!r}: a name is letters, digits, '.', '_' and '-', at most 120, a letter first")
    return name


def default_job(source: str, now: datetime) -> str:
    """A name for who gives none; `now` in UTC."""
    return f"{source[:100].lstrip('._-') or 'replay'}-{now:%Y%m%d-%H%M%S}"


def parse_rate(text: str) -> float:
    """Records a second, as `500` or `500/s`. Raises `SpecError`."""
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise SpecError(f"{text!r} is not a number of records a second; write it as 500 or 500/s")
    return float(match[1])


def document(spec: Spec) -> dict[str, Any]:
    """As JSON, without `schema` and `hash`."""
    return {
        "job": spec.job,
        "cluster_id": spec.cluster_id,
        "source": {
            "topic": spec.source,
            "topic_id": spec.source_id,
            "ranges": [[span.where.partition, span.first, span.until] for span in spec.spans],
            "isolation": spec.isolation.value,
            "selection": asdict(spec.selection),
            "max": spec.most,
            # Only where there is something to say: plans that were written down before have the hash they had.
            **({"records": [list(each) for each in sorted(spec.picked)]} if spec.picked else {}),
            **({"cluster_id": spec.source_cluster_id} if spec.is_across else {}),
            **({"file": True} if spec.is_file else {}),
        },
        "target": {**asdict(spec.target), **({"file": True} if spec.to_file else {})},
        "partitions": spec.partition_by.value,
        "timestamps": spec.timestamps.value,
        "headers": spec.headers.value,
        "codec": spec.codec,
        "redrive": None if spec.redrive is None else asdict(spec.redrive),
    }


def spec_of(found: Mapping[str, Any]) -> Spec:
    """What `document` made. Raises KeyError, TypeError or ValueError for anything else."""
    source, target = found["source"], found["target"]
    chosen = source["selection"]
    return Spec(
        job=found["job"],
        cluster_id=found["cluster_id"],
        source=source["topic"],
        source_id=source["topic_id"],
        spans=tuple(Span(TopicPartition(source["topic"], each[0]), each[1], each[2]) for each in source["ranges"]),
        target=Target(target["topic"], target["topic_id"], target["partitions"]),
        selection=Selection(tuple(chosen["grep"]), chosen["key"], tuple(chosen["headers"]), tuple(chosen["where"])),
        picked=frozenset((each[0], each[1]) for each in source.get("records", ())),
        isolation=Isolation(source["isolation"]),
        partition_by=PartitionBy(found["partitions"]),
        timestamps=Timestamps(found["timestamps"]),
        headers=Headers(found["headers"]),
        most=source["max"],
        codec=found["codec"],
        redrive=None if found["redrive"] is None else _redrive(found["redrive"]),
        source_cluster_id=source.get("cluster_id"),
        is_file=source.get("file", False),
        to_file=target.get("file", False),
    )


def _redrive(found: Mapping[str, Any]) -> Redrive:
    mapping = tuple((each[0], each[1]) for each in found["mapping"])
    limits = found["keep_headers"], found["limit"], found["force"]
    return Redrive(found["to"], mapping, tuple(found["causes"]), *limits)
