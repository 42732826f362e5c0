"""Names that try to speak to the terminal or to the toolkit are shown, literally, and do nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.groups import GroupType
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.spans import Gap, Span
from kafkatui.replay.jobs import Phase
from kafkatui.replay.plan import Limits, Reader
from kafkatui.replay.spec import Target
from kafkatui.replay.verification import Sum, Verified
from kafkatui.tui.messages import Read
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.replay import ReplayScreen
from tests.builders import (
    AT,
    a_broker,
    a_group,
    a_group_partition,
    a_member,
    a_partition,
    a_snapshot,
    a_topic,
    an_event,
)
from tests.fake_records import FakeRecords, a_record
from tests.fake_replays import FakeReplays, a_job, a_seen, a_spec
from tests.tui.conftest import WRITABLE, an_app, text_of, until

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


HOSTILE_RECORDS = (*(name for name in HOSTILE if name != "\ud800"), "\x1b]52;c;b3duZWQ=\x07", "\u200b\u2028\x85\x9b")
"""Texts a record may hold."""
FORBIDDEN = {"\x1b", "\x9b", "\x07", "\x85", "\u202e", "\u2066", "\u200b", "\u2028", "\t", "\r"}


def records_of(text: str) -> list[Record]:
    raw = text.encode()
    broken = (raw + b"\xff\xfe").decode("utf-8", "surrogateescape")
    headers = ((text, raw), (broken, raw + b"\xff"), (f"{text}2", None))
    document = json.dumps({text: {text: [text, {text: text}]}}).encode()
    values = [document, raw, raw * 40_000, raw + b"\xff", b"{" + raw, None]
    return [a_record(offset, value, raw, "orders", headers=headers, at=AT) for offset, value in enumerate(values)]


SIZES = [*((text, (160, 45)) for text in HOSTILE_RECORDS), (HOSTILE_RECORDS[1], (80, 24))]


@pytest.mark.parametrize(("text", "size"), SIZES, ids=ascii)
async def test_a_record_is_shown_and_does_nothing(text: str, size: tuple[int, int]) -> None:
    gap = Gap(TopicPartition("orders", 0), 6, 9, Problem("corrupt_batch", text))
    others = [a_record(offset, topic="orders", at=AT) for offset in range(6, 10)]
    app = an_app(a_snapshot(), records=FakeRecords([*records_of(text), *others], [gap]))

    async def is_harmless() -> bool:
        await pilot.pause()
        return not set(text_of(app)) & FORBIDDEN and app.return_code is None

    async with app.run_test(size=size) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "loaded" in text_of(app))
        assert isinstance(app.screen, MessagesScreen)
        for _ in range(8):
            assert await is_harmless()
            await pilot.press("j")
        await pilot.press("enter", "plus", "G")
        for _ in range(4):
            assert await is_harmless()
            await pilot.press("v")
        await pilot.press("escape", "space", "c")
        assert await is_harmless()
        await pilot.press("j", "enter")
        assert await is_harmless()
        await pilot.press("t")
        assert await is_harmless()
        await pilot.press("escape")
        app.screen.scope = replace(app.screen.scope, query=text, topics=(text, text))
        await pilot.press("slash")
        assert await is_harmless()
        await pilot.press("escape", "question_mark")
        assert await is_harmless()
        await pilot.press("escape")
        app.screen.say_state(text)
        app.screen.say(text)
        assert await is_harmless()


@pytest.mark.parametrize("name", HOSTILE_RECORDS, ids=ascii)
async def test_a_topic_with_such_a_name_is_read_and_said_to_be_missing(name: str) -> None:
    source = FakeRecords([a_record(0, topic=name, at=AT)])
    app = an_app(a_snapshot(topics=[a_topic(name)]), records=source)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "loaded" in text_of(app))
        assert not set(text_of(app)) & FORBIDDEN
        source.logs.clear()
        await pilot.press("r")
        await until(pilot, lambda: "no such topic" in text_of(app))
        assert not set(text_of(app)) & FORBIDDEN
        await pilot.press("question_mark")
        assert not set(text_of(app)) & FORBIDDEN


async def test_what_is_copied_reaches_the_terminal_only_in_base64() -> None:
    value = "\x1b]0;owned\x07[@click=app.quit]\u202e"
    app = an_app(a_snapshot(), records=FakeRecords([a_record(0, value.encode(), at=AT)]))
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "loaded" in text_of(app))
        await pilot.press("c", "enter")
        await pilot.pause()
        assert app.clipboard == value
        assert not set(text_of(app)) & FORBIDDEN


@pytest.mark.parametrize("name", HOSTILE_RECORDS, ids=ascii)
async def test_a_replay_of_such_names_is_shown_and_does_nothing(name: str) -> None:
    bad = Problem("unknown", name)
    spec = a_spec(
        name, source=name, target=Target(name, None, 3), spans=(Span(TopicPartition(name, 0), 0, 9),), cluster_id=None
    )
    job = a_job(
        name, spec, phase=Phase.STOPPED, records=1, problem=name, skipped=((name, 0, 1, name),), lost=((0, 1, 2, name),)
    )
    replays = FakeReplays(job)
    replays.seen = a_seen(
        limits=Limits(problem=bad), readers=(Reader(name, name, 1),), clipped=(Gap(TopicPartition(name, 0), 0, 9, bad),)
    )
    where = TopicPartition(name, 0)
    replays.verified = Verified({where: Sum(1, 1)}, {where: Sum(2, 2)}, [Gap(where, 0, 1, bad)])
    names = [name, "payments"]
    app = an_app(
        a_snapshot(topics=[a_topic(each) for each in names], cluster_id=None),
        connection=replace(WRITABLE, context=name),
        records=FakeRecords([a_record(0, topic=name, at=AT)]),
        replays=replays,
    )

    async def is_harmless() -> bool:
        await pilot.pause()
        return not set(text_of(app)) & FORBIDDEN and app.return_code is None

    async with app.run_test(size=(160, 45)) as pilot:
        app.post_message(Read((name,)))
        await until(pilot, lambda: "loaded" in text_of(app))
        await pilot.press("R", *"payments", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
        assert await is_harmless()
        await pilot.press(*["tab"] * 5, "ctrl+u", *"job", "enter")
        assert isinstance(app.screen, ReplayScreen)
        await until(pilot, lambda: "the limits of payments could not be read" in text_of(app))
        assert await is_harmless()
        await pilot.press("c", "y", "escape", "escape", "escape", "6")
        assert await is_harmless()
        for keys in (
            ["c"],
            ["enter"],
            ["u"],
            ["y", "x", "enter"],
            ["escape", "escape"],
            ["v"],
            ["escape", "question_mark"],
        ):
            await pilot.press(*keys)
            await pilot.pause()
            assert await is_harmless()
        await pilot.press("escape")
        replays.problem = bad
        for keys in (["u"], ["escape", "v"], ["escape", "escape", "enter"]):
            await pilot.press(*keys)
            await pilot.pause()
            assert await is_harmless()
