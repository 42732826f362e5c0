"""The names of Java's clients and of librdkafka, and the files and JAAS lines they stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config.errors import ConfigError
from kafkatui.config.java import parse_jaas, parse_properties
from kafkatui.config.properties import apply, from_arguments, from_file, given
from kafkatui.model.connection import Connection, Sasl, Tls

BASE = Connection(("a:1",))
PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="ann" password="p\\"w;";'
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required username=ann password='p w';"


def applied(properties: dict[str, str], base: Connection = BASE) -> tuple[Connection, list[str]]:
    warnings: list[str] = []
    return apply(base, properties, lambda note: warnings.append(str(note))), warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("  a = b  ", {"a": "b"}),
        ("a:b\nc d", {"a": "b", "c": "d"}),
        ("# no\n! no\n\na=b", {"a": "b"}),
        ("a=b\\\n   c", {"a": "bc"}),
        ("a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        ("a\\ b=c\\u00e9\\td", {"a b": "cé\td"}),
        ("a=b=c", {"a": "b=c"}),
        ("a", {"a": ""}),
        ("a=1\r\na=2\r\n", {"a": "2"}),
        ("a=b\\", {"a": "b"}),
    ],
)
def test_a_properties_file_is_read_as_java_reads_it(text: str, expected: dict[str, str]) -> None:
    assert parse_properties(text) == expected


def test_a_jaas_line_is_taken_apart() -> None:
    assert parse_jaas(PLAIN) == ("PlainLoginModule", {"username": "ann", "password": 'p"w;'})
    assert parse_jaas(SCRAM) == ("ScramLoginModule", {"username": "ann", "password": "p w"})
    assert parse_jaas("") == ("", {})


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"bootstrap.servers": "b:2,c"}, Connection(("b:2", "c:9092"))),
        ({"metadata.broker.list": "b:2"}, Connection(("b:2",))),
        ({"client.id": "me"}, Connection(("a:1",), client_id="me")),
        ({"request.timeout.ms": "2500"}, Connection(("a:1",), request_seconds=2.5)),
        ({"socket.connection.setup.timeout.ms": "1500"}, Connection(("a:1",), connect_seconds=1.5)),
        ({"security.protocol": "ssl"}, Connection(("a:1",), tls=Tls())),
        (
            {"security.protocol": "SSL", "ssl.ca.location": "/ca.pem", "ssl.certificate.location": "/c.pem"},
            Connection(("a:1",), tls=Tls("/ca.pem", "/c.pem")),
        ),
        (
            {"security.protocol": "SSL", "ssl.truststore.location": "/ca.pem", "ssl.truststore.type": "PEM"},
            Connection(("a:1",), tls=Tls("/ca.pem")),
        ),
        (
            {"security.protocol": "SSL", "ssl.keystore.location": "/me.pem", "ssl.keystore.type": "PEM"},
            Connection(("a:1",), tls=Tls(None, "/me.pem", "/me.pem")),
        ),
        (
            {"security.protocol": "SASL_SSL", "sasl.jaas.config": PLAIN},
            Connection(("a:1",), tls=Tls(), sasl=Sasl("PLAIN", "ann", 'p"w;')),
        ),
        (
            {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512", "sasl.jaas.config": SCRAM},
            Connection(("a:1",), sasl=Sasl("SCRAM-SHA-512", "ann", "p w")),
        ),
        (
            {
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanisms": "PLAIN",
                "sasl.username": "ann",
                "sasl.password": "pw",
            },
            Connection(("a:1",), sasl=Sasl("PLAIN", "ann", "pw")),
        ),
    ],
)
def test_a_property_changes_the_connection(properties: dict[str, str], expected: Connection) -> None:
    assert applied(properties) == (expected, [])


def test_a_context_keeps_what_a_property_does_not_name() -> None:
    base = Connection(("a:1",), tls=Tls("/ca.pem"), sasl=Sasl("PLAIN", "ann", "pw"))
    changed, warnings = applied({"sasl.username": "bob", "ssl.key.location": "/key.pem"}, base)
    assert changed == Connection(("a:1",), tls=Tls("/ca.pem", None, "/key.pem"), sasl=Sasl("PLAIN", "bob", "pw"))
    assert warnings == []
    assert applied({"security.protocol": "PLAINTEXT"}, base)[0] == BASE


def test_what_has_no_effect_is_said() -> None:
    assert applied({"group.id": "x", "acks": "all"})[1] == ["acks, group.id: without effect here"]
    assert applied({"producer.acks": "1", "topic.x": "y"})[1] == ["producer.acks, topic.x: without effect here"]
    assert applied({"sasl.username": "ann"})[1] == [
        "sasl.username: without effect while security.protocol is PLAINTEXT"
    ]


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"security.protocol": "TLS"}, "security.protocol"),
        ({"request.timeout.ms": "soon"}, "request.timeout.ms"),
        ({"request.timeout.ms": "0"}, "request.timeout.ms"),
        ({"bootstrap.servers": "a b"}, "bootstrap.servers"),
        ({"security.protocol": "SASL_SSL"}, "sasl.mechanism"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256"}, "sasl.username"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "DIGEST-MD5", "sasl.password": "pw"}, "sasl.mechanism"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "ann"}, "sasl.password"),
        ({"security.protocol": "SASL_SSL", "sasl.jaas.config": "x.JndiLoginModule required;"}, "sasl.jaas.config"),
        ({"security.protocol": "SSL", "ssl.truststore.location": "/t.jks"}, "ssl.truststore.location"),
        (
            {"security.protocol": "SSL", "ssl.keystore.location": "/k", "ssl.keystore.type": "PKCS12"},
            "ssl.keystore.location",
        ),
    ],
)
def test_a_wrong_property_is_named(properties: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=f"^{named.replace('.', chr(92) + '.')}") as raised:
        applied(properties)
    assert "pw" not in str(raised.value)


def test_arguments_are_pairs() -> None:
    assert from_arguments(["client.id=a=b", " acks = all "]) == {"client.id": "a=b", "acks": "all"}
    with pytest.raises(ConfigError, match="write it as -X key=value"):
        from_arguments(["client.id"])


@pytest.mark.parametrize(
    "key",
    [
        *("sasl.password", "sasl.jaas.config", "ssl.key.password", "sasl.oauthbearer.client.secret"),
        *("ssl.keystore.key", "ssl.key.pem", "sasl.oauthbearer.assertion.private.key.passphrase"),
    ],
)
def test_a_password_on_the_command_line_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigError, match="--command-config, or use a context with password_env") as raised:
        from_arguments([f"{key}=hunter2"])
    assert "hunter2" not in str(raised.value)
    with pytest.raises(ConfigError) as raised:
        from_arguments([f"{key} hunter2"])


def test_a_file_that_can_not_be_read_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"^--command-config: /nowhere/x can not be read \(No such file or directory\)$"
    ):
        from_file("/nowhere/x")


def test_a_name_that_nobody_knows_is_named_with_the_one_that_may_be_meant() -> None:
    assert applied({"bootstap.servers": "b:1", "acks": "1", "my.own": "x"})[1] == [
        "acks: without effect here",
        "bootstap.servers: no client of Kafka knows it; is bootstrap.servers meant?",
        "my.own: no client of Kafka knows it",
    ]
    assert applied({"sasl.mechanim": "PLAIN"})[1] == [
        "sasl.mechanim: no client of Kafka knows it; is sasl.mechanism meant?"
    ]


def test_an_error_names_file_and_line_or_the_flag(tmp_path: Path) -> None:
    file = tmp_path / "client.properties"
    file.write_text("# brokers\nclient.id=a\\\n  b\n\nsecurity.protocol = TLS\nmetadata.broker.list=a b\n")
    found = given(str(file), ["request.timeout.ms=soon"])
    for name, where in (("security.protocol", f"{file}:5: "), ("request.timeout.ms", "-X ")):
        error = ConfigError(f"{name}: wrong")
        assert str(found.placed(error)) == f"{where}{name}: wrong"
    assert str(found.placed(ConfigError("bootstrap.servers: wrong"))) == f"{file}:6: bootstrap.servers: wrong"
    assert str(found.placed(ConfigError("sasl.password is missing; x"))) == "sasl.password is missing; x"
