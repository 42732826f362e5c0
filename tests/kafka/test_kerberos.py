"""Logging in by GSSAPI: a real Kerberos server, a broker that asks it, tickets of users and of keytabs."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.writer import Writer
from kafkatui.minicluster import cluster, engine_java, jre
from kafkatui.minicluster.jvm import environment
from kafkatui.minicluster.layout import HOST, Node, free_ports
from kafkatui.minicluster.properties import server_properties
from kafkatui.model.connection import Connection, Kerberos
from kafkatui.model.errors import Unreachable
from kafkatui.model.records import NewRecord
from tests import kdc
from tests.kafka.unreachable import told_within
from tests.kdc import REALM, Kdc
from tests.making_topics import make_topics
from tests.waiting import until

SECONDS = 5.0
SESSION_MS = 2_000
NAME = "localhost"
"""What the broker is called in its principal: a ticket is for a name, not for an address."""
USER = "operator"


@dataclass(frozen=True, slots=True)
class Kerberized:
    """A broker that takes tickets, the realm they come from, and a user with a keytab."""

    where: str
    bootstrap: str
    cluster_id: str
    realm: Kdc
    keytab: Path


@pytest.fixture(scope="module")
def kerberized(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kerberized]:
    kdc.check_gssapi()
    home = tmp_path_factory.mktemp("kerberos") / "home"
    (port,) = free_ports(1)
    java = jre.ask(kdc.speaking_java())
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with kdc.running(home.with_name("realm")) as realm:
            server, user = realm.keytab(f"kafka/{NAME}"), realm.keytab(USER)
            options = f"-Djava.security.krb5.conf={realm.config}"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(engine_java, "find_java", lambda: java)
                patch.setattr(engine_java, "server_properties", _with_tickets(port, server))
                patch.setattr(engine_java, "environment", lambda: {**environment(), "JAVA_TOOL_OPTIONS": options})
                status = cluster.up(1, "java", home=home)
            yield Kerberized(f"{NAME}:{port}", status.bootstrap, status.cluster_id, realm, user)
    finally:
        cluster.down(home)
        signal.signal(signal.SIGTERM, before)


def _with_tickets(port: int, keytab: Path) -> Callable[..., str]:
    def properties(node: Node, *rest: Any) -> str:
        own, here = f"PLAINTEXT://{HOST}:{node.port}", f"TICKETS://{NAME}:{port}"
        login = (
            "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true"
            f' keyTab="{keytab}" principal="kafka/{NAME}@{REALM}";'
        )
        more = {
            "listeners": f"{own},CONTROLLER://{HOST}:{node.controller_port},{here}",
            "advertised.listeners": f"{own},{here}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TICKETS:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "GSSAPI",
            "sasl.kerberos.service.name": "kafka",
            "listener.name.tickets.gssapi.sasl.jaas.config": login,
            "listener.name.tickets.gssapi.connections.max.reauth.ms": str(SESSION_MS),
            "super.users": f"User:ANONYMOUS;User:{USER}",
        }
        return server_properties(node, *rest) + "".join(f"{name}={value}\n" for name, value in more.items())

    return properties


@pytest.fixture
def ticketless(kerberized: Kerberized, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The user knows the realm, and has no ticket yet."""
    monkeypatch.setenv("KRB5_CONFIG", str(kerberized.realm.config))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")
    return monkeypatch


