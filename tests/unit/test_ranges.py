"""Ranges over logs of known starts and ends: what they resolve to, and what is said about the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kafkatui.kafka.offsets import NO_OFFSET
from kafkatui.kafka.ranges import _Log, _span
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.parts import Offsets
from kafkatui.model.positions import AtTime, parse_range
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Span

WHERE = TopicPartition("orders", 0)
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
LOG = _Log(WHERE, start=100, end=200, written=220)
"""The last 20 offsets lie behind an open transaction."""


def span(text: str, log: _Log = LOG, at: dict[AtTime, Offsets] | None = None) -> Span:
    found = _span(log, parse_range(text, NOW), at or {})
    assert isinstance(found, Span)
    return found


@pytest.mark.parametrize(
    ("text", "first", "until"),
    [
        ("start", 100, 200),
        ("end", 200, 200),
        ("start:end", 100, 200),
        ("150", 150, 200),
        ("150:160", 150, 160),
        ("160:+50", 160, 160),
        ("0:150", 100, 150),
        ("0:50", 100, 100),
        ("150:999", 150, 200),
        ("500:999", 200, 200),
        ("+10", 110, 200),
        ("+10:+20", 110, 120),
        ("-10", 190, 200),
        ("-10:-5", 190, 195),
        ("-500", 100, 200),
        (":-500", 100, 100),
    ],
)
def test_offsets(text: str, first: int, until: int) -> None:
    found = span(text)
    assert (found.first, found.until) == (first, until)


@pytest.mark.parametrize(
    ("text", "clipped"),
    [
        ("start:150", []),
        ("start:end", [(200, 220, "open_transaction")]),
        ("0:150", [(0, 100, "before_start")]),
        ("0:50", [(0, 50, "before_start")]),
        ("150:210", [(200, 210, "open_transaction")]),
        ("150:230", [(200, 220, "open_transaction"), (220, 230, "after_end")]),
        ("500:510", [(500, 510, "after_end")]),
        ("-500", [(200, 220, "open_transaction")]),
    ],
)
def test_what_was_clipped_is_said(text: str, clipped: list[tuple[int, int, str]]) -> None:
    assert [(gap.first, gap.until, gap.problem.code) for gap in span(text).clipped] == clipped


def test_an_empty_log_says_nothing() -> None:
    found = span("start:end", _Log(WHERE, 7, 7, 7))
    assert (found.is_empty, found.clipped) == (True, ())


def moment(minute: int) -> AtTime:
    return AtTime(datetime(2026, 11, 22, 14, minute, tzinfo=UTC))


def test_times() -> None:
    at: dict[AtTime, Offsets] = {moment(0): {WHERE: 120}, moment(30): {WHERE: 130}}
    found = span("@2026-11-22T14:00Z:@2026-11-22T14:30Z", at=at)
    assert (found.first, found.until, found.clipped) == (120, 130, ())


def test_a_time_after_the_last_record_is_the_end() -> None:
    found = span("@2026-11-22T14:00Z", at={moment(0): {WHERE: NO_OFFSET}})
    assert (found.first, found.until) == (200, 200)


def test_a_time_nobody_could_look_up_is_a_problem() -> None:
    problem = Problem("no_answer", "broker 1: no answer for 10 s")
    assert _span(LOG, parse_range("@2026-11-22T14:00Z", NOW), {moment(0): {WHERE: problem}}) == problem
