"""One run of a job with everything that is written down about it: journal, job file. For command and screen alike.

Who watches it decides when it ends; words for a person are not made here.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.commits import read_committed
from kafkatui.kafka.transaction_calls import Position
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.commits import Commit, Committed
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.reading.request import Plan as Reading
from kafkatui.reading.request import Request
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay import planning, record_file
from kafkatui.replay.file_sink import FileSink, progress_in
from kafkatui.replay.jobs import Job, Jobs, Phase
from kafkatui.replay.plan import Plan
from kafkatui.replay.progress import Progress, State, read_progress
from kafkatui.replay.route import Route, route_of
from kafkatui.replay.run import Options, Run
from kafkatui.replay.spec import Spec, SpecError
from kafkatui.undo.journal import Change, Entry, Journal, Result

KIND = "replay"
"""Of its entries in the journal."""


class ProgressUnknown(SpecError):
    """It can not be told now how far a job is: the broker that knows does not answer."""


def job_of(plan: Plan, connection: Connection, source: Connection | None = None) -> Job:
    """A new job, not written down yet; `source`: where it reads, if that is another cluster."""
    most = plan.seen.limits.most_bytes
    source = source if plan.spec.is_across else None
    return Job(
        spec=plan.spec,
        created=now(),
        bootstrap=connection.bootstrap,
        context=connection.context,
        target_ends={plan.spec.target.topic: plan.seen.target_ends},
        options={"limits": {} if most is None else {plan.spec.target.topic: most}},
        source_bootstrap=() if source is None else source.bootstrap,
        source_context=None if source is None else source.context,
    )


async def read_job(cluster: Cluster, spec: Spec) -> Progress:
    """What counts of a job now, without becoming the one who writes: by reading requests only, beside a run of it too.

    Raises `AnotherPlan`, `Unreachable`, `ProgressUnknown`, and `SpecError` for another cluster.
    """
    topology = await check_cluster(cluster, spec)
    if spec.to_file:
        return progress_in(spec)
    listed = await cluster.groups(topology)
    group = listed.groups.get(spec.name)
    if group is None:
        # A group that nobody has written yet is in no list; one whose broker did not answer is in none either.
        if listed.problems:
            raise ProgressUnknown(
                f"the progress of {spec.job} can not be read: {next(iter(listed.problems.values())).text}"
            )
        return read_progress(spec, {})
    held = (await read_committed(cluster.nodes, [group], stable=False))[spec.name]
    return read_progress(spec, _positions(spec, held))


def _positions(spec: Spec, held: Committed | Problem) -> dict[TopicPartition, Position]:
    """Raises `ProgressUnknown` for what could not be read: it is not taken for nothing."""
    commits = {} if isinstance(held, Problem) else held
    unread = [held, *commits.values()]
    for problem in (each for each in unread if isinstance(each, Problem)):
        raise ProgressUnknown(f"the progress of {spec.job} can not be read: {problem.text}")
    return {where: Position(each.offset, each.metadata) for where, each in commits.items() if isinstance(each, Commit)}


async def check_cluster(cluster: Cluster, spec: Spec) -> Topology:
    """Raises `SpecError` for another cluster than the job's, `Unreachable`."""
    topology = await cluster.topology()
    if topology.cluster_id != spec.cluster_id:
        raise SpecError(f"job {spec.job} is of the cluster {spec.cluster_id}, and this is {topology.cluster_id}")
    return topology


@asynccontextmanager
async def read_from(cluster: Cluster, spec: Spec, source: Connection | None) -> AsyncIterator[Cluster]:
    """The cluster a job reads: the one it writes to, or that of `source`. Raises `SpecError`, `Unreachable`."""
    if not spec.is_across:
        yield cluster
        return
    if source is None:
        text = f"job {spec.job} reads another cluster, {spec.source_cluster_id}"
        raise SpecError(f"{text}: kafkatui replay resume {spec.job} goes on with it")
    async with Cluster.open(replace(source, read_only=True)) as opened:
        topology = await opened.topology()
        if topology.cluster_id != spec.source_cluster_id:
            raise SpecError(
                f"job {spec.job} reads cluster {spec.source_cluster_id}, and the source given is {topology.cluster_id}"
            )
        yield opened


async def search_of(cluster: Cluster, spec: Spec, decoders: TopicDecoders) -> planning.Search:
    """What gives the chosen records of a job that was planned before. Raises `Unreachable`."""
    if spec.is_file:
        record_file.check_file(spec)
        return lambda spans: record_file.search(spec, spans)
    plan = Reading(Request((spec.source,), isolation=spec.isolation), spec.spans, {spec.source: len(spec.spans)})
    search, _ = await planning.search_of(cluster, spec, plan, decoders)
    return search


