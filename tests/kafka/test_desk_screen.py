"""The dead-letter desk on real brokers: one of two causes is sent back, and what confluent-kafka reads of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from kafkatui.dead_letters.desk import Desk
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redriving import route_maker
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.replay.jobs import Jobs, Phase
from kafkatui.replay.replays import Replays
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import OpenDesk
from kafkatui.tui.screens.desk import DeskScreen
from kafkatui.tui.screens.letters import LettersScreen
from kafkatui.tui.screens.redrive import RedriveScreen
from kafkatui.tui.screens.replay_frame import Step
from kafkatui.tui.widgets.table import Table
from kafkatui.undo.journal import Journal
from tests.kafka.test_redrive import DIALECTS, Letters, content
from tests.kafka.torture import TAKES_ALL, a_topic
from tests.tui.conftest import text_of
from tests.waiting import until

SECONDS = 60.0
SIZE = (160, 45)
TIMEOUT = "java.net.SocketTimeoutException"


@pytest.fixture
def letters(mini_cluster: Status) -> Iterator[Letters]:
    """20 of one cause, 30 of another."""
    with ExitStack() as stack:
        origin = stack.enter_context(a_topic(mini_cluster, "orders", TAKES_ALL))
        dead = stack.enter_context(a_topic(mini_cluster, "failed", TAKES_ALL))
        made = Letters(mini_cluster, origin, dead)
        made.fail(DIALECTS["spring"], slice(0, 20))
        made.fail(DIALECTS["spring"], slice(20, 50), exception=TIMEOUT)
        yield made


@asynccontextmanager
async def open_letters(connection: Connection) -> AsyncIterator[Desk]:
    async with Cluster.open(connection) as cluster:
        yield Desk(cluster, connection, Recogniser())


async def test_one_of_two_causes_goes_back_and_only_that(letters: Letters, tmp_path: Path) -> None:
    jobs, journal = Jobs(tmp_path / "jobs"), Journal(tmp_path / "undo")

    def open_replays(connection: Connection) -> Replays:
        return Replays(connection, jobs, journal, TopicDecoders, route_maker(()))

    writable = Connection(tuple(letters.status.bootstrap.split(",")), read_only=False)
    app = KafkaTui(writable, open_letters=open_letters, open_replays=open_replays)
    async with app.run_test(size=SIZE) as pilot:

        async def hold(condition: Callable[[], bool]) -> None:
            async def look() -> bool:
                await pilot.pause()
                return condition()

            await until(look, SECONDS)

        await hold(lambda: True)
        app.post_message(OpenDesk(letters.dead))
        await hold(lambda: isinstance(app.screen, DeskScreen) and "all 50 records" in text_of(app))
        desk = app.screen
        assert isinstance(desk, DeskScreen)
        look = desk.look
        assert look is not None
        assert [cause.count for cause in look.causes.sorted()] == [30, 20]
        assert len(desk.letters.rows.keys) == 30
        await hold(lambda: desk.beside.comparison is not None and desk.beside.comparison.is_whole)
        assert " origin " in text_of(app)
        await pilot.press("R", "enter")
        await hold(lambda: isinstance(app.screen, RedriveScreen) and app.screen.back is not None)
        dialog = app.screen
        assert isinstance(dialog, RedriveScreen)
        assert dialog.back is not None
        assert dialog.back.found.records == 30
        assert letters.back() == []
        await pilot.press("y", *letters.origin, "enter")
        await hold(lambda: dialog.step is Step.RUN)
        await hold(lambda: dialog.going is not None and dialog.going.is_over)
        assert dialog.going is not None
        assert dialog.going.job.phase is Phase.DONE, text_of(app)
        await pilot.press("v")
        await hold(lambda: "verified: 30 copies are equal" in text_of(app))
        back = await asyncio.to_thread(letters.back)
        assert sorted(map(content, back), key=repr) == sorted(map(content, letters.records[20:50]), key=repr)
        # What was sent once is not sent again.
        await pilot.press("escape", "R", "G", "enter")
        await hold(lambda: isinstance(app.screen, RedriveScreen) and app.screen.back is not None)
        again = app.screen
        assert isinstance(again, RedriveScreen)
        assert again.back is not None
        assert (again.back.found.records, again.back.found.left_out["already_replayed"]) == (20, 30)
        assert "30 dead letters left out: it was sent back before" in text_of(app)


async def test_the_place_finds_the_topic_by_its_headers(letters: Letters) -> None:
    app = KafkaTui(Connection(tuple(letters.status.bootstrap.split(","))), open_letters=open_letters)
    async with app.run_test(size=SIZE) as pilot:

        async def is_found() -> bool:
            await pilot.pause()
            if not isinstance(app.screen, LettersScreen):
                return False
            table = app.screen.query_one("#letter-topics", Table)
            return (
                letters.dead in table.rows and f"{letters.dead} " in text_of(app) and "groups them" not in text_of(app)
            )

        await pilot.press("5")
        await until(is_found, SECONDS)
        (line,) = [each for each in text_of(app).splitlines() if letters.dead in each]
        assert line.split()[1:7] == ["dead-letters", "Spring", "Kafka", "headers", "50", "2"]
