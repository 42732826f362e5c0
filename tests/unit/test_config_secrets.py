"""The ways a secret comes into a context, what a project's file may not reach for, and that no error repeats one."""

from __future__ import annotations

from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from kafkatui.config.choose import Wanted
from kafkatui.model.connection import Connection, Sasl
from tests.machine import Machine
from tests.wallet import Wallet, wallet

__all__ = ["wallet"]
PROD = Wanted(context="prod")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def context(sasl: str, bootstrap: str = "prod") -> str:
    return f'[contexts.prod]\nbootstrap = "{bootstrap}"\n[contexts.prod.sasl]\nusername = "ann"\n{sasl}\n'


def password(machine: Machine, sasl: str) -> str:
    machine.user(context(sasl))
    found = machine.choose(PROD)
    assert found is not None
    assert isinstance(found.sasl, Sasl)
    assert "hunter2" not in repr(found)
    return found.sasl.password


def refused(machine: Machine, sasl: str) -> str:
    machine.user(context(sasl))
    message = machine.refused(PROD)
    assert "hunter2" not in message
    return message.replace("/home/.config/kafkatui/", "")


def test_a_command_is_a_list_of_words_or_a_text(machine: Machine) -> None:
    assert password(machine, "password_command = ['printf', '%s', 'hunter2 $HOME']") == "hunter2 $HOME"
    assert password(machine, """password_command = "echo 'hunter2  x'" """) == "hunter2  x"


@pytest.mark.parametrize("value", ["1", "[]", '""', "[1]", "{}"])
def test_what_is_no_command_is_said_to_be_none(machine: Machine, value: str) -> None:
    assert refused(machine, f"password_command = {value}") == (
        "config.toml:5: contexts.prod.sasl.password_command must be a command: a text, or a list of texts"
    )


def test_a_command_gets_nothing_of_what_is_piped_in(machine: Machine) -> None:
    """`produce` reads its records there."""
    assert password(machine, """password_command = ["sh", "-c", "cat; echo hunter2"]""") == "hunter2"


def test_a_command_that_fails_or_is_not_there_is_named_without_its_words(machine: Machine) -> None:
    where = "config.toml:5: contexts.prod.sasl.password_command"
    assert refused(machine, "password_command = ['sh', '-c', 'exit 3', 'hunter2']") == (
        f"{where}: the command ended with exit code 3"
    )
    assert refused(machine, "password_command = '/no/such hunter2'") == (
        f"{where}: the command did not run (No such file or directory)"
    )
    assert (
        refused(machine, """password_command = "echo 'hunter2" """) == f"{where}: not a command (No closing quotation)"
    )


def test_a_file_is_looked_for_beside_the_config_file(machine: Machine) -> None:
    machine.user("")
    (machine.file.parent / "pw").write_text("hunter2\n")
    assert password(machine, 'password_file = "pw"') == "hunter2"
    assert "~nosuchuser has no home on this machine" in refused(machine, 'password_file = "~nosuchuser/pw"')


def test_a_password_in_the_file_needs_a_private_file(machine: Machine) -> None:
    machine.user("")
    for mode in (0o644, 0o640, 0o604, 0o660):
        machine.file.chmod(mode)
        assert refused(machine, 'password = "hunter2"') == (
            "config.toml:5: contexts.prod.sasl.password: a password does not belong in a file that others can read "
            f"(mode {mode:03o}); use password_env or password_file, or chmod 600 config.toml"
        )
    machine.file.chmod(0o600)
    assert password(machine, 'password = "hunter2"') == "hunter2"
    assert "password must be a text" in refused(machine, "password = 5")


def test_a_password_comes_out_of_the_keyring(machine: Machine, wallet: Wallet) -> None:
    wallet.held["my/kafka", "ann"] = "hunter2"
    assert password(machine, 'password_keyring = "my/kafka/ann"') == "hunter2"
    where = "config.toml:5: contexts.prod.sasl.password_keyring"
    assert refused(machine, 'password_keyring = "kafka/bob"') == f"{where}: the keyring has nothing for bob of kafka"
    for nothing in ("kafka", "/ann", "kafka/"):
        assert refused(machine, f'password_keyring = "{nothing}"') == f'{where}: write it as "SERVICE/USER"'
    # What there is on a machine without any.
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    assert (
        refused(machine, 'password_keyring = "my/kafka/ann"')
        == f"{where}: the keyring can not be read (NoKeyringError)"
    )


