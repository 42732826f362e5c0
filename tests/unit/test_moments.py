"""The zone that moments are told in: summer time, arithmetic across its changes, names that no zone has."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kafkatui.cli.record_lines import local_time
from kafkatui.model import moments
from kafkatui.model.positions import AtTime, parse_position

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
"""The clocks go from 02:00 to 03:00."""


@pytest.fixture(autouse=True)
def _machine_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    moments.tell_in(None)
    monkeypatch.undo()
    time.tzset()


def test_without_a_name_it_is_the_zone_of_the_machine() -> None:
    assert moments.local(SPRING.timestamp()).isoformat() == "2026-03-29T10:00:00+09:00"
    assert moments.in_zone(SPRING).isoformat() == "2026-03-29T10:00:00+09:00"


def test_a_zone_that_was_named_holds_until_another_is() -> None:
    moments.tell_in("Europe/Berlin")
    assert local_time(1_774_745_999_000) == "2026-03-29T01:59:59.000+01:00"
    assert local_time(1_774_746_000_000) == "2026-03-29T03:00:00.000+02:00"
    assert moments.in_zone(SPRING).tzname() == "CEST"
    moments.tell_in(None)
    assert moments.local(SPRING.timestamp()).tzname() == "JST"


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "/etc/passwd", "../x", "Europe"])
def test_a_name_that_no_zone_has_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"zone|key"):
        moments.tell_in(name)


@pytest.mark.parametrize(("text", "seconds"), [("@-30m", 1_800), ("@-1d", 86_400), ("@-1w", 604_800)])
def test_back_from_now_is_time_that_has_passed_not_what_a_clock_shows(text: str, seconds: int) -> None:
    now = (SPRING + timedelta(minutes=10)).astimezone(BERLIN)
    found = parse_position(text, now)
    assert isinstance(found, AtTime)
    assert now.timestamp() - found.at.timestamp() == seconds


def test_a_time_that_is_typed_without_a_zone_knows_summer_time() -> None:
    now = SPRING.astimezone(BERLIN)
    for typed, told in (
        ("@2026-01-05T10:00", "@2026-01-05T10:00:00.000+01:00"),
        ("@2026-07-05T10:00", "@2026-07-05T10:00:00.000+02:00"),
        ("@2026-07-05T10:00Z", "@2026-07-05T10:00:00.000+00:00"),
    ):
        assert str(parse_position(typed, now)) == told
