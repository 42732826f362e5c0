"""`kafkatui config test`: whether a context leads into its cluster, and what is there, in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import connect
from kafkatui.cli.flags import Where
from kafkatui.cli.report import finish, write
from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    Login,
    MskIam,
    Sasl,
    TokenCommand,
)

if TYPE_CHECKING:  # loaded once a cluster is asked
    from kafkatui.model.snapshot import Snapshot


def try_context(
    name: Annotated[str | None, typer.Argument(help="A context; the one that is used without any.")] = None,
) -> None:
    """Connect to the cluster of a context and say what was found, or the true reason why not (exit code 3)."""
    from kafkatui.cli.failures import of_brokers
    from kafkatui.monitor import Want

    connection = connect.needed_connection(Where(context=name))
    snapshot = asyncio.run(connect.read_cluster(connection, Want.TOPOLOGY | Want.DETAILS))
    write([", ".join(_found(connection, snapshot))])
    finish(of_brokers(snapshot.brokers.values()))


def _found(connection: Connection, snapshot: Snapshot) -> Iterator[str]:
    yield f"{connection.context or ','.join(connection.bootstrap)}: cluster {snapshot.cluster_id or 'without an id'}"
    yield "1 broker" if len(snapshot.brokers) == 1 else f"{len(snapshot.brokers)} brokers"
    if isinstance(snapshot.version, str):
        yield f"Kafka {snapshot.version}"
    yield f"by {_way_in(connection)}"


def _way_in(connection: Connection) -> str:
    words = [("SASL_" if connection.sasl else "") + ("SSL" if connection.tls else "PLAINTEXT")]
    if connection.sasl is not None:
        words.append(_login(connection.sasl))
    if connection.tls is not None and connection.tls.certificate is not None:
        words.append("with a client certificate")
    if connection.tls is not None and connection.tls.insecure:
        words.append("without a look at its certificate")
    return " ".join(words)


def _login(login: Login) -> str:
    if isinstance(login, Sasl):
        return f"{login.mechanism} as {login.username}"
    if isinstance(login, FixedToken):
        return "OAUTHBEARER with a token"
    if isinstance(login, TokenCommand):
        return "OAUTHBEARER with the token of a command"
    if isinstance(login, ClientCredentials):
        return f"OAUTHBEARER as {login.client_id}"
    if isinstance(login, MskIam):
        return f"AWS_MSK_IAM in {login.region}"
    assert isinstance(login, Kerberos)
    return f"GSSAPI as {login.principal}" if login.principal else "GSSAPI"
