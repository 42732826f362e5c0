"""The KRaft quorum, and with it the one clock of a cluster that a client can read: DescribeQuorum."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.details import DESCRIBE_QUORUM
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.model.errors import Unreachable
from kafkatui.model.probes import Quorum, Skew, Voter
from kafkatui.model.problems import Problem

SAMPLES = 5
"""Readings of the clock: each one's travelling time bounds the error, and all of them together bound it best."""
SAMPLING_SECONDS = 2.0
"""After which no further reading is begun."""
_MILLISECOND = 0.001


async def read_quorum(nodes: Nodes) -> Quorum | Problem:
    """Needs DESCRIBE on the cluster, and Kafka 3.3."""
    try:
        answer = await nodes.forwarded(DESCRIBE_QUORUM)
    except (Failed, Unreachable) as error:
        return error.problem
    if errors.is_error(answer.error_code):
        return errors.of_code(answer.error_code, getattr(answer, "error_message", None))
    partition = next((each for topic in answer.topics for each in topic.partitions), None)
    if partition is None:
        return Problem("malformed", "the answer does not name the quorum")
    if errors.is_error(partition.error_code):
        return errors.of_code(partition.error_code)
    return _quorum(partition)


def _quorum(partition: Any) -> Quorum:
    leader = int(partition.leader_id)
    # Of itself the leader tells the time it answers at (org.apache.kafka.raft.LeaderState.describeReplicaState).
    times = {int(each.replica_id): _told(each, "last_caught_up_timestamp") for each in partition.current_voters}
    now = times.get(leader)
    voters = tuple(
        Voter(int(each.replica_id), _behind(times[int(each.replica_id)], now), int(each.log_end_offset))
        for each in partition.current_voters
    )
    return Quorum(leader, voters, len(partition.observers), now)


def _told(replica: Any, field: str) -> int | None:
    value = int(getattr(replica, field, -1))
    return value if value > 0 else None


def _behind(then: int | None, now: int | None) -> int | None:
    return None if then is None or now is None else max(0, now - then)


async def read_skew(nodes: Nodes, clock: Callable[[], float] = time.time) -> Skew | Problem:
    """By how much the controller's clock is ahead of ours.

    Its moment lies between our question and its answer, whatever each way took: every reading bounds the difference,
    and the bounds that all of them leave are told. No API tells a broker's clock.
    """
    lows: list[float] = []
    highs: list[float] = []
    node_id = -1
    began = time.monotonic()
    for number in range(SAMPLES):
        if number and time.monotonic() - began > SAMPLING_SECONDS:
            break  # a slow controller is not waited for again: the bounds are wider, and as certain
        asked = clock()
        quorum = await read_quorum(nodes)
        answered = clock()
        if isinstance(quorum, Problem):
            return quorum
        if quorum.now_ms is None:
            return Problem("unsupported_version", "the controller's clock needs Kafka 3.4 or newer")
        if node_id not in (-1, quorum.leader):
            lows, highs = [], []  # another controller has another clock
        node_id = quorum.leader
        low, high = bounds(quorum.now_ms, asked, answered)
        lows.append(low)
        highs.append(high)
    if max(lows) > min(highs):
        return Problem("clock_moved", "a clock was set while it was read")
    return Skew(node_id, max(lows), min(highs))


def bounds(now_ms: int, asked: float, answered: float) -> tuple[float, float]:
    """Between what a clock is ahead of ours, in seconds, if it showed `now_ms` between two moments of ours."""
    then = now_ms / 1000
    # It tells whole milliseconds, so it may have been almost one more.
    return then - answered, then + _MILLISECOND - asked
