"""`kafkatui config add` and `test`: what is written, what is said, what is refused, and that no secret gets about."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kafkatui.config.contexts import connection_of
from kafkatui.config.files import read_files
from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    Login,
    Sasl,
    Tls,
    TokenCommand,
)
from kafkatui.model.problems import Problem
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster
from tests.wallet import Wallet, wallet

__all__ = ["wallet"]
OLD = '# mine\n[contexts.old]\nbootstrap = "o:1"  # kept\n\n[topics."a.*"]\nvalue = "json"\n'
SCRAM = ("-X", "security.protocol=SASL_SSL", "-X", "sasl.mechanism=SCRAM-SHA-512", "-X", "sasl.username=ann")


@pytest.fixture
def config(bare_home: Path) -> Path:
    return bare_home / "kafkatui" / "config.toml"


def read_back(config: Path, name: str, **environ: str) -> Connection:
    files = read_files({"KAFKATUI_CONFIG": str(config)}, config.parent)
    return connection_of(files.contexts[name], {"HOME": "/", **environ})


def private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_context_is_written_for_nobody_else_to_read(config: Path, kafkatui: Kafkatui) -> None:
    ran = kafkatui("config", "add", "prod", "-b", "p1,p2:9093", "--color", "red", "--production", "--time-zone", "UTC")
    assert ran == (0, "", f"kafkatui: {config}: context prod is written\n")
    assert config.read_text() == (
        '[contexts.prod]\nbootstrap = ["p1:9092", "p2:9093"]\nproduction = true\ncolor = "red"\ntime_zone = "UTC"\n'
    )
    assert private(config)
    assert private(config.parent)
    assert read_back(config, "prod") == Connection(
        ("p1:9092", "p2:9093"), "prod", production=True, color="red", time_zone="UTC"
    )


def test_the_rest_of_the_file_stays_byte_for_byte(config: Path, kafkatui: Kafkatui) -> None:
    config.parent.mkdir()
    config.write_text(OLD)
    config.chmod(0o644)
    assert kafkatui("config", "add", "x", "-b", "b", "--read-write", "--cluster-id", "abc").code == 0
    new = '[contexts.x]\nbootstrap = "b:9092"\nread_only = false\ncluster_id = "abc"\n'
    assert config.read_text() == f"{OLD}\n{new}"
    assert private(config)
    refused = kafkatui("config", "add", "old", "-b", "c")
    assert refused == (1, "", f"kafkatui: {config} has a context old already; --replace writes it anew\n")
    assert kafkatui("config", "add", "old", "-b", "c", "--replace").code == 0
    assert config.read_text() == f"{OLD}\n{new}".replace('bootstrap = "o:1"  # kept', 'bootstrap = "c:9092"')


def test_a_link_stays_one(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    config.parent.mkdir()
    (bare_home / "dotfiles.toml").write_text(OLD)
    config.symlink_to(bare_home / "dotfiles.toml")
    assert kafkatui("config", "add", "x", "-b", "b").code == 0
    assert config.is_symlink()
    assert "[contexts.x]" in (bare_home / "dotfiles.toml").read_text()


@pytest.mark.parametrize(
    ("flags", "setting", "environ", "login"),
    [
        (("--password-env", "PW"), 'password_env = "PW"', {"PW": "hunter2"}, Sasl("SCRAM-SHA-512", "ann", "hunter2")),
        (
            ("--password-command", "echo hunter2"),
            'password_command = "echo hunter2"',
            {},
            Sasl("SCRAM-SHA-512", "ann", "hunter2"),
        ),
        (("--password-prompt",), "password_prompt = true", {}, None),
    ],
)
def test_a_password_is_said_where_to_find(
    config: Path, kafkatui: Kafkatui, flags: tuple[str, ...], setting: str, environ: dict[str, str], login: Login | None
) -> None:
    assert kafkatui("config", "add", "x", "-b", "b", *SCRAM, *flags).code == 0
    assert config.read_text() == (
        '[contexts.x]\nbootstrap = "b:9092"\ntls = true\n[contexts.x.sasl]\nmechanism = "SCRAM-SHA-512"\n'
        f'username = "ann"\n{setting}\n'
    )
    if login is not None:
        assert read_back(config, "x", PATH="/usr/bin:/bin", **environ) == Connection(("b:9092",), "x", Tls(), login)


def test_a_file_with_it_is_found_from_anywhere(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "pw").write_text("hunter2\n")
    assert kafkatui("config", "add", "x", "-b", "b", *SCRAM, "--password-file", "pw").code == 0
    assert f'password_file = "{bare_home}/pw"' in config.read_text()
    assert read_back(config, "x").sasl == Sasl("SCRAM-SHA-512", "ann", "hunter2")


@pytest.mark.parametrize(
    ("pairs", "flags", "setting", "login"),
    [
        (
            ("sasl.oauthbearer.token.endpoint.url=https://id", "sasl.oauthbearer.client.credentials.client.id=c"),
            ("--password-env", "PW"),
            'client_secret_env = "PW"',
            ClientCredentials("https://id", "c", "hunter2"),
        ),
        ((), ("--password-env", "PW"), 'token_env = "PW"', FixedToken("hunter2")),
        ((), ("--password-command", "id -t"), 'token_command = "id -t"', TokenCommand(("id", "-t"))),
    ],
)
def test_the_secret_of_another_login_is_called_by_its_name(
    config: Path, kafkatui: Kafkatui, pairs: tuple[str, ...], flags: tuple[str, ...], setting: str, login: Login
) -> None:
    bearer = ["security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER", *pairs]
    words = [word for pair in bearer for word in ("-X", pair)]
    assert kafkatui("config", "add", "x", "-b", "b", *words, *flags).code == 0
    assert setting in config.read_text()
    assert read_back(config, "x", PW="hunter2").sasl == login


def test_a_login_without_a_secret_needs_none(config: Path, kafkatui: Kafkatui) -> None:
    words = ("-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=GSSAPI")
    assert kafkatui("config", "add", "x", "-b", "b", *words).code == 0
    assert read_back(config, "x").sasl == Kerberos()


PROPERTIES = """
bootstrap.servers=b1:9094
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="ann" password="hunter2";
acks=all
"""


def test_a_password_of_kafkas_file_gets_a_file_of_its_own(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "client.properties").write_text(PROPERTIES)
    ran = kafkatui("config", "add", "a/b", "--command-config", "client.properties")
    kept = config.parent / "secrets" / "a%2Fb.sasl.password"
    assert ran == (
        0,
        "",
        "kafkatui: acks: without effect here\n"
        f"kafkatui: {config}: context a/b is written\n"
        f"kafkatui: its sasl password is in {kept}, which only you can read\n",
    )
    assert 'password_file = "secrets/a%2Fb.sasl.password"' in config.read_text()
    assert "hunter2" not in config.read_text()
    assert kept.read_text() == "hunter2\n"
    assert private(kept)
    assert private(kept.parent)
    assert read_back(config, "a/b").sasl == Sasl("PLAIN", "ann", "hunter2")


def test_a_password_of_kafkas_file_goes_into_the_keyring(
    config: Path, bare_home: Path, kafkatui: Kafkatui, wallet: Wallet
) -> None:
    (bare_home / "client.properties").write_text(PROPERTIES)
    ran = kafkatui("config", "add", "prod", "--command-config", "client.properties", "--keyring")
    assert ran.err.endswith("kafkatui: its sasl password is in the keyring, as kafkatui/prod.sasl.password\n")
    assert wallet.held == {("kafkatui", "prod.sasl.password"): "hunter2"}
    assert read_back(config, "prod").sasl == Sasl("PLAIN", "ann", "hunter2")
    assert not (config.parent / "secrets").exists()


def test_what_can_not_be_written_leaves_nothing_behind(
    config: Path, bare_home: Path, kafkatui: Kafkatui, wallet: Wallet
) -> None:
    (bare_home / "client.properties").write_text(PROPERTIES)
    config.parent.mkdir()
    config.write_text('contexts = { old = { bootstrap = "o" } }\n')
    for flags in ((), ("--keyring",)):
        ran = kafkatui("config", "add", "x", "--command-config", "client.properties", *flags)
        assert ran.code == 1
        assert ran.err.endswith("can not be added to; write [contexts.x] into it by hand\n")
    assert config.read_text() == 'contexts = { old = { bootstrap = "o" } }\n'
    assert [each.name for each in config.parent.iterdir()] == ["config.toml"]
    assert wallet.held == {}
    config.unlink()
    config.symlink_to("/proc/kafkatui.toml")  # can not be written once the password is kept
    for flags in ((), ("--keyring",)):
        ran = kafkatui("config", "add", "x", "--command-config", "client.properties", *flags)
        assert ran.code == 1
        assert "can not be written (" in ran.err
    assert list((config.parent / "secrets").iterdir()) == []
    assert wallet.held == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x",), "no broker is named: give -b HOST:PORT"),
        (("x", "-b", "a b"), "-X bootstrap.servers: 'a b' is not an address; write it as host:port"),
        (("", "-b", "b"), "'' is no name for a context"),
        (("a\x1b[2J", "-b", "b"), "'a\\x1b[2J' is no name for a context"),
        (("x", "-b", "b", "--color", "pink"), "--color: 'pink' is not a colour here; known are red, orange, yellow, "),
        (("x", "-b", "b", "--time-zone", "Berlin"), "--time-zone: no time zone is called 'Berlin'; give an IANA name"),
        (("x", "-b", "b", "-X", "sasl.password=hunter2"), "-X sasl.password: a password on the command line can be"),
        (
            ("x", "-b", "b", *SCRAM),
            "sasl.password is missing; SCRAM-SHA-512 needs it (in the file of --command-config, ",
        ),
        (("x", "-b", "b", *SCRAM, "--password-env", "A", "--password-prompt"), "give one of --password-env, -file"),
        (("x", "-b", "b", "--password-env", "A"), "a password needs a login: give -X security.protocol=SASL_SSL"),
    ],
)
def test_what_is_wrong_is_said(config: Path, kafkatui: Kafkatui, words: tuple[str, ...], said: str) -> None:
    ran = kafkatui("config", "add", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kafkatui: {said}")
    assert "hunter2" not in ran.err
    assert not config.exists()


def test_a_context_is_tried(config: Path, kafkatui: Kafkatui, cluster: FakeCluster) -> None:
    config.parent.mkdir()
    config.write_text('[contexts.prod]\nbootstrap = "p"\ntls = true\nsasl = {username = "ann", password = "hunter2"}')
    config.chmod(0o600)
    found = kafkatui("config", "test", "prod")
    assert found.out == "prod: cluster q3xKzW0gRv2mB7aTfN1yLw, 3 brokers, Kafka 4.3, by SASL_SSL PLAIN as ann\n"
    assert found.code == 1  # one of the brokers does not answer
    assert found.err == "kafkatui: broker 3: broker 3: no answer for 4 s\n"


def test_the_true_reason_is_said_where_there_is_no_way_in(
    config: Path, kafkatui: Kafkatui, cluster: FakeCluster
) -> None:
    assert kafkatui("config", "add", "prod", "-b", "p", "--cluster-id", "another").code == 0
    ran = kafkatui("config", "test", "prod")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("kafkatui: context prod expects the cluster another, but this is ")
    cluster.unreachable = Problem("sasl_authentication_failed", "p:9092: wrong user or password")
    assert kafkatui("config", "test", "prod") == (3, "", "kafkatui: p:9092: wrong user or password\n")
    assert kafkatui("config", "test", "none").code == 2
