"""What of this program a broker is too old for, and what release it probably is, by the versions it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kafkatui.model.probes import Greeting


@dataclass(frozen=True, slots=True)
class Need:
    """Something this program does, and the version of a request it takes."""

    what: str
    api: str
    version: int
    since: str
    """The first release of Kafka with it."""


NEEDS = (
    Need("looking without making topics", "METADATA", 4, "0.11"),
    Need("states of groups", "LIST_GROUPS", 4, "2.6"),
    Need("commits of many groups at once", "OFFSET_FETCH", 8, "3.0"),
    Need("types of groups", "LIST_GROUPS", 5, "3.8"),
    Need("configs", "DESCRIBE_CONFIGS", 1, "1.1"),
    Need("changing configs", "INCREMENTAL_ALTER_CONFIGS", 0, "2.3"),
    Need("electing leaders", "ELECT_LEADERS", 1, "2.4"),
    Need("deleting offsets of groups", "OFFSET_DELETE", 0, "2.4"),
    Need("sizes on disk", "DESCRIBE_LOG_DIRS", 1, "2.0"),
    Need("fenced brokers", "DESCRIBE_CLUSTER", 0, "2.8"),
    Need("who holds a transaction open", "DESCRIBE_PRODUCERS", 0, "2.8"),
    Need("open transactions by name", "DESCRIBE_TRANSACTIONS", 0, "3.0"),
    Need("the controller", "DESCRIBE_QUORUM", 0, "3.3"),
    Need("consumer groups of the new protocol (KIP-848)", "CONSUMER_GROUP_DESCRIBE", 0, "3.7"),
    Need("share groups (KIP-932)", "SHARE_GROUP_DESCRIBE", 1, "4.1"),
    Need("Streams groups (KIP-1071)", "STREAMS_GROUP_DESCRIBE", 0, "4.1"),
    Need("offsets of share groups", "DESCRIBE_SHARE_GROUP_OFFSETS", 0, "4.1"),
)
"""By Kafka's message definitions and the KIPs."""


def missing(apis: Mapping[str, tuple[int, int]]) -> list[Need]:
    """What the broker can not do."""
    return [need for need in NEEDS if need.api not in apis or apis[need.api][1] < need.version]


_BY_FETCH = (
    (18, "4.1 or newer"), (17, "3.9 or 4.0"), (16, "3.7 or 3.8"), (15, "3.5 or 3.6"), (13, "3.1 to 3.4"),
    (12, "2.7 to 3.0"), (11, "2.3 to 2.6"), (10, "2.1 or 2.2"), (8, "2.0"), (7, "1.1"), (6, "1.0"), (5, "0.11"),
)  # fmt: skip
"""The newest version of Fetch of each release (FetchRequest.json, "Version N ... ")."""


def guessed_release(greeting: Greeting) -> str:
    """Where a broker does not tell its release: what Apache Kafka's own would be that speaks the same."""
    newest = greeting.apis.get("FETCH", (0, 0))[1]
    return next((release for version, release in _BY_FETCH if newest >= version), "before 0.11")
