"""`kafkatui replay list | show | resume | verify`: what there is to do with a job. How is `replaying`'s."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import connect
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.replay import Pace
from kafkatui.model.connection import Connection

if TYPE_CHECKING:
    from kafkatui.replay.jobs import Job

_Name = Annotated[str, typer.Argument(metavar="JOB", help="As kafkatui replay list names it.")]
_Json = Annotated[bool, typer.Option("--json", help="As a JSON document.")]


def list_jobs(as_json: _Json = False) -> None:
    """List the jobs of this machine, the newest first."""
    from kafkatui.cli import replay_words, report
    from kafkatui.cli.replaying import jobs

    found = jobs().all()
    if as_json:
        items = [replay_words.result(job, None) for job in found]
        report.write([json.dumps({"schema": "kafkatui.replay-jobs/1", "jobs": items})])
        return
    rows = [("job", "phase", "source", "target", "records", "created (UTC)", ""), *replay_words.job_rows(found)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    report.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


@with_flags
def show(name: _Name, *, as_json: _Json = False, where: Where) -> None:
    """Show a job: its plan, how far it is, what was left out."""
    from kafkatui.cli import replay_words, replaying, report
    from kafkatui.replay.spec import document

    job = _found(name)
    progress = replaying.progress_of(_same(where, job, reading=True), job)
    result = {"schema": "kafkatui.replay-job/1", **replay_words.result(job, progress), "plan": document(job.spec)}
    if as_json:
        report.write([json.dumps(result)])
        return
    report.write(
        f"{key}: {json.dumps(value) if not isinstance(value, str) else value}" for key, value in result.items()
    )


@with_flags
def resume(name: _Name, *, pace: Pace, asking: Asking, where: Where) -> None:
    """Go on with a job that was stopped or killed, from what it has committed."""
    from kafkatui.cli import replaying

    job = _found(name)
    target, source = _same(where, job, reading=asking.dry_run), _source(where, job)
    replaying.resume(target, job, pace.running(where), asking, source)


@with_flags
def verify(name: _Name, *, as_json: _Json = False, where: Where) -> None:
    """Read source and target once more and compare counts and checksums; exit code 4 when they differ."""
    from kafkatui.cli import replaying

    job = _found(name)
    replaying.verify(_same(where, job, reading=True), job, as_json, _source(where, job))


def _found(name: str) -> Job:
    from kafkatui.cli.replaying import jobs

    job = jobs().find(name)
    if job is None:
        raise Failure(Code.FAILED, f"there is no job {name}; kafkatui replay list names those of this machine")
    return job


def _source(where: Where, job: Job) -> Connection | None:
    """The cluster a job reads, where it is another one than it writes to."""
    if not job.spec.is_across:
        return None
    context, bootstrap = job.source_context, job.source_bootstrap
    return connect.needed_connection(Where([] if context else [*bootstrap], context=context, timeout=where.timeout))


def _same(where: Where, job: Job, *, reading: bool) -> Connection:
    """The cluster a job writes to, unless a flag names one."""
    named = where.bootstrap or where.bootstrap_too or where.context
    if not named:
        where = replace(where, context=job.context) if job.context else replace(where, bootstrap=[*job.bootstrap])
    return connect.needed_connection(where) if reading or job.spec.to_file else connect.writing_connection(where)
