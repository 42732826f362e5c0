"""The sample world at rest: `kafkatui lag --json` beside Kafka's own tool, row by row; and groups of newer types."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster import world
from kafkatui.minicluster.seed import seed
from tests import kafka_tools
from tests.live_members import a_member
from tests.waiting import eventually

SECONDS = 60.0


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample world at rest, on a cluster nobody else touches."""
    home = tmp_path_factory.mktemp("equal")
    try:
        status = minicluster.up(3, "java", home=home)
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, seed(status.bootstrap)).result()
        yield status.bootstrap
    finally:
        minicluster.down(home)


def lag(bootstrap: str, *words: str) -> dict[str, Any]:
    """The groups of `kafkatui lag --json`, by name."""
    command = [sys.executable, "-m", "kafkatui", "lag", *words, "--json", "-b", bootstrap]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    document = json.loads(done.stdout)
    assert document["schema"] == "kafkatui.lag/1"
    return {group["group"]: group for group in document["groups"]}


def test_every_row_of_kafkas_tool_has_the_same_numbers(bootstrap: str) -> None:
    groups = lag(bootstrap)
    ours = {
        (name, row["topic"], row["partition"]): (row["committed"], row["end"], row["lag"])
        for name, group in groups.items()
        for row in group["partitions"]
    }
    theirs = {
        (row.group, row.topic, row.partition): (row.committed, row.end, row.lag)
        for row in kafka_tools.describe_all(bootstrap)
        if row.lag is not None and row.lag >= 0
    }
    markers = {
        (name, row["topic"], row["partition"]): (row["committed"], row["end"], row["end"] - row["committed"])
        for name, group in groups.items()
        for row in group["partitions"]
        if (row["problem"] or "").startswith("nothing to read")
    }
    assert markers, "the world has transactions"
    assert {name: markers.get(name, ours[name]) for name in theirs} == theirs
    assert {ours[name][2] for name in markers} == {0}
    assert {group for group, _, _ in theirs} == {group.name for group in world.GROUPS}


def test_groups_of_the_newer_types_have_their_true_type_and_state(bootstrap: str, tmp_path: Path) -> None:
    with (
        a_member(bootstrap, "modern", "orders.created", "consumer"),
        kafka_tools.share_consumer(bootstrap, "queue", "shipments", tmp_path / "share.log"),
    ):
        eventually(lambda: _are_stable(lag(bootstrap)), SECONDS)
        groups = lag(bootstrap, "modern", "queue")
    assert (groups["modern"]["type"], groups["queue"]["type"]) == ("consumer", "share")
    assert (groups["modern"]["members"], groups["queue"]["members"]) == (1, 1)
    assert len(groups["modern"]["partitions"]) == 6


def _are_stable(groups: dict[str, Any]) -> bool:
    states = {name: group["state"] for name, group in groups.items()}
    return states.get("modern") == states.get("queue") == "Stable" and bool(groups["modern"]["partitions"])
