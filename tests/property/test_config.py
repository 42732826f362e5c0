"""Settings from files and command lines: what they say is understood, and everything else is told in one sentence."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kafkatui.config import alerts, dead_letters, properties, registry, topics
from kafkatui.config.addresses import addresses
from kafkatui.config.contexts import connection_of
from kafkatui.config.durations import seconds
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import read_files
from kafkatui.config.java import parse_jaas, parse_properties
from kafkatui.config.secrets import secret
from kafkatui.config.sections import Reach, Section
from kafkatui.model.connection import Connection

SECRET = "s3cret-and-long"
_TEXT = st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["Cs"]), max_size=8)


def _escaped(text: str, *, is_key: bool) -> str:
    """As `java.util.Properties.store` writes it."""
    letters = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f", "\\": "\\\\"}
    out = ""
    for at, each in enumerate(text):
        if each in letters:
            out += letters[each]
        elif each in "=:#!" or (each == " " and (is_key or at == 0)):
            out += f"\\{each}"
        else:
            out += each if " " <= each <= "~" else f"\\u{ord(each):04X}"
    return out


@given(
    st.dictionaries(_TEXT, _TEXT.map(lambda each: each.rstrip(" \t")), max_size=4),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_java_stores_is_read(pairs: dict[str, str], end: str) -> None:
    lines = [f"{_escaped(key, is_key=True)}={_escaped(value, is_key=False)}" for key, value in pairs.items()]
    assert parse_properties(end.join(["#a comment", *lines])) == pairs


@given(_TEXT, _TEXT)
def test_a_line_of_jaas_gives_user_and_password(username: str, password: str) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    line = f"a.b.PlainLoginModule required username={quoted(username)} password={quoted(password)};"
    assert parse_jaas(line) == ("PlainLoginModule", {"username": username, "password": password})


_KEYS = st.sampled_from(sorted(properties._KNOWN | properties._SAME.keys() | registry.KNOWN | {"other"}))
_VALUES = st.sampled_from([
    "", "PLAIN", "SSL", "SASL_SSL", "PEM", "JKS", "a:1", "[::1]:9", "h:" + "9" * 30, "9" * 400, "0", "-1",
    "~nobody/x", "\0", "USER_INFO", "SASL_INHERIT", "URL", f"u:{SECRET}", f"http://u:{SECRET}@h/x", "http://[",
    "http://h:99999", "http://h:x", ",", f'x.PlainLoginModule required username="u" password="{SECRET}";',
    "x.OtherModule required;", "/a.p12",
])  # fmt: skip


@settings(max_examples=150)
@given(st.dictionaries(_KEYS, _VALUES | _TEXT, max_size=6))
@example({"request.timeout.ms": "9" * 400})
@example({"security.protocol": "SSL", "ssl.ca.location": "~nobody/x"})
def test_properties_give_a_connection_or_one_sentence_and_no_secret(given_: dict[str, str]) -> None:
    said: list[str] = []
    try:
        said.append(repr(properties.apply(Connection(("h:1",)), given_, lambda note: said.append(str(note)))))
    except ConfigError as error:
        said.append(str(error))
    known = {
        name: value for name, value in given_.items() if "password" in name or "jaas" in name or "user.info" in name
    }
    if any(SECRET in value for value in known.values()) and not any(
        SECRET in value for name, value in given_.items() if name not in known
    ):
        assert SECRET not in " ".join(said)


@given(st.lists(st.text(max_size=10) | st.builds("{}={}".format, _KEYS, _VALUES), max_size=3))
def test_arguments_are_pairs_or_refused_and_hold_no_password(pairs: list[str]) -> None:
    with suppress(ConfigError):
        found = properties.from_arguments(pairs)
        assert not any("password" in name or "secret" in name for name in found)


_WORDS = st.sampled_from([
    "h:1", "PLAIN", "lag", "verdict", "STALL", "bell", "5m", "9" * 5_000 + "d", "KAFKA_SECRET", "json",
    "~nobody/x", "\0", " ", "http://h", "http://[", "*", "",
])  # fmt: skip
_SCALARS = _WORDS | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False) | st.text(max_size=4)
_SOME = st.recursive(
    _SCALARS, lambda each: st.lists(each, max_size=2) | st.dictionaries(_WORDS, each, max_size=2), max_leaves=3
)
_NAMES = st.sampled_from([
    "bootstrap", "read_only", "cluster_id", "color", "client_id", "tls", "sasl", "schema_registry",
    "audit_topic", "edit", "ca", "certificate", "key", "key_password_env", "mechanism", "username", "password",
    "password_env", "password_file", "url", "token_env", "when", "group", "above", "for", "notify", "context",
    "is", "value", "topic", "exception", "other",
])  # fmt: skip
_TABLES = st.dictionaries(_NAMES, _SOME | st.dictionaries(_NAMES, _SOME, max_size=3), max_size=5)
_FILES = st.fixed_dictionaries({}, optional={
    "contexts": st.dictionaries(_WORDS, _TABLES, max_size=2) | _SOME,
    "alerts": st.lists(_TABLES | _SOME, max_size=2) | _SOME,
    "topics": st.dictionaries(_WORDS, _TABLES | _SOME, max_size=2) | _SOME,
    "dead_letters": st.dictionaries(_WORDS, _TABLES | _SOME, max_size=2) | _SOME,
    "context": _SOME,
})  # fmt: skip


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(name))} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value).replace("\x7f", "\\u007f")


def _all_of(text: str | bytes) -> None:
    """Read a file as the program does, all its parts. Raises ConfigError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        environ = {"KAFKATUI_CONFIG": str(file), "HOME": folder, "KAFKA_SECRET": SECRET}
        try:
            files = read_files(environ, Path(folder))
            found: list[Any] = [alerts.rules_of(files), topics.rules_of(files, ("json",)), dead_letters.rules_of(files)]
            found += [connection_of(each, environ) for each in files.contexts.values()]
        except ConfigError as error:
            _check(str(error), str(file))
            raise
        assert SECRET not in repr(found)


