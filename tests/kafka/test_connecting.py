"""Getting to real brokers from the screen: the form, what it keeps, another context and back, the true reason."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from kafkatui.cli.connect import connection_of
from kafkatui.cli.flags import Where
from kafkatui.cli.screen_contexts import ScreenContexts
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model import moments
from kafkatui.model.connection import Connection
from kafkatui.monitor import MonitorBeside, beside
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.overview import OverviewScreen
from kafkatui.tui.screens.start import StartScreen
from tests.tui.conftest import text_of
from tests.waiting import until

MOST_SECONDS = 5.0
"""By then the reason has to be on screen."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No config, no context and no variable of whoever runs the tests."""
    for name in ("KAFKATUI_CONFIG", "KAFKATUI_CONTEXT", "KAFKATUI_BOOTSTRAP_SERVER"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    moments.tell_in(None)


def an_app() -> KafkaTui:
    def open_monitor(connection: Connection) -> AbstractAsyncContextManager[MonitorBeside]:
        return beside(lambda: Cluster.open(connection, patience=2.0))

    return KafkaTui(None, open_monitor, contexts=ScreenContexts())


async def hold(pilot: Pilot[int], words: str, seconds: float = 30.0) -> None:
    async def look() -> bool:
        await pilot.pause()
        return words in text_of(pilot.app)

    await until(look, seconds)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The system takes connections for it, and nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_the_true_reason_is_there_within_five_seconds(closed_port: int, silent_port: int) -> None:
    app = an_app()
    async with app.run_test(size=(100, 30)) as pilot:
        for port, reason in ((closed_port, "refused"), (silent_port, "answer")):
            await pilot.press("ctrl+u", *f"127.0.0.1:{port}")
            began = time.monotonic()
            await pilot.press("enter")
            await hold(pilot, reason)
            assert time.monotonic() - began < MOST_SECONDS
            assert f"✖ 127.0.0.1:{port}" in text_of(app)
            assert isinstance(app.screen, StartScreen)


async def test_a_cluster_is_kept_and_one_comes_back_to_it(mini_cluster: Status, place: Path, closed_port: int) -> None:
    app = an_app()
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press(*mini_cluster.bootstrap, "tab", "tab", "tab", *"here", "enter")
        await hold(pilot, "3/3 brokers")
        await hold(pilot, "kept as context here")
        assert "read-only" in text_of(app)
        kept = (place / "kafkatui" / "config.toml").read_text()
        assert kept == f'[contexts.here]\nbootstrap = "{mini_cluster.bootstrap}"\n'
        # It is the current context from now on, and the list has what came into the file meanwhile.
        assert connection_of(Where()) == app.connection
        (place / "kafkatui" / "config.toml").write_text(
            f'{kept}[contexts.nowhere]\nbootstrap = "127.0.0.1:{closed_port}"\n'
        )
        await pilot.press("colon", *"ctx nowhere", "enter")
        await hold(pilot, "✖")
        assert "refused" in text_of(app)
        assert "3/3 brokers" not in text_of(app)
        await pilot.press("escape")
        await hold(pilot, "3/3 brokers")
        assert isinstance(app.screen, OverviewScreen)
