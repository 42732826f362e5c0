"""Stories of the place of dead letters: topics, causes, letters, a letter beside its origin. All are scripted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from kafkatui.dead_letters.finding import Found
from kafkatui.dead_letters.topic_names import Kind
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Gap
from kafkatui.replay.jobs import Phase
from kafkatui.replay.picked import picked_text
from kafkatui.replay.spec import Redrive, Target
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.letters.beside import Comparison
from kafkatui.tui.messages import OpenDesk
from kafkatui.tui.records.line import plain
from kafkatui.tui.screens.desk import DeskScreen
from kafkatui.tui.screens.letters import LettersScreen
from kafkatui.tui.screens.redrive import RedriveScreen
from kafkatui.tui.screens.replay_frame import Step
from tests.builders import a_snapshot, a_topic
from tests.dead_letters import ARROYO, CONNECT, POINTER, SMALLRYE, SPRING_RETRY, STREAMS
from tests.fake_letters import FakeLetters, a_failure, some_failures, the_origin
from tests.fake_replays import FakeReplays, a_job, a_spec, verified_of
from tests.tui.conftest import DEV, WRITABLE, an_app, text_of, until

WIDE, NARROW = (160, 45), (80, 24)
TOPICS = (a_topic("payments-dlt"), a_topic("payments", 4), a_topic("orders-broken"))


@dataclass
class Story:
    """The app with scripted dead letters."""

    app: KafkaTui
    pilot: Pilot[int]
    letters: FakeLetters

    @property
    def text(self) -> str:
        return text_of(self.app)

    @property
    def desk(self) -> DeskScreen:
        assert isinstance(self.app.screen, DeskScreen)
        return self.app.screen

    @property
    def causes(self) -> list[tuple[str, int]]:
        """Exception and count, from the top."""
        rows = [self.desk.causes.rows._rows[key] for key in self.desk.causes.rows.keys]
        return [(str(line.row.exception), line.row.count) for line in rows]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until_says(self, words: str) -> None:
        await until(self.pilot, lambda: words in self.text)

    async def open(self, topic: str = "payments-dlt") -> None:
        """The desk of a topic, read to its end."""
        self.app.post_message(OpenDesk(topic))
        await until(self.pilot, lambda: isinstance(self.app.screen, DeskScreen) and bool(self.desk.letters.rows.keys))
        await until(self.pilot, lambda: self.desk.look is not None and self.desk.look.is_over)
        await until(self.pilot, lambda: self.desk.beside.comparison is not None)

    @property
    def desk_below(self) -> DeskScreen:
        """Under the dialog."""
        desk = self.app.screen_stack[-2]
        assert isinstance(desk, DeskScreen)
        return desk

    async def planned(self) -> RedriveScreen:
        """Once the plan is on screen."""
        await until(self.pilot, lambda: isinstance(self.app.screen, RedriveScreen) and self.app.screen.back is not None)
        await self.pilot.pause()
        assert isinstance(self.app.screen, RedriveScreen)
        return self.app.screen

    async def compared(self) -> str:
        """What the letter and its origin say, once both are there."""
        await until(self.pilot, lambda: bool(self.letters.fetched))
        await until(self.pilot, lambda: "is being read" not in said(self.desk.beside.comparison))
        return said(self.desk.beside.comparison)


def said(comparison: Comparison | None) -> str:
    assert comparison is not None
    lines = comparison.lines(300, is_narrow=False)
    return "\n".join(f"{plain(row.left)} | {plain(row.right)}" if row.right else plain(row.left) for row in lines)


def parts(comparison: Comparison | None, word: str) -> set[str]:
    """How the pieces with this word are painted."""
    assert comparison is not None
    return {piece.part for row in comparison.rows() for piece in (*row.left, *row.right) if word in piece.text}


@asynccontextmanager
async def a_story(
    letters: FakeLetters, size: tuple[int, int] = WIDE, replays: FakeReplays | None = None
) -> AsyncIterator[Story]:
    """With replays what is shown may be written to."""
    connection = DEV if replays is None else WRITABLE
    app = an_app(a_snapshot(topics=TOPICS), letters=letters, connection=connection, replays=replays)
    async with app.run_test(size=size) as pilot:
        yield Story(app, pilot, letters)


# The list of topics


async def test_the_place_lists_topics_with_their_causes_and_enter_opens_the_desk() -> None:
    retry = Found("payments-retry-0", Kind.RETRY, True, True, None, 12, None)
    unread = Found("broken-dlt", Kind.DEAD_LETTERS, True, False, None, Problem("timeout", "no answer"), None)
    async with a_story(FakeLetters(some_failures(), others=[unread, retry])) as story:
        await story.press("5")
        await story.until_says("looked at")
        await until(story.pilot, lambda: "groups them" not in story.text)
        lines = {line.split()[0]: line for line in story.text.splitlines() if line.strip()}
        assert lines["payments-dlt"].split()[1:7] == ["dead-letters", "Spring", "Kafka", "name+headers", "40", "2"]
        assert "–" in lines["payments-retry-0"]
        assert "?" in lines["broken-dlt"]
        await story.press("G")
        await story.until_says("tried again by themselves")
        await story.press("g", "enter")
        await until(story.pilot, lambda: isinstance(story.app.screen, DeskScreen))
        assert story.desk.topic == "payments-dlt"
        await story.press("escape")
        assert isinstance(story.app.screen, LettersScreen)


async def test_a_cluster_that_does_not_answer_is_said_and_r_tries_again() -> None:
    letters = FakeLetters(some_failures())
    letters.problem = Problem("no_answer", "no broker answers")
    async with a_story(letters) as story:
        await story.press("5")
        await story.until_says("no broker answers; r tries again")
        letters.problem = None
        await story.press("r")
        await story.until_says("1 topic with dead letters")


async def test_nothing_found_says_so() -> None:
    async with a_story(FakeLetters()) as story:
        await story.press("5")
        await story.until_says("no topic holds dead letters")


async def test_go_to_knows_the_place_and_the_topics() -> None:
    async with a_story(FakeLetters(some_failures())) as story:
        await story.press("colon", *"payments-dlt")
        await story.until_says("why they are there")
        await story.press("down", "down", "enter")
        await until(story.pilot, lambda: isinstance(story.app.screen, DeskScreen))
        assert story.desk.topic == "payments-dlt"
        await story.press("colon", *"dead letters", "enter")
        await until(story.pilot, lambda: isinstance(story.app.screen, LettersScreen))


# Causes and letters


async def test_causes_stand_left_and_their_letters_right() -> None:
    async with a_story(FakeLetters(some_failures())) as story:
        await story.open()
        assert story.causes == [("java.lang.IllegalStateException", 30), ("java.net.SocketTimeoutException", 10)]
        assert len(story.desk.letters.rows.keys) == 30
        assert "IllegalStateException" in story.text
        assert "payments-3@1039" in story.text
        assert "all 40 records" in story.text
        await story.press("j")
        await until(story.pilot, lambda: len(story.desk.letters.rows.keys) == 10)
        await until(story.pilot, lambda: story.desk.letter is not None)
        letter = story.desk.letter
        assert letter is not None
        assert letter.exception == "java.net.SocketTimeoutException"
        assert letter.last_origin.offset == 1_037


async def test_tab_goes_round_and_escape_takes_one_thing_back() -> None:
    async with a_story(FakeLetters(some_failures())) as story:
        await story.open()
        for name in ("letters", "beside", "causes"):
            await story.press("tab")
            assert story.app.focused is not None
            assert story.app.focused.id == name
        await story.press("enter", "enter")
        assert story.app.focused is not None
        assert story.app.focused.id == "beside"
        for name in ("letters", "causes"):
            await story.press("escape")
            assert story.app.focused is not None
            assert story.app.focused.id == name
        await story.press("escape")
        await until(story.pilot, lambda: not isinstance(story.app.screen, DeskScreen))


async def test_it_says_how_much_was_looked_at_and_what_was_not() -> None:
    letters = FakeLetters(
        [*some_failures(), a_failure(40)._replace(headers=())],
        [Gap(TopicPartition("payments-dlt", 0), 2, 3, Problem("corrupt_batch", "the batch is corrupt"))],
    )
    letters.most = 12
    async with a_story(letters) as story:
        await story.open()
        assert "the newest 12 of ~41 records" in story.text
        assert "1 record tell of no failure" in story.text
        letters.most = 1_000
        await story.press("r")
        await story.until_says("1 not readable: the batch is corrupt")


async def test_reading_is_seen_and_escape_ends_it_and_r_reads_anew() -> None:
    letters = FakeLetters(some_failures())
    letters.turn.clear()
    async with a_story(letters) as story:
        story.app.post_message(OpenDesk("payments-dlt"))
        await story.until_says("reads   0%")
        await story.press("escape")
        await story.until_says("stopped at 0%")
        letters.turn.set()
        await story.press("r")
        await story.until_says("all 40 records")
        letters.problem = Problem("no_answer", "broker 2 does not answer")
        await story.press("r")
        await story.until_says("broker 2 does not answer; r tries again")


async def test_a_topic_that_is_not_there_says_so() -> None:
    async with a_story(FakeLetters()) as story:
        story.app.post_message(OpenDesk("gone-dlt"))
        await story.until_says("no such topic")


# A letter beside its origin


async def test_a_letter_stands_beside_its_origin_and_only_what_differs_is_lit() -> None:
    record = a_failure(7)
    letters = FakeLetters([record])
    before = the_origin(record, 7, value=b'{"order":7,"amount":9,"currency":"EUR"}', headers=record.headers[:3])
    letters.there[1_007] = before
    async with a_story(letters) as story:
        await story.open()
        text = await story.compared()
        assert " failed  payments-dlt-1@2 |  origin  payments-3@1007" in text
        assert "amount  5 |" in text
        assert "amount  9" in text
        comparison = story.desk.beside.comparison
        assert parts(comparison, "currency") == {"muted"}
        assert parts(comparison, "o-7") == {"muted"}
        assert parts(comparison, "5") & {"lit"}
        assert parts(comparison, "trace  t-1") == {"muted"}
        assert parts(comparison, "trace  t-2") == {"lit"}
        assert "amount  5" in story.text


@pytest.mark.parametrize("code", ["deleted", "compacted", "other_topic"])
async def test_an_origin_that_is_gone_is_a_reason_in_its_place(code: str) -> None:
    letters = FakeLetters([a_failure(7)])
    letters.there[1_007] = Problem(code, f"it is {code}: nothing lies there")  # type: ignore[assignment]
    async with a_story(letters) as story:
        await story.open()
        assert f"not there: it is {code}" in await story.compared()
        assert f"not there: it is {code}" in story.text


async def test_an_origin_that_could_not_be_read_is_asked_for_again() -> None:
    letters = FakeLetters(some_failures(1))
    async with a_story(letters) as story:
        await story.open()
        await story.compared()
        letters.problem = Problem("no_answer", "broker 3 does not answer")
        story.desk._origins.clear()
        story.desk.beside.show(None)
        await story.press("tab", "k")
        story.desk._rest()
        await story.until_says("broker 3 does not answer")
        letters.problem = None
        story.desk._rest()
        await story.until_says("the log starts at 900")


@pytest.mark.parametrize(
    ("record", "topic", "words"),
    [
        (ARROYO, "snuba-dead-letter-errors", "arroyo does not tell the topic"),
        (CONNECT, "dlq.payments-sink", "payments-sink   task 1   VALUE_CONVERTER"),
        (STREAMS, "enricher-dlq", "(Kafka Streams does not tell attempts)"),
        (SMALLRYE, "dead-letter-topic-payments", "no funds"),
        (SPRING_RETRY, "payments-dlt", "attempts    3   sent 1 time"),
        (POINTER, "dlq.picking", "Offset delivery count exceeded"),
    ],
    ids=lambda each: each if isinstance(each, str) and " " not in each else "",
)
async def test_each_dialect_tells_what_it_tells_and_why_not_the_rest(record: object, topic: str, words: str) -> None:
    async with a_story(FakeLetters([record])) as story:  # type: ignore[list-item]
        await story.open(topic)
        assert words in await story.compared()


async def test_the_stack_trace_is_folded_and_enter_unfolds_it() -> None:
    trace = b"a.B: no funds\n" + b"".join(b"\tat a.b.C.m%d(C.java:%d)\n" % (n, n) for n in range(30))
    async with a_story(FakeLetters([a_failure(7, trace=trace)])) as story:
        await story.open()
        assert "... 28 more" in await story.compared()
        await story.press("tab", "tab", "enter", "G")
        await story.until_says("m29")
        await story.press("enter", "g")
        assert "m29" not in said(story.desk.beside.comparison)
        await story.press("c")
        assert story.app.clipboard.startswith("kafkatui dlq show payments-dlt -p 1 -o 2:3 --origin --full -c dev")


async def test_where_it_is_narrow_one_part_is_shown_at_a_time() -> None:
    letters = FakeLetters(some_failures())
    async with a_story(letters, NARROW) as story:
        await story.open()
        assert "IllegalStateException" in story.text
        assert "payments-3@1039" not in story.text
        await story.press("enter")
        await story.until_says("payments-3@1039")
        await story.press("enter")
        await story.until_says("not there: deleted")
        assert "SocketTimeoutException" not in story.text
        await story.press("tab")
        await story.until_says("SocketTimeoutException")


# Back to where they came from


async def test_a_cause_goes_back_by_plan_typed_name_run_and_proof() -> None:
    letters, replays = FakeLetters(some_failures()), FakeReplays()
    async with a_story(letters, replays=replays) as story:
        await story.open()
        await story.press("j", "R")
        await story.until_says("java.net.SocketTimeoutException")
        await story.press("enter")
        dialog = await story.planned()
        assert letters.planned[0].redrive.causes == (story.desk_below.cause,)
        assert "→ payments-3" in story.text
        assert "10 dead letters go back" in story.text
        assert (
            "letters of 1 cause; to the partition each came from; headers of the dead letters taken out" in story.text
        )
        await story.press("c")
        assert story.app.clipboard.startswith(f"kafkatui dlq redrive payments-dlt --cause {story.desk_below.cause}")
        assert story.app.clipboard.endswith(f"--job {letters.planned[0].job} -c dev")
        await story.press("y", *"payment", "enter")
        assert "that is not payments: nothing is sent" in story.text
        assert not replays.opened
        await story.press("s", "enter")
        await until(story.pilot, lambda: dialog.step is Step.RUN)
        assert replays.kept[letters.planned[0].job].spec.redrive is not None
        for _ in range(20):
            replays.turn.release()
        await until(story.pilot, lambda: dialog.going is not None and dialog.going.is_over)
        replays.verified = verified_of(10)
        await story.press("v")
        await story.until_says("verified: 10 copies are equal")


async def test_what_is_left_out_is_said_with_the_reason() -> None:
    letters, replays = FakeLetters(some_failures()), FakeReplays()
    letters.partitions = {}
    async with a_story(letters, replays=replays) as story:
        await story.open()
        await story.press("R", "G", "enter")
        await story.planned()
        assert letters.planned[0].redrive.causes == ()
        assert "0 dead letters go back" in story.text
        assert "40 dead letters left out: the topic payments does not exist" in story.text
        await story.press("y")
        assert "nothing is left to be sent" in story.text
        await story.press("escape")
        assert isinstance(story.app.screen, DeskScreen)
        assert not replays.kept


async def test_marked_causes_and_those_of_marked_letters_can_be_chosen() -> None:
    letters = FakeLetters(some_failures())
    async with a_story(letters, replays=FakeReplays()) as story:
        await story.open()
        await story.press("space", "tab", "space", "R")
        await story.until_says("the 1 marked cause")
        assert "the 1 cause of the marked letters" in story.text
        assert "every cause" in story.text
        await story.press("enter")
        await story.planned()
        assert letters.planned[0].redrive.causes == tuple(story.desk_below.marked_causes)


async def test_marked_letters_go_back_and_no_others() -> None:
    letters = FakeLetters(some_failures())
    async with a_story(letters, replays=FakeReplays()) as story:
        await story.open()
        await story.press("tab", "space", "space", "R")
        await story.until_says("the 2 marked letters")
        await story.press("enter")
        await story.planned()
        marked = frozenset((each.place.partition, each.place.offset) for each in story.desk_below.marked.values())
        (planned,) = letters.planned
        assert (len(marked), planned.picked) == (2, marked)
        assert not planned.redrive.causes
        assert f"--records {picked_text(marked)}" in story.text


async def test_a_plan_that_can_not_be_made_says_why() -> None:
    letters = FakeLetters(some_failures())
    async with a_story(letters, replays=FakeReplays()) as story:
        await story.open()
        letters.problem = Problem("no_answer", "broker 2 does not answer")
        await story.press("R", "enter")
        await story.until_says("✖ broker 2 does not answer")
        await story.press("y")
        await story.until_says("the plan is not there yet")


async def test_a_read_only_connection_sends_nothing_and_says_why() -> None:
    async with a_story(FakeLetters(some_failures())) as story:
        await story.open()
        await story.press("R")
        await story.until_says("read-only: so says context dev")
        assert isinstance(story.app.screen, DeskScreen)


async def test_a_job_that_goes_on_asks_for_the_name_of_its_target_as_well() -> None:
    spec = a_spec("back", target=Target("", None, 0), redrive=Redrive())
    job = a_job("back", spec, phase=Phase.STOPPED, target_ends={"payments": {}, "orders": {}})
    replays = FakeReplays(job)
    async with a_story(FakeLetters(), replays=replays) as story:
        await story.press("6", "u")
        await story.until_says("offsets to go")
        await story.press("y", "enter")
        await story.until_says("that is not orders: nothing is sent")
        assert not replays.opened


# Marks, words


async def test_space_marks_causes_and_letters() -> None:
    async with a_story(FakeLetters(some_failures())) as story:
        await story.open()
        await story.press("space")
        await story.until_says("1 cause marked")
        await story.press("tab", "space", "space")
        await story.until_says("2 letters marked")
        await story.press("k", "space")
        await story.until_says("1 letter marked")
        assert len(story.desk.marked_causes) == 1


async def test_the_help_explains_the_words_and_names_the_command() -> None:
    async with a_story(FakeLetters(some_failures())) as story:
        await story.open()
        await story.press("question_mark")
        await story.until_says("kafkatui dlq payments-dlt -c dev")
        assert "without ids, numbers" in " ".join(story.text.split())


# Hostile texts

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x9b31m",
    "[@click=app.quit]x[/]",
    "[/nope]",
    "a\nb\tc\rd",
    "\u202eevil\u2066",
    "日本語のとても長い名前" * 4,
    "\u200b\u2028\x85\x9b",
)
FORBIDDEN = {"\x1b", "\x9b", "\x07", "\x85", "\u202e", "\u2066", "\u200b", "\u2028", "\t", "\r"}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
async def test_a_hostile_text_is_shown_and_does_nothing(text: str, size: tuple[int, int]) -> None:
    raw = text.encode()
    name = f"{text}-dlt"
    app_headers = ((text, raw), (f"{text}2", None))
    trace = raw + b"\n\tat " + raw + b"\n\tat b\n\tat c\n\tat d\n\tat e"
    record = a_failure(7, raw, raw, name, trace, app_headers, b'{"a":"' + raw + b'"}')._replace(key=raw)
    broken = a_failure(8, raw + b"\xff", raw + b"\xff", name, trace, app_headers, raw)
    letters = FakeLetters([record, broken])
    letters.there[1_007] = the_origin(record, 7, value=raw * 50, headers=app_headers)
    letters.there[1_008] = Problem("deleted", text)  # type: ignore[assignment]
    async with a_story(letters, size) as story:

        async def is_harmless() -> bool:
            await story.pilot.pause()
            return not set(story.text) & FORBIDDEN and story.app.return_code is None

        await story.press("5")
        await story.until_says("1 topic with dead letters")
        assert await is_harmless()
        await story.press("enter")
        await until(story.pilot, lambda: isinstance(story.app.screen, DeskScreen) and len(story.causes) == 2)
        for _ in range(2):
            await until(story.pilot, lambda: story.desk.beside.comparison is not None)
            for keys in (["tab"], ["tab"], ["enter"], ["G"], ["c"], ["tab"], ["c"], ["space"]):
                await story.press(*keys)
                assert await is_harmless()
        await story.press("question_mark")
        assert await is_harmless()
        await story.press("escape", "colon")
        assert await is_harmless()
