"""The headers a copy can carry: which job it is of, which record it was made of, which time it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Header, Place

JOB = "kafkatui-replay-id"
SOURCE = "kafkatui-source"
"""Where the record lies that was copied: `topic-partition@offset`."""
ATTEMPT = "kafkatui-attempt"
"""How often the record was sent to its consumers, this time included: 2 when it is sent again for the first time."""
STAMPS = frozenset({JOB, SOURCE, ATTEMPT})
_PLACE = re.compile(r"(.+)-(\d{1,10})@(\d{1,19})")
_DECIMAL = re.compile(rb"[0-9]{1,9}")


def stamps(job: str, source: Place, attempt: int) -> tuple[Header, ...]:
    """What is put behind the headers of a copy."""
    place = str(source).encode("utf-8", "surrogateescape")
    return (JOB, job.encode()), (SOURCE, place), (ATTEMPT, b"%d" % attempt)


def stamped(headers: Iterable[Header], job: str, source: Place) -> tuple[Header, ...]:
    """The headers with new stamps behind them instead of the old ones; the attempt is one more than it was."""
    headers = tuple(headers)
    told = attempt_of(headers)
    kept = tuple(header for header in headers if header[0] not in STAMPS)
    return (*kept, *stamps(job, source, (told if isinstance(told, int) else 1) + 1))


def attempt_of(headers: Iterable[Header], passes: int = 1) -> Reading:
    """How often a record was sent to its consumers: by its stamp or by `passes`, whichever is more.

    `passes`: how often it is known to have failed by other signs.
    """
    stamp = next((raw for name, raw in reversed(list(headers)) if name == ATTEMPT), b"1")
    if stamp is None or not _DECIMAL.fullmatch(stamp):
        return Problem("malformed", f"the header {ATTEMPT} is no number: {stamp!r:.40}")
    return max(int(stamp), passes)


def source_of(headers: Iterable[Header]) -> Place | None:
    """The record a copy was made of."""
    for name, value in headers:
        if name == SOURCE and value is not None:
            match = _PLACE.fullmatch(value.decode("utf-8", "surrogateescape"))
            if match is not None:
                return Place(match[1], int(match[2]), int(match[3]))
    return None
