"""Replays in memory that answer as `replay.replays` does, for the screen: plans are made of what a test gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from kafkatui.filters import Selection
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Span
from kafkatui.replay.fingerprint import Fingerprint
from kafkatui.replay.jobs import Job, Phase
from kafkatui.replay.plan import Limits, Plan, Reader, Seen, plan_of
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import Progress, State
from kafkatui.replay.run import Options, Stopped
from kafkatui.replay.spec import Spec, Target
from kafkatui.replay.verification import Sum, Verified
from kafkatui.undo.journal import Change, Entry, Result

CREATED = "2026-11-25T14:58:00.000Z"
CHUNK = 100
"""Records a fake run sends at a time."""


def a_spec(job: str = "nightly", **changes: object) -> Spec:
    spans = tuple(Span(TopicPartition("orders", number), 0, 400) for number in range(3))
    spec = Spec(job, "q3xKzW0gRv2mB7aTfN1yLw", "orders", "id-1", spans, Target("payments", "id-2", 3))
    return replace(spec, **changes)  # type: ignore[arg-type]


def a_job(job: str = "nightly", spec: Spec | None = None, **changes: object) -> Job:
    made = Job(spec or a_spec(job), CREATED, ("localhost:9092",), "dev", {"payments": {0: 0, 1: 0, 2: 0}})
    return replace(made, **changes)  # type: ignore[arg-type]


def a_seen(**changes: object) -> Seen:
    known = Fingerprint(500, {Partitioner.MURMUR2: 1.0, Partitioner.CRC32: 0.5})
    seen = Seen(3, (), known, Limits(1_000_000, -1, False, True, False), {}, False, (), {0: 0, 1: 0, 2: 0})
    return replace(seen, **changes)  # type: ignore[arg-type]


class FakeRun:
    """Sends a chunk each time `go_on` allows it."""

    def __init__(self, spec: Spec, options: Options, progress: Progress, fake: FakeReplays) -> None:
        self.rate = options.rate
        self.progress = progress
        self.was_stopped = False
        self.was_aborted = False
        self.is_paused = False
        self.began_with = progress.records
        self._spec = spec
        self._fake = fake

    @property
    def state(self) -> State:
        sent = self.progress.records - self.began_with
        return State(
            records=self.progress.records,
            offsets=self.progress.offsets,
            total=self._spec.offsets,
            size=sent * 220,
            seconds=2.0,
            run_records=sent,
            waiting=self._fake.waiting,
            paused=self.is_paused,
        )

    def pause(self, paused: bool) -> None:
        self.is_paused = paused

    def stop(self) -> None:
        self.was_stopped = True
        self._fake.turn.release()

    async def abort(self) -> None:
        self.was_aborted = True

    async def run(self) -> AsyncGenerator[State, None]:
        for span in self._spec.spans:
            for until in range(span.first + CHUNK, span.until + CHUNK, CHUNK):
                if until <= self.progress.position(span.where):
                    continue
                await self._fake.turn.acquire()
                if self._fake.stops_with is not None:
                    raise Stopped(self._fake.stops_with)
                if self.was_stopped:
                    return
                self.progress.positions[span.where] = min(until, span.until)
                self.progress.sent[span.where] = self.progress.position(span.where) - span.first
                yield self.state


class FakeExecution:
    def __init__(self, run: FakeRun, job: Job, fake: FakeReplays) -> None:
        self.run = run
        self.job = fake.keep(replace(job, phase=Phase.RUNNING))
        self._fake = fake

    async def states(self) -> AsyncGenerator[State, None]:
        async for state in self.run.run():
            yield state

    def finish(self, problem: str | None = None, *, interrupted: bool = False) -> Job:
        is_done = self.run.progress.is_done and problem is None
        self._fake.interrupted.append(interrupted)
        phase = Phase.DONE if is_done else Phase.STOPPED
        self.job = self._fake.keep(
            replace(self.job, phase=phase, problem=problem, records=self.run.progress.records, pid=None)
        )
        return self.job


class FakeReplays:
    """Set `problem` and nothing answers. A run sends a chunk for each `turn` that is released."""

    def __init__(self, *jobs: Job) -> None:
        self.kept: dict[str, Job] = {job.spec.job: job for job in jobs}
        self.held: dict[str, Progress] = {}
        """What the group of a job holds."""
        self.seen = a_seen()
        self.found: Mapping[TopicPartition, int] | None = None
        """What a filter finds."""
        self.problem: Problem | None = None
        self.waiting: Problem | None = None
        self.stops_with: Problem | None = None
        self.turn = asyncio.Semaphore(0)
        self.planned = asyncio.Event()
        """A plan waits for it."""
        self.planned.set()
        self.asked: list[tuple[Asked, float | None]] = []
        self.opened: list[FakeRun] = []
        self.interrupted: list[bool] = []
        self.verified = Verified()
        self.reads = 0
        """How often all jobs were read."""

    def __call__(self, connection: Connection) -> FakeReplays:
        return self

    def keep(self, job: Job) -> Job:
        self.kept[job.spec.job] = job
        return job

    def _ask(self) -> None:
        if self.problem is not None:
            raise Unreachable(self.problem)

    async def plan(self, asked: Asked, rate: float | None, counted: Callable[[int, int, int], None]) -> Plan:
        self._ask()
        self.asked.append((asked, rate))
        counted(50, 100, 7)
        await self.planned.wait()
        spec = a_spec(
            asked.job,
            source=asked.source,
            target=Target(asked.target, "id-2", 3),
            spans=tuple(Span(TopicPartition(asked.source, number), 0, 400) for number in range(3)),
            selection=asked.selection,
            picked=asked.picked,
            partition_by=asked.partition_by,
            timestamps=asked.timestamps,
            headers=asked.headers,
        )
        is_counted = asked.selection != Selection() or bool(asked.picked)
        seen = replace(self.seen, selected=self.found if is_counted else None)
        return plan_of(spec, seen, rate, allow_lost=False, allow_old=False)

    def write_down(self, plan: Plan) -> Job:
        return self.keep(a_job(plan.spec.job, plan.spec))

    @asynccontextmanager
    async def open(self, job: Job, options: Options) -> AsyncIterator[FakeExecution]:
        self._ask()
        progress = self.held.setdefault(job.spec.job, Progress(job.spec))
        run = FakeRun(job.spec, options, progress, self)
        self.opened.append(run)
        yield FakeExecution(run, job, self)

    def all(self) -> list[Job]:
        self.reads += 1
        return list(self.kept.values())

    def find(self, name: str) -> Job | None:
        return self.kept.get(name)

    def history(self, job: Job) -> list[Entry]:
        change = Change(
            "replay", "replay", "kafkatui replay resume", job.spec.cluster_id, planned={"job": job.spec.job}
        )
        stopped = Entry("1", CREATED, "op@host", 1, change, Result.CANCELLED, {"records": 300}, None)
        return [stopped] if job.records else []

    def end(self, job: Job, progress: Progress) -> Job:
        return self.keep(replace(job, phase=Phase.DONE))

    async def progress(self, job: Job) -> Progress:
        self._ask()
        return self.held.get(job.spec.job, Progress(job.spec))

    async def verify(self, job: Job) -> Verified:
        self._ask()
        return self.verified


def verified_of(*counts: int, differs: bool = False) -> Verified:
    """So many records in each partition of the target."""
    verified = Verified()
    for number, count in enumerate(counts):
        where = TopicPartition("payments", number)
        verified.wanted[where] = Sum(count, 0x1234_5678_9ABC_DEF0 + number)
        verified.found[where] = Sum(count - differs, 0x1234_5678_9ABC_DEF0 + number - differs)
    return verified


READERS = (Reader("billing", "Stable", 2),)
