"""Stories of the sixth place: jobs of this machine, one of them in detail, going on with it, comparing it once more."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.replay.jobs import Job, Phase
from kafkatui.replay.progress import Progress
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.job import JobScreen
from kafkatui.tui.screens.jobs import JobsScreen
from kafkatui.tui.screens.replay import ReplayScreen
from tests.builders import a_snapshot
from tests.fake_replays import FakeReplays, a_job, a_spec, verified_of
from tests.tui.conftest import DEV, WRITABLE, an_app, text_of, until

WIDE = (160, 45)
P0 = TopicPartition("orders", 0)


def some_jobs() -> FakeReplays:
    skipped = (("orders", 0, 30, "it is larger than the topic takes"),)
    half = a_job("half", phase=Phase.STOPPED, records=300, skipped=skipped)
    replays = FakeReplays(
        half,
        a_job("whole", phase=Phase.DONE, records=1_200),
        a_job("killed", phase=Phase.RUNNING, pid=1 << 30),
        a_job("elsewhere", a_spec("elsewhere", cluster_id="another"), phase=Phase.STOPPED),
    )
    replays.held["half"] = Progress(half.spec, {P0: 300}, {P0: 299})
    return replays


@asynccontextmanager
async def jobs(replays: FakeReplays, *, read_only: bool = False) -> AsyncIterator[tuple[KafkaTui, Pilot[int]]]:
    app = an_app(a_snapshot(), connection=DEV if read_only else WRITABLE, replays=replays)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: isinstance(app.screen, JobsScreen) and "created" in text_of(app))
        yield app, pilot


async def test_each_job_says_where_it_is_and_why() -> None:
    async with jobs(some_jobs()) as (app, pilot):
        await until(pilot, lambda: "refused and left out: 1" in text_of(app))
        shown = text_of(app)
        for words in ("half", "stopped", "done", "killed", "its process was killed", "→ payments", "1\u202f200"):
            assert words in shown
        await pilot.press("c")
        assert app.clipboard == "kafkatui replay resume half -c dev"
        await pilot.press("j", "y")
        assert app.clipboard == "kafkatui replay verify whole -c dev"
        await pilot.press("question_mark")
        await until(pilot, lambda: "kafkatui replay list" in text_of(app))


async def test_files_are_read_when_one_comes_and_when_one_asks() -> None:
    replays = some_jobs()
    async with jobs(replays) as (app, pilot):
        reads = replays.reads
        replays.keep(a_job("new"))
        await pilot.press("r")
        await until(pilot, lambda: "new" in text_of(app))
        assert replays.reads == reads + 1
        await pilot.press("1", "6")
        await until(pilot, lambda: replays.reads == reads + 2)


async def test_one_job_shows_its_plan_its_progress_what_is_missing_and_its_runs() -> None:
    async with jobs(some_jobs()) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, JobScreen) and "299" in text_of(app))
        shown = text_of(app)
        for words in (
            "orders → payments",
            "300 of 1\u202f200 offsets",
            "orders-0@30",
            "it is larger",
            "op@host",
            "2026-11",
        ):
            assert words in shown
        assert "plan " in shown
        await pilot.press("escape")
        assert isinstance(app.screen, JobsScreen)


async def test_a_job_goes_on_from_what_it_has_committed() -> None:
    replays = some_jobs()
    async with jobs(replays) as (app, pilot):
        await pilot.press("u")
        await until(pilot, lambda: "900 of 1\u202f200 offsets to go" in text_of(app))
        await pilot.press("y", *"orders", "enter")
        assert "that is not payments" in text_of(app)
        await pilot.press("ctrl+u", *"payments", "enter")
        await until(pilot, lambda: len(replays.opened) == 1)
        for _ in range(9):
            replays.turn.release()
        await until(pilot, lambda: "done: each record is there once" in text_of(app))
        assert replays.kept["half"].phase is Phase.DONE


async def test_a_job_that_turns_out_to_be_done_is_written_down_as_done() -> None:
    replays = some_jobs()
    spec = replays.kept["half"].spec
    replays.held["half"] = Progress(spec, {span.where: span.until for span in spec.spans})
    async with jobs(replays) as (app, pilot):
        await pilot.press("u")
        await until(pilot, lambda: "0 of 1\u202f200 offsets to go" in text_of(app))
        await pilot.press("y")
        assert "nothing is left to be sent" in text_of(app)
        assert replays.kept["half"].phase is Phase.DONE
        assert not replays.opened


async def test_a_job_is_compared_from_its_row() -> None:
    replays = some_jobs()
    replays.verified = verified_of(400, 400, 400)
    async with jobs(replays, read_only=True) as (app, pilot):
        await pilot.press("j", "v")
        await until(pilot, lambda: "1\u202f200 copies are equal" in text_of(app))
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, JobsScreen)


async def test_keys_that_can_not_act_say_why() -> None:
    async with jobs(some_jobs()) as (app, pilot):
        await pilot.press("j", "u")
        assert "it is done; v compares" in text_of(app)
        await pilot.press("G", "u")
        assert "it is of the cluster another, and this is q3x" in text_of(app)
        await pilot.press("v")
        assert "it is of the cluster another" in text_of(app)
        await pilot.press("c")
        assert app.clipboard == "kafkatui replay resume elsewhere"
    across = FakeReplays(a_job("across", a_spec("across", source_cluster_id="another"), phase=Phase.STOPPED))
    async with jobs(across) as (app, pilot):
        await pilot.press("u")
        assert "it reads another cluster: kafkatui replay resume across goes on with it" in text_of(app)
    async with jobs(some_jobs(), read_only=True) as (app, pilot):
        await pilot.press("u")
        assert "read-only: so says context dev" in text_of(app)
    async with jobs(FakeReplays()) as (app, pilot):
        await until(pilot, lambda: "no jobs yet" in text_of(app))
        await pilot.press("u", "c", "enter")
        assert isinstance(app.screen, JobsScreen)


async def test_what_the_cluster_does_not_say_is_said_to_be_unknown() -> None:
    replays = some_jobs()
    replays.problem = Problem("no_answer", "no broker answers")
    async with jobs(replays) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "▲ no broker answers" in text_of(app))
        row = next(line for line in text_of(app).splitlines() if "orders-0" in line)
        assert "–" in row
        replays.problem = None
        await pilot.press("r")
        await until(pilot, lambda: "299" in text_of(app))
        assert "no broker answers" not in text_of(app)
        await pilot.press("escape")
        replays.problem = Problem("no_answer", "no broker answers")
        await pilot.press("u")
        await until(pilot, lambda: "✖ no broker answers" in text_of(app))
        await pilot.press("y")
        assert "the plan is not there yet" in text_of(app)


async def test_jobs_of_other_processes_are_said_to_be_theirs() -> None:
    running: Job = a_job("theirs", phase=Phase.RUNNING, pid=1, started_at=time.time())
    async with jobs(FakeReplays(running)) as (app, pilot):
        await until(pilot, lambda: "running" in text_of(app))
        await pilot.press("v")
        assert "it runs now: v compares once it has ended" in text_of(app)
        await pilot.press("u")
        await until(pilot, lambda: "it runs as process 1: going on here makes that one stop" in text_of(app))


async def test_the_go_to_line_knows_the_place() -> None:
    app = an_app(a_snapshot(), replays=some_jobs())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("colon", *"jobs", "enter")
        await until(pilot, lambda: isinstance(app.screen, JobsScreen))
