"""The rates that + and - go through."""

from __future__ import annotations

import pytest

from kafkatui.replay.pace import STEPS, next_rate


@pytest.mark.parametrize(
    ("limit", "speed", "faster", "next_one"),
    [
        (500.0, 0.0, True, 1_000.0),
        (500.0, 0.0, False, 200.0),
        (750.0, 0.0, True, 1_000.0),
        (750.0, 0.0, False, 500.0),
        (None, 180_000.0, False, 100_000.0),
        (None, 180_000.0, True, None),
        (None, 0.0, False, 1.0),
        (float(STEPS[-1]), 0.0, True, None),
        (1.0, 0.0, False, 1.0),
    ],
)
def test_a_key_goes_one_step(limit: float | None, speed: float, faster: bool, next_one: float | None) -> None:
    assert next_rate(limit, speed, faster=faster) == next_one
