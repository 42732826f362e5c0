"""A secret that a person types: unseen, once a run, at the terminal even if records are piped in."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
CONFIG = """
[contexts.prod]
bootstrap = "127.0.0.1:1"
[contexts.prod.sasl]
username = "ann"
password_prompt = true
"""
ASKED = "sasl password for context prod (127.0.0.1:1)"
IN_FRONT = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from kafkatui.__main__ import main
sys.exit(main([]))
"""
TWICE = """
import fcntl, sys, termios
fcntl.ioctl(1, termios.TIOCSCTTY, 0)
from kafkatui.cli.connect import connection_of
from kafkatui.cli.flags import Where
found = {connection_of(Where(context="prod")).sasl.password for each in range(2)}
print(found == {"hunter" + "2"}, sys.stdin.read() == "a record")
"""


@pytest.fixture
def environ(tmp_path: Path, bare_home: Path) -> dict[str, str]:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return {**os.environ, "KAFKATUI_CONFIG": str(file)}


def test_without_a_terminal_it_is_a_wrong_use(environ: dict[str, str], tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "kafkatui", "lag", "-c", "prod"],
        input="hunter2\n",
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env=environ,
        start_new_session=True,
    )
    said = f"{tmp_path}/config.toml:6: contexts.prod.sasl.password_prompt: the {ASKED} has to be typed"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"kafkatui: {said}, and there is no terminal\n")


def test_it_is_asked_once_and_not_shown(environ: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", TWICE],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=_ROOT,
        env=environ,
    ) as running:
        os.close(theirs)
        shown = until(ours, b"): ")
        os.write(ours, b"hunter2\n")
        running.communicate(b"a record")
        shown += until(ours, b"True\r\n")
    os.close(ours)
    assert shown.decode().split("\r\n") == [f"{ASKED}: ", "True True", ""]
    assert running.returncode == 0


def test_completing_a_word_asks_nobody(environ: dict[str, str]) -> None:
    """At a terminal, as a shell runs it; a question would wait there for ever."""
    ours, theirs = pty.openpty()
    line = "kafkatui lag -c prod x"
    completing = {"_KAFKATUI_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "4"}
    with subprocess.Popen(
        [sys.executable, "-c", IN_FRONT],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        cwd=_ROOT,
        env={**environ, **completing},
    ) as running:
        try:
            out, _ = running.communicate(timeout=60)
        finally:
            running.kill()
    os.set_blocking(ours, False)
    with pytest.raises(BlockingIOError):
        os.read(ours, 1_000)  # not a byte came to the terminal
    os.close(theirs)
    os.close(ours)
    assert (running.returncode, out.strip()) == (0, b"")


def until(terminal: int, words: bytes) -> bytes:
    shown = b""
    while words not in shown:
        shown += os.read(terminal, 1_000)
    return shown