def _check(told: str, file: str) -> None:
    assert file in told
    assert SECRET not in told


@settings(max_examples=150)
@given(_FILES)
def test_a_file_of_anything_is_understood_or_told_by_its_name(tables: dict[str, Any]) -> None:
    with suppress(ConfigError):
        _all_of("".join(f"{name} = {_toml(value)}\n" for name, value in tables.items()))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = " + "[" * 3_000, "nested too deep"),
        ("a = " + "9" * 5_000, "too many digits"),
        (f'contexts.a.bootstrap = "h:{"1" * 5_000}"', "is not an address"),
        ('contexts.a = {bootstrap = "h", tls = {ca = "~nobody-of-this-name/x"}}', "has no home"),
        ('contexts.a = {bootstrap = "h", tls = {ca = "\\u0000"}}', "no name of a file"),
        ('contexts.a = {bootstrap = "h", sasl = {username = "u", password_command = " "}}', "must be a command"),
        ('contexts.a = {bootstrap = "h", sasl = {username = "u", password_file = "\\u0000"}}', "no name of a file"),
    ],
)
def test_what_python_gives_up_on_is_told(text: str, reason: str) -> None:
    """Each of these was a traceback."""
    with pytest.raises(ConfigError, match=reason):
        _all_of(text)


@given(st.binary(max_size=30))
def test_a_file_of_any_bytes_is_told(raw: bytes) -> None:
    with suppress(ConfigError):
        _all_of(raw)


@given(
    st.text(max_size=20)
    | st.lists(st.sampled_from([*"0123456789.", "ms", "s", "m", "h", "d"]), max_size=6).map("".join)
)
def test_lengths_of_time_are_finite(text: str) -> None:
    with suppress(ConfigError):
        assert 0 < seconds(text, "--timeout") < 1e15


@given(
    st.text(max_size=20)
    | st.lists(st.sampled_from([*"ab.:[]0919,", "SSL://", "99999", "::1", "%e"]), max_size=8).map("".join)
)
def test_addresses_are_hosts_with_ports(text: str) -> None:
    with suppress(ConfigError):
        for each in addresses(text, "-b"):
            host, _, port = each.rpartition(":")
            assert host
            assert 0 < int(port) < 65_536
        assert addresses(",".join(addresses(text, "-b")), "-b") == addresses(text, "-b")


@given(st.sampled_from(["env", "file"]), st.text(max_size=5))
def test_a_secret_that_is_not_there_is_told(source: str, name: str) -> None:
    with pytest.raises(ConfigError):
        secret(Section(Path("here"), (), {f"password_{source}": f"no-such-{name}"}, Reach({})), "password")
