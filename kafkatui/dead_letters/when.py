"""How many at which time, in bounded memory whatever the times are."""

from __future__ import annotations

_MOST = 128
"""Buckets; with more, each is made twice as wide."""
_FINEST_MS = 1


class When:
    """Counts moments in buckets of equal width, which grows with the time they span."""

    def __init__(self) -> None:
        self._width = _FINEST_MS
        self._counts: dict[int, int] = {}

    def add(self, epoch_ms: int) -> None:
        bucket = epoch_ms // self._width
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        while len(self._counts) > _MOST:
            self._widen()

    def _widen(self) -> None:
        self._width *= 2
        wider: dict[int, int] = {}
        for bucket, count in self._counts.items():
            wider[bucket // 2] = wider.get(bucket // 2, 0) + count
        self._counts = wider

    def series(self, first_ms: int, last_ms: int, parts: int) -> tuple[int, ...]:
        """The counts in `parts` equal parts of the time from `first_ms` to `last_ms`, both included.

        A bucket counts where its middle lies, so that a part may be off by one bucket.
        """
        found = [0] * parts
        span = max(1, last_ms - first_ms + 1)
        for bucket, count in self._counts.items():
            middle = bucket * self._width + self._width // 2
            part = (middle - first_ms) * parts // span
            found[max(0, min(parts - 1, part))] += count
        return tuple(found)
