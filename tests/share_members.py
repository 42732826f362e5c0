"""A member of a share group (KIP-932) that has joined and fetches nothing, by kio's heartbeats.

The coordinator has assigned it partitions; nothing is started on them until somebody fetches.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from tests.protocol_line import Line, coordinator
from tests.waiting import eventually

_HEARTBEAT = 76
_JOIN, _LEAVE = 0, -1
CLIENT = "share-client"


@contextmanager
def a_share_member(bootstrap: str, group: str, topic: str) -> Iterator[None]:
    """Until the block ends; without beating its heart again it lives for 45 s."""
    member = str(uuid.uuid4())
    with Line(coordinator(bootstrap, group, CLIENT), CLIENT) as line:
        answer = line.ask(_HEARTBEAT, 1, lambda module: _heartbeat(module, group, member, _JOIN, topic))
        assert answer.error_code == 0, answer
        epoch = int(answer.member_epoch)

        def is_assigned() -> bool:
            answer = line.ask(_HEARTBEAT, 1, lambda module: _heartbeat(module, group, member, epoch))
            assert answer.error_code == 0, answer
            return answer.assignment is not None and bool(answer.assignment.topic_partitions)

        if not (answer.assignment is not None and answer.assignment.topic_partitions):
            eventually(is_assigned)
        yield
        left = line.ask(_HEARTBEAT, 1, lambda module: _heartbeat(module, group, member, _LEAVE))
        assert left.error_code == 0, left


def _heartbeat(module: ModuleType, group: str, member: str, epoch: int, topic: str | None = None) -> Any:
    return module.ShareGroupHeartbeatRequest(
        group_id=group,
        member_id=member,
        member_epoch=epoch,
        rack_id=None,
        subscribed_topic_names=None if topic is None else (topic,),
    )
