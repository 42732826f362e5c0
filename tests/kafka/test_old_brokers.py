"""Brokers of older releases: what they know works, and of what they do not the release that does is named.

A real broker behind a proxy that says it speaks only what that release spoke.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.snapshot import Stage
from kafkatui.monitor import Monitor
from tests.kafka.in_process import run
from tests.kafka.looked_at import World, reading_commands
from tests.kafka.screens import SIZE, Walk, a_whole_app
from tests.kafka.torture import TAKES_ALL, a_topic
from tests.proxy import API_VERSIONS, proxied, versions_of

# Highest versions; all of these releases speak from version 0 on.
_OF_2_8 = {
    0: 9, 1: 12, 2: 6, 3: 11, 8: 8, 9: 7, 10: 3, 11: 7, 12: 4, 13: 4, 14: 5, 15: 5, 16: 4, 17: 1, 18: 3, 19: 7, 20: 6,
    21: 2, 22: 4, 23: 4, 24: 3, 25: 3, 26: 3, 27: 1, 28: 3, 29: 2, 30: 2, 31: 2, 32: 4, 33: 2, 34: 2, 35: 2, 36: 2,
    37: 3, 38: 2, 39: 2, 40: 2, 41: 2, 42: 2, 43: 2, 44: 1, 45: 0, 46: 0, 47: 0, 48: 1, 49: 1, 50: 0, 51: 0, 60: 0,
    61: 0,
}  # fmt: skip
_OF_3_3 = {
    **_OF_2_8, 1: 13, 2: 7, 3: 12, 9: 8, 10: 4, 11: 9, 13: 5, 29: 3, 30: 3, 31: 3, 35: 4, 55: 1, 57: 1, 65: 0, 66: 0,
}  # fmt: skip
_OF_1_1 = {
    0: 5, 1: 7, 2: 2, 3: 5, 8: 3, 9: 3, 10: 1, 15: 1, 16: 1, 17: 1, 18: 1, 19: 2, 20: 1, 21: 0, 32: 1, 36: 0, 37: 0,
}  # fmt: skip
RELEASES = {"1.1": _OF_1_1, "2.8": _OF_2_8, "3.3": _OF_3_3}
UNKNOWN = {
    "1.1": {"DescribeQuorum needs Kafka 3.3 or newer", "DescribeLogDirs needs Kafka 2.0 or newer"},
    "2.8": {"DescribeQuorum needs Kafka 3.3 or newer"},
    "3.3": set[str](),
}
"""What a reading of all can not tell."""
SHORT = {"1.1": {"topics", "groups export", "groups reset", "groups delete", "brokers"}, "2.8": set(), "3.3": set()}
"""Commands that can not tell all of what they are asked for."""


@pytest.fixture(scope="module")
def current(mini_cluster: Status) -> Iterator[World]:
    with ExitStack() as stack:
        proxy = stack.enter_context(proxied(mini_cluster.bootstrap))
        topic = stack.enter_context(a_topic(mini_cluster, "old", TAKES_ALL))
        dead = stack.enter_context(a_topic(mini_cluster, "old-dlt", TAKES_ALL))
        yield World(mini_cluster, proxy, topic, dead)


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def world(current: World, release: str) -> Iterator[World]:
    current.proxy.heal()
    spoken = {api: (0, highest) for api, highest in RELEASES[release].items()}
    current.proxy.edits["old"] = (frozenset({API_VERSIONS}), versions_of(spoken))
    current.proxy.requests.clear()
    yield current
    too_new = [each for each in current.proxy.requests if each.version > RELEASES[release].get(each.api, -1)]
    # The first request of each connection asks for the list of versions, in a version of its own.
    assert [each for each in too_new if each.api != API_VERSIONS] == []
    current.proxy.heal()


async def test_a_reading_has_all_the_release_can_tell(world: World, release: str) -> None:
    async with Cluster.open(world.connection) as cluster:
        async for now in Monitor(cluster).watch():
            if now.stage is Stage.GROUPS:
                break
    (row,) = [each for each in now.groups[world.group].rows if each.topic == world.topic and each.partition == 0]
    assert (row.committed, row.lag) == (3, 7)
    said = {
        each.text for each in (now.controller, *(of.disk for of in now.brokers.values())) if not isinstance(each, int)
    }
    assert said == UNKNOWN[release]
    assert all(broker.problem is None for broker in now.brokers.values())


def test_every_reading_command_works_or_says_which_release_it_needs(
    world: World, release: str, capfd: pytest.CaptureFixture[str]
) -> None:
    short = set()
    for code, words in reading_commands(world):
        ran = run([*words, "-b", world.proxy.bootstrap], capfd)
        assert "Traceback" not in ran.err
        if ran.code != code:
            assert ran.code == 1, (words, ran)
            assert all(" needs Kafka " in line for line in ran.err.splitlines()), (words, ran.err)
            short.add(" ".join(words[:2]) if words[0] == "groups" else words[0])
    assert short == SHORT[release]


@pytest.mark.parametrize("release", ["2.8"], indirect=True)
async def test_every_screen_is_shown(world: World, tmp_path: Path) -> None:
    app = a_whole_app(replace(world.connection, read_only=False), tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await Walk(app, pilot).through_all(world.topic, world.group, world.dead, "no-such-topic")
