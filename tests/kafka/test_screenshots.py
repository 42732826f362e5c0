"""The pictures of the README: each place rendered from the living sample world, and held to what the code shows now.

`pytest tests/kafka/test_screenshots.py --update-pictures` takes them anew.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from textual.pilot import Pilot

from kafkatui.columns.brokers import BROKERS
from kafkatui.columns.groups import GROUPS, LAG, MEMBERS
from kafkatui.columns.topics import PARTITIONS, TOPICS
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster import world
from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.load import keep_living
from kafkatui.minicluster.seed import seed
from kafkatui.model.connection import Connection
from kafkatui.model.events import Subject
from kafkatui.monitor import Monitor
from kafkatui.reading.records import Records
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.keys import KEYMAP
from kafkatui.tui.messages import Open, Read
from tests.waiting import until

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
SIZE = (160, 45)
READINGS = 60
"""Enough for every trend to be as long as it gets."""
SECONDS = 120.0

FRAME = frozenset(
    word
    for text in (
        *(column.title for columns in (BROKERS, TOPICS, PARTITIONS, GROUPS, LAG, MEMBERS) for column in columns),
        *(key.hint for key in KEYMAP),
        *(group.name for group in world.GROUPS),
        "Overview Topics Groups Messages Brokers Health Flow Lately Partitions Members leaders controller",
    )
    for word in re.findall(r"[\w.-]{3,}", text)
) - {"all", "and", "for", "not", "the", "was", "with"}
"""The words that do not depend on what happens in the world: titles, keys, names of groups; none of any sentence."""


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Status]:
    """The sample world on a cluster of its own, with its load."""
    home = tmp_path_factory.mktemp("screenshots")
    try:
        status = minicluster.up(3, "java", home=home)
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, seed(status.bootstrap)).result()
        keep_living(status)
        yield status
    finally:
        minicluster.down(home)


@asynccontextmanager
async def shown(status: Status) -> AsyncIterator[Pilot[int]]:
    """The app on the living world, with its trends full and every group of consumers at work."""

    @asynccontextmanager
    async def open_monitor(connection: Connection) -> AsyncIterator[Monitor]:
        async with Cluster.open(connection, patience=2.0) as cluster:
            yield Monitor(cluster, seconds=0.25)

    @asynccontextmanager
    async def open_records(connection: Connection) -> AsyncIterator[Records]:
        async with Cluster.open(connection, patience=2.0) as cluster:
            yield Records(cluster.nodes)

    connection = Connection(tuple(status.bootstrap.split(",")), context="dev")
    app = KafkaTui(connection, open_monitor, open_records=open_records)
    async with app.run_test(size=SIZE) as pilot:

        async def has_history() -> bool:
            await pilot.pause()
            working = [group for group in app.snapshot.groups.values() if group.state == "Stable"]
            return len(app.snapshot.trends.cluster) >= READINGS and len(working) >= WORKING

        await until(has_history, SECONDS)
        yield pilot


WORKING = sum(1 for group in world.GROUPS if group.members)


async def _press(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def _open(pilot: Pilot[int], subject: Subject, name: str) -> None:
    pilot.app.screen.post_message(Open(subject, name))
    await pilot.pause()
    await pilot.pause()


async def _read(pilot: Pilot[int], topic: str) -> None:
    pilot.app.screen.post_message(Read((topic,)))
    await until(partial(_says, pilot, " loaded"), SECONDS)


async def _says(pilot: Pilot[int], words: str) -> bool:
    await pilot.pause()
    shown = pilot.app.export_screenshot()
    return words.replace(" ", "&#160;") in shown


async def test_the_pictures_show_what_the_code_shows(living: Status, request: pytest.FixtureRequest) -> None:
    taken: dict[str, str] = {}
    async with shown(living) as pilot:

        def take(name: str) -> None:
            taken[name] = pilot.app.export_screenshot(title="kafkatui")

        for key, name in (("1", "overview"), ("2", "topics"), ("3", "groups"), ("7", "brokers")):
            await _press(pilot, key)
            take(name)
        await _press(pilot, "2")
        await _open(pilot, Subject.TOPIC, "orders.created")
        take("topic")
        await _press(pilot, "3")
        await _open(pilot, Subject.GROUP, "fraud-check")
        take("group")
        await _press(pilot, "question_mark")
        take("help")
        await _press(pilot, "escape")
        await _read(pilot, "payments")
        take("messages")
        await _press(pilot, "slash", *"key=", "escape", "slash", *"EUR", "enter")
        await until(partial(_says, pilot, "searched all"), SECONDS)
        take("search")
    if request.config.getoption("--update-pictures"):
        SCREENSHOTS.mkdir(exist_ok=True)
        for name, svg in taken.items():
            (SCREENSHOTS / f"{name}.svg").write_text(re.sub(r"terminal-\d+", "terminal", svg), encoding="utf-8")
    kept = {path.stem: path.read_text(encoding="utf-8") for path in SCREENSHOTS.glob("*.svg")}
    assert sorted(kept) == sorted(taken)
    for name, svg in taken.items():
        assert frame_words(kept[name]) == frame_words(svg), f"screenshots/{name}.svg is stale: --update-pictures"


def frame_words(svg: str) -> set[str]:
    """Of the words in a picture, those that say how the screen is made; not those of the line that gives reasons."""
    rows = re.findall(r"<text[^>]*line-(\d+)\)[^>]*>([^<]*)</text>", svg)
    text = " ".join(unescape(found).replace("\xa0", " ") for row, found in rows if int(row) != SIZE[1] - 2)
    return set(re.findall(r"[\w.-]{3,}", text)) & FRAME


def test_the_readme_shows_every_picture() -> None:
    readme = (SCREENSHOTS.parent / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(screenshots/(\w+)\.svg\)", readme)) == sorted(
        path.stem for path in SCREENSHOTS.glob("*.svg")
    )
