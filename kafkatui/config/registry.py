"""A schema registry as people write it: a context's `schema_registry`, or the property names of Confluent's clients."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from kafkatui.config.errors import ConfigError
from kafkatui.config.paths import expanded
from kafkatui.config.secrets import missing, secret, settings
from kafkatui.config.sections import Section
from kafkatui.model.connection import Registry, Sasl

URL = "schema.registry.url"
_USER_INFO = "basic.auth.user.info"
_USER_SOURCE = "basic.auth.credentials.source"
_TOKEN = "bearer.auth.token"
_TOKEN_SOURCE = "bearer.auth.credentials.source"
_CA = "schema.registry.ssl.truststore.location"
_SAME = {
    "schema.registry.ssl.ca.location": _CA,
    **{f"schema.registry.{name}": name for name in (_USER_INFO, _USER_SOURCE, _TOKEN, _TOKEN_SOURCE)},
}
KNOWN = {URL, _USER_INFO, _USER_SOURCE, _TOKEN, _TOKEN_SOURCE, _CA, "schema.registry.ssl.truststore.type", *_SAME}
"""The properties that are read here."""
SECRET = {_USER_INFO, _TOKEN, *(name for name in _SAME if _SAME[name] in (_USER_INFO, _TOKEN))}
SETTINGS = ("url", "username", "ca", *settings("password"), *settings("token"))


def of_table(context: Section, key: str) -> Registry:
    """`schema_registry` of a context: an address, or a table of SETTINGS. Raises ConfigError."""
    table = _checked(context, key)
    urls, in_url = _urls(table.text("url") or "", table.at("url"))
    if in_url is not None:
        table.refuse("url", "a password does not belong in a file; use username and password_env")
    username = table.text("username")
    password, token = (secret(table, each) for each in ("password", "token"))
    if (username is None) != (password is None):
        raise ConfigError(f"{table} needs {'username' if username is None else missing('password')}")
    if password is not None and token is not None:
        raise ConfigError(f"{table}: give a password or a token, not both")
    _check_token(token, table.at("token"))
    return Registry(urls, username, password, token, table.path("ca"))


def _checked(context: Section, key: str) -> Section:
    value = context.values[key]
    if not isinstance(value, str | dict):
        where = context.at(key)
        raise ConfigError(f'{where} must be a text or a table; write it as {key} = "http://host:port"')
    values = {"url": value} if isinstance(value, str) else value
    table = Section(context.file, (*context.keys, key), values, context.reach)
    table.only(SETTINGS)
    return table


def apply(before: Registry | None, given: Mapping[str, str], sasl: Sasl | None) -> Registry | None:
    """The registry as the properties change it. Raises ConfigError that names the property."""
    properties = {_SAME.get(key, key): value for key, value in given.items() if key in KNOWN}
    if not properties:
        return before
    if URL in properties:
        # Another address gets no secret that was meant for the first.
        urls, in_url = _urls(properties[URL], URL)
        before = Registry(urls, ca=before.ca if before else None)
    elif before is None:
        raise ConfigError(f"{URL} is missing; {sorted(properties)[0]} needs it")
    else:
        in_url = None
    username, password = _login(properties, in_url, sasl) or (before.username, before.password)
    token = properties.get(_TOKEN, before.token)
    _check_token(token, _TOKEN)
    return Registry(
        before.urls, username, password, None if _USER_INFO in properties else token, _ca(properties, before)
    )


def has_password(urls: str) -> bool:
    """Whether an address carries a name and a password."""
    return any("@" in url.partition("://")[2].partition("/")[0] for url in urls.split(","))


def _login(properties: Mapping[str, str], in_url: tuple[str, str] | None, sasl: Sasl | None) -> tuple[str, str] | None:
    source = properties.get(_USER_SOURCE, "USER_INFO" if _USER_INFO in properties else "URL").upper()
    if source == "SASL_INHERIT":
        if sasl is None:
            raise ConfigError(f"{_USER_SOURCE}: SASL_INHERIT needs a SASL login of the cluster")
        return sasl.username, sasl.password
    if source == "USER_INFO":
        username, colon, password = properties.get(_USER_INFO, "").partition(":")
        if not colon or not username:
            raise ConfigError(f"{_USER_INFO} must be user:password")
        return username, password
    if source == "URL":
        return in_url
    raise ConfigError(f"{_USER_SOURCE}: {source!r} is not one of USER_INFO, URL, SASL_INHERIT")


def _check_token(token: str | None, where: object) -> None:
    """It goes into a header as it is."""
    if token is not None and not (token and token.isascii() and token.isprintable()):
        raise ConfigError(f"{where}: a token is printable ASCII without line ends")


def _ca(properties: Mapping[str, str], before: Registry) -> str | None:
    file = properties.get(_CA)
    if file is None:
        return before.ca
    kind = properties.get("schema.registry.ssl.truststore.type", "PEM").upper()
    if kind != "PEM" or file.lower().endswith((".jks", ".p12", ".pfx")):
        raise ConfigError(f"{_CA}: {file} is not PEM; export it as PEM (keytool -exportcert -rfc)")
    return expanded(file, _CA)


def _urls(text: str, where: object) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """The addresses without user and password, and those of the first that has them."""
    urls, login = [], None
    for each in (part.strip() for part in text.split(",") if part.strip()):
        url, found = _url(each, where)
        urls.append(url)
        login = login or found
    if not urls:
        raise ConfigError(f"{where} names no registry; write it as http://host:port")
    return tuple(urls), login


def _url(text: str, where: object) -> tuple[str, tuple[str, str] | None]:
    try:
        parts = urlsplit(text)
        is_right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_right = False
    # Not what was written: there may be a password in it.
    if not is_right or parts.query or parts.fragment or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"{where}: not an address of a registry; write it as http://host:port or https://host/path")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    return bare, login
