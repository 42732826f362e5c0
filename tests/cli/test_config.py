"""`kafkatui config`: listing, choosing and showing contexts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kafkatui.__main__ import open_screen
from kafkatui.cli.exits import Failure
from tests.cli.conftest import Kafkatui

CONFIG = """
[contexts.prod]
bootstrap = ["p1:9092", "p2"]
read_only = true
[contexts.prod.sasl]
username = "ann"
password_env = "PROD_PASSWORD"
[contexts.test]
bootstrap = "t"
"""


@pytest.fixture
def config(bare_home: Path) -> Path:
    file = bare_home / "kafkatui" / "config.toml"
    file.parent.mkdir()
    file.write_text(CONFIG)
    return file


def test_contexts_are_listed_and_chosen(config: Path, kafkatui: Kafkatui) -> None:
    assert kafkatui("config", "list").out == "  prod  p1:9092,p2:9092\n  test  t:9092\n"
    assert kafkatui("config", "use", "test") == (0, "", "")
    assert kafkatui("config", "list").out == "  prod  p1:9092,p2:9092\n* test  t:9092\n"


def test_contexts_are_one_document(config: Path, kafkatui: Kafkatui) -> None:
    """Without a secret, and without asking for one: the variable of prod is not even set."""
    config.write_text(
        CONFIG + 'read_only = false\nproduction = true\ncolor = "red"\ntime_zone = "UTC"\ntls = true\n'
        '[contexts."b.roken"]\nbootstrap = "b"\ncolor = "pink"\n'
    )
    kafkatui("config", "use", "test")
    found = json.loads(kafkatui("config", "list", "--json").out)
    assert (found["schema"], found["chosen"], found["chosen_by"]) == (
        "kafkatui.contexts/1",
        "test",
        "kafkatui config use",
    )
    broken, prod, test = found["contexts"]
    place = {"file": str(config), "is_project": False}
    assert prod == {
        "context": "prod", "bootstrap": ["p1:9092", "p2:9092"], "read_only": True, "production": False,
        "cluster_id": None, "color": None, "time_zone": None, "protocol": "SASL_PLAINTEXT", "mechanism": "PLAIN",
        **place, "problem": None,
    }  # fmt: skip
    assert {key: test[key] for key in ("read_only", "production", "color", "time_zone", "protocol", "mechanism")} == {
        "read_only": False, "production": True, "color": "red", "time_zone": "UTC", "protocol": "SSL", "mechanism": None
    }  # fmt: skip
    assert broken["bootstrap"] is None
    assert broken["problem"]["code"] == "bad_config"
    assert broken["problem"]["text"].startswith(f"{config}:17: contexts.\"b.roken\".color: 'pink' is not a colour")
    assert "  test     t:9092 production writable\n" in kafkatui("config", "list").out.replace("*", " ")


def test_without_a_context_the_way_to_one_is_said(kafkatui: Kafkatui, bare_home: Path) -> None:
    ran = kafkatui("config", "list")
    where = bare_home / "kafkatui" / "config.toml"
    said = f"kafkatui: no context yet: kafkatui config add NAME -b HOST:PORT writes one into {where}\n"
    assert ran == (0, "", said)


def test_only_what_exists_can_be_chosen(config: Path, kafkatui: Kafkatui) -> None:
    assert kafkatui("config", "use", "x") == (1, "", "kafkatui: there is no context x; known are prod, test\n")
    assert kafkatui("config", "use", "dev").code == 0


def test_a_choice_that_something_overrides_says_so(
    config: Path, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKATUI_CONTEXT", "prod")
    ran = kafkatui("config", "use", "test")
    assert ran == (0, "", "kafkatui: KAFKATUI_CONTEXT names prod, and that goes first\n")


def test_a_context_is_shown_without_secrets(config: Path, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROD_PASSWORD", "hunter2")
    assert kafkatui("config", "show", "prod") == (
        0,
        f'# {config}\n[contexts.prod]\nbootstrap = ["p1:9092", "p2"]\nread_only = true\n'
        '[contexts.prod.sasl]\nusername = "ann"\npassword_env = "PROD_PASSWORD"\n',
        "",
    )
    config.write_text('[contexts.x]\nbootstrap = "x"\nsasl = {password = "hunter2"}')
    assert "hunter2" not in kafkatui("config", "show", "x").out
    for secret in ('{url = "http://r", token = "hunter2"}', '{url = "http://a:hunter2@r"}', '"http://a:hunter2@r"'):
        config.write_text(f'[contexts.x]\nbootstrap = "x"\nschema_registry = {secret}')
        shown = kafkatui("config", "show", "x").out
        assert "(hidden)" in shown
        assert "hunter2" not in shown
    assert kafkatui("config", "show").code == 1


def test_the_screen_refuses_a_decoder_that_does_not_exist(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence, as every command does."""
    file = bare_home / "config.toml"
    file.write_text('[topics."orders.*"]\nvalue = "nope"\n')
    monkeypatch.setenv("KAFKATUI_CONFIG", str(file))
    with pytest.raises(Failure, match="no decoder is called 'nope'"):
        open_screen(None)


HOSTILE = """
context = "prod"
[contexts.prod]
bootstrap = "evil:9092"
tls = {key_password_command = ["touch", "owned"], key = "k.pem"}
[contexts.prod.sasl]
username = "ann"
password_command = "touch owned"
[contexts.token]
bootstrap = "evil:9092"
sasl = {mechanism = "OAUTHBEARER", token_command = "touch owned"}
[contexts.ring]
bootstrap = "evil:9092"
sasl = {username = "ann", password_keyring = "bank/ann"}
[contexts.file]
bootstrap = "evil:9092"
sasl = {username = "ann", password_file = "/etc/passwd"}
[contexts.aws]
bootstrap = "b-1.x.kafka.eu-west-1.amazonaws.com:9098"
sasl = {mechanism = "AWS_MSK_IAM"}
[contexts.unchecked]
bootstrap = "evil:9092"
tls = {insecure_skip_verify = true}
"""


def test_a_hostile_project_runs_nothing_and_reads_nothing(
    bare_home: Path, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused where its context would be used (S10), and listing it is harmless."""
    (bare_home / ".kafkatui.toml").write_text(HOSTILE)
    for words in ([], *(["-c", name] for name in ("prod", "token", "ring", "file", "aws", "unchecked"))):
        for command in (["lag"], ["topics"], ["read", "orders"]):
            ran = kafkatui(*command, *words)
            assert (ran.code, ran.out) == (2, "")
            assert f"{bare_home}/.kafkatui.toml:" in ran.err
            assert "a project's file can not " in ran.err
    assert kafkatui("config", "test", "token").code == 2
    assert kafkatui("config", "list", "--json").code == 0
    assert kafkatui("config", "show", "prod").code == 0
    assert not (bare_home / "owned").exists()
