"""What the property names of Java's clients and of librdkafka mean for a connection; those of TLS and logins beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kafkatui.config import java_logins, java_providers, java_stores, registry
from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.java import lines_of, parse_properties
from kafkatui.config.java_names import is_idle, unknown
from kafkatui.config.memory_files import memory_file
from kafkatui.config.notes import Note, Tell
from kafkatui.config.paths import expanded
from kafkatui.model.connection import Connection, Sasl, Tls

_SAME = {
    "metadata.broker.list": "bootstrap.servers",
    "socket.timeout.ms": "request.timeout.ms",
    **java_stores.SAME,
    **java_logins.SAME,
}
_PROTOCOLS = {
    "PLAINTEXT": (False, False),
    "SSL": (True, False),
    "SASL_PLAINTEXT": (False, True),
    "SASL_SSL": (True, True),
}
_OWN = {
    "bootstrap.servers",
    "client.id",
    "request.timeout.ms",
    "security.protocol",
    "socket.connection.setup.timeout.ms",
}
_KNOWN = _OWN | java_stores.KNOWN | java_logins.KNOWN
_FIRST = re.compile(r"[\w.]+(?=: | )", re.ASCII)
_SECRET_WORDS = ("password", "secret", "passphrase", "jaas", ".keystore.key", ".key.pem", ".private.key.pem")


@dataclass(frozen=True, slots=True)
class Given:
    """Properties, and where each was given."""

    values: Mapping[str, str] = field(repr=False)
    origins: Mapping[str, str]
    """What an error about each begins with: `client.properties:3: ` or `-X `."""

    def placed(self, error: ConfigError) -> ConfigError:
        """The error with the place of the property it begins with."""
        name = _FIRST.match(str(error))
        names = [] if name is None else [key for key in self.origins if name[0] in (key, _SAME.get(key))]
        return ConfigError(f"{self.origins[names[0]]}{error}") if names else error


def is_secret(name: str, value: str) -> bool:
    """Whether a property must not stand where everybody can read it."""
    if name == registry.URL:
        return registry.has_password(value)
    return name in registry.SECRET or any(word in name for word in _SECRET_WORDS)


def is_known(name: str) -> bool:
    """Whether any client of Kafka knows it."""
    return _SAME.get(name, name) in _KNOWN | registry.KNOWN or is_idle(name)


def from_arguments(pairs: Sequence[str]) -> dict[str, str]:
    """The `-X key=value` of a command line. Raises ConfigError, also for a password: every process can read those."""
    found = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not key:
            raise ConfigError(f"-X {pair.split('=')[0]!r} is not a property; write it as -X key=value")
        if is_secret(key, value):
            raise ConfigError(
                f"-X {key}: a password on the command line can be read by everyone on this machine; "
                "put it into a file for --command-config, or use a context with password_env"
            )
        found[key] = value
    return found


def from_file(name: str) -> Given:
    """The properties of Kafka's own `--command-config` file. Raises ConfigError that names the file."""
    try:
        text = Path(expanded(name, "--command-config")).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"--command-config: {name} is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"--command-config: {name} can not be read ({error.strerror})") from None
    return Given(parse_properties(text), {key: f"{name}:{line}: " for key, line in lines_of(text).items()})


def given(command_config: str | None, pairs: Sequence[str]) -> Given:
    """The properties of both, those of the command line over those of the file. Raises ConfigError."""
    file = Given({}, {}) if command_config is None else from_file(command_config)
    arguments = from_arguments(pairs)
    return Given({**file.values, **arguments}, {**file.origins, **dict.fromkeys(arguments, "-X ")})


def apply(
    connection: Connection,
    given: Mapping[str, str],
    tell: Tell,
    environ: Mapping[str, str] | None = None,
    inline: Callable[[str], str] = memory_file,
) -> Connection:
    """The connection as the properties change it; `inline` makes a file of a PEM text.

    Raises ConfigError that names the property.
    """
    if java_providers.NAMES in given:
        given = java_providers.resolved(given, environ or {})
    properties = {_SAME.get(key, key): value for key, value in given.items()}
    _tell_of_strange(given, tell)
    bootstrap = _bootstrap(properties) or connection.bootstrap
    tls, sasl = _protocol(connection, properties, tell)
    login = None
    if sasl:
        login = java_logins.login(properties, java_logins.Around(connection.sasl, bootstrap, environ or {}, tell))
    return replace(
        connection,
        bootstrap=bootstrap,
        tls=java_stores.tls(connection.tls or Tls(), properties, tell, inline) if tls else None,
        sasl=login,
        client_id=properties.get("client.id") or connection.client_id,
        request_seconds=_milliseconds(properties, "request.timeout.ms") or connection.request_seconds,
        connect_seconds=_milliseconds(properties, "socket.connection.setup.timeout.ms") or connection.connect_seconds,
        registry=registry.apply(connection.registry, properties, login if isinstance(login, Sasl) else None),
    )


def _tell_of_strange(given: Mapping[str, str], tell: Tell) -> None:
    strange = sorted(name for name in given if _SAME.get(name, name) not in _KNOWN | registry.KNOWN)
    idle = [name for name in strange if is_idle(name)]
    if idle:
        tell(Note(tuple(idle), "without effect here"))
    for name in strange:
        if name not in idle:
            tell(Note((name,), unknown(name, (*_KNOWN, *_SAME, *registry.KNOWN))))


def _bootstrap(properties: Mapping[str, str]) -> tuple[str, ...]:
    value = properties.get("bootstrap.servers")
    return () if value is None else addresses(value, "bootstrap.servers")


def _milliseconds(properties: Mapping[str, str], key: str) -> float | None:
    value = properties.get(key)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 12) or int(value) == 0:
        raise ConfigError(f"{key}: {value!r} is not a number of milliseconds")
    return int(value) / 1000


def _protocol(connection: Connection, properties: Mapping[str, str], tell: Tell) -> tuple[bool, bool]:
    """Whether there is TLS, and whether there is SASL."""
    tls, sasl = connection.tls is not None, connection.sasl is not None
    protocol = properties.get("security.protocol")
    if protocol is not None:
        if protocol.upper() not in _PROTOCOLS:
            raise ConfigError(f"security.protocol: {protocol!r} is not one of {', '.join(_PROTOCOLS)}")
        tls, sasl = _PROTOCOLS[protocol.upper()]
    for used, known in ((tls, java_stores.KNOWN), (sasl, java_logins.KNOWN)):
        idle = [key for key in properties if key in known]
        if idle and not used:
            tell(Note(tuple(sorted(idle)), f"without effect while security.protocol is {protocol or 'PLAINTEXT'}"))
    return tls, sasl
