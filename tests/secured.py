"""A real broker with a listener of each kind of security, and those that are broken on purpose. No test lives here."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from kafkatui.minicluster import cluster, engine_java
from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.layout import HOST, Node, free_ports
from kafkatui.minicluster.properties import server_properties
from tests.certificates import Authority, Issued
from tests.making_topics import make_topics

USER, PASSWORD = "operator", "canary-5d1c-password"
TOPIC = "secured"
"""One partition, without records."""
SESSION_MS = 2_000
"""Of the listener whose logins expire."""

_PROTOCOLS = {
    "LOGIN": "SASL_PLAINTEXT",
    "BRIEF": "SASL_PLAINTEXT",
    "MUTUAL": "SSL",
    "SECURE": "SASL_SSL",
    "TLS": "SSL",
    "EXPIRED": "SSL",
    "STRANGER": "SSL",
    "NOWHERE": "PLAINTEXT",
}
"""Listeners: one by password or token; the same with sessions that end soon; with a client's certificate; password over
TLS; TLS alone; with a certificate that has expired, and one for another host; and one that advertises a closed port."""


@dataclass(frozen=True, slots=True)
class Secured:
    """The broker, its listeners' addresses by name, and the files that get in."""

    status: Status
    at: Mapping[str, str]
    ca: Path
    client: Issued
    folder: Path


@contextmanager
def secured_cluster(home: Path, more: Mapping[str, str] | None = None) -> Iterator[Secured]:
    """One broker, ended with the block; `more` are properties instead of these or beside them."""
    folder = home / "tls"
    folder.mkdir(parents=True)
    authority = Authority(folder)
    certificates = {
        "server": authority.issue("server", "localhost", HOST),
        "expired": authority.issue("expired", "localhost", HOST, days=-1),
        "stranger": authority.issue("stranger", "somewhere.else.example"),
    }
    ports = dict(zip((*_PROTOCOLS, "closed"), free_ports(len(_PROTOCOLS) + 1), strict=True))
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                engine_java, "server_properties", _with_listeners(ports, certificates, authority.ca, more or {})
            )
            status = cluster.up(1, "java", home=home)
        make_topics(status.bootstrap, NewTopic(TOPIC, 1, 1))
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            _give_password(status.bootstrap, mechanism)
        at = {name: f"{HOST}:{ports[name]}" for name in _PROTOCOLS}
        yield Secured(status, at, authority.ca, authority.issue("client"), folder)
    finally:
        cluster.down(home)
        signal.signal(signal.SIGTERM, before)


def _give_password(bootstrap: str, mechanism: ScramMechanism) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    new = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
    for done in admin.alter_user_scram_credentials([new]).values():
        done.result(20)


def _with_listeners(
    ports: Mapping[str, int], certificates: Mapping[str, Issued], ca: Path, others: Mapping[str, str]
) -> Callable[..., str]:
    """Of a name that comes twice Java takes the last."""

    def properties(node: Node, *rest: Any) -> str:
        own = f"PLAINTEXT://{HOST}:{node.port}"
        listening = [f"{name}://{HOST}:{ports[name]}" for name in _PROTOCOLS]
        elsewhere = [f"NOWHERE://{HOST}:{ports['closed']}"]
        more = {
            "listeners": ",".join([own, f"CONTROLLER://{HOST}:{node.controller_port}", *listening]),
            "advertised.listeners": ",".join([own, *listening[:-1], *elsewhere]),
            "listener.security.protocol.map": ",".join(
                ["PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", *(f"{name}:{kind}" for name, kind in _PROTOCOLS.items())]
            ),
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            **_keystore("", certificates["server"]),
            **_keystore("listener.name.expired.", certificates["expired"]),
            **_keystore("listener.name.stranger.", certificates["stranger"]),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(ca),
            "ssl.client.auth": "none",
            "listener.name.mutual.ssl.client.auth": "required",
            # Whoever logs in may do everything: what a user may see is tested elsewhere.
            "super.users": f"User:ANONYMOUS;User:{USER};User:CN=client;User:tokenholder",
            **{name: value for listener in ("login", "brief", "secure") for name, value in _logins(listener)},
        }
        for mechanism in ("plain", "scram-sha-256", "scram-sha-512", "oauthbearer"):
            more[f"listener.name.brief.{mechanism}.connections.max.reauth.ms"] = str(SESSION_MS)
        more |= others
        return server_properties(node, *rest) + "".join(f"{name}={value}\n" for name, value in more.items())

    return properties


def _keystore(prefix: str, issued: Issued) -> dict[str, str]:
    return {f"{prefix}ssl.keystore.type": "PEM", f"{prefix}ssl.keystore.location": str(issued.together)}


def _logins(listener: str) -> Iterator[tuple[str, str]]:
    security = "org.apache.kafka.common.security"
    jaas = {
        "plain": f'plain.PlainLoginModule required user_{USER}="{PASSWORD}"',
        "scram-sha-256": "scram.ScramLoginModule required",
        "scram-sha-512": "scram.ScramLoginModule required",
        "oauthbearer": 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
    }
    for mechanism, words in jaas.items():
        yield f"listener.name.{listener}.{mechanism}.sasl.jaas.config", f"{security}.{words};"
