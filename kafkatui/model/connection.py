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
    insecure: bool = False
    """Trust whoever answers, under any name: only because the user's config says so, and screens show it."""
    any_name: bool = False
    """Trust whoever has a certificate of the CA, for whatever host: `ssl.endpoint.identification.algorithm` is off."""


@dataclass(frozen=True, slots=True)
class Sasl:
    """How to log in by name and password: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""

    mechanism: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FixedToken:
    """OAUTHBEARER with a token that somebody else renews."""

    token: str = field(repr=False)
    extensions: tuple[tuple[str, str], ...] = ()
    """SASL extensions (KIP-342)."""


@dataclass(frozen=True, slots=True)
class TokenCommand:
    """OAUTHBEARER with what a command of the user's prints: a token, or JSON with `access_token` or `token`."""

    command: tuple[str, ...] = field(repr=False)
    extensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAUTHBEARER with a token of an OIDC server, by its client credentials grant (RFC 6749, 4.4; KIP-768)."""

    url: str
    """The token endpoint."""
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    ca: str | None = None
    """A PEM file. None: the system's trust store."""
    extensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MskIam:
    """OAUTHBEARER with a token of AWS MSK, signed with the credentials that AWS's own tools find here."""

    region: str
    profile: str | None = None
    role: str | None = None
    """The ARN of a role to take."""


@dataclass(frozen=True, slots=True)
class Kerberos:
    """GSSAPI: with the ticket of the user, or with a keytab and a principal."""

    service: str = "kafka"
    principal: str | None = None
    keytab: str | None = None


def mechanism_of(login: Login) -> str:
    """The SASL mechanism it is by, as brokers know it."""
    if isinstance(login, Sasl):
        return login.mechanism
    return "GSSAPI" if isinstance(login, Kerberos) else "OAUTHBEARER"


Login = Sasl | FixedToken | TokenCommand | ClientCredentials | MskIam | Kerberos


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
    sasl: Login | None = None
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
    production: bool = False
    """Whether a change wants the name of the context typed."""
    time_zone: str | None = None
    """The IANA name of the zone that moments are shown in; None: the machine's."""
    unlocked: bool = False
    """Whether somebody allowed changes for this one time, by `--read-write`: then it is not read-only either."""

    def flags(self) -> tuple[str, ...]:
        """How a command line names it, to change it as it may be changed here."""
        named = ("-b", ",".join(self.bootstrap)) if self.context is None else ("-c", self.context)
        return (*named, "--read-write") if self.unlocked else named

    @property
    def security_protocol(self) -> str:
        """As Kafka's clients call it."""
        return f"{'SASL_' if self.sasl is not None else ''}{'SSL' if self.tls is not None else 'PLAINTEXT'}"

    @property
    def tells_secret_in_clear(self) -> bool:
        """Whether what lets us in could be read on the way: a password of PLAIN or a token, without TLS."""
        if self.tls is not None or self.sasl is None or isinstance(self.sasl, Kerberos):
            return False
        is_hidden = isinstance(self.sasl, Sasl) and self.sasl.mechanism.startswith("SCRAM")
        return not is_hidden and not all(map(_is_here, self.bootstrap))

    def check(self, found: str | None) -> None:
        """Raises `Unreachable` when `found` is not the id the cluster must have."""
        if self.cluster_id is not None and found != self.cluster_id:
            text = f"context {self.context} expects the cluster {self.cluster_id}, but this is {found}"
            raise Unreachable(Problem("wrong_cluster", text))


def _is_here(address: str) -> bool:
    """Whether it is one of this machine, so that nothing goes over a network."""
    host = address.rpartition(":")[0].strip("[]")
    return host == "localhost" or host == "::1" or host.startswith("127.")
