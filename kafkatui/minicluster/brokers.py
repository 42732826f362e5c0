"""Waits for brokers: until all of them can be used, or one has died. How they are started is the engine's matter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kafkatui.minicluster import metadata
from kafkatui.minicluster.errors import BrokerDied, MiniClusterError
from kafkatui.minicluster.progress import Progress, silent
from kafkatui.minicluster.state import Broker, Status

LOG_NAME = "broker.log"


def wait_until_ready(
    status: Status,
    *,
    asked: Sequence[int] | None = None,
    progress: Progress = silent,
    timeout: float = 120,
) -> None:
    """Return when every broker in `asked` (all by default) itself sees all of `asked`, so that a topic can be made.

    A broker opens its port early but shows itself to others only when it serves. Raises BrokerDied with the end of its
    log, MiniClusterError after `timeout` seconds.
    """
    wanted = [broker for broker in status.brokers if asked is None or broker.node_id in asked]
    everyone = frozenset(broker.node_id for broker in wanted)
    waiting = list(wanted)
    deadline = time.monotonic() + timeout
    while waiting:
        progress("starting brokers", len(wanted) - len(waiting), len(wanted))
        _complain_about_dead(waiting, status.data_dir)
        if time.monotonic() > deadline:
            raise MiniClusterError(_late(waiting, status.data_dir, timeout))
        waiting = [b for b in waiting if not everyone <= metadata.members(b.host, b.port, status.cluster_id)]
        _pause_while(bool(waiting))
    progress("starting brokers", len(wanted), len(wanted))


def wait_for(condition: Callable[[], bool], timeout: float, or_else: str) -> None:
    """Return when `condition` holds; MiniClusterError with the text `or_else` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise MiniClusterError(or_else)
        _pause_while(True)


def log_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log without Java's stack frames, indented; empty if there is none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    said = [line for line in text.splitlines() if not line.startswith("\tat ")]
    return "".join(f"\n  {line}" for line in said[-lines:])


def _complain_about_dead(waiting: Sequence[Broker], data_dir: Path) -> None:
    for broker in waiting:
        if broker.process and not broker.process.is_alive:
            tail = log_tail(data_dir / broker.name / LOG_NAME)
            raise BrokerDied(f"{broker.name} ended while it was starting{_told(tail)}")


def _late(waiting: Sequence[Broker], data_dir: Path, timeout: float) -> str:
    names = ", ".join(broker.name for broker in waiting)
    tail = log_tail(data_dir / waiting[0].name / LOG_NAME)
    return f"{names}: not ready after {timeout:.0f} s{_told(tail)}"


def _told(tail: str) -> str:
    return f"; the end of its log:{tail}" if tail else "; its log is empty"


def _pause_while(waiting: bool) -> None:
    if waiting:
        time.sleep(0.05)
