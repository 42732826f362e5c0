"""The coordinator of a group dies or hangs in the middle of a change: it is done all the same, or told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupType
from kafkatui.resets.resetting import Reset, plan_reset
from kafkatui.resets.restoring import plan_restore
from kafkatui.resets.run import Ran, carry_out
from kafkatui.resets.targets import parse_offset
from kafkatui.undo.journal import Change, Entry, Journal, Result
from tests.kafka.resting_groups import a_connection, a_name, a_topic, commits, listed, set_offsets
from tests.waiting import eventually

SECONDS = 60.0
IMPATIENT = 1.0
"""Seconds for one answer: a broker that hangs is still in the cluster then."""


@pytest.fixture
def before(status: Status) -> dict[TopicPartition, Commit]:
    topic = a_topic(status.bootstrap)
    return {TopicPartition(topic, number): Commit(10 + number) for number in range(3)}


@pytest.fixture
def group(status: Status, before: dict[TopicPartition, Commit]) -> str:
    name = a_name("faults")
    set_offsets(status.bootstrap, name, GroupType.CLASSIC, before)
    return name


@pytest.fixture
def victim(status: Status, group: str) -> int:
    """The broker that coordinates the group."""
    found = listed(status.bootstrap, group)
    assert found is not None
    return found.coordinator


class _Troubled(Journal):
    """Makes trouble as soon as what was before is kept, which is when the change is sent."""

    def __init__(self, folder: Path, trouble: Callable[[], object]) -> None:
        super().__init__(folder)
        self._trouble = trouble

    def start(self, change: Change) -> Entry:
        entry = super().start(change)
        self._trouble()
        return entry


async def changed(status: Status, group: str, victim: int, journal: Journal, seconds: float = 10.0) -> Ran:
    """By way of another broker than the victim, which would not even be asked to change anything after a silence."""
    others = [f"{each.host}:{each.port}" for each in status.brokers if each.node_id != victim]
    connection = replace(a_connection(",".join(others)), request_seconds=seconds)
    async with Cluster.open(connection, changing=True) as cluster:
        plan = await plan_reset(cluster, Reset(group, parse_offset("8")))
        return await carry_out(cluster, plan, journal, "kafkatui ...")


async def test_a_coordinator_that_dies_is_replaced_and_it_is_done(
    status: Status, home: Path, group: str, victim: int, before: dict[TopicPartition, Commit], tmp_path: Path
) -> None:
    journal = _Troubled(tmp_path / "undo", lambda: minicluster.kill_broker(victim, home))
    ran = await changed(status, group, victim, journal)
    assert (ran.failed, ran.entry.result) == ([], Result.OK)
    minicluster.start_broker(victim, home)
    assert commits(status.bootstrap, group) == dict.fromkeys(before, Commit(8))


async def test_a_coordinator_that_hangs_leaves_it_unknown_and_undo_gives_it_back(
    status: Status, home: Path, group: str, victim: int, before: dict[TopicPartition, Commit], tmp_path: Path
) -> None:
    """The request lies in front of a broker that does not move: when it wakes up it does what was asked.

    Unless it slept for so long that another one coordinates the group: then it was not done, and both are right.
    """
    journal = _Troubled(tmp_path / "undo", lambda: minicluster.pause_broker(victim, home))
    try:
        ran = await changed(status, group, victim, journal, IMPATIENT)
    finally:
        minicluster.resume_broker(victim, home)
    assert {problem.code for _, problem in ran.failed} == {"no_answer"}
    (entry,) = journal.entries()
    assert entry.problem is not None
    assert f"broker {victim}: no answer" in entry.problem

    def is_settled() -> bool:
        found = listed(status.bootstrap, group)
        if found is None:
            return False
        return found.coordinator != victim or commits(status.bootstrap, group) == dict.fromkeys(before, Commit(8))

    eventually(is_settled, SECONDS)
    if entry.result is not Result.UNKNOWN:
        assert (entry.result, commits(status.bootstrap, group)) == (Result.FAILED, before)
    async with Cluster.open(a_connection(status.bootstrap), changing=True) as cluster:
        plan = await plan_restore(cluster, entry)
        back = await carry_out(cluster, plan, Journal(tmp_path / "undo"), "kafkatui undo ...", undoes=entry.id)
    assert back.failed == []
    assert commits(status.bootstrap, group) == before
