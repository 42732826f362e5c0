"""Runs command lines as a shell would: the real door, a scripted cluster behind it, bytes and exit code in hand."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kafkatui.__main__ import main
from kafkatui.cli import connect
from tests.cli.world import a_hard_world
from tests.fake_cluster import FakeCluster


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str


Kafkatui = Callable[..., Ran]


@pytest.fixture(autouse=True)
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No config, no context, no mini-cluster and no variable of whoever runs the tests."""
    for name in ("KAFKATUI_CONFIG", "KAFKATUI_CONTEXT", "KAFKATUI_BOOTSTRAP_SERVER", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kafkatui(capfdbinary: pytest.CaptureFixture[bytes]) -> Kafkatui:
    """Run a command line."""

    def run(*arguments: str) -> Ran:
        try:
            code = main(arguments)
        except SystemExit as ended:  # typer's way out of a completion
            code = int(ended.code or 0)
        gc.enable()
        out, err = capfdbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return run


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """The cluster every address leads to, with everything in it that makes printing hard."""
    fake = FakeCluster(a_hard_world())
    monkeypatch.setattr(connect, "open_source", fake.open)
    monkeypatch.setattr(connect, "clock", lambda: fake.snapshot.at)
    monkeypatch.setenv("KAFKATUI_BOOTSTRAP_SERVER", "fake:9092")
    return fake
