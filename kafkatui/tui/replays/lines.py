"""The sentences of a replay on screen: headlines, findings, progress. Contents out, texts safe for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from kafkatui.columns.cells import rate_text, thousands
from kafkatui.dead_letters import back_plan
from kafkatui.replay.jobs import Job
from kafkatui.replay.plan import Level, Plan
from kafkatui.replay.progress import State
from kafkatui.replay.spec import Spec
from kafkatui.replay.verification import Verified
from kafkatui.replay.words import MARKS, duration, goes_words, kept, seconds_left, speed_text
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.replays.draft import Pointed
from kafkatui.tui.replays.going import Going

STEPS = ("1 Select", "2 Plan", "3 Run", "Verified")
_STYLES = {Level.BLOCK: "$error", Level.WARN: "$warning", Level.NOTE: "$muted"}
_MARKED = {"✖": "$error", "▲": "$warning", "·": "$muted"}
_BAR = 40


def steps_line(at: int) -> Content:
    """Where one is."""
    pieces = [(name, "$primary bold" if number == at else "$faint") for number, name in enumerate(STEPS)]
    return Content(" ▸ ").join([Content.styled(*piece) for piece in pieces])


def pointed_line(pointed: Pointed) -> Content:
    return Content.assemble((shorten(safe_text(pointed.topic), 48), "bold"), "   ", (pointed.words(), "$primary"))


def spec_lines(spec: Spec, where: str) -> Iterator[Content]:
    names = f"{shorten(safe_text(spec.source), 48)} → {shorten(safe_text(spec.goes_to), 48)}"
    yield Content.assemble((names, "bold"), "   on ", (safe_text(where), "$primary"))
    yield ways_line(spec)
    yield Content.styled(f"job {safe_text(spec.job)}   plan {spec.hash}", "$muted")


def ways_line(spec: Spec) -> Content:
    if spec.redrive is not None:
        causes = len(spec.redrive.causes)
        which = "letters of every cause" if not causes else f"letters of {causes} cause{'' if causes == 1 else 's'}"
        return Content.styled(f"{which}; to the partition each came from; {back_plan.kept(spec)}", "$muted")
    return Content.styled(f"{goes_words(spec)}; {kept(spec)}", "$muted")


def plan_lines(plan: Plan) -> Iterator[Content]:
    """How many, how long, and everything that may go wrong."""
    most = thousands(plan.most_records)
    count = f"{most} records" if plan.seen.selected is not None else f"at most {most} records"
    takes = "" if plan.seconds is None else f", {duration(plan.seconds)} at that rate"
    yield Content.assemble((count, "bold"), takes)
    yield from findings(plan)


def back_lines(plan: back_plan.BackPlan) -> Iterator[Content]:
    """How many dead letters go back, and what is left out and why."""
    yield Content.styled(f"{thousands(plan.found.records)} dead letters go back", "bold")
    for mark, text in back_plan.findings(plan.found):
        yield Content.styled(f"{mark} {safe_text(text)}", _MARKED[mark])


def findings(plan: Plan) -> Iterator[Content]:
    for each in sorted(plan.findings, key=lambda each: list(Level).index(each.level)):
        yield Content.styled(f"{MARKS[each.level]} {safe_text(each.text)}", _STYLES[each.level])


def resume_lines(job: Job, records: int, offsets: int) -> Iterator[Content]:
    """What is done of a job that goes on."""
    spec = job.spec
    to_go = f"{thousands(spec.offsets - offsets)} of {thousands(spec.offsets)} offsets to go"
    yield Content.assemble((f"{thousands(records)} records sent", "bold"), f", {to_go}")
    if job.problem:
        yield Content.styled(f"▲ it stopped: {safe_text(job.problem)}", "$warning")
    if job.is_running:
        yield Content.styled(f"▲ it runs as process {job.pid}: going on here makes that one stop", "$warning")


def bar(share: float) -> Content:
    full = round(min(1.0, max(0.0, share)) * _BAR)
    return Content.assemble(("▇" * full, "$primary"), ("▁" * (_BAR - full), "$faint"))


def progress_lines(going: Going) -> Iterator[Content]:
    """A bar, how fast, and what is wrong."""
    state = going.state
    if state is None:
        yield Content.styled("" if going.is_over else "opens the transaction …", "$muted")
    else:
        yield Content.assemble(bar(state.share), f" {state.share:4.0%}   ", (thousands(state.records), "bold"), " sent")
        yield Content.styled(_speed(going, state), "$muted")
        yield from _troubles(state)
    yield end_line(going)


def _speed(going: Going, state: State) -> str:
    limit = "no limit" if going.rate is None else f"at most {rate_text(going.rate)}/s"
    left = None if going.is_over else seconds_left(state)
    rest = "" if left is None else f"   {duration(left)} left"
    took = f"   in {duration(state.seconds)}" if going.is_over else ""
    return f"{rate_text(state.rate)} records/s   {speed_text(state)}   {limit}{rest}{took}"


def _troubles(state: State) -> Iterator[Content]:
    if state.waiting is not None:
        yield Content.styled(f"▲ waits: {safe_text(state.waiting.text)}", "$warning")
    for skipped in state.skipped[:3]:
        why = f"▲ left out: {skipped.place} was refused: {skipped.problem.text}"
        yield Content.styled(safe_text(why), "$warning")
    if len(state.skipped) > 3:
        yield Content.styled(f"▲ left out: {len(state.skipped) - 3} more; the job names them", "$warning")
    for gap in state.lost[:3]:
        yield Content.styled(f"▲ passed over: {safe_text(str(gap))}", "$warning")


def end_line(going: Going) -> Content:
    state = going.state
    if not going.is_over:
        if going.was_stopped:
            return Content.styled("stops after the transaction under way …", "$warning")
        if state is not None and state.paused:
            return Content.styled("paused: nothing is sent, and what is sent is committed", "$warning")
        return Content("")
    if going.problem:
        return Content.styled(f"✖ {safe_text(going.problem)}", "$error")
    if going.job.shown_phase == "done":
        return Content.styled("● done: each record is there once", "$success")
    return Content.styled("▲ stopped; what is sent is committed, u in Jobs goes on from there", "$warning")


def verified_line(verified: Verified) -> Iterator[Content]:
    for gap in verified.gaps[:5]:
        yield Content.styled(f"✖ not read: {safe_text(str(gap))}", "$error")
    count = sum(each.records for each in verified.found.values())
    if verified.is_equal:
        yield Content.styled(f"● verified: {thousands(count)} copies are equal to what was chosen", "$success")
    else:
        yield Content.styled("✖ NOT verified: source and target differ", "$error")
