"""Why a broker does not let us in, and how soon that is told. No test lives here."""

from __future__ import annotations

import time

import pytest

from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable


async def told_within(seconds: float, connection: Connection) -> str:
    """The reason without the address of the one broker, which must stand before it."""
    began = time.monotonic()
    async with Cluster.open(connection) as cluster:
        with pytest.raises(Unreachable) as caught:
            await cluster.topology()
    assert time.monotonic() - began < seconds
    where, _, why = caught.value.problem.text.partition(": ")
    assert where == connection.bootstrap[0]
    return why
