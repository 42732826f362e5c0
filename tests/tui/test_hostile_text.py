"""Names that try to speak to the terminal or to the toolkit are shown, literally, and do nothing."""

from __future__ import annotations

import pytest

from kafkatui.model.groups import GroupType
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from tests.builders import a_broker, a_group, a_group_partition, a_member, a_partition, a_snapshot, a_topic, an_event
from tests.tui.conftest import an_app, text_of

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x9b31m",
    "[@click=app.quit]x[/]",
    "[/nope]",
    "[bold",
    "a\nb\tc\rd",
    "\u202eevil\u2066",
    "\ud800",
    "日本語のとても長い名前" * 4,
)
EVERYWHERE = (["1"], ["2", "enter"], ["3", "enter"], ["7", "enter"], ["question_mark"])


def a_cluster_named(name: str) -> Snapshot:
    topic = a_topic(name, [a_partition(name)])
    member = a_member(name, name)
    bad = Problem("unknown", name)
    rows = [a_group_partition(name, member=member)]
    group = a_group(name, rows, members=(member,), type=GroupType.CLASSIC, state=name)
    return a_snapshot(
        brokers=[a_broker(1, host=name, rack=name, version=name, problem=bad)],
        topics=[topic],
        groups=[group, a_group(f"{name}2", partitions=[], problem=bad, members=bad)],
        cluster_id=name,
        problems=(bad,),
        events=(an_event(name, name=f"{name}-0"),),
    )


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
async def test_a_name_is_shown_and_does_nothing(name: str) -> None:
    app = an_app(a_cluster_named(name))
    async with app.run_test(size=(160, 45)) as pilot:
        for keys in EVERYWHERE:
            await pilot.press(*keys)
            await pilot.pause()
            shown = text_of(app)
            assert not set(shown) & {"\x1b", "\x9b", "\x07", "\u202e", "\u2066", "\t", "\r"}
        await pilot.press("escape", "colon", "enter")
        await pilot.click(offset=(20, 5))
        await pilot.pause()
        assert app.return_code is None


async def test_markup_is_text() -> None:
    app = an_app(a_cluster_named("[@click=app.quit]x[/]"))
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2")
        assert "[@click=app.quit]x[/]" in text_of(app)
        await pilot.press("c")
        assert app.clipboard == "[@click=app.quit]x[/]"
        assert "copied [@click" in text_of(app)
