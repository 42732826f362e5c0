"""Why a batch is not in the log yet: aiokafka tries again as long as it may, and tells the reason only its own log."""

from __future__ import annotations

import logging
import time
from typing import Any

from kafkatui.model.problems import Problem

_LOG = logging.getLogger("aiokafka.producer.sender")
_LOG.setLevel(logging.WARNING)
_LOG.propagate = False
# Without a handler Python would print it on stderr.
_LOG.addHandler(logging.NullHandler())
PASSING = {
    "not_enough_replicas": "fewer replicas are in sync than the topic's min.insync.replicas",
    "not_enough_replicas_after_append": "fewer replicas are in sync than the topic's min.insync.replicas",
    "not_leader_for_partition": "the leader is moving to another broker",
    "leader_not_available": "the partition has no leader right now",
    "unknown_topic_or_partition": "the topic or partition does not exist",
}
"""Why a leader does not take a batch for now, in words. aiokafka tries again, and gives up with one of these."""


class Hindrances(logging.Handler):
    """Keeps the last reason, between `listen` and `close`."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._last: Problem | None = None
        self._at = 0.0

    def since(self, moment: float) -> Problem | None:
        """The last one, if it came after `moment`, monotonic seconds."""
        return self._last if self._at >= moment else None

    def listen(self) -> None:
        _LOG.addHandler(self)

    def close(self) -> None:
        _LOG.removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        for word in record.args if isinstance(record.args, tuple) else ():
            if (problem := _problem(word)) is not None:
                self._last, self._at = problem, time.monotonic()


def _problem(word: Any) -> Problem | None:
    """Of an error of a broker, or its class; None for anything else."""
    code = str(getattr(word, "message", "")).lower()
    return Problem(code, PASSING.get(code, code.replace("_", " "))) if code else None
