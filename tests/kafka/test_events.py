"""What happens on real brokers is told in words, and every reading of them comes out of the history as it was."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import aclosing
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.history.recording import Recording, save
from kafkatui.history.ring import Ring
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor
from tests.live_members import a_member
from tests.making_topics import make_topics
from tests.unit.test_history import packed, shown


class Watching:
    """Keeps each reading, and what was told."""

    def __init__(self, cluster: Cluster) -> None:
        self.readings = Monitor(cluster, seconds=0.1).watch()
        self.ring = Ring()
        self.newest: Snapshot | None = None

    async def until(self, *texts: str) -> None:
        """Read until all of these have happened, whenever that was."""
        told: set[str] = set()
        try:
            async with asyncio.timeout(60):
                while not (told and told.issuperset(texts)):
                    told = {"", *(event.text for event in (await self._read()).events)}
        except TimeoutError:
            raise AssertionError(f"of {texts} only these happened: {told}") from None

    async def _read(self) -> Snapshot:
        snapshot = await anext(self.readings)
        if snapshot.stage is Stage.GROUPS:
            self.newest = snapshot
            self.ring.add(packed(snapshot), snapshot.at)
            assert shown(self.ring.snapshot(len(self.ring.moments) - 1)) == shown(snapshot)
        return snapshot


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
async def test_members_that_come_and_go_are_named(mini_cluster: Status, protocol: str, tmp_path: Path) -> None:
    bootstrap = mini_cluster.bootstrap
    name = f"events-{uuid.uuid4().hex[:8]}"
    group, client = f"{name}-group", f"{protocol}-client"
    async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
        watching = Watching(cluster)
        async with aclosing(watching.readings):
            await watching.until()
            await asyncio.to_thread(make_topics, bootstrap, NewTopic(name, 2, 3))
            await watching.until(f"{name} was created")
            with a_member(bootstrap, group, name, protocol):
                await watching.until(f"{group} appeared")
                while not (watching.newest and _members(watching.newest, group) == 1):
                    await watching.until()
                with a_member(bootstrap, group, name, protocol):
                    await watching.until(f"{group}: {client} joined (1 → 2)")
                await watching.until(f"{group}: {client} left (2 → 1)")
            await watching.until(f"{group}: {client} left (1 → 0)")
            await asyncio.to_thread(_delete, bootstrap, name)
            await watching.until(f"{name} is gone")
    assert watching.newest is not None
    save(tmp_path / "session", watching.ring.frames(), None, watching.newest.cluster_id)
    with Recording(tmp_path / "session") as recording:
        last = recording.snapshot(len(recording.moments) - 1)
    assert shown(last) == shown(watching.newest)


def _members(snapshot: Snapshot, group: str) -> int:
    members = snapshot.groups[group].members if group in snapshot.groups else ()
    return len(members) if isinstance(members, tuple) else 0


def _delete(bootstrap: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    admin.delete_topics([topic])[topic].result(20)
