"""A scripted cluster to be examined: every address answers well until a test says otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from kafkatui.doctor.abilities import NEEDS
from kafkatui.model.configs import Config, Configs, ConfigSource
from kafkatui.model.connection import Connection
from kafkatui.model.parts import ListedGroup
from kafkatui.model.probes import (
    Certificate,
    Greeting,
    LogDir,
    LogDirs,
    Operation,
    Quorum,
    Rights,
    Secured,
    Skew,
    Throttles,
    Voter,
)
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from tests.builders import AT, a_snapshot
from tests.fake_cluster import FakeCluster

ALL = frozenset(Operation)
DAY = 86_400.0
REFUSED = Problem("unreachable", "connection refused: nothing listens there")


def a_certificate(days: float = 364.5, **changes: object) -> Certificate:
    values: dict[str, object] = {
        "subject": "CN=b1",
        "issuer": "CN=ca",
        "names": ("b1", "10.0.0.1"),
        "not_before": AT - DAY,
        "not_after": AT + days * DAY,
    }
    return Certificate(**{**values, **changes})  # type: ignore[arg-type]


def configs(**values: str) -> Configs:
    """`min_insync_replicas="2"`, by Kafka's names with `_` for a dot."""
    found = {name.replace("_", "."): value for name, value in values.items()}
    return {name: Config(name, value, ConfigSource.TOPIC) for name, value in found.items()}


def newest() -> Greeting:
    apis = {need.api: (0, 0) for need in NEEDS}
    for need in NEEDS:
        apis[need.api] = (0, max(need.version, apis[need.api][1]))
    return Greeting({**apis, "FETCH": (4, 18)}, 75)


class FakeProbes:
    """Answers with what is set; by address or IP where a test wants one to differ."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.cluster = FakeCluster(snapshot or a_snapshot())
        self.ips: dict[str, Sequence[str] | Problem] = {}
        """By host; a name that is not here is 10.0.0.1."""
        self.closed: dict[str, Problem] = {}
        """By `ip:port`."""
        self.secured: Secured | Problem = Secured("TLSv1.3", "TLS_AES_256_GCM_SHA384", a_certificate())
        self.own: Certificate | Problem | None = None
        self.offered: Sequence[str] | Problem = ("SCRAM-SHA-512",)
        self.greetings: dict[str, Greeting | Problem] = {}
        """By `host:port`; the others are the newest Kafka's."""
        self.told_release: str | Problem = "4.3"
        self.cluster_ids: dict[str, str | Problem | None] = {}
        """By `host:port`, where it is not the cluster's own."""
        self.clock: Skew | Problem = Skew(2, -0.002, 0.003)
        self.voters: Quorum | Problem = Quorum(2, tuple(Voter(node, 0, 100) for node in (1, 2, 3)), 0, 1)
        self.may = Rights(ALL, {"orders": ALL, "payments": ALL}, {"billing": ALL, "mailer": ALL})
        self.topic_config: dict[str, Configs | Problem] = {}
        """By topic; the others are as they should be."""
        self.broker_config: Configs | Problem = configs(auto_create_topics_enable="false")
        self.dirs: dict[int, LogDirs | Problem] = {}
        self.throttled: dict[str, int] = {}

    @asynccontextmanager
    async def open(self, connection: Connection) -> AsyncIterator[FakeProbes]:
        yield self

    async def resolve(self, host: str, port: int) -> Sequence[str] | Problem:
        return self.ips.get(host, ("10.0.0.1",))

    async def connect(self, ip: str, port: int) -> Problem | None:
        return self.closed.get(f"{ip}:{port}")

    async def secure(self, host: str, port: int) -> Secured | Problem:
        return self.secured

    def client_certificate(self) -> Certificate | Problem | None:
        return self.own

    async def mechanisms(self, host: str, port: int, wanted: str) -> Sequence[str] | Problem:
        return self.offered

    async def login(self, host: str, port: int, name: str) -> Greeting | Problem:
        return self.greetings.get(f"{host}:{port}", newest())

    async def release(self, host: str, port: int) -> str | Problem:
        return self.told_release

    async def cluster_id(self, host: str, port: int) -> str | Problem | None:
        return self.cluster_ids.get(f"{host}:{port}", self.cluster.snapshot.cluster_id)

    async def skew(self) -> Skew | Problem:
        return self.clock

    async def quorum(self) -> Quorum | Problem:
        return self.voters

    async def rights(self, groups: Collection[ListedGroup]) -> Rights:
        return self.may

    async def topic_configs(self, topics: Collection[str], keys: tuple[str, ...]) -> Mapping[str, Configs | Problem]:
        good = configs(min_insync_replicas="2", unclean_leader_election_enable="false")
        return {name: self.topic_config.get(name, good) for name in topics}

    async def broker_configs(self, brokers: Collection[int], keys: tuple[str, ...]) -> Mapping[int, Configs | Problem]:
        return dict.fromkeys(brokers, self.broker_config)

    async def log_dirs(self, brokers: Collection[int]) -> Mapping[int, LogDirs | Problem]:
        return {node: self.dirs.get(node, (LogDir("/data", None, 1_000, 600),)) for node in brokers}

    def throttles(self) -> Throttles:
        return Throttles(self.throttled)
