"""The rates a person goes through while a job runs. Nothing is sent or shown here."""

from __future__ import annotations

STEPS = tuple(factor * 10**power for power in range(7) for factor in (1, 2, 5))
"""Records/s, that `+` and `-` go through."""


def next_rate(limit: float | None, speed: float, *, faster: bool) -> float | None:
    """The next one of `STEPS`; beyond the last there is no limit, None. Without a limit it slows down from `speed`."""
    if limit is None:
        if faster:
            return None
        limit = max(1.0, speed)
    steps = [each for each in STEPS if (each > limit if faster else each < limit)]
    if faster:
        return float(steps[0]) if steps else None
    return float(steps[-1]) if steps else float(STEPS[0])
