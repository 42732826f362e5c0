"""Carries out what `replay` asks for: plans, asks, runs, and writes down how it ended. Its sentences are elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from kafkatui.cli import connect, interrupts, reconcile, replay_words, report
from kafkatui.cli.changing import Asking, confirmed, journal, tell_audit_topic
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.run_keys import KEYS, RunKeys
from kafkatui.cli.stop import Stop
from kafkatui.config.places import jobs_folder
from kafkatui.filters import FilterError, compile_filter
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.transaction_errors import Lost
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.reading.topic_decoders import TopicDecoders, registry_of
from kafkatui.replay import planning, verification
from kafkatui.replay.execution import Execution, MakeRoute, ProgressUnknown, job_of, opened, read_job
from kafkatui.replay.file_planning import plan_file
from kafkatui.replay.file_sink import finish
from kafkatui.replay.jobs import Job, Jobs, Phase
from kafkatui.replay.plan import Finding, Level, Plan
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import AnotherPlan, Progress
from kafkatui.replay.record_file import Survey, survey
from kafkatui.replay.run import CHUNK_RECORDS, Options, Run, Stopped
from kafkatui.replay.spec import SpecError
from kafkatui.replay.words import progress_words, rate_words
from kafkatui.safe_text import safe_text

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


def start(
    connection: Connection, asked: Asked, running: Running, asking: Asking, source: Connection | None = None
) -> None:
    """Plan, ask, run; `source`: where records are read, if not there. Ends the command with its exit code."""
    refuse_known(asked.job)
    try:
        compile_filter(asked.selection)
    except FilterError as error:
        raise Failure(Code.USAGE, str(error)) from None
    ended(interrupts.run(guarded(_start(connection, asked, running, asking, source))))


def refuse_known(name: str) -> None:
    """Raises Failure for the name of a job there is."""
    if jobs().find(name) is not None:
        raise Failure(Code.USAGE, f"there is a job {name}: resume it, or choose another --job")


def start_file(connection: Connection, asked: Asked, running: Running, asking: Asking) -> None:
    """The same for a file of records, `asked.source`."""
    refuse_known(asked.job)
    try:
        found = survey(asked.source, asked.selection)
    except (SpecError, FilterError) as error:
        raise Failure(Code.USAGE, str(error)) from None
    ended(interrupts.run(guarded(_start_file(connection, asked, found, running, asking))))


def resume(
    connection: Connection, job: Job, running: Running, asking: Asking, source: Connection | None = None
) -> None:
    """Go on with a job from what it has committed."""
    if job.is_running:
        say(f"job {job.spec.job} runs as process {job.pid}: going on here makes that one stop")
    ended(interrupts.run(guarded(_resume(connection, job, running, asking, source))))


def verify(connection: Connection, job: Job, as_json: bool, source: Connection | None = None) -> None:
    """Compare source and target; exit code 4 when they differ."""
    verified = interrupts.run(guarded(_verify(connection, job, source)))
    if as_json:
        report.write([json.dumps(replay_words.verified_document(job, verified))])
    else:
        report.write(replay_words.verified_lines(job, verified))
    raise typer.Exit(Code.OK if verified.is_equal else Code.CHECK)


def progress_of(connection: Connection, job: Job) -> Progress:
    """What the group of the job holds."""
    found: Progress = interrupts.run(guarded(_progress(connection, job)))
    return found


def ended(code: Code) -> None:
    if code is not Code.OK:
        raise typer.Exit(code)


async def guarded(work: Any) -> Any:
    """Known failures as ends of the command."""
    try:
        return await work
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    except SpecError as error:
        raise Failure(Code.USAGE, str(error)) from None
    except AnotherPlan as error:
        raise Failure(Code.FAILED, str(error)) from None
    except Lost as error:
        raise Failure(Code.FAILED, error.problem.text) from None
    except OSError as error:
        raise Failure(Code.FAILED, f"nothing is sent: {in_words(error)}") from None


async def _start(
    connection: Connection, asked: Asked, running: Running, asking: Asking, source: Connection | None
) -> Code:
    async with Cluster.open(replace(connection, read_only=True)) as cluster, AsyncExitStack() as stack:
        if not asking.dry_run:
            await reconcile.reconcile(cluster, connection, journal())
        read = None
        if source is not None:
            read = await stack.enter_async_context(Cluster.open(replace(source, read_only=True)))
        plan = await _plan(cluster, asked, running, read, _decoders(source or connection))
        connection.check(plan.spec.cluster_id)
    if asked.to_file and (files := connect.masked_by(connection, asked.source)):
        text = f"{asked.source} is masked by {files} where it is shown; the file holds it whole, to be sent again"
        plan = replace(plan, findings=(*plan.findings, Finding(Level.WARN, "masked", text)))
    place = where(connection, plan.spec.cluster_id)
    if source is not None:
        source.check(plan.spec.source_cluster_id or plan.spec.cluster_id)
        place = f"{place}, read from {where(source, plan.spec.source_cluster_id)}"
    if not _is_agreed(plan, connection, place, running, asking):
        return Code.OK
    return await run_job(connection, jobs().save(job_of(plan, connection, source)), running, source)


async def _start_file(connection: Connection, asked: Asked, found: Survey, running: Running, asking: Asking) -> Code:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        if not asking.dry_run:
            await reconcile.reconcile(cluster, connection, journal())
        plan = await plan_file(cluster, asked, found, rate=running.rate, allow_old=running.allow_old)
        connection.check(plan.spec.cluster_id)
    if not _is_agreed(plan, connection, where(connection, plan.spec.cluster_id), running, asking):
        return Code.OK
    return await run_job(connection, jobs().save(job_of(plan, connection)), running)


def _is_agreed(plan: Plan, connection: Connection, place: str, running: Running, asking: Asking) -> bool:
    """Show the plan and ask. Raises Failure for a plan that must not run."""
    lines = [*replay_words.plan_lines(plan, place)]
    if running.as_json and asking.dry_run:
        report.write([json.dumps(plan.document())])
    blocked = [each.text for each in plan.blocked]
    if blocked and not asking.dry_run:
        for line in lines:
            sys.stderr.write(f"{safe_text(line)}\n")
        raise Failure(Code.FAILED, f"not sent: {'; '.join(blocked)}")
    question = f"send at most {plan.most_records} records to {plan.spec.target.topic}"
    return confirmed(lines, question, asking, on=None if plan.spec.to_file else connection)


async def _plan(
    cluster: Cluster, asked: Asked, running: Running, source: Cluster | None, decoders: TopicDecoders
) -> Plan:
    words = [""]
    line = ProgressLine(lambda: words[0])

    def counted(done: int, total: int, found: int) -> None:
        words[0] = f"counts: {done / max(1, total):.0%}   {found} chosen"
        line.draw()

    try:
        return await planning.plan(
            cluster,
            asked,
            decoders,
            counted,
            rate=running.rate,
            allow_lost=running.allow_lost,
            allow_old=running.allow_old,
            source=source,
        )
    finally:
        line.clear()


def _decoders(connection: Connection) -> TopicDecoders:
    return TopicDecoders(connect.rules(), registry=registry_of(connection))


def _route() -> MakeRoute:
    """Of any job."""
    from kafkatui.dead_letters.redriving import route_maker

    return route_maker(connect.letter_rules())


def where(connection: Connection, cluster_id: str | None) -> str:
    name = connection.context or ",".join(connection.bootstrap)
    return f"{name} (cluster {cluster_id})" if cluster_id else name


async def _resume(
    connection: Connection, job: Job, running: Running, asking: Asking, source: Connection | None
) -> Code:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        if not asking.dry_run:
            await reconcile.reconcile(cluster, connection, journal())
        known = await _known_progress(cluster, job)
    spec = job.spec
    if isinstance(known, Progress) and known.is_done:
        if spec.to_file:
            finish(Path(spec.target.topic))
        jobs().change(job, phase=Phase.DONE, records=known.records, problem=None, pid=None)
        say(f"job {spec.job} is done: {known.records} records of {spec.source} in {spec.goes_to}")
        return Code.OK
    place = where(connection, spec.cluster_id)
    how_far = (
        f"{known.records} records sent, {spec.offsets - known.offsets} of {spec.offsets} offsets to go"
        if isinstance(known, Progress)
        else f"{known}; it goes on from there, wherever that is"
    )
    plan = [f"resume {spec.job}: {spec.source} to {spec.goes_to} on {place}   plan {spec.hash}", f"  {how_far}"]
    if not confirmed(plan, f"go on with {spec.job}", asking, on=None if spec.to_file else connection):
        return Code.OK
    return await run_job(connection, job, running, source)


async def _known_progress(cluster: Cluster, job: Job) -> Progress | str:
    """How far it is, or why that can not be told; the run itself waits until it can."""
    try:
        return await read_job(cluster, job.spec)
    except ProgressUnknown as error:
        return str(error)


async def _progress(connection: Connection, job: Job) -> Progress:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        return await read_job(cluster, job.spec)


async def run_job(connection: Connection, job: Job, running: Running, source: Connection | None = None) -> Code:
    """Run until it is done, stopped, or somebody interrupts, and say what came of it."""
    options = Options(
        rate=running.rate,
        skip_refused=running.skip_refused,
        allow_lost=running.allow_lost,
        patience=running.patience,
        chunk=running.chunk or CHUNK_RECORDS,
        limits=job.options.get("limits", {}),
    )
    code, problem = Code.OK, None
    decoders = _decoders(source or connection)
    async with opened(connection, job, options, jobs(), journal(), decoders, _route(), source) as execution:
        watching = _Watching(execution, running.canary)
        try:
            if not await _until_stopped(Stop(), execution.run, watching):
                code = Code.INTERRUPTED
            elif watching.is_canary_out and not execution.run.progress.is_done:
                problem = (
                    f"the first {execution.run.progress.records} records are sent, as --canary asked: look at them"
                )
        except Stopped as error:
            code, problem = Code.FAILED, error.problem.text
        except asyncio.CancelledError:
            code = Code.INTERRUPTED
        finally:
            watching.line.clear()
            job = execution.finish(problem, interrupted=code is Code.INTERRUPTED)
        state, progress = execution.run.state, execution.run.progress
    await tell_audit_topic(connection, job.spec.cluster_id)
    for sentence in replay_words.end_lines(job, progress, state):
        say(sentence)
    if problem is not None:
        say(f"stopped: {problem}")
    if running.as_json:
        report.write([json.dumps({"schema": "kafkatui.replay/1", **replay_words.result(job, progress)})])
    return Code.FAILED if code is Code.OK and state.skipped else code


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
    """Takes the states of a run, and draws them."""

    def __init__(self, execution: Execution, canary: int | None) -> None:
        self.is_canary_out = False
        self._execution = execution
        self._canary = canary
        self.line = ProgressLine(self._words)

    def _words(self) -> str:
        run = self._execution.run
        return f"{progress_words(run.state)}{rate_words(run.rate)}"

    async def watch(self) -> None:
        with RunKeys(self._execution.run, lambda: self.line.draw(at_once=True)).read() as are_read:
            if are_read:
                say(KEYS)
            await self._watch()

    async def _watch(self) -> None:
        async with aclosing(self._execution.states()) as states:
            async for state in states:
                self.line.draw()
                if self._canary is not None and state.records >= self._canary:
                    self.is_canary_out = True
                    self._execution.run.stop()


async def _verify(connection: Connection, job: Job, source: Connection | None) -> verification.Verified:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        return await verification.verify_job(cluster, job, _decoders(source or connection), _route(), source)
