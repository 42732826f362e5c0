"""`[contexts.NAME]` of a config file: checking one and making a connection of it. Finding the files is in `files`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafkatui.config import secrets
from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.logins import login, mechanism
from kafkatui.config.registry import of_table
from kafkatui.config.secrets import secret
from kafkatui.config.sections import Ask, Reach, Section, nobody
from kafkatui.model.connection import Connection, Tls

COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "gray")
"""What marks a context on screens."""
_KEYS = (
    "bootstrap", "read_only", "production", "cluster_id", "color", "time_zone", "client_id", "tls", "sasl",
    "schema_registry", "audit_topic", "edit",
)  # fmt: skip
_CHECKS = ("insecure_skip_verify", "check_host_name")
_TLS = ("ca", "certificate", "key", *_CHECKS, *secrets.settings("key_password"))


@dataclass(frozen=True, slots=True)
class Context:
    """A named cluster as it stands in a file; its secrets are not read yet."""

    name: str
    file: Path
    table: Mapping[str, Any]
    is_project: bool = False
    """From a project's file, which came with somebody's repository and is trusted less."""

    @property
    def bootstrap(self) -> tuple[str, ...]:
        """`host:port` each. Raises ConfigError."""
        return _bootstrap(self.section(Reach({})))

    def section(self, reach: Reach) -> Section:
        return Section(self.file, ("contexts", self.name), self.table, reach)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a context is, as far as no secret has to be read for it."""

    bootstrap: tuple[str, ...]
    read_only: bool
    production: bool
    cluster_id: str | None
    color: str | None
    time_zone: str | None
    protocol: str
    """As Kafka calls it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    mechanism: str | None


def outline(context: Context) -> Outline:
    """Raises ConfigError that names file, line and key."""
    table = context.section(Reach({}, is_project=context.is_project))
    table.only(_KEYS)
    sasl = table.table("sasl")
    has_tls = table.values.get("tls") not in (None, False)
    name = None if sasl is None else mechanism(sasl.text("mechanism") or "PLAIN", sasl.at("mechanism"))
    return Outline(
        bootstrap=context.bootstrap,
        read_only=table.flag("read_only") is not False,
        production=table.flag("production") or False,
        cluster_id=table.text("cluster_id"),
        color=_color(table),
        time_zone=_time_zone(table),
        protocol=("SASL_" if sasl is not None else "") + ("SSL" if has_tls else "PLAINTEXT"),
        mechanism=name,
    )


def connection_of(context: Context, environ: Mapping[str, str], ask: Ask = nobody) -> Connection:
    """The connection a context describes, its secrets read. Raises ConfigError that names file, line and key."""
    whom = f"context {context.name} ({','.join(context.bootstrap)})"
    table = context.section(Reach(environ, ask, whom, context.is_project))
    table.only(_KEYS)
    read_only = table.flag("read_only")
    sasl = table.table("sasl")
    return Connection(
        bootstrap=context.bootstrap,
        context=context.name,
        tls=_tls(table),
        sasl=None if sasl is None else login(sasl, context.bootstrap),
        client_id=table.text("client_id") or "kafkatui",
        read_only=True if read_only is None else read_only,
        cluster_id=table.text("cluster_id"),
        color=_color(table),
        registry=of_table(table, "schema_registry") if "schema_registry" in table else None,
        audit_topic=table.text("audit_topic"),
        edit=table.flag("edit") or False,
        production=table.flag("production") or False,
        time_zone=_time_zone(table),
    )


def _bootstrap(table: Section) -> tuple[str, ...]:
    value = table.values.get("bootstrap")
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        value = ",".join(value)
    if not isinstance(value, str):
        raise ConfigError(f'{table.at("bootstrap")} is missing; write it as bootstrap = "host:port"')
    return addresses(value, table.at("bootstrap"))


def _color(table: Section) -> str | None:
    value = table.text("color")
    if value is not None and value not in COLORS:
        table.refuse("color", f"{value!r} is not a colour here; known are {', '.join(COLORS)}")
    return value


def _time_zone(table: Section) -> str | None:
    value = table.text("time_zone")
    if value is not None and not is_time_zone(value):
        table.refuse("time_zone", f"no time zone is called {value!r}; write an IANA name such as Europe/Berlin or UTC")
    return value


def is_time_zone(name: str) -> bool:
    """Whether the machine knows a zone of this name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only where one is named

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _tls(context: Section) -> Tls | None:
    value = context.values.get("tls")
    if value is None or isinstance(value, bool):
        return Tls() if value else None
    table = context.table("tls")
    assert table is not None
    table.only(_TLS)
    insecure, named = (table.flag(check) for check in _CHECKS)
    for check, is_off in zip(_CHECKS, (insecure, named is False), strict=True):
        if is_off and context.reach.is_project:
            table.refuse(check, "a project's file can not switch the check of certificates off")
    return Tls(
        ca=table.path("ca"),
        certificate=table.path("certificate"),
        key=table.path("key"),
        key_password=secret(table, "key_password"),
        insecure=insecure or False,
        any_name=named is False,
    )
