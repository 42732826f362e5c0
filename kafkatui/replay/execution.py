"""One run of a job with everything that is written down about it: journal, job file. For command and screen alike.

Who watches it decides when it ends; words for a person are not made here.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.transactions import Transactions
from kafkatui.model.connection import Connection
from kafkatui.reading.request import Plan as Reading
from kafkatui.reading.request import Request
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay import planning
from kafkatui.replay.jobs import Job, Jobs, Phase
from kafkatui.replay.plan import Plan
from kafkatui.replay.progress import Progress, State, read_progress
from kafkatui.replay.route import route_of
from kafkatui.replay.run import Options, Run
from kafkatui.replay.spec import Spec, SpecError
from kafkatui.undo.journal import Change, Entry, Journal, Result

KIND = "replay"
"""Of its entries in the journal."""


def job_of(plan: Plan, connection: Connection) -> Job:
    """A new job, not written down yet."""
    most = plan.seen.limits.most_bytes
    return Job(
        spec=plan.spec,
        created=_now(),
        bootstrap=connection.bootstrap,
        context=connection.context,
        target_ends=plan.seen.target_ends,
        options={"limits": {} if most is None else {plan.spec.target.topic: most}},
    )


async def read_job(cluster: Cluster, spec: Spec) -> Progress:
    """What counts of a job, without becoming the one who writes. Raises `Lost`, `AnotherPlan`, `Unreachable`."""
    await check_cluster(cluster, spec)
    held = await Transactions(cluster.nodes, spec.name, spec.name, patience=10.0).committed(stable=False)
    return read_progress(spec, held)


async def check_cluster(cluster: Cluster, spec: Spec) -> None:
    """Raises `SpecError` for another cluster than the job's, `Unreachable`."""
    topology = await cluster.topology()
    if topology.cluster_id != spec.cluster_id:
        raise SpecError(f"job {spec.job} is of the cluster {spec.cluster_id}, and this is {topology.cluster_id}")


async def search_of(cluster: Cluster, spec: Spec, decoders: TopicDecoders) -> planning.Search:
    """What gives the chosen records of a job that was planned before. Raises `Unreachable`."""
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
        self.job = jobs.change(job, phase=Phase.RUNNING, pid=os.getpid(), problem=None, ended=None)

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
            ended=_now(),
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


@asynccontextmanager
async def opened(
    connection: Connection, job: Job, options: Options, jobs: Jobs, journal: Journal, decoders: TopicDecoders
) -> AsyncIterator[Execution]:
    """A run of this job, ready to begin. Raises `ReadOnly`, `Unreachable`, `SpecError`, OSError."""
    async with Cluster.open(connection, changing=True) as cluster:
        await check_cluster(cluster, job.spec)
        search = await search_of(cluster, job.spec, decoders)
        yield Execution(Run(job.spec, cluster, search, route_of(job.spec), options), job, jobs, journal)


def history_of(job: Job, journal: Journal) -> list[Entry]:
    """Its runs, the newest first. May raise OSError."""
    return [
        entry
        for entry in journal.entries()
        if entry.change.kind == KIND and entry.change.planned.get("job") == job.spec.job
    ]


def reconcile(entry: Entry, jobs: Jobs, journal: Journal) -> str:
    """Close an entry whose process was killed; what to do, for a person.

    Nothing has to be repaired: what the killed run had not committed is void, and the rest is in the group of the job.
    """
    name = str(entry.change.planned.get("job", ""))
    job = jobs.find(name)
    done = job is not None and job.phase is Phase.DONE
    text = f"job {name} was killed; what it had committed counts: kafkatui replay resume {name}"
    journal.end(entry, Result.OK if done else Result.UNKNOWN, problem=None if done else text)
    return text


def _change(spec: Spec) -> Change:
    return Change(
        kind=KIND,
        what=f"replay {spec.source} to {spec.target.topic}, job {spec.job}",
        command=f"kafkatui replay resume {spec.job}",
        cluster_id=spec.cluster_id,
        planned={"job": spec.job, "group": spec.name},
        plan_hash=spec.hash,
        cannot_undo="records can not be taken back out of a topic",
    )


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
