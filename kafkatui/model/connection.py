"""Where a cluster is and how to get in: plain values. Reading them from files and dialling happen elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem


@dataclass(frozen=True, slots=True)
class Tls:
    """How to verify the broker and prove who we are. Paths to PEM files."""

    ca: str | None = None
    """None: the system's trust store."""
    certificate: str | None = None
    key: str | None = None
    key_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sasl:
    """How to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""

    mechanism: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registry:
    """A schema registry that speaks Confluent's API, and how to get in: by name and password, by a token, or openly."""

    urls: tuple[str, ...]
    """`http://host:port/path` each, all of one registry; without a slash at the end."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca: str | None = None
    """A PEM file. None: the system's trust store."""
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    """Bound for one whole answer."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One cluster to connect to."""

    bootstrap: tuple[str, ...]
    """`host:port` each."""
    context: str | None = None
    """The name the user gave it, or None for a bare address."""
    tls: Tls | None = None
    sasl: Sasl | None = None
    client_id: str = "kafkatui"
    connect_seconds: float = 4.0
    """Bound for reaching a broker and logging in; below 5 s, so that the reason is on screen within 5 s."""
    request_seconds: float = 10.0
    """Bound for one request."""
    read_only: bool = True
    cluster_id: str | None = None
    """The id the cluster must have; None: any."""
    color: str | None = None
    """How screens mark it, so that production never looks like a test cluster."""
    registry: Registry | None = None
    """Where the schemas of its records are."""
    audit_topic: str | None = None
    """Where every change is written down, beside the file of this machine."""
    edit: bool = False
    """Whether records may be changed before they are sent again."""

    def check(self, found: str | None) -> None:
        """Raises `Unreachable` when `found` is not the id the cluster must have."""
        if self.cluster_id is not None and found != self.cluster_id:
            text = f"context {self.context} expects the cluster {self.cluster_id}, but this is {found}"
            raise Unreachable(Problem("wrong_cluster", text))
