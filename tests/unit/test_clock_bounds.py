"""The clock of the controller between bounds that hold, however long its answers take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kafkatui.kafka import quorum
from kafkatui.kafka.quorum import read_skew
from kafkatui.model.probes import Quorum, Skew
from kafkatui.model.problems import Problem


def answers(monkeypatch: pytest.MonkeyPatch, *quorums: Quorum | Problem) -> list[int]:
    """Lets every reading of the quorum bring the next of these; counts them."""
    left: Iterator[Quorum | Problem] = iter(quorums)
    asked: list[int] = []

    async def read(nodes: Any) -> Quorum | Problem:
        asked.append(len(asked))
        return next(left)

    monkeypatch.setattr(quorum, "read_quorum", read)
    return asked


def a_clock(*moments: float) -> Any:
    return iter(moments).__next__


def told(now_ms: int | None, leader: int = 2) -> Quorum:
    return Quorum(leader, (), 0, now_ms)


async def skew(*moments: float) -> Skew | Problem:
    nodes: Any = None
    return await read_skew(nodes, a_clock(*moments))


async def test_the_bounds_of_all_readings_together_are_the_narrowest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ahead by 0.5 s: slow ways there and back leave what the quick ones told."""
    answers(monkeypatch, told(100_900), told(200_510), told(300_600), told(400_501), told(500_500))
    found = await skew(100.0, 100.5, 200.0, 200.3, 300.0, 300.2, 400.0, 400.004, 500.0, 500.4)
    assert isinstance(found, Skew)
    assert found.node_id == 2
    assert (found.low, found.high) == pytest.approx((0.497, 0.501))


async def test_another_controller_has_another_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = [told(1_000_000 + 10_000, leader=1)] * 2
    answers(monkeypatch, *ahead, *[told(1_000_000, leader=3)] * 3)
    found = await skew(*[1000.0] * 10)
    assert isinstance(found, Skew)
    assert found.node_id == 3
    assert (found.low, found.high) == pytest.approx((0.0, 0.001))


async def test_a_clock_that_is_set_meanwhile_gives_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, told(1_000_000), *[told(1_060_000)] * 4)
    found = await skew(*[1000.0] * 10)
    assert found == Problem("clock_moved", "a clock was set while it was read")


async def test_what_is_not_told_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, told(None))
    found = await skew(1.0, 1.0)
    assert found == Problem("unsupported_version", "the controller's clock needs Kafka 3.4 or newer")
    refused = Problem("cluster_authorization_failed", "not authorized: needs DESCRIBE on the cluster")
    answers(monkeypatch, refused)
    assert await skew(1.0, 1.0) == refused


async def test_a_slow_controller_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, *[told(1_000_000)] * 5)
    monkeypatch.setattr(quorum, "SAMPLING_SECONDS", -1.0)
    assert isinstance(await skew(999.0, 1004.0), Skew)
    assert asked == [0]
