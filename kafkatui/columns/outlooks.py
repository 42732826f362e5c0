"""The columns of what is ahead of a group or of one of its partitions: the same for both, in every table of them."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TypeAlias, TypeVar

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.model.outlook import GroupOutlook, Outlook, Verdict
from kafkatui.model.problems import Problem
from kafkatui.safe_text import safe_text

Row = TypeVar("Row")
Ahead: TypeAlias = Outlook | GroupOutlook | None
"""None: it has read all, or nothing was reckoned."""

NOT_WATCHED = "it was not watched long enough"
FULL = 80.0
"""Percent of a log that are unread: from here on it is said loudly."""

MOVING = ("behind", "drains_in", "consume_rate", "produce_rate", "retention")
"""Columns that change with every reading."""


def behind(ahead: Ahead) -> Cell:
    """The age of the first unread record: `~` when it lies between two samples, `–` when there is none."""
    if ahead is None:
        return Cell(cells.SKELETON, Tone.MUTED)
    age = ahead.time_lag
    if age is None or age == 0:
        return Cell(cells.NOTHING, Tone.MUTED, (0, 0.0, ""), raw=None if age is None else "0s")
    if isinstance(age, Problem):
        cell = cells.unknown(age)
        return cell if age.last is None else cell._replace(text=f"{cells.span_text(age.last)}{cells.UNKNOWN}")
    text = cells.span_text(age)
    if not ahead.is_estimated:
        return Cell(text, sort=(0, age, ""), raw=text.replace(" ", ""))
    return Cell(f"~{text}", sort=(0, age, ""), raw=f"~{text.replace(' ', '')}")


def drains_in(ahead: Ahead) -> Cell:
    """When it has read all, or by how much it falls behind."""
    if ahead is None or ahead.time_lag == 0:
        return Cell(cells.NOTHING, Tone.MUTED)
    if ahead.drains_in is None:
        return Cell(cells.NOTHING, Tone.MUTED)
    if ahead.drains_in == inf:
        return Cell(_never(ahead), Tone.WARN, (0, inf, ""), raw="never")
    text = cells.span_text(round(ahead.drains_in * 1000))
    return Cell(text, sort=(0, ahead.drains_in, ""), raw=text.replace(" ", ""))


def _never(ahead: Outlook | GroupOutlook) -> str:
    if ahead.consume_rate is None or ahead.produce_rate is None or ahead.produce_rate <= ahead.consume_rate:
        return "never"
    return f"never +{cells.rate_text(ahead.produce_rate - ahead.consume_rate)}/s"


_TONES = {Verdict.OK: Tone.OK, Verdict.WARN: Tone.WARN}


def verdict(ahead: Ahead) -> Cell:
    """Burrow's word, for a group with the partition it is about; the rule is the reason."""
    judgement = None if ahead is None else ahead.judgement
    if judgement is None:
        is_open = ahead is not None and ahead.time_lag not in (0, None)
        return Cell(cells.NOTHING, Tone.MUTED, reason=NOT_WATCHED if is_open else "")
    worst = ahead.worst if isinstance(ahead, GroupOutlook) else None
    where = f" {worst}" if worst is not None and judgement.verdict is not Verdict.OK else ""
    reason = f"{judgement.rule}; observed for {cells.span_text(judgement.observed_ms)}"
    order = -float(list(Verdict).index(judgement.verdict))
    tone = _TONES.get(judgement.verdict, Tone.BAD)
    return Cell(
        safe_text(f"{judgement.verdict}{where}"),
        tone,
        (0, order, ""),
        "" if judgement.verdict is Verdict.OK else safe_text(reason),
        judgement.verdict.value,
    )


def retention(ahead: Ahead) -> Cell:
    """How much of the log is unread, and when the first of it is old enough to be deleted."""
    if ahead is None or ahead.retention_share is None:
        return Cell(cells.NOTHING, Tone.MUTED)
    share, margin = ahead.retention_share, ahead.loses_in_ms
    text = f"{share:.0f} %"
    reason = ""
    if isinstance(margin, int):
        text = f"{text}  {cells.span_text(margin)}"
        reason = f"loses data in {cells.span_text(margin)}" if margin else "what it has not read is being deleted"
    tone = Tone.BAD if margin == 0 else Tone.WARN if share >= FULL else Tone.NORMAL
    return Cell(text, tone, (0, share, ""), reason if tone is not Tone.NORMAL else "", round(share, 1))


def behind_column(of: Callable[[Row], Ahead], rank: int = 1) -> Column[Row]:
    """The one column that a single reading can fill in."""
    return Column(
        "behind",
        "behind",
        lambda row: behind(of(row)),
        rank=rank,
        right=True,
        width=9,
        help="Age of the first record it has not read; ~ between two readings, – when it has read all.",
    )


def watched_columns(of: Callable[[Row], Ahead], *, verdict_rank: int = 2) -> tuple[Column[Row], ...]:
    """What needs more than one reading, and what retention takes."""
    return (
        Column(
            "drains_in",
            "drains in",
            lambda row: drains_in(of(row)),
            rank=5,
            right=True,
            width=12,
            help="When it has read all at these rates; never: it falls behind, by so much.",
        ),
        Column(
            "verdict",
            "verdict",
            lambda row: verdict(of(row)),
            rank=verdict_rank,
            width=12,
            help="OK; WARN: lag never shrinks; STALL: the commit stands; STOP: no commits; REWIND: it went back.",
        ),
        Column(
            "consume_rate",
            "read/s",
            lambda row: cells.rate(_rate(of(row), "consume_rate")),
            rank=8,
            right=True,
            width=7,
            help="Records per second its commits move on, over the last minute.",
        ),
        Column(
            "produce_rate",
            "written/s",
            lambda row: cells.rate(_rate(of(row), "produce_rate")),
            rank=8,
            right=True,
            width=9,
            help="Records per second written to what it reads, over the last minute.",
        ),
        Column(
            "retention",
            "retention",
            lambda row: retention(of(row)),
            rank=7,
            right=True,
            width=14,
            help="How much of the log it has not read, and in how long the first of that may be deleted.",
        ),
    )


def _rate(ahead: Ahead, which: str) -> float | None:
    if ahead is None:
        return None
    return ahead.consume_rate if which == "consume_rate" else ahead.produce_rate
