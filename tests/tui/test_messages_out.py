"""Stories of what leaves the Messages place: the clipboard, files, and timelines through topics."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from kafkatui.model.records import Record
from kafkatui.tui.records.trace import clues_of
from kafkatui.tui.screens.choosing import ChooseScreen
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.tracing import TraceScreen
from tests.builders import AT, a_snapshot, a_topic
from tests.fake_records import FakeRecords, a_record, some_records
from tests.tui.conftest import an_app, text_of, until

WIDE = (160, 45)
HEADERS = (("trace-id", b"t-1"), ("raw", b"\xff\x00"))


async def test_everything_of_a_record_can_be_copied_exactly() -> None:
    value = b'{"a": "\xc3\xa4\x1b]52;c;b3duZWQ=\x07", \n "b": 1}'
    app = an_app(a_snapshot(), records=FakeRecords([a_record(7, value, headers=HEADERS)]))
    wanted = {
        0: value.decode(),
        1: "o-1",
        3: "kafkatui read orders -p 0 -o 7:8 -c dev",
        4: "t-1",
        5: "/wA=",
    }
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "o-1" in text_of(app))
        for down, text in wanted.items():
            await pilot.press("c")
            assert isinstance(app.screen, ChooseScreen)
            await pilot.press(*["j"] * down, "enter")
            await pilot.pause()
            assert app.clipboard == text
            assert "copied" in text_of(app)
        await pilot.press("y", "j", "j", "enter")
        await pilot.pause()
        line = json.loads(app.clipboard)
        assert line["value"] == {"text": value.decode()}
        assert line["headers"][1] == ["raw", {"base64": "/wA="}]
        assert "\x1b" not in app.clipboard


async def test_in_the_record_copying_takes_what_is_under_the_cursor() -> None:
    app = an_app(a_snapshot(), records=FakeRecords([a_record(7, b'{"id":"x-1","n":12}', headers=HEADERS)]))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "orders-0@7" in text_of(app))
        await pilot.press("enter", "j", "c")
        assert app.clipboard == "x-1"
        await pilot.press("g", "c")
        assert app.clipboard == "o-1"
        await pilot.press("j", "c")
        assert app.clipboard == "t-1"
        assert "copied header trace-id" in text_of(app)


async def test_a_value_too_large_for_a_clipboard_is_not_copied() -> None:
    app = an_app(a_snapshot(), records=FakeRecords([a_record(7, b"x" * 2_000_000)]))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "orders-0@7" in text_of(app))
        await pilot.press("c", "enter")
        await pilot.pause()
        assert app.clipboard == ""
        assert "too much for a clipboard" in text_of(app)


async def test_marked_records_are_written_to_a_file_of_their_own(tmp_path: Path) -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(90)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "o-89" in text_of(app))
        await pilot.press("e")
        assert "nothing is marked or found" in text_of(app)
        await pilot.press("space", "j", "space", "space", "k", "space")
        assert "2 marked" in text_of(app)
        path = tmp_path / "marked.ndjson"
        await pilot.press("e", *str(path), "enter")
        await until(pilot, lambda: "2 records written to" in text_of(app))
        assert [json.loads(line)["key"]["text"] for line in path.read_text().splitlines()] == ["o-89", "o-87"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await pilot.press("e", *str(path), "enter")
        assert "is there already" in text_of(app)


async def test_what_a_topic_is_called_never_names_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    hostile = FakeRecords([a_record(7, b"=cmd|' /C calc'!A0", topic="..")])
    app = an_app(a_snapshot(topics=[a_topic("..")], groups=[]), records=hostile)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m")
        await until(pilot, lambda: "o-1" in text_of(app))
        await pilot.press("space", "e", "enter")
        assert "write the name of a file" in text_of(app), "there is none until somebody writes one"
        await pilot.press(*"x.ndjson", "enter")
        await until(pilot, lambda: "1 record written to x.ndjson" in text_of(app))
    assert [(place, files) for place, _, files in os.walk(tmp_path)] == [
        (str(tmp_path), []),
        (str(folder), ["x.ndjson"]),
    ]


async def test_all_that_was_found_is_written_also_what_was_not_kept(tmp_path: Path) -> None:
    app = an_app(a_snapshot(), records=FakeRecords(some_records(9_000)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "slash", *"failed", "enter")
        await until(pilot, lambda: "searched all" in text_of(app))
        screen = app.screen
        assert isinstance(screen, MessagesScreen)
        assert screen.looking is not None
        assert screen.looking.found is not None
        for name, dropped in (("kept", 0), ("again", 5)):
            screen.looking.found.dropped = dropped
            path = tmp_path / f"{name}.ndjson"
            await pilot.press("e", *str(path), "enter")
            await until(pilot, lambda: "93 records written to" in text_of(app))
            assert path.read_text().count('\\"status\\":\\"failed\\"') == 93
            await pilot.press("j")


def test_of_a_traceparent_the_trace_id_is_followed() -> None:
    parent = b"00-2156a5668642eb1a65f4db37c9bfe527-2156a5668642eb1e-01"
    first, second, *_ = clues_of(a_record(0, headers=(("traceparent", parent),)))
    assert first.selection.grep == ("2156a5668642eb1a65f4db37c9bfe527",)
    assert second.selection.headers == (f"traceparent={parent.decode()}",)


def an_order_flow() -> list[Record]:
    trace = (("trace-id", b"t-7"),)
    return [
        a_record(0, key=b"o-7", topic="orders", headers=trace, at=AT - 100),
        a_record(1, key=b"o-8", topic="orders", at=AT - 99),
        a_record(0, b'{"order":"o-7"}', key=b"p-1", topic="payments", headers=trace, at=AT - 98.5),
        a_record(0, key=b"o-7", topic="shipments", headers=trace, at=AT - 20),
        a_record(1, key=b"o-7", topic="shipments", headers=trace, at=AT + 9_000),
    ]


async def test_t_follows_a_header_through_topics_as_one_timeline() -> None:
    topics = [a_topic(name) for name in ("orders", "payments", "shipments")]
    app = an_app(a_snapshot(topics=topics), records=FakeRecords(an_order_flow()))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "at", *"0", "enter")
        await until(pilot, lambda: "orders-0@0" in text_of(app))
        await pilot.press("t")
        assert isinstance(app.screen, TraceScreen)
        assert "3 topics: orders, payments, shipments" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "3 hits" in text_of(app))
        shown = text_of(app)
        rows = [line for line in shown.splitlines() if "o-7" in line or "p-1" in line]
        assert [next(name for name in ("orders", "payments", "shipments") if name in row) for row in rows[:3]] == [
            "orders",
            "payments",
            "shipments",
        ]
        assert "+1.50 s" in shown
        assert "+1 m 18 s" in shown
        assert "3 topics" in shown
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen) and "3 hits" not in text_of(app))


async def test_a_timeline_goes_through_the_topics_and_the_time_one_names() -> None:
    topics = [a_topic(name) for name in ("orders", "payments", "shipments")]
    app = an_app(a_snapshot(topics=topics), records=FakeRecords(an_order_flow()))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "m", "at", *"0", "enter")
        await until(pilot, lambda: "orders-0@0" in text_of(app))
        await pilot.press("t", "j", "j", "tab", "ctrl+u", *"x*")
        assert "no topic has such a name" in text_of(app)
        await pilot.press("ctrl+u", *"pay* ord*", "tab", "ctrl+u", *"10")
        assert "how long before and after it" in text_of(app)
        await pilot.press("s", "enter")
        await until(pilot, lambda: "2 hits" in text_of(app))
        assert "2 topics" in text_of(app)
