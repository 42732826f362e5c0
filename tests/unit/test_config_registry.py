"""A schema registry in a context and by the property names of Confluent's clients, and that no secret of it leaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config.choose import Here, Wanted, choose
from kafkatui.config.errors import ConfigError
from kafkatui.model.connection import Registry


def chosen(root: Path, context: str = "", *pairs: str, file: str = "", project: str = "") -> Registry | None:
    """The registry of context `c` whose table holds the lines `context`; `file`: of --command-config."""
    (root / ".git").mkdir(exist_ok=True)
    (root / "config.toml").write_text(f'[contexts.c]\nbootstrap = "b"\n{context}')
    if project:
        (root / ".kafkatui.toml").write_text(f'[contexts.c]\nbootstrap = "b"\n{project}')
    (root / "client.properties").write_text(file)
    environ = {"HOME": str(root), "KAFKATUI_CONFIG": str(root / "config.toml"), "PW": "pass:word", "KAFKA_T": "to.ken"}
    environ["BAD"] = "a\nb"
    wanted = Wanted(context="c", pairs=pairs, command_config=str(root / "client.properties") if file else None)
    connection = choose(wanted, Here(environ, root, lambda: None, lambda text: pytest.fail(text)))
    assert connection is not None
    assert "word" not in repr(connection)
    assert "to.ken" not in repr(connection)
    return connection.registry


def refused(root: Path, context: str = "", *pairs: str, file: str = "", project: str = "") -> str:
    with pytest.raises(ConfigError) as raised:
        chosen(root, context, *pairs, file=file, project=project)
    assert "word" not in str(raised.value).replace("password", "")
    return str(raised.value)


def test_an_address_is_enough(tmp_path: Path) -> None:
    assert chosen(tmp_path) is None
    assert chosen(tmp_path, 'schema_registry = "http://r:8081/"') == Registry(("http://r:8081",))
    two = chosen(tmp_path, 'schema_registry = "http://a, https://b/apis/ccompat/v7/"')
    assert two == Registry(("http://a", "https://b/apis/ccompat/v7"))


def test_a_table_knows_how_to_get_in(tmp_path: Path) -> None:
    table = 'schema_registry = {url = "https://r", username = "ann", password_env = "PW", ca = "/ca.pem"}'
    assert chosen(tmp_path, table) == Registry(("https://r",), "ann", "pass:word", ca="/ca.pem")
    token = 'schema_registry = {url = "https://r", token_env = "KAFKA_T"}'
    assert chosen(tmp_path, token) == Registry(("https://r",), token="to.ken")


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("1", "contexts.c.schema_registry must be a text or a table"),
        ("{}", "schema_registry.url names no registry"),
        ("{url = 1}", "schema_registry.url must be a text"),
        ('{url = "http://r", port = 1}', "schema_registry.port is not a setting; known are ca, password, password_com"),
        (
            '{url = "http://r", password = "word"}',
            ".password: a password does not belong in a file that others can read",
        ),
        ('{url = "http://r", token = "word"}', "schema_registry.token: a token does not belong in a file that"),
        ('"http://ann:word@r"', "schema_registry.url: a password does not belong in a file"),
        ('{url = "http://r", username = "ann"}', "schema_registry needs password_env or password_file"),
        ('{url = "http://r", password_env = "PW"}', "schema_registry needs username"),
        ('{url = "http://r", username = "a", password_env = "PW", token_env = "KAFKA_T"}', "a password or a token"),
        ('{url = "http://r", token_env = "BAD"}', "a token is printable ASCII without line ends"),
        ('"r:8081"', "not an address of a registry; write it as http://host:port"),
        ('"file:///etc/passwd"', "not an address of a registry"),
        ('"http://r:99999"', "not an address of a registry"),
        ('"http://r?x=1"', "not an address of a registry"),
        ('"http://[::1"', "not an address of a registry"),
        ('"http://r/a b"', "not an address of a registry"),
    ],
)
def test_a_wrong_table_is_told_where_and_what(tmp_path: Path, table: str, why: str) -> None:
    message = refused(tmp_path, f"schema_registry = {table}")
    assert message.startswith(f"{tmp_path}/config.toml:3: contexts.c.schema_registry")
    assert why in message


def test_a_project_can_not_reach_for_secrets(tmp_path: Path) -> None:
    reach = 'schema_registry = {url = "http://evil", token_command = "touch x"}'
    assert "a project's file can not name a command; use token_env" in refused(tmp_path, project=reach)
    reach = 'schema_registry = {url = "http://evil", username = "a", password_env = "PW"}'
    assert "can only name variables that start with KAFKA" in refused(tmp_path, project=reach)


def test_properties_have_the_names_of_confluents_clients(tmp_path: Path) -> None:
    assert chosen(tmp_path, "", "schema.registry.url=http://r:1") == Registry(("http://r:1",))
    file = "schema.registry.url=http://r:1\nbasic.auth.credentials.source=USER_INFO\n"
    for prefix in ("", "schema.registry."):
        found = chosen(tmp_path, file=f"{file}{prefix}basic.auth.user.info=ann:pass:word\n")
        assert found == Registry(("http://r:1",), "ann", "pass:word")
    in_url = "schema.registry.url=http://ann:pass%3Aword@r:1\n"
    assert chosen(tmp_path, file=in_url) == Registry(("http://r:1",), "ann", "pass:word")
    token = "schema.registry.url=http://r\nbearer.auth.credentials.source=STATIC_TOKEN\nbearer.auth.token=to.ken\n"
    assert chosen(tmp_path, file=token) == Registry(("http://r",), token="to.ken")
    ca = "schema.registry.url=https://r\nschema.registry.ssl.truststore.location=/ca.pem\n"
    assert chosen(tmp_path, file=f"{ca}schema.registry.ssl.truststore.type=PEM") == Registry(
        ("https://r",), ca="/ca.pem"
    )


def test_the_login_of_the_cluster_can_be_taken_over(tmp_path: Path) -> None:
    sasl = 'sasl = {username = "ann", password_env = "PW"}'
    words = ("schema.registry.url=http://r", "basic.auth.credentials.source=SASL_INHERIT")
    assert chosen(tmp_path, sasl, "security.protocol=SASL_SSL", *words) == Registry(("http://r",), "ann", "pass:word")
    assert "SASL_INHERIT needs a SASL login" in refused(tmp_path, "", *words)


def test_another_address_gets_no_secret_of_the_contexts(tmp_path: Path) -> None:
    table = 'schema_registry = {url = "https://r", username = "ann", password_env = "PW"}'
    assert chosen(tmp_path, table, "schema.registry.url=http://evil") == Registry(("http://evil",))
    assert chosen(tmp_path, table, "client.id=x") == Registry(("https://r",), "ann", "pass:word")


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ("basic.auth.user.info=ann:word", "-X basic.auth.user.info: a password on the command line"),
        ("schema.registry.basic.auth.user.info=ann:word", "a password on the command line"),
        ("bearer.auth.token=word", "a password on the command line"),
        ("schema.registry.url=http://ann:word@r", "-X schema.registry.url: a password on the command line"),
        ("schema.registry.url=nothing", "schema.registry.url: not an address of a registry"),
        ("schema.registry.url=", "schema.registry.url names no registry"),
        ("basic.auth.credentials.source=URL", "schema.registry.url is missing; basic.auth.credentials.source needs it"),
    ],
)
def test_a_wrong_property_says_which(tmp_path: Path, pair: str, why: str) -> None:
    assert why in refused(tmp_path, "", pair)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("basic.auth.user.info=word", "basic.auth.user.info must be user:password"),
        ("basic.auth.credentials.source=MAGIC", "'MAGIC' is not one of USER_INFO, URL, SASL_INHERIT"),
        ("schema.registry.ssl.truststore.location=/x.jks", "/x.jks is not PEM"),
    ],
)
def test_a_wrong_line_says_which(tmp_path: Path, line: str, why: str) -> None:
    assert why in refused(tmp_path, file=f"schema.registry.url=http://r\n{line}\n")


def test_a_password_over_a_registry_without_any(tmp_path: Path) -> None:
    plain = 'schema_registry = "http://r"'
    assert chosen(tmp_path, plain, file="basic.auth.user.info=ann:pass:word\n") == Registry(
        ("http://r",), "ann", "pass:word"
    )
