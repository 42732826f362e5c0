"""A context that is kept from the screen, and the list of those there are: no secret in either."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config.adding import add_context, check_name
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import read_files
from kafkatui.config.listing import Listed, listed

BEFORE = """\
# mine
[contexts.dev]
bootstrap = "d:1"
color = "green"
read_only = false
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}


def the_file(environ: dict[str, str]) -> Path:
    return Path(environ["XDG_CONFIG_HOME"]) / "kafkatui" / "config.toml"


def test_the_first_context_makes_a_file_that_nobody_else_reads(environ: dict[str, str], tmp_path: Path) -> None:
    file = add_context("prod", {"bootstrap": "b:1", "tls": True}, environ)
    assert file == the_file(environ)
    assert file.read_text() == '[contexts.prod]\nbootstrap = "b:1"\ntls = true\n'
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_files(environ, tmp_path).contexts["prod"].bootstrap == ("b:1",)


@pytest.mark.parametrize("before", [BEFORE, BEFORE.rstrip("\n")], ids=["whole", "no newline"])
def test_what_stands_there_stays_as_it_is(environ: dict[str, str], tmp_path: Path, before: str) -> None:
    the_file(environ).parent.mkdir()
    the_file(environ).write_text(before)
    the_file(environ).chmod(0o640)
    login = {"mechanism": "PLAIN", "username": 'o"p\\s é', "password_env": "X"}
    add_context("prod", {"bootstrap": "b:1", "tls": {"ca": "/a b.pem"}, "sasl": login}, environ)
    text = the_file(environ).read_text()
    assert text.startswith(before)
    assert the_file(environ).stat().st_mode & 0o777 == 0o640
    found = read_files(environ, tmp_path).contexts
    assert sorted(found) == ["dev", "prod"]
    assert found["prod"].table == {"bootstrap": "b:1", "tls": {"ca": "/a b.pem"}, "sasl": login}


def test_a_link_stays_a_link(environ: dict[str, str], tmp_path: Path) -> None:
    the_file(environ).parent.mkdir()
    (tmp_path / "dotfiles.toml").write_text(BEFORE)
    the_file(environ).symlink_to(tmp_path / "dotfiles.toml")
    add_context("prod", {"bootstrap": "b:1"}, environ)
    assert the_file(environ).is_symlink()
    assert "contexts.prod" in (tmp_path / "dotfiles.toml").read_text()


@pytest.mark.parametrize(
    ("name", "why"),
    [("dev", "there is a context dev"), ("", "no name"), ("a.b", "no name"), ("a b", "no name"), ("é", "no name")],
)
def test_a_name_that_can_not_be_is_refused(environ: dict[str, str], name: str, why: str) -> None:
    the_file(environ).parent.mkdir()
    the_file(environ).write_text(BEFORE)
    with pytest.raises(ConfigError, match=why):
        check_name(name, environ)
    with pytest.raises(ConfigError, match=why):
        add_context(name, {"bootstrap": "b:1"}, environ)
    assert the_file(environ).read_text() == BEFORE


@pytest.mark.parametrize("before", ["contexts = {}\n", "[contexts\n", "contexts = 7\n"])
def test_a_file_that_takes_no_table_is_left_alone(environ: dict[str, str], before: str) -> None:
    the_file(environ).parent.mkdir()
    the_file(environ).write_text(before)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        add_context("prod", {"bootstrap": "b:1"}, environ)
    assert the_file(environ).read_text() == before


def test_the_list_says_what_stands_in_the_tables_and_reads_no_secret(environ: dict[str, str], tmp_path: Path) -> None:
    add_context("dev", {"bootstrap": "d:1,d:2", "color": "green", "read_only": False}, environ)
    add_context("prod", {"bootstrap": "b:1", "production": True, "tls": {"insecure_skip_verify": True}}, environ)
    runs = {"mechanism": "PLAIN", "username": "u", "password_command": ["touch", str(tmp_path / "ran")]}
    add_context("asks", {"bootstrap": "a:1", "sasl": runs}, environ)
    add_context("env", {"bootstrap": "e:1", "sasl": {**runs, "password_env": "NOT_SET"}}, environ)
    add_context("wrong", {"bootstrap": 7}, environ)
    found = {each.name: each for each in listed(environ, tmp_path, lambda: None)}
    assert list(found) == ["asks", "dev", "env", "prod", "wrong"]
    assert found["dev"] == Listed("dev", "d:1,d:2", "green", read_only=False)
    assert found["prod"] == Listed("prod", "b:1", production=True, insecure=True)
    assert found["asks"].needs_terminal
    assert not found["dev"].needs_terminal
    assert "wrong.bootstrap is missing" in found["wrong"].problem
    assert not (tmp_path / "ran").exists()


def test_a_mini_cluster_that_runs_is_a_context_too(environ: dict[str, str], tmp_path: Path) -> None:
    assert listed(environ, tmp_path, lambda: "m:1") == [Listed("dev", "m:1", read_only=False)]
    add_context("dev", {"bootstrap": "d:1"}, environ)
    assert listed(environ, tmp_path, lambda: "m:1") == [Listed("dev", "d:1")]
