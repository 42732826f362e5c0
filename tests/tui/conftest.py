"""Running the app without Kafka: the snapshot is set by the test, the clock stands still, pictures are compared."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from kafkatui.model.connection import Connection
from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.examining import OpenDoctor
from kafkatui.tui.replays.running import EditRecord
from kafkatui.tui.screens.place import Place
from kafkatui.tui.themes import DARK
from kafkatui.tui.widgets.table import Table
from tests.builders import AT
from tests.fake_letters import FakeLetters
from tests.fake_records import FakeRecords
from tests.fake_replays import FakeReplays

PICTURES = Path(__file__).parent / "pictures"
_TEXT = re.compile(r'<text[^>]* x="([\d.]+)" y="([\d.]+)" textLength[^>]*>([^<]*)</text>')
_CELL = 12.2
"""Width of one terminal cell in a picture."""
DEV = Connection(("localhost:9092",), context="dev")
WRITABLE = Connection(("localhost:9092",), context="dev", read_only=False)
LooksLike = Callable[[Pilot[int], str], Awaitable[None]]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def an_app(
    snapshot: Snapshot | None = None,
    theme: str = DARK.name,
    connection: Connection | None = DEV,
    records: FakeRecords | None = None,
    replays: FakeReplays | None = None,
    letters: FakeLetters | None = None,
    edit: EditRecord | None = None,
    doctor: OpenDoctor | None = None,
) -> KafkaTui:
    """The app over one snapshot, read 1 s ago; nothing reads, so a test sets `app.snapshot` for the next one."""

    @asynccontextmanager
    async def open_records(connection: Connection) -> AsyncIterator[FakeRecords]:
        assert records is not None
        yield records

    opened = None if records is None else open_records
    app = KafkaTui(
        connection,
        open_records=opened,
        open_replays=replays,
        open_letters=letters,
        edit=edit,
        open_doctor=doctor,
        clock=lambda: AT + 1,
        theme=theme,
    )
    if snapshot is not None:
        app.set_reactive(KafkaTui.snapshot, snapshot)
    return app


@pytest.fixture
def looks_like(request: pytest.FixtureRequest) -> LooksLike:
    """Compare the screen with the picture of that name; a new look is written beside the accepted one."""

    async def compare(pilot: Pilot[int], name: str) -> None:
        svg = re.sub(r"terminal-\d+", "terminal", await at_rest(pilot))
        accepted, new = PICTURES / f"{name}.svg", PICTURES / f"{name}.new.svg"
        if request.config.getoption("--update-pictures"):
            accepted.write_text(svg)
        known = accepted.read_text() if accepted.exists() else ""
        if svg != known:
            new.write_text(svg)
            pytest.fail(
                f"it looks different: compare {accepted} with {new}; `pytest tests/tui --update-pictures` accepts"
            )
        new.unlink(missing_ok=True)

    return compare


async def at_rest(pilot: Pilot[int]) -> str:
    """The screen as SVG once nothing on it changes any more: text comes before the colours and places of a layout."""
    before, seen = "", pilot.app.export_screenshot(title="kafkatui", simplify=True)
    while seen != before:
        await pilot.pause()
        before, seen = seen, pilot.app.export_screenshot(title="kafkatui", simplify=True)
    return seen


def the_table(app: App[Any]) -> Table[Any]:
    """The table that has the focus, or the first one."""
    assert isinstance(app.screen, Place)
    table = app.screen.table
    assert table is not None
    return table


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app work until the condition holds."""
    for _ in range(200):
        if condition():
            return
        await pilot.pause()
    raise AssertionError(f"it did not happen: {text_of(pilot.app)}")


def topics_of(app: App[Any]) -> list[str]:
    """The topics shown, in their order."""
    return list(the_table(app).rows.keys)


def text_of(app: App[Any]) -> str:
    """What stands on the screen, line by line."""
    lines: dict[float, str] = defaultdict(str)
    for x, y, text in _TEXT.findall(app.export_screenshot()):
        lines[float(y)] = lines[float(y)].ljust(round(float(x) / _CELL)) + unescape(text).replace("\xa0", " ")
    return "\n".join(lines[y] for y in sorted(lines))
