"""A live member of a streams group (KIP-1071), by the protocol itself: kio's heartbeats over a socket of our own.

A Kafka Streams application sends the same; the broker makes the same group of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any

from tests.protocol_line import Line, coordinator

_HEARTBEAT = 88
_JOIN, _LEAVE = 0, -1
CLIENT = "streams-client"


@contextmanager
def a_streams_member(bootstrap: str, group: str, topic: str) -> Iterator[None]:
    """It has joined and reads `topic`, until the block ends; without beating its heart again it lives for 45 s."""
    member = str(uuid.uuid4())
    with Line(coordinator(bootstrap, group, CLIENT), CLIENT) as line:
        joined = line.ask(_HEARTBEAT, 0, lambda module: _heartbeat(module, group, member, _JOIN, topic))
        assert joined.error_code == 0, joined
        yield
        left = line.ask(_HEARTBEAT, 0, lambda module: _heartbeat(module, group, member, _LEAVE))
        assert left.error_code == 0, left


def an_empty_streams_group(bootstrap: str, group: str, topic: str) -> None:
    """Its one member has joined and left again."""
    with a_streams_member(bootstrap, group, topic):
        pass


def _heartbeat(module: ModuleType, group: str, member: str, epoch: int, topic: str | None = None) -> Any:
    tasks = dict.fromkeys(("active_tasks", "standby_tasks", "warmup_tasks"), () if topic is not None else None)
    unsaid = dict.fromkeys(("client_tags", "task_offsets", "task_end_offsets"))
    joining = {} if topic is None else _joining(module, topic)
    return module.StreamsGroupHeartbeatRequest(
        group_id=group, member_id=member, member_epoch=epoch, endpoint_information_epoch=0,
        **tasks, **unsaid, **joining,
    )  # fmt: skip


def _joining(module: ModuleType, topic: str) -> dict[str, Any]:
    nothing = ("state_changelog_topics", "repartition_sink_topics", "repartition_source_topics", "copartition_groups")
    part = module.Subtopology(subtopology_id="0", source_topics=(topic,), **dict.fromkeys(nothing, ()))
    return {
        "topology": module.Topology(epoch=0, subtopologies=(part,)),
        "process_id": str(uuid.uuid4()),
        "rebalance_timeout": timedelta(seconds=60),
    }
