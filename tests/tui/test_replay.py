"""Stories of sending records again: what is pointed at, the plan, the name that is typed, the run, the proof."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from kafkatui.filters import Selection
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.problems import Problem
from kafkatui.replay.jobs import Phase
from kafkatui.replay.plan import Limits
from kafkatui.replay.spec import Headers, Timestamps
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.screens.choosing import ChooseScreen
from kafkatui.tui.screens.jobs import JobsScreen
from kafkatui.tui.screens.messages import MessagesScreen
from kafkatui.tui.screens.replay import ReplayScreen
from kafkatui.tui.screens.replay_frame import Step
from tests.builders import a_snapshot, a_topic
from tests.fake_records import FakeRecords, some_records
from tests.fake_replays import FakeReplays, a_job, a_seen, verified_of
from tests.tui.conftest import DEV, WRITABLE, an_app, text_of, until

WIDE = (160, 45)
TOPICS = (a_topic("orders"), a_topic("payments", 2), a_topic("parcels"))


@dataclass
class Story:
    """The app with the records of `orders` on screen."""

    app: KafkaTui
    pilot: Pilot[int]
    replays: FakeReplays

    @property
    def text(self) -> str:
        return text_of(self.app)

    @property
    def dialog(self) -> ReplayScreen:
        assert isinstance(self.app.screen, ReplayScreen)
        return self.app.screen

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until_says(self, words: str) -> None:
        await until(self.pilot, lambda: words in self.text)

    async def until_step(self, step: Step) -> None:
        await until(self.pilot, lambda: isinstance(self.app.screen, ReplayScreen) and self.app.screen.step is step)

    async def plan(self, target: str = "payments") -> None:
        """From the records to a plan."""
        await self.press("R")
        await self.until_step(Step.SELECT)
        await self.press(*target, "enter")
        await until(self.pilot, lambda: self.dialog.plan is not None)
        await self.pilot.pause()

    async def run(self, target: str = "payments") -> None:
        """From the records to a run."""
        await self.plan(target)
        await self.press("y", *target, "enter")
        await self.until_step(Step.RUN)


@asynccontextmanager
async def a_story(replays: FakeReplays | None = None, count: int = 600) -> AsyncIterator[Story]:
    replays = replays or FakeReplays()
    app = an_app(
        a_snapshot(topics=TOPICS), connection=WRITABLE, records=FakeRecords(some_records(count)), replays=replays
    )
    async with app.run_test(size=WIDE) as pilot:
        story = Story(app, pilot, replays)
        await story.press("2", "slash", *"orders", "enter", "m")
        await story.until_says("loaded")
        yield story


async def test_all_that_is_looked_at_is_sent_once_its_target_was_typed() -> None:
    async with a_story() as story:
        await story.press("R")
        await story.until_says("1 Select")
        assert "orders   whole log" in story.text
        assert "orders-0" in story.text
        assert "~200" in story.text
        await story.press(*"payments")
        await story.until_says("payments has 2 partitions")
        await story.press("enter")
        await story.until_step(Step.PLAN)
        await story.until_says("→ payments-0")
        assert "at most 1\u202f200 records" in story.text
        assert "on dev (cluster q3xKzW0gRv2mB7aTfN1yLw)" in story.text
        asked, rate = story.replays.asked[0]
        assert (asked.source, asked.target, asked.picked, rate) == ("orders", "payments", frozenset(), None)
        # No key of its own sends anything.
        for key in ("enter", "space", "p", "v", "u", "y", "enter", "y", "enter"):
            await story.press(key)
        assert not story.replays.kept
        assert "that is not payments: nothing is sent" in story.text
        await story.press("escape", "y", *"payments", "enter")
        await story.until_step(Step.RUN)
        for _ in range(12):
            story.replays.turn.release()
        await story.until_says("done: each record is there once")
        assert "1\u202f200 sent" in story.text
        (job,) = story.replays.kept.values()
        assert (job.phase, job.records, job.spec.target.topic) == (Phase.DONE, 1_200, "payments")


async def test_the_command_line_says_exactly_what_was_chosen() -> None:
    async with a_story() as story:
        await story.press("at", *"5:90", "enter")
        await story.until_says("from 5 to 90")
        await story.press("slash", *"where key != 'f'", "enter")
        await story.until_says("searched all")
        await story.press("R")
        await story.until_step(Step.SELECT)
        assert "/ where key != 'f'" in story.text
        await story.press(*"pay")
        await story.press("tab")
        assert story.dialog.query_one("ReplayForm Input").value == "payments"  # type: ignore[attr-defined]
        await story.press("tab", "right", "right", "tab", "space", "tab", "right", "right", "tab", *"500/s")
        await story.press("tab", "ctrl+u", *"night", "enter")
        await until(story.pilot, lambda: story.dialog.plan is not None)
        await story.press("c")
        assert shlex.split(story.app.clipboard) == [
            *("kafkatui", "replay", "orders", "--to", "payments", "-o", "5:90", "--where", "key != 'f'"),
            *("--partitions", "key-crc32", "--timestamps", "now", "--headers", "stamp", "--rate", "500"),
            *("--job", "night", "-c", "dev"),
        ]
        asked, rate = story.replays.asked[0]
        assert (asked.job, rate, asked.partition_by) == ("night", 500.0, PartitionBy.KEY_CRC32)
        assert (asked.timestamps, asked.headers) == (Timestamps.NOW, Headers.STAMP)
        assert asked.selection == Selection(where=("key != 'f'",))
        assert str(asked.range) == "5:90"


async def test_marked_records_are_sent_and_no_others() -> None:
    replays = FakeReplays()
    replays.found = {TopicPartition("orders", 2): 2, TopicPartition("orders", 0): 1}
    async with a_story(replays) as story:
        await story.press("space", "j", "j", "space", "space")
        await story.press("R")
        await story.until_says("3 marked")
        await story.press(*"payments", "enter")
        await until(story.pilot, lambda: story.dialog.plan is not None)
        asked, _ = replays.asked[0]
        assert asked.picked == {(2, 199), (2, 198), (1, 198)} or len(asked.picked) == 3
        assert asked.selection == Selection()
        await story.press("c")
        words = shlex.split(story.app.clipboard)
        assert words[:6] == ["kafkatui", "replay", "orders", "--to", "payments", "--records"]
        wanted = {tuple(map(int, each.split("@"))) for each in words[6].replace("198-199", "198,2@199").split(",")}
        assert wanted == asked.picked


async def test_a_step_back_loses_nothing() -> None:
    async with a_story() as story:
        await story.press("R")
        await story.until_step(Step.SELECT)
        await story.press(*"payments", "tab", "right", "tab", "tab", "tab", *"70", "enter")
        await until(story.pilot, lambda: story.dialog.plan is not None)
        await story.press("escape")
        await story.until_step(Step.SELECT)
        assert story.dialog.query_one("ReplayForm").draft.target == "payments"  # type: ignore[attr-defined]
        await story.press("enter")
        await until(story.pilot, lambda: story.dialog.plan is not None)
        (first, rate), (again, rate_again) = story.replays.asked
        assert (first, rate) == (again, rate_again) == (first, 70.0)
        assert first.partition_by is PartitionBy.KEY


async def test_what_is_wrong_with_the_answers_is_said_and_nothing_is_planned() -> None:
    async with a_story(FakeReplays(a_job("taken"))) as story:
        await story.press("R")
        await story.until_step(Step.SELECT)
        await story.press("enter")
        await story.until_says("where do the copies go?")
        await story.press(*"nowhere", "enter")
        await story.until_says("topic nowhere does not exist")
        await story.press("ctrl+u", *"payments", *["tab"] * 5, "ctrl+u", *"a b", "enter")
        await story.until_says("a name is letters, digits")
        await story.press("ctrl+u", *"taken", "enter")
        await story.until_says("there is a job taken")
        await story.press("ctrl+u", *"free", "shift+tab", *"fast", "enter")
        await story.until_says("'fast' is not a number of records a second")
        assert story.dialog.step is Step.SELECT
        assert not story.replays.asked
        await story.press("escape")
        assert isinstance(story.app.screen, MessagesScreen)


async def test_a_plan_that_is_blocked_sends_nothing() -> None:
    replays = FakeReplays()
    replays.seen = a_seen(limits=Limits(1, 86_400_000, False, True, False), older_than={86_400_000: 40})
    async with a_story(replays) as story:
        await story.plan()
        assert "✖ about 40 records are older than the retention of payments" in story.text
        await story.press("y")
        await story.until_says("not sent: about 40 records")
        assert not story.dialog.query_one("#replay-confirm").display
        assert not replays.kept


async def test_before_the_plan_is_there_nothing_can_be_sent() -> None:
    replays = FakeReplays()
    replays.planned.clear()
    async with a_story(replays) as story:
        await story.press("R")
        await story.until_step(Step.SELECT)
        await story.press(*"payments", "enter")
        await story.until_says("counts: 50%   7 chosen")
        await story.press("y", *"payments", "enter")
        assert "the plan is not there yet" in story.text
        await story.press("escape")
        assert story.dialog.step is Step.SELECT
        replays.planned.set()
        await story.pilot.pause()
        assert story.dialog.plan is None
        assert not replays.kept


async def test_a_cluster_that_does_not_answer_says_so_and_can_be_asked_again() -> None:
    async with a_story() as story:
        story.replays.problem = Problem("no_answer", "no broker answers")
        await story.press("R")
        await story.until_step(Step.SELECT)
        await story.press(*"payments", "enter")
        await story.until_says("✖ no broker answers")
        story.replays.problem = None
        await story.press("escape", "enter")
        await until(story.pilot, lambda: story.dialog.plan is not None)
        story.replays.problem = Problem("no_answer", "no broker answers any more")
        await story.press("y", *"payments", "enter")
        await story.until_says("✖ no broker answers any more")


async def test_a_run_is_steered_while_it_goes_on() -> None:
    async with a_story() as story:
        await story.run()
        story.replays.turn.release()
        await story.until_says("100 sent")
        (run,) = story.replays.opened
        await story.press("minus")
        assert run.rate == 20.0
        await story.until_says("at most 20/s")
        await story.press("plus")
        assert run.rate == 50.0
        await story.press("p")
        await story.until_says("paused: nothing is sent")
        assert run.is_paused
        await story.press("p")
        assert not run.is_paused
        story.replays.waiting = Problem("no_answer", "broker 2: no answer for 3 s")
        await story.until_says("waits: broker 2")


async def test_escape_asks_and_stops_the_run_where_it_can_go_on() -> None:
    async with a_story() as story:
        await story.run()
        story.replays.turn.release()
        await story.until_says("100 sent")
        await story.press("escape")
        assert isinstance(story.app.screen, ChooseScreen)
        await story.press("enter")
        assert story.dialog.step is Step.RUN
        assert not story.replays.opened[0].was_stopped
        await story.press("escape", "j", "j", "enter")
        await story.until_says("stopped; what is sent is committed")
        assert story.replays.interrupted == [True]
        await story.press("u")
        await story.until_says("100 records sent")
        assert "resume" in story.text
        await story.press("y", *"payments", "enter")
        await story.until_step(Step.RUN)
        for _ in range(12):
            story.replays.turn.release()
        await story.until_says("done: each record is there once")
        assert len(story.replays.opened) == 2


async def test_a_run_goes_on_when_its_dialog_is_left_and_jobs_shows_it() -> None:
    async with a_story() as story:
        await story.run()
        story.replays.turn.release()
        await story.until_says("100 sent")
        await story.press("escape", "j", "enter")
        await until(story.pilot, lambda: isinstance(story.app.screen, MessagesScreen))
        await story.press("6")
        await story.until_says("running 8%")
        for _ in range(5):
            story.replays.turn.release()
        await story.until_says("running 50%")
        reads = story.replays.reads
        await story.press("u")
        await story.until_step(Step.RUN)
        for _ in range(6):
            story.replays.turn.release()
        await story.until_says("done: each record is there once")
        await story.press("escape")
        await until(story.pilot, lambda: isinstance(story.app.screen, JobsScreen) and "done" in story.text)
        assert story.replays.reads > reads


async def test_a_run_that_fails_says_why_and_what_is_there() -> None:
    async with a_story() as story:
        await story.run()
        story.replays.stops_with = Problem("too_large", "orders-0@30 is refused by payments-0: it is too large")
        story.replays.turn.release()
        await story.until_says("✖ orders-0@30 is refused")
        (job,) = story.replays.kept.values()
        assert (job.phase, job.problem) == (Phase.STOPPED, "orders-0@30 is refused by payments-0: it is too large")


@pytest.mark.parametrize("differs", [False, True])
async def test_source_and_target_are_compared_side_by_side(differs: bool) -> None:
    async with a_story() as story:
        story.replays.verified = verified_of(400, 401, differs=differs)
        await story.run()
        for _ in range(12):
            story.replays.turn.release()
        await story.until_says("done")
        await story.press("v")
        await story.until_says("NOT verified" if differs else "● verified: 801 copies are equal")
        assert "123456789abcdef0" in story.text
        assert ("DIFFERENT" in story.text) is differs
        await story.press("c")
        assert story.app.clipboard.startswith("kafkatui replay verify orders-")


async def test_leaving_the_app_asks_first_and_stops_what_runs() -> None:
    async with a_story() as story:
        await story.run()
        story.replays.turn.release()
        await story.until_says("100 sent")
        await story.press("escape", "j", "enter", "q")
        assert isinstance(story.app.screen, ChooseScreen)
        assert "a replay runs: orders-" in story.text
        await story.press("enter")
        assert not story.replays.interrupted
        await story.press("q", "j", "enter")
        await until(story.pilot, lambda: story.app.return_code is not None or story.replays.interrupted == [True])
    assert story.replays.interrupted == [True]
    (job,) = story.replays.kept.values()
    assert (job.phase, job.records) == (Phase.STOPPED, 100)


async def test_an_app_that_is_ended_from_outside_leaves_a_job_that_can_go_on() -> None:
    async with a_story() as story:
        await story.run()
        story.replays.turn.release()
        await story.until_says("100 sent")
        story.app.exit()
    assert story.replays.interrupted == [True]
    assert [job.phase for job in story.replays.kept.values()] == [Phase.STOPPED]


async def test_a_read_only_connection_says_why_nothing_is_sent() -> None:
    app = an_app(
        a_snapshot(topics=TOPICS), connection=DEV, records=FakeRecords(some_records(60)), replays=FakeReplays()
    )
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "slash", *"orders", "enter", "m")
        await until(pilot, lambda: "loaded" in text_of(app))
        await pilot.press("R")
        assert isinstance(app.screen, MessagesScreen)
        assert "read-only: so says context dev" in text_of(app)


async def test_marks_of_two_topics_are_no_replay() -> None:
    records = [*some_records(3, "orders"), *some_records(3, "parcels")]
    app = an_app(a_snapshot(topics=TOPICS), connection=WRITABLE, records=FakeRecords(records), replays=FakeReplays())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "slash", *"orders", "enter", "m")
        await until(pilot, lambda: "loaded" in text_of(app))
        screen = app.screen
        assert isinstance(screen, MessagesScreen)
        screen.records.marked = {(row.topic, row.partition, row.offset, -1): row for row in records}
        await pilot.press("R")
        assert isinstance(app.screen, MessagesScreen)
        assert "a replay has one source" in text_of(app)
