"""Stories of records of which something is hidden: it is on no screen, in no clipboard and in no file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from kafkatui.reading.masking import Masking
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.records.query import parse_query
from kafkatui.tui.screens.choosing import ChooseScreen
from kafkatui.tui.screens.messages import MessagesScreen
from tests.builders import a_snapshot
from tests.fake_letters import FakeLetters, a_failure, the_origin
from tests.fake_records import FakeRecords, a_record
from tests.masks import SECRET, rule
from tests.tui.conftest import WRITABLE, an_app, text_of, until

WIDE = (160, 45)
CANARY = "kanarie-4711"
RULE = 'topic = "orders"\nfields = ["value.card.number", "value.**.email", "headers.authorization", "key"]'
VALUE = {"id": "x-1", "card": {"number": CANARY}, "to": [{"email": CANARY}], "status": "failed"}


def records(masking: Masking | None = None) -> FakeRecords:
    headers = (("authorization", CANARY.encode()), ("note", f"of {CANARY}".encode()), ("trace-id", b"t-1"))
    whole = [a_record(at, json.dumps(VALUE).encode(), CANARY.encode(), headers=headers) for at in range(6)]
    broken = a_record(6, f'{{"card":{{"number":"{CANARY}"'.encode(), CANARY.encode(), headers=headers)
    large = a_record(7, json.dumps(VALUE | {"pad": "x" * 90_000, "email": CANARY}).encode(), headers=headers)
    return FakeRecords([*whole, broken, large], masking=masking)


def masking(text: str = RULE) -> Masking:
    return Masking(rule(text), SECRET)


def is_hidden(app: KafkaTui) -> bool:
    """Nothing of it, not even its letters as hex."""
    shown = text_of(app)
    return CANARY not in shown and CANARY[:8].encode().hex(" ") not in shown and CANARY not in app.clipboard


async def opened(app: KafkaTui, pilot: Pilot[int]) -> None:
    await pilot.press("2", "m")
    await until(pilot, lambda: "orders-0@7" in text_of(app))


async def shown(app: KafkaTui, pilot: Pilot[int], text: str) -> None:
    await until(pilot, lambda: text in text_of(app))


async def test_without_a_rule_it_is_there() -> None:
    """So that the others do not pass because nothing is shown."""
    app = an_app(a_snapshot(), records=records())
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        assert not is_hidden(app)


async def test_no_view_of_a_record_shows_what_is_hidden() -> None:
    app = an_app(a_snapshot(), records=records(masking()))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        for name in ("orders-0@7", "orders-0@6", "orders-0@5"):
            await shown(app, pilot, name)
            for _ in range(4):
                assert is_hidden(app)
                await pilot.press("v")
            await pilot.press("j")
        await until(pilot, lambda: "masked by config.toml: 5 fields" in text_of(app))
        assert '"***"' in text_of(app)


async def test_what_is_withheld_says_why() -> None:
    app = an_app(a_snapshot(), records=records(masking()))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        await pilot.press("j")
        await until(pilot, lambda: "orders-0@6" in text_of(app))
        assert "masked by config.toml: 4 fields; value withheld: no field can be found in it" in text_of(app)


async def test_neither_clipboard_nor_file_gets_it(tmp_path: Path) -> None:
    app = an_app(a_snapshot(), records=records(masking()))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        await pilot.press("j", "j")
        for down in (0, 1, 2, 4):
            await pilot.press("c")
            if not isinstance(app.screen, ChooseScreen):
                break
            await pilot.press(*["j"] * down, "enter")
            await pilot.pause()
            assert is_hidden(app)
        await pilot.press("space", "space", "space")
        path = tmp_path / "marked.ndjson"
        await pilot.press("e", *str(path), "enter")
        await until(pilot, lambda: "3 records written to" in text_of(app))
        assert CANARY not in path.read_text()
        assert json.loads(path.read_text().splitlines()[0])["masked"] == [
            *("value.card.number", "value.to[*].email", "key", "headers.authorization", "headers.note"),
        ]


async def test_a_search_finds_nothing_by_what_is_hidden() -> None:
    app = an_app(a_snapshot(), records=records(masking()))
    queries = {
        CANARY: 0,
        f"key={CANARY}": 0,
        f"header authorization={CANARY}": 0,
        f'where value.card.number == "{CANARY}"': 0,
        f'where !value.card.number.startsWith("{CANARY}")': 7,
        'where value.card.number == "***"': 7,
        "failed": 7,
    }
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        screen = app.screen
        assert isinstance(screen, MessagesScreen)
        for query, hits in queries.items():
            screen.open(replace(screen.scope, query=query, selection=parse_query(query)))
            await shown(app, pilot, query)
            await shown(app, pilot, "searched all")
            assert len(screen.records.source.rows) == hits
            assert text_of(app).count(CANARY) == (CANARY in query)


async def test_the_tail_brings_it_masked() -> None:
    source = records(masking())
    app = an_app(a_snapshot(), records=source)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        await pilot.press("f")
        await until(pilot, lambda: "following" in text_of(app))
        source.arrive(a_record(8, json.dumps(VALUE | {"id": "arrived"}).encode(), CANARY.encode()))
        await until(pilot, lambda: "arrived" in text_of(app))
        assert is_hidden(app)


async def test_a_masked_record_can_not_be_edited() -> None:
    connection = replace(WRITABLE, edit=True)
    app = an_app(a_snapshot(), records=records(masking()), connection=connection, edit=_never)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        await pilot.press("E")
        await until(pilot, lambda: "it is not shown whole, so it can not be edited" in text_of(app))


async def test_the_desk_shows_neither_letter_nor_origin_whole() -> None:
    """The rule is for the topic the letters came from; the message of the exception quotes the value."""
    value = json.dumps({"order": 1, "card": CANARY}).encode()
    message = f'Cannot read "{CANARY}"'.encode()
    failed = [a_failure(n, message=message, trace=message, value=value) for n in range(3)]
    letters = FakeLetters(failed, masking=masking('topic = "payments"\nfields = ["value.card"]'))
    letters.there = {1_000 + n: the_origin(record, n) for n, record in enumerate(failed)}
    app = an_app(a_snapshot(), letters=letters)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: "payments-dlt" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "what is hidden is not compared" in text_of(app))
        assert 'Cannot read "***"' in text_of(app)
        assert text_of(app).count('card  "***"') == 2
        assert is_hidden(app)


def _never(*_: object) -> None:
    raise AssertionError("no editor is to be started")
