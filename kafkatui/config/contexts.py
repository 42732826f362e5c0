"""`[contexts.NAME]` of a config file: checking one and making a connection of it. Finding the files is in `files`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.paths import expanded
from kafkatui.config.registry import of_table
from kafkatui.config.secrets import SOURCES, secret
from kafkatui.model.connection import Connection, Registry, Sasl, Tls

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_KEYS = {
    "bootstrap", "read_only", "cluster_id", "color", "client_id", "tls", "sasl", "schema_registry", "audit_topic",
    "edit",
}  # fmt: skip
_TLS = {"ca", "certificate", "key", *(f"key_password_{source}" for source in SOURCES)}
_SASL = {"mechanism", "username", *(f"password_{source}" for source in SOURCES)}
_T = TypeVar("_T", str, bool)


@dataclass(frozen=True, slots=True)
class Context:
    """A named cluster as it stands in a file; its secrets are not read yet."""

    name: str
    file: Path
    table: Mapping[str, Any]
    is_project: bool = False
    """From a project's file, which came with somebody's repository and is trusted less."""

    @property
    def where(self) -> str:
        return f"{self.file}: contexts.{self.name}"

    @property
    def bootstrap(self) -> tuple[str, ...]:
        value = self.table.get("bootstrap")
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            value = ",".join(value)
        if not isinstance(value, str):
            raise ConfigError(f'{self.where}.bootstrap is missing; write it as bootstrap = "host:port"')
        return addresses(value, f"{self.where}.bootstrap")


def connection_of(context: Context, environ: Mapping[str, str]) -> Connection:
    """The connection a context describes. Raises ConfigError that names file and key."""
    table, where = context.table, context.where
    _only(table, _KEYS, where)
    read_only = _value(table, "read_only", bool, where)
    return Connection(
        bootstrap=context.bootstrap,
        context=context.name,
        tls=_tls(context, environ),
        sasl=_sasl(context, environ),
        client_id=_value(table, "client_id", str, where) or "kafkatui",
        read_only=True if read_only is None else read_only,
        cluster_id=_value(table, "cluster_id", str, where),
        color=_value(table, "color", str, where),
        registry=_registry(context, environ),
        audit_topic=_value(table, "audit_topic", str, where),
        edit=_value(table, "edit", bool, where) or False,
    )


def _tls(context: Context, environ: Mapping[str, str]) -> Tls | None:
    value = context.table.get("tls")
    if value is None or value is False:
        return None
    if value is True:
        return Tls()
    where = f"{context.where}.tls"
    table = _table(value, where)
    _only(table, _TLS, where)
    _trusted(context, table, "key_password", where)
    return Tls(
        ca=_path(table, "ca", where),
        certificate=_path(table, "certificate", where),
        key=_path(table, "key", where),
        key_password=secret(table, "key_password", environ, where),
    )


def _sasl(context: Context, environ: Mapping[str, str]) -> Sasl | None:
    value = context.table.get("sasl")
    if value is None:
        return None
    where = f"{context.where}.sasl"
    table = _table(value, where)
    if "password" in table:
        raise ConfigError(f"{where}.password: a password does not belong in a file; use password_env or password_file")
    _only(table, _SASL, where)
    _trusted(context, table, "password", where)
    password = secret(table, "password", environ, where)
    username = _value(table, "username", str, where)
    if username is None or password is None:
        missing = "username" if username is None else "password_env or password_file"
        raise ConfigError(f"{where} needs {missing}")
    return Sasl(mechanism(_value(table, "mechanism", str, where) or "PLAIN", where), username, password)


def _registry(context: Context, environ: Mapping[str, str]) -> Registry | None:
    value = context.table.get("schema_registry")
    if value is None:
        return None
    where = f"{context.where}.schema_registry"
    if isinstance(value, dict):
        for key in ("password", "token"):
            _trusted(context, value, key, where)
    return of_table(value, environ, where)


def mechanism(value: str, where: str) -> str:
    """The mechanism if it is one we speak."""
    if value.upper() not in MECHANISMS:
        raise ConfigError(f"{where}: mechanism {value!r} is not known here; known are {', '.join(MECHANISMS)}")
    return value.upper()


def _trusted(context: Context, table: Mapping[str, Any], key: str, where: str) -> None:
    """A repository's file may not run commands, read files or pick any variable: it also names who gets the secret."""
    if not context.is_project:
        return
    for source in ("command", "file"):
        if f"{key}_{source}" in table:
            raise ConfigError(f"{where}.{key}_{source}: a project's file can not name a {source}; use {key}_env")
    if not str(table.get(f"{key}_env", "KAFKA")).startswith("KAFKA"):
        raise ConfigError(f"{where}.{key}_env: a project's file can only name variables that start with KAFKA")


def _only(table: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(table.keys() - allowed)
    if unknown:
        raise ConfigError(f"{where}.{unknown[0]} is not a setting; known are {', '.join(sorted(allowed))}")


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be a table")
    return value


def _value(table: Mapping[str, Any], key: str, kind: type[_T], where: str) -> _T | None:
    value = table.get(key)
    if value is not None and not isinstance(value, kind):
        raise ConfigError(f"{where}.{key} must be {'true or false' if kind is bool else 'a text'}")
    return value


def _path(table: Mapping[str, Any], key: str, where: str) -> str | None:
    value = _value(table, key, str, where)
    return None if value is None else expanded(value, f"{where}.{key}")
