"""Causes as rows of a table, the same for command and screen. What a column shows of them is in `columns`."""

from __future__ import annotations

from kafkatui.columns.dead_letters import CauseRow
from kafkatui.dead_letters.causes import Cause, Causes

PARTS = 12
"""Parts of the time all causes of a topic span, in which they are counted."""


def span_of(causes: Causes) -> tuple[int, int]:
    """The timestamps between which all of them lie, epoch milliseconds."""
    every = causes.sorted()
    return min((each.first_ms for each in every), default=0), max((each.last_ms for each in every), default=0)


def cause_row(source: str, cause: Cause, first_ms: int, last_ms: int) -> CauseRow:
    """`first_ms` to `last_ms`: the time in whose parts it is counted, the same for all of a topic."""
    few, most = cause.fewest_attempts, cause.most_attempts
    attempts = None if few is None else str(few) if few == most else f"{few}-{most}"
    key = cause.key
    return CauseRow(
        source, cause.id, cause.count, key.exception, key.message, key.topic, key.group, cause.first_ms, cause.last_ms,
        attempts, cause.most_sent, cause.when.series(first_ms, last_ms, PARTS), cause.example,
    )  # fmt: skip
