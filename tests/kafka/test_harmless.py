"""Looking makes nothing: every screen and every reading command, also with names that do not exist, leaves no trace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from confluent_kafka.admin import AdminClient

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import Health
from kafkatui.model.connection import Connection
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Stage
from kafkatui.monitor import Monitor
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import Open
from tests.waiting import until

MISSING = "no-such-topic"
COMMANDS = [
    ["topics"],
    ["topics", MISSING],
    ["topics", f"{MISSING}*"],
    ["describe", "topic", MISSING],
    ["get", "topics", MISSING],
    ["lag"],
    ["lag", MISSING],
    ["lag", "--json", "-t", MISSING],
    ["groups", MISSING],
    ["groups", "export", MISSING],
    ["groups", "reset", MISSING, "--to", "start", "-t", MISSING, "--dry-run"],
    ["groups", "delete", MISSING, "--dry-run"],
    ["undo", "--dry-run"],
    ["brokers"],
    ["brokers", "77"],
    ["dlq"],
    ["dlq", MISSING],
    ["dlq", "show", MISSING, "--origin"],
    ["doctor"],
]


@pytest.fixture
def unchanged(mini_cluster: Status) -> Iterator[None]:
    """Topics, groups and ends of the cluster are the same before and after."""
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})

    def seen() -> tuple[set[str], set[str]]:
        groups = admin.list_consumer_groups().result(20)
        return set(admin.list_topics(timeout=20).topics), {group.group_id for group in groups.valid}

    before = seen()
    yield
    assert seen() == before
    assert MISSING not in before[0]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("unchanged")
def test_a_reading_command(mini_cluster: Status, words: list[str]) -> None:
    command = [sys.executable, "-m", "kafkatui", *words, "-b", mini_cluster.bootstrap]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == (0 if len(words) == 1 else 1), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("unchanged")
async def test_every_screen(mini_cluster: Status) -> None:
    @asynccontextmanager
    async def open_monitor(connection: Connection) -> AsyncIterator[Monitor]:
        async with Cluster.open(connection, patience=2.0) as cluster:
            yield Monitor(cluster, seconds=0.1)

    app = KafkaTui(Connection(tuple(mini_cluster.bootstrap.split(","))), open_monitor)
    async with app.run_test(size=(160, 45)) as pilot:

        async def is_read() -> bool:
            await pilot.pause()
            return app.snapshot.stage is Stage.GROUPS

        await until(is_read)
        for key in ("1", "2", "3", "7"):
            await pilot.press(key, "enter", "?", "escape", "/", *"zzz", "escape", "s", "escape", "r")
        for subject in (Subject.TOPIC, Subject.GROUP):
            app.screen.post_message(Open(subject, MISSING))
            await pilot.pause()
        await pilot.press(":", *MISSING, "enter")
        await until(is_read)
        assert app.snapshot.problems == ()
        assert all(broker.health is not Health.BAD for broker in app.snapshot.brokers.values())
