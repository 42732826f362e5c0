"""The headers a copy can carry: which job it is of, which record it was made of, how often it was sent again."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kafkatui.model.records import Header, Place

JOB = "kafkatui-replay-id"
SOURCE = "kafkatui-source"
ATTEMPT = "kafkatui-attempt"
STAMPS = frozenset({JOB, SOURCE, ATTEMPT})
_PLACE = re.compile(r"(.+)-(\d{1,10})@(\d{1,19})")


def stamped(headers: Iterable[Header], job: str, source: Place) -> tuple[Header, ...]:
    """The headers with new stamps behind them instead of the old ones; the attempt is one more than it was."""
    headers = tuple(headers)
    kept = tuple(header for header in headers if header[0] not in STAMPS)
    attempt = attempt_of(headers) + 1
    return (*kept, (JOB, job.encode()), (SOURCE, str(source).encode()), (ATTEMPT, str(attempt).encode()))


def attempt_of(headers: Iterable[Header]) -> int:
    """How often a record was sent again so far; 0 where nothing, or nothing sensible, says so."""
    found = [value for name, value in headers if name == ATTEMPT and value is not None]
    return int(found[-1]) if found and re.fullmatch(rb"[0-9]{1,9}", found[-1]) else 0


def source_of(headers: Iterable[Header]) -> Place | None:
    """The record a copy was made of."""
    for name, value in headers:
        if name == SOURCE and value is not None:
            match = _PLACE.fullmatch(value.decode("utf-8", "surrogateescape"))
            if match is not None:
                return Place(match[1], int(match[2]), int(match[3]))
    return None
