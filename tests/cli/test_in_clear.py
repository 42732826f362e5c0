"""A login without TLS: a person is asked once, a script is told each time, and nobody for this machine."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import rest_of

_ROOT = Path(__file__).parents[2]
BROKER = "broker.invalid:9092"
SAID = f"kafkatui: the login goes to {BROKER} without TLS: whoever is on the way can read it\n"
CONFIG = f"""
[contexts.far]
bootstrap = "{BROKER}"
sasl = {{ username = "ann", password_env = "PASSWORD_OF_A_TEST" }}
[contexts.scram]
bootstrap = "{BROKER}"
sasl = {{ mechanism = "SCRAM-SHA-256", username = "ann", password_env = "PASSWORD_OF_A_TEST" }}
[contexts.hidden]
bootstrap = "{BROKER}"
tls = true
sasl = {{ username = "ann", password_env = "PASSWORD_OF_A_TEST" }}
[contexts.token]
bootstrap = "{BROKER}"
sasl = {{ mechanism = "OAUTHBEARER", token_env = "PASSWORD_OF_A_TEST" }}
[contexts.here]
bootstrap = ["127.0.0.1:1", "localhost:1", "[::1]:1"]
sasl = {{ username = "ann", password_env = "PASSWORD_OF_A_TEST" }}
"""


@pytest.fixture
def environ(tmp_path: Path, bare_home: Path) -> dict[str, str]:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    secrets = {"PASSWORD_OF_A_TEST": "canary", "XDG_STATE_HOME": str(tmp_path)}
    return {**os.environ, "KAFKATUI_CONFIG": str(file), **secrets}


def command(context: str) -> list[str]:
    return [sys.executable, "-m", "kafkatui", "topics", "-c", context, "--timeout", "3s"]


@pytest.mark.parametrize(
    ("context", "is_told"), [("far", True), ("token", True), ("scram", False), ("hidden", False), ("here", False)]
)
def test_a_script_is_told(environ: dict[str, str], context: str, is_told: bool) -> None:
    for _ in range(2):
        ran = subprocess.run(command(context), capture_output=True, text=True, check=False, cwd=_ROOT, env=environ)
        assert ran.returncode == 3
        assert ran.stderr.startswith(SAID) == is_told
        assert ran.stderr.count("\n") == 1 + is_told


def on_terminal(environ: dict[str, str], answer: bytes) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        running = subprocess.Popen(command("far"), stdin=theirs, stdout=theirs, stderr=theirs, cwd=_ROOT, env=environ)
        os.close(theirs)
        terminal.write(answer)
        shown = rest_of(ours)
    return running.wait(), shown.decode()


def test_a_person_is_asked_once(environ: dict[str, str]) -> None:
    code, shown = on_terminal(environ, b"\n")
    assert code == 1
    assert "Go on? [y/N]" in shown
    assert shown.endswith("kafkatui: nothing was sent\r\n")
    code, shown = on_terminal(environ, b"y\n")
    assert (code, "Go on? [y/N]" in shown) == (3, True)
    code, shown = on_terminal(environ, b"")
    assert (code, "Go on? [y/N]" in shown, "whoever is on the way" in shown) == (3, False, False)
