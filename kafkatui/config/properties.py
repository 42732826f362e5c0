"""What the property names of Java's clients and of librdkafka mean for a connection. No other module knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kafkatui.config import registry
from kafkatui.config.addresses import addresses
from kafkatui.config.contexts import mechanism
from kafkatui.config.errors import ConfigError
from kafkatui.config.java import parse_jaas, parse_properties
from kafkatui.config.paths import expanded
from kafkatui.model.connection import Connection, Sasl, Tls

_SAME = {
    "metadata.broker.list": "bootstrap.servers",
    "sasl.mechanisms": "sasl.mechanism",
    "ssl.truststore.location": "ssl.ca.location",
}
_PROTOCOLS = {
    "PLAINTEXT": (False, False),
    "SSL": (True, False),
    "SASL_PLAINTEXT": (False, True),
    "SASL_SSL": (True, True),
}
_KNOWN = {
    "bootstrap.servers",
    "client.id",
    "request.timeout.ms",
    "sasl.jaas.config",
    "sasl.mechanism",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "socket.connection.setup.timeout.ms",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.keystore.location",
    "ssl.keystore.type",
    "ssl.truststore.type",
}
_SECRET = {
    *("sasl.password", "sasl.jaas.config", "ssl.key.password", "ssl.keystore.password", "ssl.truststore.password"),
    *registry.SECRET,
}


def from_arguments(pairs: Sequence[str]) -> dict[str, str]:
    """The `-X key=value` of a command line. Raises ConfigError, also for a password: every process can read those."""
    found = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not key:
            raise ConfigError(f"-X {pair.split('=')[0]!r} is not a property; write it as -X key=value")
        if (
            key in _SECRET
            or "password" in key
            or "secret" in key
            or (key == registry.URL and registry.has_password(value))
        ):
            raise ConfigError(
                f"-X {key}: a password on the command line can be read by everyone on this machine; "
                "put it into a file for --command-config, or use a context with password_env"
            )
        found[key] = value
    return found


def from_file(name: str) -> dict[str, str]:
    """The properties of Kafka's own `--command-config` file. Raises ConfigError that names the file."""
    try:
        return parse_properties(Path(expanded(name, "--command-config")).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"--command-config: {name} is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"--command-config: {name} can not be read ({error.strerror})") from None


def apply(connection: Connection, given: Mapping[str, str], warn: Callable[[str], None]) -> Connection:
    """The connection as the properties change it. Raises ConfigError that names the property."""
    properties = {_SAME.get(key, key): value for key, value in given.items()}
    unknown = sorted(properties.keys() - _KNOWN - registry.KNOWN)
    if unknown:
        warn(f"without effect here: {', '.join(unknown)}")
    secured = _security(connection, properties, warn)
    return replace(
        secured,
        bootstrap=_bootstrap(properties) or secured.bootstrap,
        client_id=properties.get("client.id") or secured.client_id,
        request_seconds=_milliseconds(properties, "request.timeout.ms") or secured.request_seconds,
        connect_seconds=_milliseconds(properties, "socket.connection.setup.timeout.ms") or secured.connect_seconds,
        registry=registry.apply(secured.registry, properties, secured.sasl if isinstance(secured.sasl, Sasl) else None),
    )


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


def _security(connection: Connection, properties: Mapping[str, str], warn: Callable[[str], None]) -> Connection:
    tls, sasl = connection.tls is not None, connection.sasl is not None
    protocol = properties.get("security.protocol")
    if protocol is not None:
        if protocol.upper() not in _PROTOCOLS:
            raise ConfigError(f"security.protocol: {protocol!r} is not one of {', '.join(_PROTOCOLS)}")
        tls, sasl = _PROTOCOLS[protocol.upper()]
    for used, prefix in ((tls, "ssl."), (sasl, "sasl.")):
        idle = [key for key in properties if key.startswith(prefix) and key in _KNOWN]
        if idle and not used:
            warn(f"without effect while security.protocol is {protocol or 'PLAINTEXT'}: {', '.join(sorted(idle))}")
    return replace(
        connection,
        tls=_tls(connection.tls or Tls(), properties) if tls else None,
        sasl=_sasl(connection.sasl if isinstance(connection.sasl, Sasl) else None, properties) if sasl else None,
    )


def _tls(before: Tls, properties: Mapping[str, str]) -> Tls:
    keystore = _pem(properties, "ssl.keystore")
    ca = _pem(properties, "ssl.truststore", "ssl.ca.location")
    return Tls(
        ca=ca or before.ca,
        certificate=properties.get("ssl.certificate.location") or keystore or before.certificate,
        key=properties.get("ssl.key.location") or keystore or before.key,
        key_password=properties.get("ssl.key.password") or before.key_password,
    )


def _pem(properties: Mapping[str, str], store: str, key: str | None = None) -> str | None:
    """The file of a store, if it is one we can read: Java's own formats need Java."""
    file = properties.get(key or f"{store}.location")
    if file is None:
        return None
    kind = properties.get(f"{store}.type", "PEM").upper()
    if kind != "PEM" or file.lower().endswith((".jks", ".p12", ".pfx")):
        raise ConfigError(
            f"{store}.location: {file} is not PEM; export it as PEM (openssl pkcs12, keytool -exportcert)"
        )
    return expanded(file, key or f"{store}.location")


def _sasl(before: Sasl | None, properties: Mapping[str, str]) -> Sasl:
    module, options = parse_jaas(properties.get("sasl.jaas.config", ""))
    if module and module not in {"PlainLoginModule", "ScramLoginModule"}:
        raise ConfigError(
            f"sasl.jaas.config: {module} is not known here; known are PlainLoginModule and ScramLoginModule"
        )
    # librdkafka and Java both default to GSSAPI; with a PLAIN login module only PLAIN can be meant.
    implied = "PLAIN" if module == "PlainLoginModule" else None
    name = properties.get("sasl.mechanism") or (before.mechanism if before else implied)
    username = properties.get("sasl.username") or options.get("username") or (before.username if before else None)
    password = properties.get("sasl.password") or options.get("password") or (before.password if before else None)
    for key, value in (("sasl.mechanism", name), ("sasl.username", username), ("sasl.password", password)):
        if not value:
            raise ConfigError(f"{key} is missing; SASL needs it (in the file of --command-config, or in a context)")
    return Sasl(mechanism(name or "", "sasl.mechanism"), username or "", password or "")
