"""Starting a mini-cluster from the screen, left half-way."""

from __future__ import annotations

import asyncio
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from kafkatui.__main__ import start_mini_cluster
from kafkatui.minicluster import cluster


@pytest.mark.parametrize(("age", "ended"), [(-60, 1), (60, 0)])
async def test_what_was_started_when_the_screen_is_left_is_ended(
    monkeypatch: pytest.MonkeyPatch, age: float, ended: int
) -> None:
    entered, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    downs: list[None] = []

    def up(**_: Any) -> SimpleNamespace:
        loop.call_soon_threadsafe(entered.set)
        go_on.wait()
        return SimpleNamespace(bootstrap="127.0.0.1:1", started_at=time.time() - age)

    monkeypatch.setattr(cluster, "up", up)
    monkeypatch.setattr(cluster, "down", lambda: downs.append(None))
    starting = asyncio.create_task(start_mini_cluster(lambda step, done: None))
    await entered.wait()
    starting.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert len(downs) == ended
