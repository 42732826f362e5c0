"""A replay in sentences and as a document: its plan, how far it is, how it ended. Nothing is asked or sent here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kafkatui.columns.cells import rate_text, thousands
from kafkatui.model.counted import counted
from kafkatui.replay.jobs import Job
from kafkatui.replay.plan import Plan
from kafkatui.replay.progress import Progress, State
from kafkatui.replay.verification import ANY, Sum, Verified
from kafkatui.replay.words import MARKS, duration, goes_words, kept, place_words

_NAMED = 8


def plan_lines(plan: Plan, where: str) -> Iterator[str]:
    """`where`: the cluster in words."""
    spec = plan.spec
    yield f"replay {spec.source} to {spec.target.topic} on {where}   job {spec.job}   plan {spec.hash}"
    selected = plan.seen.selected
    unit = "line" if spec.is_file else "offset"
    for span in spec.spans:
        count = "" if selected is None else f"   {counted(selected[span.where], 'record')}"
        yield (
            f"  {place_words(spec, span.where)}: {unit}s {span.first} to {span.until - 1}{count}"
            if span.first < span.until
            else (f"  {place_words(spec, span.where)}: nothing in the range")
        )
    if spec.picked:
        yield f"  records that are picked: {thousands(len(spec.picked))}"
    most = thousands(plan.most_records)
    yield f"  records: {most}" if selected is not None else f"  records: at most {most}"
    yield f"  goes {goes_words(spec)}; {kept(spec)}; isolation {spec.isolation.value}"
    if plan.seconds is not None:
        yield f"  takes {duration(plan.seconds)} at that rate"
    for finding in plan.findings:
        yield f"{MARKS[finding.level]} {finding.text}"


def end_lines(job: Job, progress: Progress, state: State) -> Iterator[str]:
    """What was done, and what was not."""
    spec = job.spec
    speed = f" in {duration(state.seconds)}, {rate_text(state.rate)}/s" if state.run_records else ""
    sent = f"{counted(state.records, 'record')} of {spec.source} in {spec.goes_to}"
    here = f" ({thousands(state.run_records)} by this run)" if state.run_records != state.records else ""
    yield f"{sent}, each once{here}{speed}"
    for skipped in state.skipped[:_NAMED]:
        yield f"left out: {skipped.place} was refused: {skipped.problem.text}"
    if len(state.skipped) > _NAMED:
        yield f"left out: {len(state.skipped) - _NAMED} more; kafkatui replay show {spec.job} names them"
    for gap in state.lost:
        yield f"passed over: {gap}"
    if not progress.is_done:
        rest = [
            f"{place_words(spec, span.where)} from {progress.position(span.where)}"
            for span in spec.spans
            if progress.position(span.where) < span.until
        ]
        more = f" and {len(rest) - _NAMED} more" if len(rest) > _NAMED else ""
        yield f"not sent yet: {', '.join(rest[:_NAMED])}{more}"
        yield f"go on with: kafkatui replay resume {spec.job}"


def result(job: Job, progress: Progress | None) -> dict[str, Any]:
    """`kafkatui.replay-job/1` without its schema: how a job stands."""
    spec = job.spec
    return {
        "job": spec.job,
        "phase": job.shown_phase,
        "hash": spec.hash,
        "source": spec.source,
        "target": spec.goes_to,
        "group": spec.name,
        "created": job.created,
        "ended": job.ended,
        "records": job.records if progress is None else progress.records,
        "offsets_done": None if progress is None else progress.offsets,
        "offsets": spec.offsets,
        "next": None
        if progress is None
        else {str(span.where.partition): progress.position(span.where) for span in spec.spans},
        "skipped": [
            {"topic": each[0], "partition": each[1], "offset": each[2], "problem": each[3]} for each in job.skipped
        ],
        "lost": [{"partition": each[0], "first": each[1], "until": each[2], "problem": each[3]} for each in job.lost],
        "problem": job.problem,
    }


def verified_lines(job: Job, verified: Verified) -> Iterator[str]:
    nothing = Sum()
    for where in sorted(verified.wanted.keys() | verified.found.keys()):
        wanted, found = verified.wanted.get(where, nothing), verified.found.get(where, nothing)
        name = f"{where.topic}, taking turns" if where.partition == ANY else str(where)
        same = "equal" if wanted == found else "DIFFERENT"
        yield (
            f"{name}: chosen {thousands(wanted.records)} {wanted.checksum:016x}   "
            f"copied {thousands(found.records)} {found.checksum:016x}   {same}"
        )
    for gap in verified.gaps:
        yield f"not read: {gap}"
    yield f"job {job.spec.job}: " + ("verified" if verified.is_equal else "NOT verified")


def verified_document(job: Job, verified: Verified) -> dict[str, Any]:
    nothing = Sum()
    return {
        "schema": "kafkatui.replay-verify/1",
        "job": job.spec.job,
        "equal": verified.is_equal,
        "partitions": [
            {
                "topic": where.topic,
                "partition": None if where.partition == ANY else where.partition,
                "chosen": _sum(verified.wanted.get(where, nothing)),
                "copied": _sum(verified.found.get(where, nothing)),
            }
            for where in sorted(verified.wanted.keys() | verified.found.keys())
        ],
        "not_read": [str(gap) for gap in verified.gaps],
    }


def _sum(each: Sum) -> dict[str, Any]:
    return {"records": each.records, "checksum": f"{each.checksum:016x}"}


def job_rows(jobs: Iterable[Job]) -> list[tuple[str, ...]]:
    return [
        (
            job.spec.job,
            job.shown_phase,
            job.spec.source,
            job.spec.goes_to,
            str(job.records),
            job.created[:19].replace("T", " "),
            job.problem or "",
        )
        for job in jobs
    ]
