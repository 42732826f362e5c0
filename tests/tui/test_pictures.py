"""How each place looks, wide and narrow, and one of them in the light."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import NOTHING
from kafkatui.model.spans import Gap
from kafkatui.replay.jobs import Phase
from kafkatui.replay.plan import Reader
from kafkatui.replay.progress import Progress
from kafkatui.tui.messages import Read
from kafkatui.tui.screens.desk import DeskScreen
from kafkatui.tui.themes import LIGHT
from tests.builders import AT, an_order_system
from tests.fake_letters import some_letters
from tests.fake_records import FakeRecords, some_orders
from tests.fake_replays import FakeReplays, a_job, a_seen, verified_of
from tests.tui.conftest import WRITABLE, LooksLike, an_app, text_of, until

WIDE, NARROW = (160, 45), (80, 24)
PLACES = {
    "overview": ["1"],
    "topics": ["2"],
    "topic": ["2", "j", "j", "j", "j", "enter", "j", "j", "j", "j"],
    "groups": ["3"],
    "group": ["3", "enter"],
    "brokers": ["7", "G"],
    "events": ["8", "j"],
    "broker": ["7", "G", "enter"],
    "goto": ["2", "colon", *"or"],
    "help": ["3", "question_mark"],
    "filter": ["2", "slash", *"ord"],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_it_looks_as_accepted(place: str, size: tuple[int, int], looks_like: LooksLike) -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=size) as pilot:
        await pilot.press(*PLACES[place])
        await pilot.pause()
        await looks_like(pilot, f"{place}-{size[0]}x{size[1]}")


async def test_it_looks_as_accepted_in_the_light(looks_like: LooksLike) -> None:
    app = an_app(an_order_system(), theme=LIGHT.name)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await looks_like(pilot, "overview-light")


async def test_it_looks_as_accepted_when_no_broker_answers(looks_like: LooksLike) -> None:
    why = Problem("no_answer", "no broker answers: 127.0.0.1:9092: connection refused")
    app = an_app(replace(an_order_system(), at=AT - 40, problems=(why,)))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("3")
        await looks_like(pilot, "groups-stale")


async def test_it_looks_as_accepted_without_a_cluster(looks_like: LooksLike) -> None:
    app = an_app(connection=None)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("a", "colon", "enter")
        await looks_like(pilot, "start")


async def test_it_looks_as_accepted_before_the_first_answer(looks_like: LooksLike) -> None:
    app = an_app(NOTHING)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        await looks_like(pilot, "overview-pending")


MESSAGES = {
    "messages": [],
    "messages-record": ["enter", "plus"],
    "messages-found": ["slash", *"failed", "enter"],
    "messages-position": ["at", *"@-3"],
    "messages-copy": ["c"],
    "messages-trace": ["t"],
}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_messages_look_as_accepted(name: str, size: tuple[int, int], looks_like: LooksLike) -> None:
    app = an_app(an_order_system(), records=FakeRecords(some_orders(600)))
    async with app.run_test(size=size) as pilot:
        await pilot.press("4", "j", "enter")
        await until(pilot, lambda: "of 200 loaded" in text_of(app))
        await pilot.press(*MESSAGES[name])
        if name == "messages-found":
            await until(pilot, lambda: "searched all" in text_of(app))
        await pilot.pause()
        await looks_like(pilot, f"{name}-{size[0]}x{size[1]}")


REPLAY = {
    "replay-select": [],
    "replay-plan": ["enter"],
    "replay-confirm": ["enter", "y", *"pay"],
    "replay-run": ["enter", "y", *"payments", "enter"],
    "replay-verified": ["enter", "y", *"payments", "enter"],
}


def some_replays() -> FakeReplays:
    """A plan with something to say of every kind, jobs in every phase."""
    stopped = a_job(
        "stopped-by-a-person",
        phase=Phase.STOPPED,
        records=300,
        skipped=(("orders", 0, 30, "it is larger than the topic takes"),),
        lost=((1, 0, 12, "no longer there: the log starts at 12"),),
    )
    refused = "orders-0@30 is refused by payments-0: it is larger than the topic takes"
    replays = FakeReplays(
        stopped,
        a_job("refused", phase=Phase.STOPPED, records=30, problem=refused),
        a_job("nightly-2026-11-25", phase=Phase.DONE, records=1_200),
        a_job("killed", phase=Phase.RUNNING, pid=1 << 30, records=400),
        a_job("planned"),
    )
    replays.held["stopped-by-a-person"] = Progress(stopped.spec, {P0: 300}, {P0: 299})
    replays.seen = a_seen(
        readers=(Reader("billing", "Stable", 2),),
        source_partitions=6,
        clipped=(Gap(P0, 400, 410, Problem("open_transaction", "lie behind a transaction that is still open")),),
    )
    replays.verified = verified_of(400, 400, 400)
    return replays


P0 = TopicPartition("orders", 0)


@pytest.mark.parametrize("name", REPLAY)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_a_replay_looks_as_accepted(name: str, size: tuple[int, int], looks_like: LooksLike) -> None:
    replays = some_replays()
    app = an_app(
        an_order_system(), connection=WRITABLE, records=FakeRecords(some_orders(600, "orders")), replays=replays
    )
    async with app.run_test(size=size) as pilot:
        app.post_message(Read(("orders",)))
        await until(pilot, lambda: "of 200 loaded" in text_of(app))
        await pilot.press("R", *"payments", *REPLAY[name])
        await pilot.pause()
        for _ in range({"replay-run": 5, "replay-verified": 12}.get(name, 0)):
            replays.turn.release()
        if name == "replay-run":
            await until(pilot, lambda: "42%" in text_of(app))
        if name == "replay-verified":
            await until(pilot, lambda: "done" in text_of(app))
            await pilot.press("v")
            await until(pilot, lambda: "● verified" in text_of(app))
        await looks_like(pilot, f"{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_jobs_look_as_accepted(size: tuple[int, int], looks_like: LooksLike) -> None:
    app = an_app(an_order_system(), connection=WRITABLE, replays=some_replays())
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: "killed" in text_of(app))
        await looks_like(pilot, f"jobs-{size[0]}x{size[1]}")
        await pilot.press("enter")
        await until(pilot, lambda: "299" in text_of(app))
        await looks_like(pilot, f"job-{size[0]}x{size[1]}")


LETTERS = {
    "letters": [],
    "desk": ["enter"],
    "desk-letters": ["enter", "enter"],
    "desk-beside": ["enter", "enter", "j", "enter"],
    "desk-redrive": ["enter", "R", "enter"],
}


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_dead_letters_look_as_accepted(name: str, size: tuple[int, int], looks_like: LooksLike) -> None:
    app = an_app(an_order_system(), letters=some_letters(), connection=WRITABLE, replays=FakeReplays())
    async with app.run_test(size=size) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: "groups them" not in text_of(app) and "payments-dlt" in text_of(app))
        await pilot.press("j")
        for key in LETTERS[name]:
            await pilot.press(key)
            await until(pilot, lambda: not isinstance(app.screen, DeskScreen) or is_compared(app.screen))
        if name == "desk-redrive":
            await until(pilot, lambda: "go back" in text_of(app))
        await pilot.pause()
        await looks_like(pilot, f"{name}-{size[0]}x{size[1]}")


def is_compared(desk: DeskScreen) -> bool:
    """The letter under the cursor is beside its origin."""
    shown = desk.beside.comparison
    return shown is not None and shown.letter is desk.letter and shown.is_whole
