"""What is done while nobody types: looking through all of memory, which a key would have to wait for."""

from __future__ import annotations

import gc
import time

EVERY = 30.0
"""Seconds between two looks whether nobody types."""
QUIET = 10.0
"""Seconds without a key after which nobody waits for one."""
AT_LATEST = 600.0
"""Seconds after which it is done all the same: somebody may type for an hour."""


class Idle:
    """Collects what the short passes leave (`gc.set_threshold` in `__main__`)."""

    def __init__(self) -> None:
        self._key_at = self._done_at = time.monotonic()

    def note_key(self) -> None:
        """Somebody types."""
        self._key_at = time.monotonic()

    def tidy(self) -> None:
        """Now, if nobody would notice, or if it is long overdue."""
        now = time.monotonic()
        if now - self._key_at >= QUIET or now - self._done_at >= AT_LATEST:
            self._done_at = now
            gc.collect()
