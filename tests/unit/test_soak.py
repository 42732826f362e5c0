"""What a soak says of what it measured: growth, lateness and loss are told, and a steady run is not blamed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dev.bench.soak import Sample, Soak, _report, _verdicts

STEADY = Sample(0.0, 118.0, 50, 137, 12.0, 35.0, 10)


def a_soak(healed: float = 2.0, **an_hour: float) -> Soak:
    """Half an hour of samples, of which some figures grow by so much an hour."""
    samples = []
    for number in range(180):
        minute = number / 6
        grown: Any = {name: getattr(STEADY, name) + per_hour * minute / 60 for name, per_hour in an_hour.items()}
        samples.append(replace(STEADY, minute=minute, **grown))
    tail: Any = SimpleNamespace(read=Counter({0: 9}), wrong=[])
    screen: Any = None
    told: Any = None
    return Soak(screen, tail, told, samples=samples, healed=[("a broker hangs", healed)])


def test_a_steady_run_is_not_blamed() -> None:
    said, bad = _verdicts(a_soak(mib=5.0))
    assert bad == []
    assert "- memory of the screen: +5.0 MiB an hour" in said
    assert list(_report(a_soak()))[-1] == "\nAll as it should be."


@pytest.mark.parametrize(
    ("grows", "told"),
    [
        ({"mib": 60.0}, "memory of the screen: +60.0 MiB an hour"),
        ({"tail_mib": 60.0}, "memory of the tail: +60.0 MiB an hour"),
        ({"fds": 40.0}, "file descriptors of the screen"),
        ({"tail_fds": 40.0}, "file descriptors of the tail"),
        ({"tasks": 40.0}, "asyncio tasks"),
        ({"key_ms": 1_000.0}, "key to paint"),
        ({"healed": 60.0}, "fresh after a fault, s: 60.0"),
    ],
)
def test_what_grows_or_is_late_is_told(grows: dict[str, float], told: str) -> None:
    _, bad = _verdicts(a_soak(**grows))
    assert len(bad) == 1
    assert bad[0].startswith(told)


def test_a_record_that_came_twice_is_told() -> None:
    soak = a_soak()
    soak.tail.wrong.append("partition 0: 5 where 6 is due")
    assert len(_verdicts(soak)[1]) == 1
