"""Kafka's error codes and the failures of a connection as problems. Nothing is raised or caught here."""

from __future__ import annotations

from typing import Any

from kafkatui.model.error_words import WORDS
from kafkatui.model.problems import Problem

_TOLD_BETTER_HERE = frozenset({
    "unknown_topic_or_partition", "leader_not_available", "not_leader_or_follower", "coordinator_load_in_progress",
    "coordinator_not_available", "not_coordinator", "topic_authorization_failed", "group_authorization_failed",
    "cluster_authorization_failed", "kafka_storage_error", "unknown_member_id", "non_empty_group",
    "group_subscribed_to_topic", "unstable_offset_commit", "group_id_not_found", "sasl_authentication_failed",
    "unsupported_sasl_mechanism", "unsupported_version", "offset_not_available", "replica_not_available",
    "fenced_leader_epoch", "unknown_leader_epoch",
})  # fmt: skip
"""What a broker says of these is but their name in Java's words; of others it names what is wrong with which value."""


def is_error(code: Any) -> bool:
    """Whether a kio `ErrorCode` says that something failed."""
    return int(code) != 0


def of_code(code: Any, message: str | None = None) -> Problem:
    """The problem of a kio `ErrorCode`; `message` is what the broker says itself."""
    name = str(code.name)
    known = WORDS.get(name)
    if message and (known is None or name not in _TOLD_BETTER_HERE):
        return Problem(name, message)
    return Problem(name, known.cause if known is not None else name.replace("_", " "))


def no_answer(node: str, seconds: float) -> Problem:
    return Problem("no_answer", f"{node}: no answer for {seconds:.0f} s")


def throttled(node: str, seconds: float) -> Problem:
    return Problem("throttled", f"{node}: a quota holds up its answers for {seconds:.1f} s")


def unreachable(node: str, why: str) -> Problem:
    return Problem("unreachable", f"{node}: {why}")


LEADERLESS = Problem("leaderless", "no leader: can not be read or written")
