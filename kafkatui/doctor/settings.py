"""The settings a connection is made with: whose they are, and what is doubtful about them before a byte is sent."""

from __future__ import annotations

from typing import Any

from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.model.connection import Connection, Sasl, mechanism_of


def settings(connection: Connection, origin: str) -> Step:
    """`origin`: which file, flag or variable named the cluster."""
    parts = [origin, ", ".join(connection.bootstrap), _login_words(connection)]
    if connection.cluster_id is not None:
        parts.append(f"pinned to the cluster {connection.cluster_id}")
    doubt, advice = _doubt(connection)
    found = "; ".join([*parts, *([doubt] if doubt else [])])
    outcome = Outcome.WARNING if doubt else Outcome.OK
    return Step(Part.CONNECTION, "config", outcome, found, advice=advice, facts=_facts(connection, origin))


def _login_words(connection: Connection) -> str:
    login = connection.sasl
    if login is None:
        return connection.security_protocol
    who = f" as {login.username}" if isinstance(login, Sasl) else ""
    return f"{connection.security_protocol}, {mechanism_of(login)}{who}"


def _doubt(connection: Connection) -> tuple[str, str]:
    if connection.tls is not None and connection.tls.insecure:
        return (
            "whoever answers is trusted: certificates are not verified",
            "Name the CA's file (tls.ca) and take insecure out of the context.",
        )
    if connection.tls is None and isinstance(connection.sasl, Sasl) and connection.sasl.mechanism == "PLAIN":
        return (
            "the password crosses the network as it is",
            "Use a listener with TLS (SASL_SSL), or a SCRAM mechanism.",
        )
    return "", ""


def _facts(connection: Connection, origin: str) -> dict[str, Any]:
    return {
        "context": connection.context,
        "origin": origin,
        "bootstrap": list(connection.bootstrap),
        "security_protocol": connection.security_protocol,
        "mechanism": None if connection.sasl is None else mechanism_of(connection.sasl),
        "read_only": connection.read_only,
        "cluster_id": connection.cluster_id,
    }
