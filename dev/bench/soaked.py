"""The whole program as a user starts it, that also tells a soak how many asyncio tasks it has and what failed in them.

    python -m dev.bench.soaked TOLD [kafkatui's own arguments]

At SIGUSR1 it writes the number of its tasks into the file TOLD; what asyncio logs goes to TOLD.log.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

from kafkatui.__main__ import enter


def main() -> None:
    """Listen, and become kafkatui."""
    told = Path(sys.argv.pop(1))
    logger = logging.getLogger("asyncio")
    logger.addHandler(logging.FileHandler(f"{told}.log"))
    logger.propagate = False

    def tell(*_: object) -> None:
        # A handler runs between two steps of the loop or of a task, so nothing changes while they are counted.
        fresh = told.with_suffix(".new")
        fresh.write_text(str(len(asyncio.all_tasks())))
        fresh.replace(told)

    signal.signal(signal.SIGUSR1, tell)
    enter()


if __name__ == "__main__":
    main()
