"""Lengths of time: as they are typed on the command line, and said back."""

from __future__ import annotations

import pytest

from kafkatui.cli.durations import seconds_of, span_words
from kafkatui.cli.exits import Failure


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 30), ("5m", 300), ("2h", 7_200), ("1d", 86_400), ("1h30m", 5_400), ("1m500ms", 60.5), ("90", 90)],
)
def test_what_can_be_typed(text: str, expected: float) -> None:
    assert seconds_of(text, "--max-time") == expected


@pytest.mark.parametrize("text", ["", "5x", "30m1h", "1h30", "5m5m", "m", "-5m", "1 h", "0m"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(Failure, match=r"^--max-time"):
        seconds_of(text, "--max-time")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "0s"),
        (5.34, "5.3s"),
        (9.97, "10s"),
        (59.6, "1m"),
        (432, "7m12s"),
        (3_600, "1h"),
        (3_604, "1h"),
        (5_400, "1h30m"),
        (100_800, "1d4h"),
        (86_460, "1d"),
    ],
)
def test_at_most_two_units_are_said(length: float, expected: str) -> None:
    assert span_words(length) == expected
