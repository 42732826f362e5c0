"""What kafkatui writes on a record it sends back, and what it reads from one that came back all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Header, Place

REPLAY = "kafkatui-replay-id"
"""The job."""
SOURCE = "kafkatui-source"
"""Where the dead letter lies: `topic-partition@offset`."""
ATTEMPT = "kafkatui-attempt"
"""How often the record was sent to its consumers, this time included: 2 when it is sent back for the first time."""
NAMES = frozenset({REPLAY, SOURCE, ATTEMPT})
_DECIMAL = re.compile(rb"[0-9]{1,9}")


def stamped(job: str, source: Place, attempt: int) -> tuple[Header, ...]:
    """The headers of a record that is sent back."""
    return (REPLAY, job.encode()), (SOURCE, _bytes(source)), (ATTEMPT, b"%d" % attempt)


def sent(headers: Iterable[Header], *, passes: int) -> Reading:
    """How often a record was sent, by its stamp or by how often it became a dead letter, whichever is more."""
    stamp = next((raw for name, raw in reversed(list(headers)) if name == ATTEMPT), b"1")
    if stamp is None or not _DECIMAL.fullmatch(stamp):
        return Problem("malformed", f"the header {ATTEMPT} is no number: {stamp!r:.40}")
    return max(int(stamp), passes)


def _bytes(source: Place) -> bytes:
    return str(source).encode("utf-8", "surrogateescape")
