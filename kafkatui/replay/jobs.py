"""Jobs as files: the plan, how each run ended, which producers wrote. The progress itself is the group's in Kafka."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from kafkatui.model.cluster import TopicPartition
from kafkatui.replay.spec import Spec, document, spec_of
from kafkatui.undo.journal import is_alive

_SCHEMA = "kafkatui.replay-job/1"


class Phase(StrEnum):
    """Where a job is."""

    PLANNED = "planned"
    RUNNING = "running"
    STOPPED = "stopped"
    """Somebody stopped it, or something did: `problem` says what. It can be resumed."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it was last written down."""

    spec: Spec
    created: str
    """UTC, ISO 8601."""
    bootstrap: tuple[str, ...]
    context: str | None
    """`bootstrap` and `context` are of the cluster that is written to."""
    target_ends: Mapping[str, Mapping[int, int]]
    """Where each partition of each target topic ended when it was planned: copies lie behind it."""
    phase: Phase = Phase.PLANNED
    pid: int | None = None
    started_at: float = 0.0
    """When the process with that id began to run it, epoch seconds."""
    records: int = 0
    producers: frozenset[int] = frozenset()
    skipped: tuple[tuple[str, int, int, str], ...] = ()
    """Topic, partition, offset and why, of records the target did not take."""
    lost: tuple[tuple[int, int, int, str], ...] = ()
    """Partition, first, until and why, of ranges that were passed over."""
    problem: str | None = None
    ended: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    source_bootstrap: tuple[str, ...] = ()
    """Of the cluster that is read, where that is another one; so is its context."""
    source_context: str | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process that runs it is there; a killed one leaves the phase as it was."""
        return self.phase is Phase.RUNNING and self.pid is not None and is_alive(self.pid, self.started_at)

    @property
    def shown_phase(self) -> str:
        if self.phase is Phase.RUNNING and not self.is_running:
            return "killed"
        return self.phase.value

    def targets(self) -> list[tuple[TopicPartition, int]]:
        """Where to look for copies: partition and first offset."""
        return [
            (TopicPartition(topic, number), end)
            for topic, ends in self.target_ends.items()
            for number, end in ends.items()
        ]


class Jobs:
    """The jobs in one folder, files of mode 0600. Every method may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Job]:
        """The newest first. What can not be read as a job is left out."""
        found = []
        for path in self._folder.glob("*.json"):
            with suppress(ValueError, TypeError, KeyError):
                found.append(_job(json.loads(path.read_text(encoding="utf-8"))))
        return sorted(found, key=lambda job: (job.created, job.spec.job), reverse=True)

    def find(self, name: str) -> Job | None:
        return next((job for job in self.all() if job.spec.job == name), None)

    def save(self, job: Job) -> Job:
        """Whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, scratch = self._folder / f"{job.spec.job}.json", self._folder / f".{job.spec.job}.tmp"
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(_document(job), ensure_ascii=True, indent=1).encode())
            file.flush()
            os.fsync(descriptor)
        scratch.replace(path)
        return job

    def change(self, job: Job, **changes: Any) -> Job:
        return self.save(replace(job, **changes))


def _document(job: Job) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        "plan": document(job.spec),
        "hash": job.spec.hash,
        "created": job.created,
        "bootstrap": list(job.bootstrap),
        "context": job.context,
        "target_ends": {
            topic: {str(number): end for number, end in ends.items()} for topic, ends in job.target_ends.items()
        },
        "phase": job.phase.value,
        "pid": job.pid,
        "started_at": job.started_at,
        "records": job.records,
        "producers": sorted(job.producers),
        "skipped": [list(each) for each in job.skipped],
        "lost": [list(each) for each in job.lost],
        "problem": job.problem,
        "ended": job.ended,
        "options": dict(job.options),
        "source_bootstrap": list(job.source_bootstrap),
        "source_context": job.source_context,
    }


def _job(found: Mapping[str, Any]) -> Job:
    if found["schema"] != _SCHEMA:
        raise ValueError("another schema")
    return Job(
        spec=spec_of(found["plan"]),
        created=found["created"],
        bootstrap=tuple(found["bootstrap"]),
        context=found["context"],
        target_ends={
            topic: {int(number): end for number, end in ends.items()} for topic, ends in found["target_ends"].items()
        },
        phase=Phase(found["phase"]),
        pid=found["pid"],
        started_at=found["started_at"],
        records=found["records"],
        producers=frozenset(found["producers"]),
        skipped=tuple((each[0], each[1], each[2], each[3]) for each in found["skipped"]),
        lost=tuple((each[0], each[1], each[2], each[3]) for each in found["lost"]),
        problem=found["problem"],
        ended=found["ended"],
        options=found["options"],
        source_bootstrap=tuple(found.get("source_bootstrap", ())),
        source_context=found.get("source_context"),
    )
