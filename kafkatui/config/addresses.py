"""Addresses of brokers as people write them. Nothing is resolved or dialled here."""

from __future__ import annotations

import re

from kafkatui.config.errors import ConfigError

DEFAULT_PORT = 9092
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+(%\w+)?\]|[A-Za-z0-9._-]+)(:(?P<port>\d{1,9}))?", re.ASCII)


def addresses(text: str, origin: object) -> tuple[str, ...]:
    """`host[:port],...` as `host:port` each; 9092 where no port is given. `origin` is what an error blames."""
    found = tuple(_address(part.strip(), origin) for part in text.split(",") if part.strip())
    if not found:
        raise ConfigError(f"{origin} names no broker; write it as host:port")
    return tuple(dict.fromkeys(found))


def _address(text: str, origin: object) -> str:
    # Java lets an address carry its listener's protocol.
    bare = re.sub(r"^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)://", "", text)
    match = _ADDRESS.fullmatch(bare)
    if match is None:
        raise ConfigError(f"{origin}: {text!r} is not an address; write it as host:port")
    port = int(match["port"] or DEFAULT_PORT)
    if not 0 < port < 65536:
        raise ConfigError(f"{origin}: port {port} of {text!r} does not exist; ports are 1 to 65535")
    return f"{match['host']}:{port}"
