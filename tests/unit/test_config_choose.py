"""Which cluster is meant: flag over environment over project over user, and what a wrong file is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kafkatui.config.choose import Wanted
from kafkatui.config.files import choose_context
from kafkatui.model.connection import Connection, Sasl, Tls
from tests.machine import Machine

USER = """
[contexts.prod]
bootstrap = "prod:9092"
[contexts.test]
bootstrap = ["t1:1", "t2"]
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_names_a_cluster(machine: Machine) -> None:
    assert machine.choose() is None


def test_each_way_stands_over_the_next(machine: Machine) -> None:
    machine.mini_cluster = "127.0.0.1:1234"
    assert machine.choose() == Connection(("127.0.0.1:1234",), context="dev", read_only=False)
    machine.user(USER)
    choose_context("prod", machine.environ)
    assert machine.choose() == Connection(("prod:9092",), context="prod")
    machine.project('context = "test"')
    assert machine.choose() == Connection(("t1:1", "t2:9092"), context="test")
    machine.environ["KAFKATUI_CONTEXT"] = "prod"
    assert machine.choose() == Connection(("prod:9092",), context="prod")
    machine.environ["KAFKATUI_BOOTSTRAP_SERVER"] = "env:1"
    assert machine.choose() == Connection(("env:1",))
    assert machine.choose(Wanted(context="test")) == Connection(("t1:1", "t2:9092"), context="test")
    assert machine.choose(Wanted(pairs=["bootstrap.servers=x:1"])) == Connection(("x:1",))
    assert machine.choose(Wanted(["b:1", "c:2"], pairs=["bootstrap.servers=x:1"])) == Connection(("b:1", "c:2"))
    assert machine.choose(Wanted(["b:1"], context="prod")) == Connection(("b:1",), context="prod")


def test_a_bare_address_takes_nothing_from_the_chosen_context(machine: Machine) -> None:
    machine.user('[contexts.prod]\nbootstrap = "prod"\nsasl = {username = "ann", password_env = "PW"}')
    machine.environ["PW"] = "secret"
    choose_context("prod", machine.environ)
    assert machine.choose(Wanted(["b:1"])) == Connection(("b:1",))


def test_the_mini_cluster_is_a_context(machine: Machine) -> None:
    assert machine.refused(Wanted(context="dev")) == "-c: the mini-cluster is not running; kafkatui dev up starts it"
    machine.mini_cluster = "127.0.0.1:1,127.0.0.1:2"
    found = machine.choose(Wanted(context="dev"))
    assert found == Connection(("127.0.0.1:1", "127.0.0.1:2"), context="dev", read_only=False)


def test_the_timeout_bounds_connecting_and_each_request(machine: Machine) -> None:
    found = machine.choose(Wanted(["b:1"], timeout="1500ms"))
    assert found == Connection(("b:1",), connect_seconds=1.5, request_seconds=1.5)


def test_properties_lie_over_the_command_config_file(machine: Machine) -> None:
    file = machine.root / "client.properties"
    file.write_text("bootstrap.servers=f:1\nclient.id=file\nrequest.timeout.ms=1000\nacks=all\n")
    found = machine.choose(Wanted(command_config=str(file), pairs=["client.id=flag"]))
    assert found == Connection(("f:1",), client_id="flag", request_seconds=1.0)
    assert machine.warnings == ["acks: without effect here"]
    file.write_text("\nsecurity.protocol=TLS\n")
    message = machine.refused(Wanted(command_config=str(file), bootstrap=["b:1"]))
    assert message.startswith("/client.properties:2: security.protocol: 'TLS' is not one of PLAINTEXT")
    message = machine.refused(Wanted(["b:1"], pairs=["client.id=x", "security.protocol=TLS"]))
    assert message.startswith("-X security.protocol: 'TLS' is not one of")


def test_a_context_says_everything_about_a_connection(machine: Machine) -> None:
    (machine.root / "pw").write_text("secret\n")
    machine.environ["KEYPW"] = "key secret"
    machine.user(f"""
[contexts.prod]
bootstrap = "prod"
read_only = false
cluster_id = "abc"
color = "red"
client_id = "me"
tls = {{ca = "/ca.pem", certificate = "/c.pem", key = "/k.pem", key_password_env = "KEYPW"}}
sasl = {{mechanism = "scram-sha-256", username = "ann", password_file = "{machine.root}/pw"}}
""")
    found = machine.choose(Wanted(context="prod"))
    assert found == Connection(
        ("prod:9092",),
        "prod",
        Tls("/ca.pem", "/c.pem", "/k.pem", "key secret"),
        Sasl("SCRAM-SHA-256", "ann", "secret"),
        "me",
        read_only=False,
        cluster_id="abc",
        color="red",
    )
    assert "secret" not in repr(found)