def test_without_the_package_the_way_to_it_is_said(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert refused(machine, 'password_keyring = "kafka/ann"') == (
        "config.toml:5: contexts.prod.sasl.password_keyring: needs the package keyring; "
        "pip install 'kafkatui[keyring]' brings it"
    )


def test_a_person_is_asked_and_told_for_whom(machine: Machine) -> None:
    machine.answer = "hunter2"
    assert password(machine, "password_prompt = true") == "hunter2"
    assert machine.asked == ["sasl password for context prod (prod:9092)"]
    machine.answer = None
    assert refused(machine, "password_prompt = true") == (
        "config.toml:5: contexts.prod.sasl.password_prompt: the sasl password for context prod (prod:9092) has to be "
        "typed, and nobody can be asked here"
    )
    assert "needs password_env or password_file" in refused(machine, "password_prompt = false")
    assert "password_prompt must be true or false" in refused(machine, 'password_prompt = "yes"')


def test_only_one_way_is_given(machine: Machine) -> None:
    assert refused(machine, 'password = "hunter2"\npassword_prompt = true') == (
        "config.toml:3: contexts.prod.sasl: give one of password and password_prompt, not 2"
    )


@pytest.mark.parametrize(
    ("sasl", "expected"),
    [
        ('password_command = "touch /tmp/x"', "a project's file can not name a command; use password_env"),
        ('password_command = ["touch", "x"]', "a project's file can not name a command; use password_env"),
        ('password_file = "~/.ssh/id_rsa"', "a project's file can not name a file; use password_env"),
        ('password_keyring = "bank/ann"', "a project's file can not name a keyring; use password_env"),
        ('password = "hunter2"', "a project's file can not hold a secret; use password_env"),
        ('password_env = "AWS_SECRET_ACCESS_KEY"', "can only name variables that start with KAFKA"),
        ('mechanism = "OAUTHBEARER"\ntoken_command = "id"', "can not name a command; use token_env"),
        ('mechanism = "OAUTHBEARER"\ntoken_file = "/var/run/t"', "can not name a file; use token_env"),
        (
            'mechanism = "OAUTHBEARER"\ntoken_url = "https://evil"\nclient_id = "c"\nclient_secret_file = "/etc/s"',
            "a project's file can not name a file; use client_secret_env",
        ),
        ('mechanism = "AWS_MSK_IAM"\nregion = "eu-west-1"', "can not use the credentials of AWS"),
        ('mechanism = "GSSAPI"\nkeytab = "/etc/krb5.keytab"\nprincipal = "p"', "can not name a keytab"),
    ],
)
def test_a_project_can_not_reach_for_secrets(machine: Machine, sasl: str, expected: str) -> None:
    name = "" if "mechanism" in sasl else 'username = "ann"\n'
    machine.project(f'[contexts.prod]\nbootstrap = "evil"\n[contexts.prod.sasl]\n{name}{sasl}\n')
    message = machine.refused(PROD)
    assert message.startswith("/repo/.kafkatui.toml:")
    assert "hunter2" not in message
    assert expected in message


def test_a_project_can_not_switch_checks_off_nor_name_a_key_password(machine: Machine) -> None:
    for tls, expected in (
        ("insecure_skip_verify = true", "can not switch the check of certificates off"),
        ("check_host_name = false", "can not switch the check of certificates off"),
        ('key_password_command = "touch x"', "can not name a command; use key_password_env"),
    ):
        machine.project(f'[contexts.prod]\nbootstrap = "evil"\n[contexts.prod.tls]\n{tls}\n')
        assert expected in machine.refused(PROD)


def test_a_project_may_ask_and_names_who_gets_the_answer(machine: Machine) -> None:
    machine.answer = "hunter2"
    machine.project(context("password_prompt = true", bootstrap="their.broker"))
    assert machine.choose(PROD) == Connection(("their.broker:9092",), "prod", sasl=Sasl("PLAIN", "ann", "hunter2"))
    assert machine.asked == ["sasl password for context prod (their.broker:9092)"]
