"""From a group to the record it is stuck on, and what is ahead of each group on the screens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App

from kafkatui.model.records import Record
from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.screens.group import GroupScreen
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.topic import TopicScreen
from tests.builders import a_group, a_group_partition, an_order_system
from tests.fake_records import FakeRecords, a_record
from tests.tui.conftest import an_app, text_of, until

WIDE, NARROW = (160, 45), (80, 24)
AROUND = [a_record(offset, topic="payments", partition=3) for offset in range(807_300, 807_600)]


def the_row(app: App[int]) -> tuple[str, int, int]:
    row = app.screen.records.row if isinstance(app.screen, MessagesScreen) else None
    return (row.topic, row.partition, row.offset) if isinstance(row, Record) else ("", -1, -1)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_m_stands_on_the_record_a_group_is_stuck_on_with_its_neighbours(size: tuple[int, int]) -> None:
    app = an_app(an_order_system(), records=FakeRecords(AROUND))
    async with app.run_test(size=size) as pilot:
        await pilot.press("3", "enter", "j", "j", "j", "m")
        await until(pilot, lambda: the_row(app) == ("payments", 3, 807_417))
        screen = app.screen
        assert isinstance(screen, MessagesScreen)
        offsets = [row.offset for row in screen.records.source.rows if isinstance(row, Record)]
        assert {807_416, 807_418} <= set(offsets)
        await until(pilot, lambda: "the commit stands here at least since 14:58:24 while others move" in text_of(app))
        assert "partition 3" in text_of(app)
        await pilot.press("escape")
        assert isinstance(app.screen, GroupScreen)


async def test_enter_still_opens_the_topic() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter", "j", "j", "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, TopicScreen))


def a_group_of(**committed: object) -> Snapshot:
    rows = [a_group_partition("payments", 0, **committed)]  # type: ignore[arg-type]
    return replace(an_order_system(), groups={"billing": a_group("billing", rows)}, outlooks={})


async def test_without_lag_or_place_the_key_says_why_it_can_not_act() -> None:
    app = an_app(a_group_of(committed=1_000))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter", "m")
        await until(pilot, lambda: "it has read all of this partition" in text_of(app))
        await pilot.press("tab", "m")
        await until(pilot, lambda: "there is no partition here" in text_of(app))


async def test_without_a_commit_it_is_the_start_of_the_log() -> None:
    records = [a_record(offset, topic="payments") for offset in range(40, 90)]
    app = an_app(a_group_of(committed=None, start=40, end=90), records=FakeRecords(records))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter", "m")
        await until(pilot, lambda: the_row(app) == ("payments", 0, 40))
        await until(pilot, lambda: "no commit: billing would read on here" in text_of(app))


async def test_the_rule_of_a_verdict_stands_below_its_row() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("3", "enter", "j", "j", "j")
        await until(pilot, lambda: "the commit stands at 807417 for 96 s" in text_of(app))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("1", ("behind", "verdict", "4 m 12 s", "STALL payments-3", "31 s")),
        ("3", ("behind", "verdict", "4 m 12 s", "STALL", "31 s", "~40 ms")),
        ("3 enter", ("behind", "4 m 12 s", "~1.4 s")),
        ("2 j j j j enter", ("behind", "4 m 12 s?")),
    ],
)
async def test_how_late_a_group_is_stands_on_every_screen(
    size: tuple[int, int], keys: str, wanted: tuple[str, ...]
) -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys.split())
        await until(pilot, lambda: all(each in text_of(app) for each in wanted))
