"""A bug while the screen is there: loud, in one sentence on a sane terminal, with a report that holds nobody's data."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkatui.tracebacks import WITHHELD
from tests.terminal import Terminal

SECRET, PAYLOAD = "canary-hunter2", "canary-4111111111111111"
PLANTED = """
import asyncio, sys, threading, warnings
from kafkatui.__main__ import enter
from kafkatui.kafka.cluster import Cluster
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.place import Place

class Session:
    def __init__(self, secret):
        self.secret = secret

    def __repr__(self):
        return f"Session({self.secret})"

def bug(*_, **__):
    secret = "canary-" + "hunter2"
    held = {"password": secret, "record": b"canary-" + b"4111111111111111"}
    raise ValueError(f"{secret} is no {held}", Session(secret), held)

async def late():
    bug()

async def forgotten(self):
    self.kept = asyncio.create_task(late())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del self.kept

where = sys.argv.pop(1)
if where == "connecting":  # in the monitor's thread, and from there in the worker that waits for it
    Cluster.open = bug
elif where == "handler":
    KafkaTui.action_help = bug
elif where == "timer":
    Place._tick = bug
elif where == "thread":
    KafkaTui.action_help = lambda self: threading.Thread(target=bug).start()
elif where == "forgotten":
    KafkaTui.action_help = forgotten
elif where == "start":
    KafkaTui.on_mount = bug
enter()
"""


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("where", ["start", "connecting", "handler", "timer", "thread"])
def test_a_bug_ends_it_with_a_report_of_nobodys_data(where: str, silent: str, tmp_path: Path) -> None:
    command = (sys.executable, "-c", PLANTED, where)
    home = {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    with Terminal("-b", silent, "-X", f"client.id={SECRET}", command=command, env=home) as screen:
        if where in ("handler", "thread"):
            screen.until(b"Overview")
            screen.press(b"?")
        assert (screen.ended(), screen.left_on()) == (70, [])
        (path,) = (tmp_path / "kafkatui" / "crashes").iterdir()
        said = screen.plain.rpartition(b"kafkatui: ")[2].decode()
        assert said.startswith(f"this is a bug of kafkatui; please report it with {path}, which holds no data")
        assert said.count("\n") == 1
        report = path.read_text(encoding="utf-8")
        for canary in (SECRET, PAYLOAD):
            assert canary not in report
            assert canary.encode() not in screen.shown
        assert "<string>" not in report
        assert f"ValueError: {WITHHELD}" in report
        assert "command   kafkatui -b … -X …\n" in report
        assert silent not in report
        assert (path.stat().st_mode & 0o777, b"Traceback" in screen.shown) == (0o600, False)


def test_a_bug_that_nobody_waits_for_is_told_when_it_is_left(silent: str, tmp_path: Path) -> None:
    command = (sys.executable, "-c", PLANTED, "forgotten")
    with Terminal("-b", silent, command=command, env={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.until(b"Overview")
        screen.press(b"?")
        screen.press(b"\x03")
        assert (screen.ended(), screen.left_on()) == (0, [])
        assert b"this is a bug of kafkatui" in screen.said()
        (path,) = (tmp_path / "kafkatui" / "crashes").iterdir()
        report = path.read_text(encoding="utf-8")
        assert "asyncio: Task exception was never retrieved\n" in report
        assert SECRET not in report
        assert SECRET.encode() not in screen.shown


def test_who_asks_for_it_gets_the_whole_traceback(silent: str, tmp_path: Path) -> None:
    command = (sys.executable, "-c", PLANTED, "connecting")
    env = {"XDG_STATE_HOME": str(tmp_path), "KAFKATUI_DEBUG": "1"}
    with Terminal("-b", silent, command=command, env=env) as screen:
        assert (screen.ended(), screen.left_on()) == (70, [])
        said = screen.said()
        assert b"Traceback (most recent call last)" in said
        assert f"{SECRET} is no".encode() in said


def test_without_a_place_for_the_report_it_is_told(silent: str, tmp_path: Path) -> None:
    (tmp_path / "kafkatui").write_text("in the way")
    command = (sys.executable, "-c", PLANTED, "connecting")
    with Terminal("-b", silent, command=command, env={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        assert (screen.ended(), screen.left_on()) == (70, [])
        said = screen.said().decode()
        assert "no report of it can be written" in said
        assert f"kafkatui: ValueError: {WITHHELD}" in said
        assert SECRET not in said
