"""`[contexts.NAME.sasl]`: the table of a login, for each mechanism its own. How it is spoken is in `kafka.logins`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from kafkatui.config import secrets
from kafkatui.config.errors import ConfigError
from kafkatui.config.secrets import secret
from kafkatui.config.sections import Section
from kafkatui.model.connection import ClientCredentials, FixedToken, Kerberos, Login, MskIam, Sasl, TokenCommand

PASSWORDS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
"""The mechanisms that take a name and a password."""
MECHANISMS = (*PASSWORDS, "OAUTHBEARER", "AWS_MSK_IAM", "GSSAPI")
_CREDENTIALS = ("token_url", "client_id", "scope", "ca", *secrets.settings("client_secret"))
_KNOWN: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(PASSWORDS, ("username", *secrets.settings("password"))),
    "OAUTHBEARER": (*secrets.settings("token"), *_CREDENTIALS, "extensions"),
    "AWS_MSK_IAM": ("region", "profile", "role"),
    "GSSAPI": ("service", "principal", "keytab"),
}
_MSK_HOST = re.compile(r"\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?::|$)")
_EXTENSION = re.compile(r"[A-Za-z]+", re.ASCII)


def login(sasl: Section, bootstrap: Sequence[str]) -> Login:
    """The login a context's table describes. Raises ConfigError that names file, line and key."""
    name = mechanism(sasl.text("mechanism") or "PLAIN", sasl.at("mechanism"))
    sasl.only(("mechanism", *_KNOWN[name]), of=f" of {name}")
    if name in PASSWORDS:
        return _password(sasl, name)
    return _READERS[name](sasl, bootstrap)


def mechanism(value: str, where: object) -> str:
    """The mechanism if it is one we speak."""
    if value.upper() not in MECHANISMS:
        raise ConfigError(f"{where}: mechanism {value!r} is not known here; known are {', '.join(MECHANISMS)}")
    return value.upper()


def _password(sasl: Section, name: str) -> Sasl:
    username, password = sasl.text("username"), secret(sasl, "password")
    if username is None or password is None:
        raise ConfigError(f"{sasl} needs {'username' if username is None else secrets.missing('password')}")
    return Sasl(name, username, password)


def _bearer(sasl: Section, bootstrap: Sequence[str]) -> Login:
    extensions = _extensions(sasl)
    has_token = secrets.is_given(sasl, "token")
    if "token_url" in sasl:
        if has_token:
            raise ConfigError(f"{sasl}: give a token or a token_url, not both")
        return _credentials(sasl, extensions)
    for key in _CREDENTIALS:
        if key in sasl:
            raise ConfigError(f"{sasl.at(key)} needs token_url beside it")
    if "token_command" in sasl:
        return _token_command(sasl, extensions)
    token = secret(sasl, "token")
    if token is None:
        raise ConfigError(f"{sasl} needs token_command, token_url, {secrets.missing('token')}")
    checked_token(token, sasl)
    if "token_file" in sasl:
        return token_in_file(str(sasl.beside("token_file", sasl.text("token_file") or "")), extensions)
    return FixedToken(token, extensions)


def _token_command(sasl: Section, extensions: tuple[tuple[str, str], ...]) -> TokenCommand:
    """Not run here: whoever needs a token runs it, each time anew."""
    secrets.check_command(sasl, "token_command")
    return TokenCommand(secrets.command(sasl, "token_command"), extensions)


def token_in_file(file: str, extensions: tuple[tuple[str, str], ...]) -> TokenCommand:
    """Read each time anew: where files hold tokens, as in Kubernetes, somebody puts a new one there every hour."""
    return TokenCommand(("cat", file), extensions)


def checked_token(token: str, where: object) -> str:
    """Raises ConfigError, which does not repeat it."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(f"{where}: a token is printable ASCII without blanks and line ends")
    return token


def _credentials(sasl: Section, extensions: tuple[tuple[str, str], ...]) -> ClientCredentials:
    url = token_url(sasl.text("token_url") or "", sasl.at("token_url"))
    client_id, client_secret = sasl.text("client_id"), secret(sasl, "client_secret")
    if client_id is None or client_secret is None:
        raise ConfigError(f"{sasl} needs {'client_id' if client_id is None else secrets.missing('client_secret')}")
    return ClientCredentials(url, client_id, client_secret, sasl.text("scope"), sasl.path("ca"), extensions)


def token_url(url: str, where: object) -> str:
    """Raises ConfigError for what is no address of a token endpoint."""
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:
        is_right = False
    if not is_right or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(f"{where}: not the address of a token endpoint; write it as https://host/path")
    return url


def _extensions(sasl: Section) -> tuple[tuple[str, str], ...]:
    """Names and values as KIP-342 allows them."""
    table = sasl.table("extensions")
    found = []
    for name in table.values if table is not None else ():
        assert table is not None
        found.append(extension(name, table.text(name) or "", table.at(name)))
    return tuple(found)


def extension(name: str, value: str, where: object) -> tuple[str, str]:
    """Raises ConfigError for what RFC 7628, 3.1, and KIP-342 do not allow."""
    if not _EXTENSION.fullmatch(name) or name == "auth":
        raise ConfigError(f"{where}: an extension's name is made of letters, and is not auth")
    if not value.isascii() or not all(each.isprintable() or each in "\t\r\n" for each in value):
        raise ConfigError(f"{where}: an extension's value is printable ASCII")
    return name, value


def _msk_iam(sasl: Section, bootstrap: Sequence[str]) -> MskIam:
    if sasl.reach.is_project:
        # What is signed names a region, not a broker: whoever gets it can use it at another cluster.
        sasl.refuse("mechanism", "a project's file can not use the credentials of AWS")
    region = sasl.text("region") or msk_region(bootstrap, sasl.reach.environ)
    if region is None:
        raise ConfigError(f"{sasl} needs region; the names of the brokers do not tell it")
    return MskIam(region, sasl.text("profile"), sasl.text("role"))


def msk_region(bootstrap: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The region in the name of a broker of MSK, as AWS's own Java client finds it; else the one of the environment."""
    for broker in bootstrap:
        match = _MSK_HOST.search(broker)
        if match is not None:
            return match[1]
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")


def _kerberos(sasl: Section, bootstrap: Sequence[str]) -> Kerberos:
    if sasl.reach.is_project and "keytab" in sasl:
        sasl.refuse("keytab", "a project's file can not name a keytab")
    principal, keytab = sasl.text("principal"), sasl.path("keytab")
    if keytab is not None and principal is None:
        raise ConfigError(f"{sasl} needs principal: the keytab may hold many")
    return Kerberos(sasl.text("service") or "kafka", principal, keytab)


_READERS: Mapping[str, Callable[[Section, Sequence[str]], Login]] = {
    "OAUTHBEARER": _bearer,
    "AWS_MSK_IAM": _msk_iam,
    "GSSAPI": _kerberos,
}
