"""Runs a command line in this process and kills it with SIGKILL at one point of a change: what a power cut leaves.

Arguments: the point, and the command line. `kept`: what was before is on disk, nothing is sent. `sent`: all is sent,
and its end is not written. `half`: one group of several is done.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from kafkatui.__main__ import main
from kafkatui.kafka import group_changes
from kafkatui.undo.journal import Journal


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nothing survives that")


def at(point: str) -> None:
    """From here on the process ends at `point`."""
    if point == "sent":
        Journal.end = die  # type: ignore[method-assign]
    elif point == "kept":
        start = Journal.start

        def start_and_die(self: Journal, *arguments: Any) -> NoReturn:
            start(self, *arguments)
            die()

        Journal.start = start_and_die  # type: ignore[method-assign, assignment]
    else:
        _die_at_the_second_group()


def _die_at_the_second_group() -> None:
    delete, seen = group_changes.delete_group, []

    async def delete_or_die(nodes: Any, group: str) -> Any:
        seen.append(group)
        return await delete(nodes, group) if len(seen) == 1 else die()

    group_changes.delete_group = delete_or_die


if __name__ == "__main__":
    at(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
