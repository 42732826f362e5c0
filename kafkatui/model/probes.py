"""What looking at a connection step by step brings back: certificates, handshakes, clocks, rights. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kafkatui.model.problems import Problem


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate as far as operators ask about it (RFC 5280)."""

    subject: str
    """`CN=b1,O=Shop`; may be empty."""
    issuer: str
    names: tuple[str, ...]
    """The subject's alternative names: hosts and IP addresses."""
    not_before: float
    """Epoch seconds."""
    not_after: float

    @property
    def is_self_signed(self) -> bool:
        return self.subject == self.issuer


@dataclass(frozen=True, slots=True)
class Secured:
    """A TLS handshake; with `problem` it is one that a client must refuse, made only to look at the certificate."""

    version: str
    cipher: str
    certificate: Certificate | None
    """None: it can not be read."""
    problem: Problem | None = None
    """Why it is not trusted."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a broker says to who is logged in (ApiVersions)."""

    apis: Mapping[str, tuple[int, int]]
    """Lowest and highest version by the name of the API, such as `FETCH`; only of those this program sends."""
    count: int
    """Of all APIs the broker knows."""
    session_seconds: float | None = None
    """How long the login holds (KIP-368); None: as long as the connection, or not told."""


class Operation(StrEnum):
    """What one may do, in the words of `kafka-acls` (org.apache.kafka.common.acl.AclOperation)."""

    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DELETE = "Delete"
    ALTER = "Alter"
    DESCRIBE = "Describe"
    CLUSTER_ACTION = "ClusterAction"
    DESCRIBE_CONFIGS = "DescribeConfigs"
    ALTER_CONFIGS = "AlterConfigs"
    IDEMPOTENT_WRITE = "IdempotentWrite"


Operations = frozenset[Operation]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the principal may do, as brokers tell it; a `Problem` where they do not."""

    cluster: Operations | Problem
    topics: Mapping[str, Operations] | Problem
    """Of topics one may describe: of others nothing is told, not even that they are there."""
    groups: Mapping[str, Operations | Problem] | Problem


@dataclass(frozen=True, slots=True)
class Voter:
    """A member of the KRaft quorum, as its leader sees it (DescribeQuorum)."""

    node_id: int
    behind_ms: int | None
    """How old what it has is, by the leader's clock; 0 for the leader. None: not told."""
    log_end: int


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who keeps the cluster's metadata."""

    leader: int
    voters: tuple[Voter, ...]
    observers: int
    now_ms: int | None
    """The leader's clock when it answered, epoch ms; None: brokers before Kafka 3.4 do not tell it."""


@dataclass(frozen=True, slots=True)
class Skew:
    """By how much a clock is ahead of ours: somewhere between two bounds, in seconds; behind is negative."""

    node_id: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LogDir:
    """A log directory of a broker (DescribeLogDirs)."""

    path: str
    problem: Problem | None = None
    """Why the broker does not use it any more, or None."""
    total: int | None = None
    """Bytes of its volume; None: brokers before Kafka 3.3 do not tell it."""
    usable: int | None = None


LogDirs = tuple[LogDir, ...]


@dataclass(frozen=True, slots=True)
class Throttles:
    """How long brokers held back answers because of a quota, in ms; those that did not are missing."""

    by_broker: Mapping[str, int] = field(default_factory=dict)
    """The longest of each, by what messages call it."""
