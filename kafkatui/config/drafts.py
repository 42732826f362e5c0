"""A context that is going to be written: what stands in its table, and the secrets that do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    Login,
    MskIam,
    Registry,
    Sasl,
    Tls,
    TokenCommand,
)

Table = dict[str, Any]
Way = tuple[str, str]
"""A table of a context and a setting in it, such as `sasl` and `password`."""
PEMS = ("ca", "certificate", "key")
"""The settings of `tls` that are files of PEM."""


class PemTexts(dict[str, str]):
    """PEM texts that have no file yet, by the name that stands for it. Called with a text it gives the name."""

    def __call__(self, text: str) -> str:
        name = f"\0pem {len(self)}"
        self[name] = text
        return name


@dataclass(frozen=True, slots=True)
class Draft:
    """The table of a context without its secrets."""

    name: str
    table: Table
    secrets: Mapping[Way, str] = field(repr=False)
    """Passwords, tokens, and PEM texts."""


def draft(name: str, connection: Connection, pems: Mapping[str, str] | None = None) -> Draft:
    """The connection as a context; `pems` are texts that stand for files in it."""
    secrets: dict[Way, str] = {}
    table: Table = {"bootstrap": _bootstrap(connection)}
    table |= dict(_settings(connection))
    for key, value in (
        ("tls", _tls(connection.tls, secrets, pems or {})),
        ("sasl", _sasl(connection.sasl, secrets)),
        ("schema_registry", _registry(connection.registry, secrets)),
    ):
        if value is not None:
            table[key] = value
    return Draft(name, table, secrets)


def _bootstrap(connection: Connection) -> str | list[str]:
    return connection.bootstrap[0] if len(connection.bootstrap) == 1 else list(connection.bootstrap)


def _settings(connection: Connection) -> Iterator[tuple[str, object]]:
    """Those that are not what they are without being written."""
    usual = Connection(())
    for key in ("read_only", "production", "cluster_id", "color", "time_zone", "client_id", "audit_topic", "edit"):
        value = getattr(connection, key)
        if value != getattr(usual, key):
            yield key, value


def _tls(tls: Tls | None, secrets: dict[Way, str], pems: Mapping[str, str]) -> Table | bool | None:
    if tls is None:
        return None
    table: Table = {}
    for key in PEMS:
        file = getattr(tls, key)
        if file in pems:
            secrets["tls", key] = pems[file]
        elif file is not None:
            table[key] = _absolute(file)
    if tls.key_password is not None:
        secrets["tls", "key_password"] = tls.key_password
    if tls.insecure:
        table["insecure_skip_verify"] = True
    if tls.any_name:
        table["check_host_name"] = False
    return table if table or any(way[0] == "tls" for way in secrets) else True


def _absolute(file: str | None) -> str | None:
    """A context's files are looked for beside the config file, those of a command line where one is."""
    return None if file is None else str(Path(file).absolute())


def _sasl(login: Login | None, secrets: dict[Way, str]) -> Table | None:
    if login is None:
        return None
    table = {key: value for key, value in _login(login, secrets).items() if value is not None}
    extensions = getattr(login, "extensions", ())
    return {**table, "extensions": dict(extensions)} if extensions else table


def _login(login: Login, secrets: dict[Way, str]) -> Mapping[str, object]:
    if isinstance(login, Sasl):
        secrets["sasl", "password"] = login.password
        return {"mechanism": login.mechanism, "username": login.username}
    if isinstance(login, MskIam):
        return {"mechanism": "AWS_MSK_IAM", "region": login.region, "profile": login.profile, "role": login.role}
    if isinstance(login, Kerberos):
        service = {"service": login.service, "principal": login.principal, "keytab": _absolute(login.keytab)}
        return {"mechanism": "GSSAPI", **service}
    if isinstance(login, TokenCommand):
        return {"mechanism": "OAUTHBEARER", "token_command": list(login.command)}
    if isinstance(login, FixedToken):
        secrets["sasl", "token"] = login.token
        return {"mechanism": "OAUTHBEARER"}
    return _credentials(login, secrets)


def _credentials(login: ClientCredentials, secrets: dict[Way, str]) -> Mapping[str, object]:
    secrets["sasl", "client_secret"] = login.client_secret
    server = {"token_url": login.url, "client_id": login.client_id, "scope": login.scope, "ca": _absolute(login.ca)}
    return {"mechanism": "OAUTHBEARER", **server}


def _registry(registry: Registry | None, secrets: dict[Way, str]) -> Table | str | None:
    if registry is None:
        return None
    url = ",".join(registry.urls)
    if registry == Registry(registry.urls):
        return url
    for key in ("password", "token"):
        value = getattr(registry, key)
        if value is not None:
            secrets["schema_registry", key] = value
    given = {"url": url, "username": registry.username, "ca": _absolute(registry.ca)}
    return {key: value for key, value in given.items() if value is not None}


def placed(draft: Draft, places: Mapping[Way, tuple[str, object]]) -> Table:
    """The table with a setting for each secret, which says where it is kept."""
    table: Table = {key: dict(value) if isinstance(value, dict) else value for key, value in draft.table.items()}
    for (inner, _), (key, value) in places.items():
        if not isinstance(table.get(inner), dict):
            table[inner] = {"url": table[inner]} if inner == "schema_registry" else {}
        table[inner][key] = value
    return table
