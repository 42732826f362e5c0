"""What is done while nobody types: looking through all of memory, which a key would have to wait for."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

EVERY = 30.0
"""Seconds between two looks whether nobody types."""
QUIET = 10.0
"""Seconds without a key after which nobody waits for one."""
AT_LATEST = 600.0
"""Seconds after which it is done all the same: somebody may type for an hour."""
FEW_PARTITIONS = 1_000
"""With no more of them it takes some 25 ms (with 10,000 it takes 120): put off, what somebody leaves behind who goes
from place to place grows by 3 MiB a minute."""


class Idle:
    """Collects what the short passes leave (`gc.set_threshold` in `__main__`)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, collect: Callable[[], object] = gc.collect) -> None:
        self._clock = clock
        self._collect = collect
        self._key_at = self._done_at = clock()

    def note_key(self) -> None:
        """Somebody types."""
        self._key_at = self._clock()

    def tidy(self, partitions: int) -> None:
        """Now, if nobody would notice, or if it is long overdue. `partitions`: how many the cluster has."""
        now = self._clock()
        if partitions <= FEW_PARTITIONS or now - self._key_at >= QUIET or now - self._done_at >= AT_LATEST:
            self._done_at = now
            self._collect()
