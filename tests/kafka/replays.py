"""What tests of replays by the command share: names, how far a job is, what is compared."""

from __future__ import annotations

import uuid
from typing import Any, TypeAlias

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient

from kafkatui.minicluster.cluster import Status
from tests.kafka.torture import Seen

Content: TypeAlias = tuple[Any, ...]


def a_job() -> str:
    return f"job-{uuid.uuid4().hex[:12]}"


def content(seen: list[Seen]) -> dict[int, list[Content]]:
    """By partition, in the order of the log, all of each record but its offset."""
    found: dict[int, list[Content]] = {}
    for each in seen:
        found.setdefault(each.partition, []).append((each.timestamp_ms, each.key, each.value, each.headers))
    return found


def sent(status: Status, job: str) -> int:
    """Records of a job that reads elsewhere, as its group counts them in the cluster it writes to.

    Only stable offsets: a commit inside a transaction is pending until the coordinator wrote its marker, and that
    may come after the answer that the transaction is committed.
    """
    admin = AdminClient({"bootstrap.servers": status.bootstrap, "log_level": 2})
    group = f"kafkatui-replay-{job}"
    wanted = [ConsumerGroupTopicPartitions(group)]
    asked = admin.list_consumer_group_offsets(wanted, require_stable=True, request_timeout=20)
    return sum(max(0, each.offset) for each in asked[group].result().topic_partitions)
