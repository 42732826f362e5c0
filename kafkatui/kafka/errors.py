"""Kafka's error codes and the failures of a connection as problems in words. Nothing is raised or caught here."""

from __future__ import annotations

from typing import Any

from kafkatui.model.problems import Problem

_WORDS = {
    "unknown_topic_or_partition": "the topic or partition does not exist",
    "leader_not_available": "the partition has no leader right now",
    "not_leader_or_follower": "the leader is moving to another broker",
    "coordinator_load_in_progress": "the coordinator is loading the group",
    "coordinator_not_available": "the group has no coordinator right now",
    "not_coordinator": "the group is moving to another coordinator",
    "topic_authorization_failed": "not authorized to see this topic",
    "group_authorization_failed": "not authorized to see this group",
    "cluster_authorization_failed": "not authorized: needs DESCRIBE on the cluster",
    "kafka_storage_error": "the broker can not read its disk",
    "unknown_member_id": "the group has members, and only they may commit",
    "non_empty_group": "the group has members",
    "group_subscribed_to_topic": "a member of the group is subscribed to the topic",
    "unstable_offset_commit": "a transaction with this group's commits is still open",
    "group_id_not_found": "the group does not exist any more",
    "sasl_authentication_failed": "wrong user or password",
    "unsupported_sasl_mechanism": "the broker does not offer this SASL mechanism",
    "unsupported_version": "the broker is too old for this request",
    "offset_not_available": "the new leader does not know its end yet",
    "replica_not_available": "the replica is not available",
    "fenced_leader_epoch": "the leader is moving to another broker",
    "unknown_leader_epoch": "the leader is moving to another broker",
}


def is_error(code: Any) -> bool:
    """Whether a kio `ErrorCode` says that something failed."""
    return int(code) != 0


def of_code(code: Any, message: str | None = None) -> Problem:
    """The problem of a kio `ErrorCode`; `message` is what the broker says itself."""
    name = code.name
    words = _WORDS.get(name) or message or name.replace("_", " ")
    return Problem(name, words)


def no_answer(node: str, seconds: float) -> Problem:
    return Problem("no_answer", f"{node}: no answer for {seconds:.0f} s")


def unreachable(node: str, why: str) -> Problem:
    return Problem("unreachable", f"{node}: {why}")


def too_old(what: str, needs: str) -> Problem:
    return Problem("unsupported_version", f"{what} needs Kafka {needs} or newer")


LEADERLESS = Problem("leaderless", "no leader: can not be read or written")