class Execution:
    """A run under way. `states` until it ends, then `finish`."""

    def __init__(self, run: Run, job: Job, jobs: Jobs, journal: Journal) -> None:
        """Raises OSError when it can not be written down: then nothing may be sent."""
        self.run = run
        self._jobs = jobs
        self._journal = journal
        self._entry = journal.start(_change(job.spec))
        self.job = jobs.change(
            job, phase=Phase.RUNNING, pid=os.getpid(), started_at=time.time(), problem=None, ended=None
        )

    async def states(self) -> AsyncGenerator[State, None]:
        """As the run gives them. Raises `Stopped`."""
        async with aclosing(self.run.run()) as states:
            async for state in states:
                self._keep()
                yield state

    def _keep(self) -> None:
        """Who wrote must be known whatever happens next; how far it is the group in Kafka knows."""
        run, job = self.run, self.job
        if not run.producers <= job.producers or len(run.skipped) > len(job.skipped):
            self.job = self._jobs.change(job, **self._found())

    def _found(self) -> Mapping[str, Any]:
        run, job = self.run, self.job
        skipped = {*job.skipped, *((*each.place, each.problem.text) for each in run.skipped)}
        lost = {*job.lost, *((gap.where.partition, gap.first, gap.until, gap.problem.text) for gap in run.lost)}
        return {
            "producers": job.producers | frozenset(run.producers),
            "skipped": tuple(sorted(skipped)),
            "lost": tuple(sorted(lost)),
            "records": run.progress.records,
        }

    def finish(self, problem: str | None = None, *, interrupted: bool = False) -> Job:
        """Write down how it ended; `problem` says why not at its end, if nobody interrupted it."""
        is_done = self.run.progress.is_done and problem is None
        self.job = self._jobs.change(
            self.job,
            phase=Phase.DONE if is_done else Phase.STOPPED,
            pid=None,
            problem=problem,
            ended=now(),
            **self._found(),
        )
        self._journal.end(self._entry, self._result(interrupted, is_done), self._counts(), problem)
        return self.job

    def _result(self, interrupted: bool, is_done: bool) -> Result:
        if interrupted:
            return Result.CANCELLED
        return Result.OK if is_done and not self.run.skipped else Result.FAILED

    def _counts(self) -> Mapping[str, int]:
        state = self.run.state
        return {"records": state.run_records, "skipped": len(state.skipped)}


MakeRoute: TypeAlias = Callable[[Cluster, Spec], Awaitable[Route]]
"""Where records go that this package does not know how to deal."""


async def usual_route(cluster: Cluster, spec: Spec) -> Route:
    """For records that go to one topic."""
    return route_of(spec)


@asynccontextmanager
async def opened(
    connection: Connection,
    job: Job,
    options: Options,
    jobs: Jobs,
    journal: Journal,
    decoders: TopicDecoders,
    make_route: MakeRoute = usual_route,
    source: Connection | None = None,
) -> AsyncIterator[Execution]:
    """A run of this job, ready to begin; `source`: where it reads, if that is another cluster.

    Raises `ReadOnly`, `Unreachable`, `SpecError`, OSError.
    """
    spec = job.spec
    opening = Cluster.open(replace(connection, read_only=True)) if spec.to_file else None
    async with opening or Cluster.open(connection, changing=True) as cluster, AsyncExitStack() as stack:
        await check_cluster(cluster, spec)
        read = await stack.enter_async_context(read_from(cluster, spec, source))
        search = await search_of(read, spec, decoders)
        route = await make_route(cluster, spec)
        sink = FileSink(spec) if spec.to_file else None
        run = Run(spec, cluster, search, route, options, read if spec.is_across else None, sink)
        yield Execution(run, job, jobs, journal)


def history_of(job: Job, journal: Journal) -> list[Entry]:
    """Its runs, the newest first. May raise OSError."""
    return [
        entry
        for entry in journal.entries()
        if entry.change.kind == KIND and entry.change.planned.get("job") == job.spec.job
    ]


def _change(spec: Spec) -> Change:
    return Change(
        kind=KIND,
        what=f"replay {spec.source} to {spec.goes_to}, job {spec.job}",
        command=f"kafkatui replay resume {spec.job}",
        cluster_id=spec.cluster_id,
        planned={"job": spec.job, "group": spec.name},
        plan_hash=spec.hash,
        cannot_undo="records can not be taken back out of a topic",
    )


def now() -> str:
    """UTC, ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
