"""A cluster that the tests of a file may break, beside the one that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkatui.minicluster import cluster
from kafkatui.minicluster.cluster import Status


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of three brokers of its own."""
    place = tmp_path_factory.mktemp("breakable")
    try:
        cluster.up(3, "java", home=place)
        yield place
    finally:
        cluster.down(place)


@pytest.fixture
def status(home: Path) -> Iterator[Status]:
    """Those brokers, all of them running before and after each test."""
    found = cluster.running(home)
    yield found
    for broker in found.brokers:
        cluster.start_broker(broker.node_id, home)
