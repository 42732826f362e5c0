"""The table `sasl` of a context: every mechanism has its own settings, and becomes its own shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config import sections
from kafkatui.config.alerts import alert_rules
from kafkatui.config.choose import Wanted
from kafkatui.config.dead_letters import dead_letter_rules
from kafkatui.config.topics import decoding_rules
from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    Login,
    MskIam,
    Sasl,
    Tls,
    TokenCommand,
)
from tests.machine import Machine

PROD = Wanted(context="prod")
OIDC = 'mechanism = "OAUTHBEARER"\ntoken_url = "https://id/token"\nclient_id = "c"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.environ |= {"PW": "hunter2", "BAD": "a b"}
    return machine


def found(machine: Machine, sasl: str, bootstrap: str = "b") -> Login | None:
    machine.user(f'[contexts.prod]\nbootstrap = "{bootstrap}"\n[contexts.prod.sasl]\n{sasl}\n')
    connection = machine.choose(PROD)
    assert connection is not None
    assert "hunter2" not in repr(connection)
    return connection.sasl


@pytest.mark.parametrize(
    ("sasl", "expected"),
    [
        ('username = "a"\npassword_env = "PW"', Sasl("PLAIN", "a", "hunter2")),
        ('mechanism = "SCRAM-SHA-512"\nusername = "a"\npassword_env = "PW"', Sasl("SCRAM-SHA-512", "a", "hunter2")),
        ('mechanism = "OAUTHBEARER"\ntoken_env = "PW"', FixedToken("hunter2")),
        ('mechanism = "oauthbearer"\ntoken_command = "id -t x"', TokenCommand(("id", "-t", "x"))),
        ('mechanism = "OAUTHBEARER"\ntoken_command = ["id", "hunter2"]', TokenCommand(("id", "hunter2"))),
        (f'{OIDC}client_secret_env = "PW"', ClientCredentials("https://id/token", "c", "hunter2")),
        (
            f'{OIDC}client_secret_env = "PW"\nscope = "a b"\nca = "/ca.pem"\nextensions = {{logicalCluster = "lkc-1"}}',
            ClientCredentials("https://id/token", "c", "hunter2", "a b", "/ca.pem", (("logicalCluster", "lkc-1"),)),
        ),
        (
            'mechanism = "AWS_MSK_IAM"\nregion = "eu-west-1"\nprofile = "ops"\nrole = "arn:aws:iam::1:role/r"',
            MskIam("eu-west-1", "ops", "arn:aws:iam::1:role/r"),
        ),
        ('mechanism = "GSSAPI"', Kerberos()),
        (
            'mechanism = "GSSAPI"\nservice = "broker"\nprincipal = "me@X"\nkeytab = "/me.keytab"',
            Kerberos("broker", "me@X", "/me.keytab"),
        ),
    ],
)
def test_each_mechanism_has_its_settings(machine: Machine, sasl: str, expected: Login) -> None:
    assert found(machine, sasl) == expected


@pytest.mark.parametrize(
    ("bootstrap", "environ", "region"),
    [
        ("b-1.prod.abc.c2.kafka.eu-central-1.amazonaws.com:9098", {}, "eu-central-1"),
        ("boot-x.c1.kafka-serverless.us-east-1.amazonaws.com:9098", {"AWS_REGION": "x"}, "us-east-1"),
        ("b-1.p.a.c2.kafka.cn-north-1.amazonaws.com.cn:9098", {}, "cn-north-1"),
        ("my.proxy:9098", {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "no"}, "eu-west-1"),
        ("my.proxy:9098", {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    ],
)
def test_the_region_of_msk_is_in_the_names_of_its_brokers(
    machine: Machine, bootstrap: str, environ: dict[str, str], region: str
) -> None:
    machine.environ |= environ
    assert found(machine, 'mechanism = "AWS_MSK_IAM"', bootstrap) == MskIam(region)


@pytest.mark.parametrize(
    ("sasl", "line", "why"),
    [
        ('mechanism = "NTLM"', 4, "sasl.mechanism: mechanism 'NTLM' is not known here; known are PLAIN, SCRAM"),
        (
            'mechanism = "PLAIN"\nusername = "a"\nregion = "x"',
            6,
            "sasl.region is not a setting of PLAIN; known are mech",
        ),
        ('mechanism = "GSSAPI"\nusername = "a"', 5, "sasl.username is not a setting of GSSAPI"),
        ('mechanism = "GSSAPI"\nkeytab = "/k"', 3, "sasl needs principal"),
        ('mechanism = "AWS_MSK_IAM"', 3, "sasl needs region"),
        ('mechanism = "OAUTHBEARER"', 3, "sasl needs token_command, token_url, token_env or token_file"),
        ('mechanism = "OAUTHBEARER"\nclient_id = "x"', 5, "sasl.client_id needs token_url"),
        (f'{OIDC}token_env = "PW"', 3, "give a token or a token_url, not both"),
        (f"{OIDC}", 3, "sasl needs client_secret_env or client_secret_file"),
        ('mechanism = "OAUTHBEARER"\ntoken_url = "https://x"', 3, "sasl needs client_id"),
        (
            'mechanism = "OAUTHBEARER"\ntoken_url = "file:///x"\nclient_id = "c"',
            5,
            "not the address of a token endpoint",
        ),
        ('mechanism = "OAUTHBEARER"\ntoken_url = "https://a:hunter2@x"', 5, "not the address of a token endpoint"),
        ('mechanism = "OAUTHBEARER"\ntoken_env = "BAD"', 3, "a token is printable ASCII without blanks"),
        (
            'mechanism = "OAUTHBEARER"\ntoken_env = "PW"\nextensions = {auth = "x"}',
            6,
            "sasl.extensions.auth: an extension's name is made of letters, and is not auth",
        ),
        (
            'mechanism = "OAUTHBEARER"\ntoken_env = "PW"\n[contexts.prod.sasl.extensions]\na = "\\u0001"',
            7,
            "sasl.extensions.a: an extension's value is printable ASCII",
        ),
    ],
)
def test_a_wrong_table_is_told_the_line_and_why(machine: Machine, sasl: str, line: int, why: str) -> None:
    machine.user(f'[contexts.prod]\nbootstrap = "b"\n[contexts.prod.sasl]\n{sasl}\n')
    message = machine.refused(PROD)
    assert message.startswith(f"/home/.config/kafkatui/config.toml:{line}: contexts.prod.sasl")
    assert why in message
    assert "hunter2" not in message


def test_what_a_context_is_besides(machine: Machine) -> None:
    machine.user(
        '[contexts.prod]\nbootstrap = "b"\nproduction = true\ntime_zone = "Europe/Berlin"\ncolor = "red"\n'
        'tls = {insecure_skip_verify = true, ca = "ca.pem"}\n'
    )
    ca = str(machine.file.parent / "ca.pem")
    assert machine.choose(PROD) == Connection(
        ("b:9092",), "prod", Tls(ca, insecure=True), production=True, time_zone="Europe/Berlin", color="red"
    )


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        (
            'time_zone = "Berlin"',
            "time_zone: no time zone is called 'Berlin'; write an IANA name such as Europe/Berlin",
        ),
        ('time_zone = "Europe"', "time_zone: no time zone is called 'Europe'"),
        ('time_zone = "../etc/passwd"', "time_zone: no time zone is called"),
        ('time_zone = "a\\u0000b"', "time_zone: no time zone is called"),
        (
            'color = "#ff0000"',
            "color: '#ff0000' is not a colour here; known are red, orange, yellow, green, cyan, blue",
        ),
        ('production = "yes"', "production must be true or false"),
    ],
)
def test_a_wrong_setting_is_told_the_line_and_why(machine: Machine, setting: str, why: str) -> None:
    machine.user(f'[contexts.prod]\nbootstrap = "b"\n{setting}\n')
    assert machine.refused(PROD).startswith(f"/home/.config/kafkatui/config.toml:3: contexts.prod.{why}")


def test_what_is_right_is_read_without_a_look_for_its_line(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command reads its context; finding lines takes longer than all of the rest."""

    def looked(file: Path, keys: object) -> None:
        pytest.fail(f"the line of {keys} was looked for")

    monkeypatch.setattr(sections, "line_of", looked)
    machine.user(
        '[contexts.prod]\nbootstrap = "b"\ncolor = "red"\ntime_zone = "UTC"\n'
        'schema_registry = {url = "http://r", token_env = "PW"}\n'
        f'[contexts.prod.sasl]\n{OIDC}client_secret_env = "PW"\nextensions = {{a = "b"}}\n'
        '[[alerts]]\nwhen = "time_lag"\nabove = "5m"\nfor = "3s"\nnotify = ["bell"]\n'
        '[topics.x]\nkey = "text"\n[dead_letters.x]\ntopic = "t"\n'
    )
    assert machine.choose(PROD) is not None
    assert len(alert_rules(machine.environ, machine.folder)) == 1
    assert len(decoding_rules(machine.environ, machine.folder, ["text"])) == 1
    assert len(dead_letter_rules(machine.environ, machine.folder)) == 1


def test_a_token_in_a_file_is_read_each_time(machine: Machine) -> None:
    file = machine.root / "token"
    assert "can not be read" in refused_token(machine, file)
    file.write_text("a b\n")
    assert "a token is printable ASCII without blanks" in refused_token(machine, file)
    file.write_text("to.ken\n")
    sasl = f'mechanism = "OAUTHBEARER"\ntoken_file = "{file}"'
    assert found(machine, sasl) == TokenCommand(("cat", str(file)))


def refused_token(machine: Machine, file: Path) -> str:
    sasl = f'mechanism = "OAUTHBEARER"\ntoken_file = "{file}"'
    machine.user(f'[contexts.prod]\nbootstrap = "b"\n[contexts.prod.sasl]\n{sasl}\n')
    return machine.refused(PROD)