def test_a_password_can_come_from_a_command(machine: Machine) -> None:
    machine.user('[contexts.p]\nbootstrap = "p"\nsasl = {username = "a", password_command = "echo from command"}')
    found = machine.choose(Wanted(context="p"))
    assert found is not None
    assert found.sasl == Sasl("PLAIN", "a", "from command")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[contexts", "Expected"),
        ("context = 1", "context is not a setting; known are alerts, contexts, dead_letters, masks, topics"),
        ("contexts = 1", "contexts must be a table"),
        ("[contexts]\nprod = 1", "contexts.prod must be a table"),
        ("[contexts.prod]", 'contexts.prod.bootstrap is missing; write it as bootstrap = "host:port"'),
        ('[contexts.prod]\nbootstrap = "a b"', "contexts.prod.bootstrap: 'a b' is not an address"),
        ('[contexts.prod]\nbootstrap = "a"\nreadonly = true', "contexts.prod.readonly is not a setting"),
        ('[contexts.prod]\nbootstrap = "a"\nread_only = "yes"', "contexts.prod.read_only must be true or false"),
        ('[contexts.prod]\nbootstrap = "a"\ntls = {x = 1}', "contexts.prod.tls.x is not a setting"),
        ('[contexts.prod]\nbootstrap = "a"\nsasl = {password = "x"}', "contexts.prod.sasl.password: a password does"),
        ('[contexts.prod]\nbootstrap = "a"\nsasl = {username = "x"}', "contexts.prod.sasl needs password_env or pass"),
        (
            '[contexts.prod]\nbootstrap = "a"\nsasl = {username = "x", password_env = "NO"}',
            "contexts.prod.sasl.password_env: the environment variable NO is not set",
        ),
        (
            '[contexts.prod]\nbootstrap = "a"\nsasl = {username = "x", password_file = "/no"}',
            "contexts.prod.sasl.password_file: /no can not be read (No such file or directory)",
        ),
        (
            '[contexts.prod]\nbootstrap = "a"\nsasl = {username = "x", password_command = "false"}',
            "contexts.prod.sasl.password_command: the command ended with exit code 1",
        ),
        (
            '[contexts.prod]\nbootstrap = "a"\nsasl = {username = "x", password_env = "A", password_file = "b"}',
            "contexts.prod.sasl: give one of password_env and password_file, not 2",
        ),
        (
            '[contexts.prod]\nbootstrap = "a"\nsasl = {mechanism = "DIGEST-MD5"}',
            "contexts.prod.sasl.mechanism: mechanism 'DIGEST-MD5' is not known here",
        ),
    ],
)
def test_a_wrong_file_is_told_where_and_what(machine: Machine, text: str, expected: str) -> None:
    machine.user(text)
    message = machine.refused(Wanted(context="prod"))
    assert re.match(r"/home/\.config/kafkatui/config\.toml(:\d+)?: ", message)
    assert expected in message


def test_a_toml_error_names_the_line(machine: Machine) -> None:
    machine.user("[contexts.prod]\nbootstrap = x\n")
    assert "(at line 2, column 13)" in machine.refused(Wanted(context="prod"))


@pytest.mark.parametrize(
    ("sasl", "expected"),
    [
        ('password_command = "touch /tmp/x"', "a project's file can not name a command; use password_env"),
        ('password_file = "~/.ssh/id_rsa"', "a project's file can not name a file; use password_env"),
        ('password_env = "AWS_SECRET_ACCESS_KEY"', "can only name variables that start with KAFKA"),
    ],
)
def test_a_project_can_not_reach_for_secrets(machine: Machine, sasl: str, expected: str) -> None:
    machine.project(f'[contexts.prod]\nbootstrap = "evil"\nsasl = {{username = "x", {sasl}}}')
    assert expected in machine.refused(Wanted(context="prod"))


def test_a_projects_context_inherits_no_secret_of_the_users(machine: Machine) -> None:
    machine.environ["PW"] = "secret"
    machine.user('[contexts.prod]\nbootstrap = "prod"\nsasl = {username = "ann", password_env = "PW"}')
    machine.project('[contexts.prod]\nbootstrap = "evil"')
    assert machine.choose(Wanted(context="prod")) == Connection(("evil:9092",), context="prod")


def test_a_project_file_counts_only_inside_its_repository(machine: Machine) -> None:
    (machine.root / ".kafkatui.toml").write_text('context = "elsewhere"')
    assert machine.choose() is None


def test_a_named_config_file_must_exist(machine: Machine) -> None:
    machine.environ["KAFKATUI_CONFIG"] = str(machine.root / "none.toml")
    assert machine.refused() == "KAFKATUI_CONFIG: there is no file /none.toml"
    (machine.root / "none.toml").write_text(USER)
    assert machine.choose(Wanted(context="prod")) == Connection(("prod:9092",), context="prod")


def test_an_unknown_context_is_told_the_known_ones(machine: Machine) -> None:
    assert machine.refused(Wanted(context="x")) == "-c: there is no context 'x'; no config file names one"
    machine.user(USER)
    assert machine.refused(Wanted(context="x")) == "-c: there is no context 'x'; known are prod, test"
    choose_context("gone", machine.environ)
    assert machine.refused() == "kafkatui config use: there is no context 'gone'; known are prod, test"
