"""`lag --serve`: an exporter for Prometheus. It reads at its own pace; a scrape gets the newest text there is."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

from kafkatui.cli import connect, interrupts
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.exporter import Answer, Exporter
from kafkatui.cli.flags import Where
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_metrics import metrics
from kafkatui.cli.lag_watching import Missing, Watching, watching
from kafkatui.cli.metrics import exposition
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot

FRESH = 3
"""Readings that may be missed before what is served counts as stale."""
_HELP = b"kafkatui: group lag for Prometheus at /metrics, state at /healthz\n"


def serve(where: Where, meant: Meant, address: tuple[str, int], seconds: float) -> None:
    """Until it is told to end. Raises Failure where the address can not be bound or the cluster not be reached."""
    interrupts.run(_serve(where, meant, address, seconds))


async def _serve(where: Where, meant: Meant, address: tuple[str, int], seconds: float) -> None:
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    newest = Newest(meant, seconds)
    connection = connect.needed_connection(where)
    async with watching(connection, meant, seconds) as watch, Exporter(newest.answer) as exporter:
        try:
            port = await exporter.listen(*address)
        except OSError as error:
            raise Failure(Code.FAILED, f"{_shown(*address)} can not be listened on: {error.strerror}") from None
        say(f"serving http://{_shown(address[0], port)}/metrics")
        await _first_of(newest.follow(watch), leave.wait())


async def _first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Until one of them ends. Raises what it raises."""
    tasks = {asyncio.ensure_future(each) for each in works}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Newest:
    """The text of the newest reading, made once for all who ask for it."""

    def __init__(self, meant: Meant, seconds: float) -> None:
        self._meant = meant
        self._missing = Missing()
        self._seconds = seconds
        self._text = b""
        self._at: float | None = None
        self._lost: Problem | None = None

    async def follow(self, watch: Watching) -> None:
        """Take over every reading. Raises `Unreachable` when there never was one."""
        async with aclosing(watch.readings()) as readings:
            async for reading in readings:
                if isinstance(reading, Problem):
                    self._lost = reading
                else:
                    self._take(reading)

    def _take(self, snapshot: Snapshot) -> None:
        groups, missing = self._meant.chosen(snapshot)
        self._missing.tell(missing)
        lines = exposition(metrics(groups, snapshot.outlooks), snapshot.cluster_id)
        self._text = "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
        self._at, self._lost = snapshot.at, None

    def answer(self, path: str) -> Answer:
        """What is there under a path."""
        if path == "/metrics":
            return Answer(200, self._text + self._state(), "text/plain; version=0.0.4; charset=utf-8")
        if path == "/healthz":
            why = self._why_not_fresh
            return Answer(503, f"{why}\n".encode()) if why else Answer(200, b"ok\n")
        return Answer(200, _HELP) if path == "/" else Answer(404, b"there is /metrics and /healthz\n")

    @property
    def _age(self) -> float | None:
        return None if self._at is None else max(0.0, connect.clock() - self._at)

    @property
    def _why_not_fresh(self) -> str:
        age = self._age
        if age is None:
            return "nothing was read yet"
        if age <= FRESH * self._seconds and self._lost is None:
            return ""
        return f"the newest reading is {age:.0f} s old" + (f": {self._lost.text}" if self._lost else "")

    def _state(self) -> bytes:
        """Of now, not of the reading."""
        age = self._age
        lines = [
            "# HELP kafkatui_up Whether what is shown here is fresh.",
            "# TYPE kafkatui_up gauge",
            f"kafkatui_up {int(not self._why_not_fresh)}",
        ]
        if age is not None:
            lines += [
                "# HELP kafkatui_snapshot_age_seconds Age of what is shown here.",
                "# TYPE kafkatui_snapshot_age_seconds gauge",
                f"kafkatui_snapshot_age_seconds {age:.3f}",
            ]
        return "".join(f"{line}\n" for line in lines).encode()
