"""The replays of one connection, for who may plan, run and look at several of them. Nothing is shown here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay import planning
from kafkatui.replay.execution import Execution, MakeRoute, history_of, job_of, opened, read_job, usual_route
from kafkatui.replay.jobs import Job, Jobs, Phase
from kafkatui.replay.plan import Plan
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import Progress
from kafkatui.replay.run import Options
from kafkatui.replay.spec import SpecError
from kafkatui.replay.verification import Verified, verify_job
from kafkatui.undo.audit_topic import publish
from kafkatui.undo.journal import Entry, Journal


class Replays:
    """Each question has connections of its own; reading ones but for a run. May raise `Unreachable` and OSError."""

    def __init__(
        self,
        connection: Connection,
        jobs: Jobs,
        journal: Journal,
        decoders: Callable[[], TopicDecoders],
        make_route: MakeRoute = usual_route,
    ) -> None:
        """`decoders`: new ones, for filters that need some. `make_route`: where the records of any job go."""
        self._connection = connection
        self._jobs = jobs
        self._journal = journal
        self._decoders = decoders
        self._make_route = make_route

    def _reading(self) -> AbstractAsyncContextManager[Cluster]:
        return Cluster.open(replace(self._connection, read_only=True))

    async def plan(self, asked: Asked, rate: float | None, counted: Callable[[int, int, int], None]) -> Plan:
        """As `planning.plan`."""
        async with self._reading() as cluster:
            plan = await planning.plan(cluster, asked, self._decoders(), counted, rate=rate)
        self._connection.check(plan.spec.cluster_id)
        return plan

    def write_down(self, plan: Plan) -> Job:
        """A new job of this plan. Raises `SpecError` when there is one of its name, and OSError."""
        if self._jobs.find(plan.spec.job) is not None:
            raise SpecError(f"there is a job {plan.spec.job}: choose another name")
        return self._jobs.save(job_of(plan, self._connection))

    def keep(self, job: Job) -> Job:
        """Write down a job that was planned elsewhere. Raises OSError: then nothing may be sent."""
        return self._jobs.save(job)

    @asynccontextmanager
    async def open(self, job: Job, options: Options) -> AsyncIterator[Execution]:
        """As `execution.opened`. What the audit topic does not take now, it is given with the next change."""
        limits = job.options.get("limits", {})
        kept = replace(options, limits=limits), self._jobs, self._journal
        async with opened(self._connection, job, *kept, self._decoders(), self._make_route) as execution:
            yield execution
        await publish(self._connection, job.spec.cluster_id, self._journal)

    def all(self) -> list[Job]:
        """The jobs of this machine, the newest first."""
        return self._jobs.all()

    def find(self, name: str) -> Job | None:
        return self._jobs.find(name)

    def history(self, job: Job) -> list[Entry]:
        """Its runs, the newest first."""
        return history_of(job, self._journal)

    def end(self, job: Job, progress: Progress) -> Job:
        """Write down that there is nothing left to do."""
        return self._jobs.change(job, phase=Phase.DONE, records=progress.records, problem=None, pid=None)

    async def progress(self, job: Job) -> Progress:
        """What the group of the job holds. Raises `Lost`, `AnotherPlan`, `SpecError`."""
        async with self._reading() as cluster:
            return await read_job(cluster, job.spec)

    async def verify(self, job: Job) -> Verified:
        """As `verification.verify_job`."""
        async with self._reading() as cluster:
            return await verify_job(cluster, job, self._decoders(), self._make_route)