@pytest.fixture
def ticket(kerberized: Kerberized, ticketless: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's."""
    file = tmp_path / "ticket"
    ticketless.setenv("KRB5CCNAME", kerberized.realm.ticket(USER, kerberized.keytab, file))
    return file


def by_keytab(kerberized: Kerberized) -> Kerberos:
    return Kerberos(principal=f"{USER}@{REALM}", keytab=str(kerberized.keytab))


async def gets_in(kerberized: Kerberized, sasl: Kerberos) -> None:
    async with Cluster.open(Connection((kerberized.where,), sasl=sasl)) as found:
        assert (await found.topology()).cluster_id == kerberized.cluster_id


async def why_not(kerberized: Kerberized, sasl: Kerberos) -> str:
    return await told_within(SECONDS, Connection((kerberized.where,), sasl=sasl))


@pytest.mark.usefixtures("ticket")
async def test_by_the_ticket_of_the_user(kerberized: Kerberized) -> None:
    await gets_in(kerberized, Kerberos())
    await gets_in(kerberized, Kerberos(principal=USER))


async def test_by_a_keytab(kerberized: Kerberized, ticketless: pytest.MonkeyPatch, tmp_path: Path) -> None:
    await gets_in(kerberized, by_keytab(kerberized))
    await gets_in(kerberized, Kerberos(keytab=str(kerberized.keytab)))
    assert not (tmp_path / "none").exists(), "the user's tickets stay as they are"


async def test_aiokafkas_own_clients_log_in_by_a_keytab(kerberized: Kerberized, ticketless: pytest.MonkeyPatch) -> None:
    make_topics(kerberized.bootstrap, NewTopic("written", 1, 1))
    connection = Connection((kerberized.where,), sasl=by_keytab(kerberized), read_only=False)
    async with Writer(connection, client_id="test") as writer:
        (place,) = await writer.write([NewRecord("written", None, b"x", partition=0)])
    assert place.offset == 0


async def test_sessions_that_end_are_renewed_without_a_gap(
    kerberized: Kerberized, ticketless: pytest.MonkeyPatch
) -> None:
    async with Cluster.open(Connection((kerberized.where,), sasl=by_keytab(kerberized))) as found:
        began, asked = time.monotonic(), 0
        while time.monotonic() - began < 2.3 * SESSION_MS / 1000:
            await found.topology()
            asked += 1
    assert asked > 10


# why not


async def test_no_ticket(kerberized: Kerberized, ticketless: pytest.MonkeyPatch, tmp_path: Path) -> None:
    none = f"Kerberos: No Kerberos credentials available (default cache: FILE:{tmp_path}/none); kinit gets a ticket"
    assert await why_not(kerberized, Kerberos()) == none
    other = f"Kerberos: Can't find client principal somebody@{REALM} in cache collection; kinit gets a ticket"
    assert await why_not(kerberized, Kerberos(principal="somebody")) == other


async def test_a_ticket_that_has_expired(
    kerberized: Kerberized, ticketless: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ticketless.setenv("KRB5CCNAME", kerberized.realm.ticket(USER, kerberized.keytab, tmp_path / "brief", "1s"))

    async def refused() -> str | None:
        async with Cluster.open(Connection((kerberized.where,), sasl=Kerberos())) as found:
            try:
                await found.topology()
            except Unreachable as error:
                return error.problem.text
        return None

    assert (await until(refused)).endswith("Kerberos: Ticket expired; kinit gets a ticket")


@pytest.mark.usefixtures("ticket")
async def test_the_name_of_another_service(kerberized: Kerberized) -> None:
    why = await why_not(kerberized, Kerberos(service="kafak"))
    assert why == f"Kerberos: Server kafak/{NAME}@{REALM} not found in Kerberos database"


async def test_keytabs_of_no_use(kerberized: Kerberized, ticketless: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = await why_not(kerberized, Kerberos(principal=USER, keytab=str(tmp_path / "missing")))
    assert missing == f"Kerberos: Key table file '{tmp_path}/missing' not found"
    (tmp_path / "bad").write_bytes(b"no keytab at all")
    bad = await why_not(kerberized, Kerberos(principal=USER, keytab=str(tmp_path / "bad")))
    assert bad == "Kerberos: Unsupported key table format version number"
    other = await why_not(kerberized, Kerberos(principal="somebody", keytab=str(kerberized.keytab)))
    assert other == f"Kerberos: No key table entry found for somebody@{REALM}"


@pytest.mark.usefixtures("ticket")
async def test_a_kerberos_server_that_is_gone_or_silent(
    kerberized: Kerberized, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (closed,) = free_ports(1)
    monkeypatch.setenv("KRB5_CONFIG", str(kdc.write_config(tmp_path / "gone.conf", closed)))
    assert await why_not(kerberized, Kerberos()) == f"Kerberos: Cannot contact any KDC for realm '{REALM}'"
    with closing(socket.socket()) as tcp, closing(socket.socket(type=socket.SOCK_DGRAM)) as udp:
        tcp.bind((HOST, 0))
        tcp.listen()
        udp.bind(tcp.getsockname())
        silent = kdc.write_config(tmp_path / "silent.conf", tcp.getsockname()[1])
        monkeypatch.setenv("KRB5_CONFIG", str(silent))
        assert await why_not(kerberized, Kerberos()) == "Kerberos: its server does not answer within 3 s"


@pytest.mark.usefixtures("ticket")
async def test_a_listener_without_kerberos(kerberized: Kerberized) -> None:
    plain = Connection((kerberized.bootstrap,), sasl=Kerberos())
    async with Cluster.open(plain) as found:
        with pytest.raises(Unreachable, match="it expects no login here; the connection is set to GSSAPI"):
            await found.topology()
