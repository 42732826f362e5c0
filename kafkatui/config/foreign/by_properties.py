"""Files of property names: Kafka's own client.properties, librdkafka's as kcat takes them, and the INI of kaskade."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kafkatui.config import properties
from kafkatui.config.drafts import PemTexts
from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.found import Found
from kafkatui.config.java import parse_properties
from kafkatui.config.notes import Note
from kafkatui.config.unread import UNREAD, login_with_unread_secret
from kafkatui.model.connection import Connection, FixedToken, Login, MskIam, Sasl, Tls

_TIMES = ("request.timeout.ms", "socket.timeout.ms", "socket.connection.setup.timeout.ms")
_SECTIONS = ("kafka", "registry", "aws", "timeouts")
_REGISTRY = {
    "url": "schema.registry.url",
    "basic.auth.user.info": "basic.auth.user.info",
    "basic.auth.credentials.source": "basic.auth.credentials.source",
    "ssl.ca.location": "schema.registry.ssl.ca.location",
}


def java(text: str, environ: Mapping[str, str]) -> Iterator[Found]:
    """client.properties."""
    yield _found(parse_properties(text), environ)


def kcat(text: str, environ: Mapping[str, str]) -> Iterator[Found]:
    """kcat.conf: no line goes on in the next, and a backslash is one unless a colon or an equals sign follows."""
    pairs = {}
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        name, equals, value = re.sub(r"\\([:=])", r"\1", bare).partition("=")
        if not equals or not name:
            raise ConfigError(f"line {number}: not property=value")
        pairs[name.strip()] = value.strip()
    yield _found(pairs, environ)


def kaskade(text: str, environ: Mapping[str, str]) -> Iterator[Found]:
    """The file of kaskade's --config-file: properties of librdkafka in [kafka], those of the registry in [registry]."""
    sections = _sections(text)
    notes = [Note((f"[{name}]",), "not known here") for name in sections if name not in _SECTIONS]
    notes += [Note((f"[timeouts] {key}",), "a context has no times") for key in sections.get("timeouts", {})]
    pairs = dict(sections.get("kafka", {}))
    for key, value in sections.get("registry", {}).items():
        if key in _REGISTRY:
            pairs[_REGISTRY[key]] = value
        elif key != "provider" or value != "confluent":
            notes.append(Note((f"[registry] {key}",), "not known here"))
    found = _found(pairs, environ, notes)
    yield _with_aws(found, sections.get("aws", {}))


def _sections(text: str) -> Mapping[str, Mapping[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        raise ConfigError(f"not an INI file{'' if line is None else f' (line {line})'}") from None
    return {name: dict(parser.items(name, raw=True)) for name in parser.sections()}


def _with_aws(found: Found, aws: Mapping[str, str]) -> Found:
    """Kaskade logs in to MSK as soon as there is a region."""
    notes = [*found.notes, *(Note((f"[aws] {key}",), "not known here") for key in aws if key != "region")]
    connection = found.connection
    if connection is not None and aws.get("region"):
        connection = replace(connection, tls=connection.tls or Tls(), sasl=MskIam(aws["region"]))
    return replace(found, connection=connection, notes=tuple(notes))


def _found(pairs: Mapping[str, str], environ: Mapping[str, str], before: list[Note] | None = None) -> Found:
    notes = list(before or ())
    pems = PemTexts()
    base = Connection((), sasl=_unread(pairs))
    times = [name for name in pairs if name in _TIMES]
    if times:
        notes.append(Note(tuple(times), "a context has no times; --timeout has, for one command"))
    kept = {name: value for name, value in pairs.items() if name not in _TIMES}
    try:
        connection = properties.apply(base, kept, notes.append, environ, pems)
        if not connection.bootstrap:
            raise ConfigError("bootstrap.servers is missing")
        if isinstance(connection.sasl, FixedToken):
            raise ConfigError("sasl.jaas.config: an unsecured token is made anew each time and can not be kept")
    except ConfigError as error:
        return Found("", None, problem=str(error))
    if isinstance(connection.sasl, Sasl) and connection.sasl.password == UNREAD:
        notes.append(Note(("sasl.password",), "not in the file; it is asked for when the context is used"))
    return Found("", connection, tuple(notes), None, pems)


def _unread(pairs: Mapping[str, str]) -> Login | None:
    """A login without its secret, where there is one; of a token there is no property that could be missing."""
    if not pairs.get("security.protocol", "").upper().startswith("SASL"):
        return None
    login = login_with_unread_secret(pairs)
    return None if isinstance(login, FixedToken) else login
