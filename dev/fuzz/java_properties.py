"""A client.properties: pairs, and a connection or one sentence that says what is wrong."""

from __future__ import annotations

from kafkatui.config import properties
from kafkatui.config.errors import ConfigError
from kafkatui.config.java import parse_jaas, parse_properties
from kafkatui.model.connection import Connection


def one(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    given = parse_properties(text)
    parse_jaas(text)
    try:
        found = properties.apply(Connection(("host:9092",)), given, lambda _: None)
    except ConfigError:
        return
    for name in ("sasl.password", "ssl.key.password"):
        secret = given.get(name, "")
        assert (
            len(secret) < 8 or secret in str({k: v for k, v in given.items() if k != name}) or secret not in repr(found)
        )
