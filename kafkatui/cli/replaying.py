"""Carries out what `replay` asks for: plans, asks, runs, and writes down how it ended. Its sentences are elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import typer

from kafkatui.cli import connect, replay_words, report
from kafkatui.cli.changing import Asking, confirmed, journal
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.stop import Stop
from kafkatui.config.places import jobs_folder
from kafkatui.filters import FilterError
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.transactions import Lost, Transactions
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.spans import Span
from kafkatui.reading.topic_decoders import TopicDecoders, registry_of
from kafkatui.replay import planning, verification
from kafkatui.replay.jobs import Job, Jobs, Phase
from kafkatui.replay.plan import Plan, plan_of
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import AnotherPlan, Progress, State, read_progress
from kafkatui.replay.route import route_of
from kafkatui.replay.run import CHUNK_RECORDS, Options, Run, Stopped
from kafkatui.replay.spec import Spec, SpecError
from kafkatui.undo.journal import Change, Result

GRACE = 5.0
"""Seconds a first Ctrl-C leaves the transaction that is under way."""


@dataclass(frozen=True, slots=True)
class Running:
    """How a run behaves."""

    rate: float | None = None
    canary: int | None = None
    skip_refused: bool = False
    allow_lost: bool = False
    allow_old: bool = False
    as_json: bool = False
    chunk: int | None = None
    patience: float = 60.0


def jobs() -> Jobs:
    return Jobs(jobs_folder(os.environ))


def start(connection: Connection, asked: Asked, running: Running, asking: Asking) -> None:
    """Plan, ask, run. Ends the command with its exit code."""
    if jobs().find(asked.job) is not None:
        raise Failure(Code.USAGE, f"there is a job {asked.job}: resume it, or choose another --job")
    _ended(asyncio.run(_guarded(_start(connection, asked, running, asking))))


def resume(connection: Connection, job: Job, running: Running, asking: Asking) -> None:
    """Go on with a job from what it has committed."""
    if job.is_running:
        say(f"job {job.spec.job} runs as process {job.pid}: going on here makes that one stop")
    _ended(asyncio.run(_guarded(_resume(connection, job, running, asking))))


def verify(connection: Connection, job: Job, as_json: bool) -> None:
    """Compare source and target; exit code 4 when they differ."""
    verified = asyncio.run(_guarded(_verify(connection, job)))
    if as_json:
        report.write([json.dumps(replay_words.verified_document(job, verified))])
    else:
        report.write(replay_words.verified_lines(job, verified))
    raise typer.Exit(Code.OK if verified.is_equal else Code.CHECK)


def progress_of(connection: Connection, job: Job) -> Progress:
    """What the group of the job holds."""
    found: Progress = asyncio.run(_guarded(_progress(connection, job)))
    return found


def _ended(code: Code) -> None:
    if code is not Code.OK:
        raise typer.Exit(code)


async def _guarded(work: Any) -> Any:
    """Known failures as ends of the command."""
    try:
        return await work
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    except (SpecError, FilterError) as error:
        raise Failure(Code.USAGE, str(error)) from None
    except AnotherPlan as error:
        raise Failure(Code.FAILED, str(error)) from None
    except Lost as error:
        raise Failure(Code.FAILED, error.problem.text) from None
    except OSError as error:
        raise Failure(Code.FAILED, f"nothing is sent: {in_words(error)}") from None


async def _start(connection: Connection, asked: Asked, running: Running, asking: Asking) -> Code:
    reading = replace(connection, read_only=True)
    async with Cluster.open(reading) as cluster:
        plan = await _plan(cluster, connection, asked, running)
    job = _job(plan, connection, running)
    lines = replay_words.plan_lines(plan, _where(connection, plan.spec.cluster_id))
    if running.as_json and asking.dry_run:
        report.write([json.dumps(plan.document())])
    question = f"send at most {plan.most_records} records to {plan.spec.target.topic}"
    blocked = [each.text for each in plan.blocked]
    if blocked and not asking.dry_run:
        for line in lines:
            sys.stderr.write(f"{line}\n")
        raise Failure(Code.FAILED, f"not sent: {'; '.join(blocked)}")
    if not confirmed([*lines], question, asking):
        return Code.OK
    return await _run(connection, jobs().save(job), running, asking)


async def _plan(cluster: Cluster, connection: Connection, asked: Asked, running: Running) -> Plan:
    spec, resolved = await planning.resolve(cluster, asked)
    connection.check(spec.cluster_id)
    decoders = TopicDecoders(connect.rules(), registry=registry_of(connection))
    search, _ = await planning.search_of(cluster, spec, resolved, decoders)
    counting = {"done": 0, "found": 0}
    line = ProgressLine(lambda: f"counts: {counting['done'] / max(1, spec.offsets):.0%}   {counting['found']} chosen")

    def counted(done: int, found: int) -> None:
        counting.update(done=done, found=found)
        line.draw()

    seen = await planning.look(cluster, spec, resolved, search, counted)
    line.clear()
    return plan_of(spec, seen, running.rate, allow_lost=running.allow_lost, allow_old=running.allow_old)


def _job(plan: Plan, connection: Connection, running: Running) -> Job:
    most = plan.seen.limits.most_bytes
    options = {"limits": {} if most is None else {plan.spec.target.topic: most}}
    return Job(
        spec=plan.spec,
        created=report.moment(time.time()),
        bootstrap=connection.bootstrap,
        context=connection.context,
        target_ends=plan.seen.target_ends,
        options=options,
    )


def _where(connection: Connection, cluster_id: str | None) -> str:
    name = connection.context or ",".join(connection.bootstrap)
    return f"{name} (cluster {cluster_id})" if cluster_id else name


async def _resume(connection: Connection, job: Job, running: Running, asking: Asking) -> Code:
    progress = await _progress(connection, job)
    spec = job.spec
    if progress.is_done:
        jobs().change(job, phase=Phase.DONE, records=progress.records, problem=None, pid=None)
        say(f"job {spec.job} is done: {progress.records} records of {spec.source} in {spec.target.topic}")
        return Code.OK
    plan = [
        f"resume {spec.job}: {spec.source} to {spec.target.topic} on {_where(connection, spec.cluster_id)}"
        f"   plan {spec.hash}",
        f"  {progress.records} records sent, {spec.offsets - progress.offsets} of {spec.offsets} offsets to go",
    ]
    if not confirmed(plan, f"go on with {spec.job}", asking):
        return Code.OK
    return await _run(connection, job, running, asking)


async def _progress(connection: Connection, job: Job) -> Progress:
    """Without becoming the one who writes. Raises `Lost`, `AnotherPlan`, `Unreachable`."""
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        topology = await cluster.topology()
        if topology.cluster_id != job.spec.cluster_id:
            text = f"job {job.spec.job} is of the cluster {job.spec.cluster_id}, and this is {topology.cluster_id}"
            raise SpecError(text)
        held = await Transactions(cluster.nodes, job.spec.name, job.spec.name, patience=10.0).committed(stable=False)
        return read_progress(job.spec, held)


async def _run(connection: Connection, job: Job, running: Running, asking: Asking) -> Code:
    spec = job.spec
    kept = journal()
    change = Change(
        kind="replay",
        what=f"replay {spec.source} to {spec.target.topic}, job {spec.job}",
        command=f"kafkatui replay resume {spec.job}",
        cluster_id=spec.cluster_id,
        planned={"job": spec.job, "group": spec.name},
        plan_hash=spec.hash,
        cannot_undo="records can not be taken back out of a topic",
    )
    entry = kept.start(change)
    job = jobs().change(job, phase=Phase.RUNNING, pid=os.getpid(), problem=None, ended=None)
    code, job, state, progress = await _drive(connection, job, running, asking)
    result = {Code.OK: Result.OK, Code.INTERRUPTED: Result.CANCELLED}.get(code, Result.FAILED)
    kept.end(entry, result, {"records": state.run_records, "skipped": len(state.skipped)}, job.problem)
    for sentence in replay_words.end_lines(job, progress, state):
        say(sentence)
    if job.problem is not None:
        say(f"stopped: {job.problem}")
    if running.as_json:
        document = {"schema": "kafkatui.replay/1", **replay_words.result(job, progress)}
        report.write([json.dumps(document)])
    return Code.FAILED if code is Code.OK and state.skipped else code


async def _drive(
    connection: Connection, job: Job, running: Running, asking: Asking
) -> tuple[Code, Job, State, Progress]:
    """Run until it is done, stopped, or somebody interrupts; what came of it is written down."""
    code, problem = Code.OK, None
    async with _opened(connection, job, running) as run:
        watching = _Watching(run, job, running.canary)
        stop = Stop()
        try:
            done = await _until_stopped(stop, run, watching)
            if not done:
                code = Code.INTERRUPTED
            elif watching.is_canary_out and not run.progress.is_done:
                problem = f"the first {run.progress.records} records are sent, as --canary asked: look at them"
        except Stopped as error:
            code, problem = Code.FAILED, error.problem.text
        except asyncio.CancelledError:
            code = Code.INTERRUPTED
        finally:
            watching.line.clear()
        job = watching.job
        phase = Phase.DONE if run.progress.is_done and problem is None else Phase.STOPPED
        job = jobs().change(
            job,
            phase=phase,
            pid=None,
            problem=problem,
            ended=report.moment(time.time()),
            records=run.progress.records,
            **watching.found(),
        )
        return code, job, run.state, run.progress


async def _until_stopped(stop: Stop, run: Run, watching: _Watching) -> bool:
    """False: somebody interrupted it."""
    going = asyncio.ensure_future(watching.watch())
    try:
        await asyncio.wait({going, stop.asked}, return_when=asyncio.FIRST_COMPLETED)
        if not going.done():
            run.stop()
            await asyncio.wait({going}, timeout=GRACE)
        if going.done():
            going.result()
        return not stop.asked.done()
    finally:
        if not going.done():
            going.cancel()
            await asyncio.wait({going})
            await run.abort()


class _Watching:
    """Takes the states of a run: draws them, and keeps what must outlive a kill."""

    def __init__(self, run: Run, job: Job, canary: int | None) -> None:
        self.job = job
        self.is_canary_out = False
        self._run = run
        self._canary = canary
        self._state = run.state
        self.line = ProgressLine(lambda: replay_words.progress_words(self._state))

    async def watch(self) -> None:
        async for state in self._run.run():
            self._state = state
            self._keep()
            self.line.draw()
            if self._canary is not None and state.records >= self._canary:
                self.is_canary_out = True
                self._run.stop()

    def _keep(self) -> None:
        """Who wrote must be known before it is asked for; the rest only to be shown."""
        if not self._run.producers <= self.job.producers or len(self._run.skipped) > len(self.job.skipped):
            self.job = jobs().change(self.job, **self.found())

    def found(self) -> Mapping[str, Any]:
        run = self._run
        skipped = {*self.job.skipped, *((*each.place, each.problem.text) for each in run.skipped)}
        lost = {*self.job.lost, *((gap.where.partition, gap.first, gap.until, gap.problem.text) for gap in run.lost)}
        return {
            "producers": self.job.producers | frozenset(run.producers),
            "skipped": tuple(sorted(skipped)),
            "lost": tuple(sorted(lost)),
        }


@asynccontextmanager
async def _opened(connection: Connection, job: Job, running: Running) -> AsyncIterator[Run]:
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(Cluster.open(connection, changing=True))
        topology = await cluster.topology()
        if topology.cluster_id != job.spec.cluster_id:
            raise SpecError(f"job {job.spec.job} is of another cluster: {job.spec.cluster_id}")
        search = await _search(cluster, connection, job.spec)
        options = Options(
            rate=running.rate,
            skip_refused=running.skip_refused,
            allow_lost=running.allow_lost,
            patience=running.patience,
            chunk=running.chunk or CHUNK_RECORDS,
            limits=job.options.get("limits", {}),
        )
        yield Run(job.spec, cluster, search, route_of(job.spec), options)


async def _search(cluster: Cluster, connection: Connection, spec: Spec) -> planning.Search:
    from kafkatui.reading.request import Plan as Reading
    from kafkatui.reading.request import Request

    decoders = TopicDecoders(connect.rules(), registry=registry_of(connection))
    plan = Reading(Request((spec.source,), isolation=spec.isolation), spec.spans, {spec.source: len(spec.spans)})
    search, _ = await planning.search_of(cluster, spec, plan, decoders)
    return search


async def _verify(connection: Connection, job: Job) -> verification.Verified:
    from kafkatui.kafka import offsets
    from kafkatui.kafka.scan import scan
    from kafkatui.kafka.search import Wanted
    from kafkatui.model.problems import Problem
    from kafkatui.model.spans import Isolation

    progress = await _progress(connection, job)
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        topology = await cluster.topology()
        search = await _search(cluster, connection, job.spec)
        target = topology.topics.get(job.spec.target.topic)
        if target is None or (job.spec.target.topic_id not in (None, target.topic_id)):
            raise SpecError(f"topic {job.spec.target.topic} is not the one the job wrote to")
        ends = await offsets.read_stable_ends(cluster.nodes, target.partitions)
        starts = await offsets.read_starts(cluster.nodes, target.partitions)
        spans = []
        for where, first in job.targets():
            end, begin = ends.get(where), starts.get(where)
            if isinstance(end, Problem) or isinstance(begin, Problem) or end is None or begin is None:
                raise SpecError(f"{where} can not be read now")
            spans.append(Span(where, max(first, begin), end))
        return await verification.verify(
            job,
            progress,
            route_of(job.spec),
            search,
            lambda _: scan(cluster.nodes, spans, Wanted(), Isolation.COMMITTED),
        )
