"""A canary in every place a secret comes from: it lets us in, and is in nothing that the program writes or shows."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certificates import KEY_PASSWORD
from tests.kafka import test_logins
from tests.secured import PASSWORD, TOPIC, USER, Secured, secured_cluster
from tests.terminal import Terminal
from tests.waiting import eventually

_ROOT = Path(__file__).parents[2]
SECONDS = 60
WRONG = "canary-71f0-wrong"
CONTEXTS = """
[contexts.env]
bootstrap = "{login}"
sasl = {{ mechanism = "SCRAM-SHA-256", username = "{user}", password_env = "KAFKA_CANARY" }}
[contexts.file]
bootstrap = "{login}"
sasl = {{ mechanism = "PLAIN", username = "{user}", password_file = "password" }}
[contexts.command]
bootstrap = "{secure}"
tls = {{ ca = "{ca}" }}
sasl = {{ mechanism = "SCRAM-SHA-512", username = "{user}", password_command = ["cat", "{folder}/password"] }}
[contexts.literal]
bootstrap = "{login}"
sasl = {{ mechanism = "PLAIN", username = "{user}", password = "{password}" }}
[contexts.token]
bootstrap = "{login}"
sasl = {{ mechanism = "OAUTHBEARER", token_env = "KAFKA_CANARY_TOKEN" }}
[contexts.token-command]
bootstrap = "{login}"
sasl = {{ mechanism = "OAUTHBEARER", token_command = ["cat", "{folder}/token"] }}
[contexts.key]
bootstrap = "{mutual}"
tls = {{ ca = "{ca}", certificate = "{certificate}", key = "{key}", key_password_env = "KAFKA_CANARY_KEY" }}
[contexts.oidc]
bootstrap = "{login}"
[contexts.oidc.sasl]
mechanism = "OAUTHBEARER"
token_url = "http://127.0.0.1:1/token"
client_id = "ann"
client_secret_env = "KAFKA_CANARY"
[contexts.wrong]
bootstrap = "{login}"
sasl = {{ mechanism = "PLAIN", username = "{user}", password_env = "KAFKA_CANARY_WRONG" }}
[contexts.registry]
bootstrap = "{plain}"
schema_registry = {{ url = "http://127.0.0.1:1", username = "ann", password_env = "KAFKA_CANARY" }}
"""
GETS_IN = ("env", "file", "command", "literal", "token", "token-command", "key")


@dataclass(frozen=True, slots=True)
class Home:
    """A home of its own, and what is secret in it."""

    folder: Path
    environ: dict[str, str]
    secrets: tuple[str, ...]
    sources: frozenset[Path]
    """The files that hold a secret because a person put it there."""

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code of a command, and all that it printed; nobody but us can read its log."""
        command = [sys.executable, "-m", "kafkatui", *words]
        ran = subprocess.run(
            command, capture_output=True, text=True, env=self.environ, cwd=_ROOT, timeout=SECONDS, check=False
        )
        return ran.returncode, ran.stdout + ran.stderr

    def leaks(self, text: str) -> list[str]:
        return [secret for secret in self.secrets if secret in text]

    def leaking_files(self) -> list[Path]:
        files = [each for each in self.folder.rglob("*") if each.is_file() and each not in self.sources]
        assert files, "something is written at all"
        return [each for each in files if self.leaks(each.read_bytes().decode("utf-8", errors="replace"))]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_cluster(tmp_path_factory.mktemp("canary") / "home") as found:
        yield found


@pytest.fixture
def home(secured: Secured, tmp_path: Path) -> Home:
    token = test_logins.jwt()
    sources = {"password": PASSWORD, "token": token, "config.toml": contexts(secured, tmp_path)}
    for name, content in sources.items():
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    environ = {
        **os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"), "KAFKATUI_CONFIG": str(tmp_path / "config.toml"),
        "KAFKATUI_LOG": str(tmp_path / "log"), "KAFKA_CANARY": PASSWORD, "KAFKA_CANARY_TOKEN": token,
        "KAFKA_CANARY_KEY": KEY_PASSWORD, "KAFKA_CANARY_WRONG": WRONG, "TERM": "xterm-256color",
    }  # fmt: skip
    plain = (PASSWORD, KEY_PASSWORD, WRONG, token[:60])
    hidden = tuple(base64.b64encode(f"{USER}:{each}".encode()).decode() for each in plain)
    return Home(tmp_path, environ, (*plain, *hidden), frozenset(tmp_path / name for name in sources))


def contexts(secured: Secured, folder: Path) -> str:
    return CONTEXTS.format(
        login=secured.at["LOGIN"], secure=secured.at["SECURE"], mutual=secured.at["MUTUAL"],
        plain=secured.status.bootstrap, user=USER, password=PASSWORD, ca=secured.ca, folder=folder,
        certificate=secured.client.certificate, key=secured.client.encrypted_key,
    )  # fmt: skip


@pytest.mark.parametrize("context", [*GETS_IN, "oidc", "wrong", "registry"])
def test_no_command_and_no_log_tells_it(home: Home, context: str) -> None:
    code, said = home.run("topics", "-c", context)
    assert (code, TOPIC in said) == ((0, True) if context in (*GETS_IN, "registry") else (3, False)), said
    for words in (
        ("doctor", "-c", context, "--json"), ("config", "show", context), ("config", "test", context),
        ("read", TOPIC, "-c", context, "-o", "start:end"), ("replay", TOPIC, "--to", TOPIC, "--dry-run", "-c", context),
    ):  # fmt: skip
        said += home.run(*words)[1]
    assert home.leaks(said) == []
    assert home.leaking_files() == []
    assert (home.folder / "log").stat().st_mode & 0o077 == 0


def test_no_other_process_sees_it(home: Home) -> None:
    """In no command line, of ours or of what we start; and lists and documents of contexts tell none."""
    code, said = home.run("config", "list", "--json")
    assert code == 0
    for context in ("literal", "command", "key"):
        command = [sys.executable, "-m", "kafkatui", "read", TOPIC, "-f", "-c", context]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=home.environ, cwd=_ROOT
        ) as running:
            log = home.folder / "log"
            eventually(lambda log=log: log.exists() and "connected to" in log.read_text(), SECONDS)  # type: ignore[misc]
            shown = b" ".join(each for each in map(command_line, Path("/proc").glob("[0-9]*")))
            running.terminate()
            said += running.communicate(timeout=SECONDS)[0]
        log.unlink()
        assert b"kafkatui" in shown
        assert home.leaks(shown.decode("utf-8", errors="replace")) == []
    assert home.leaks(said) == []


def command_line(process: Path) -> bytes:
    with suppress(OSError):  # it has ended
        return (process / "cmdline").read_bytes()
    return b""


def test_no_screen_and_no_recording_tells_it(home: Home) -> None:
    record = home.folder / "recorded"
    with Terminal("-c", "literal", "--record", str(record), env=home.environ) as terminal:
        terminal.until(b"1/1 brokers", SECONDS)
        terminal.press(b"q")
        assert terminal.ended() == 0
    assert record.exists()
    assert home.leaks(terminal.shown.decode("utf-8", errors="replace")) == []
    assert home.leaking_files() == []
