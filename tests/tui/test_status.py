"""Stories about the first and the last line: what is wrong, since when, and how old the news is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kafkatui.kafka import errors
from kafkatui.model.events import Subject
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.tui.status import ago, alarm
from tests.builders import AT, NO_ANSWER, a_broker, a_group, a_snapshot, an_event, an_order_system
from tests.tui.conftest import an_app, text_of

WIDE = (160, 45)


async def first_line(snapshot: Snapshot) -> str:
    return (await lines(snapshot))[0]


async def lines(snapshot: Snapshot) -> list[str]:
    app = an_app(snapshot)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        return text_of(app).splitlines()


async def test_it_names_the_cluster_and_counts() -> None:
    line = (await first_line(an_order_system())).replace("\u202f", " ")
    for words in ("dev ▸ q3xK…1yLw", "✖ 2/3 brokers", "6 topics", "25 partitions", "5 groups", "lag 10 239 ▲", "ro"):
        assert words in line


async def test_it_says_how_old_the_news_is() -> None:
    assert "as of 1 s" in await first_line(a_snapshot())


async def test_old_news_is_marked_as_such() -> None:
    assert "▲ 31 s old" in await first_line(a_snapshot(at=AT - 30))


async def test_a_cluster_that_does_not_answer_says_why() -> None:
    why = Problem("no_answer", "no broker answers")
    shown = await lines(a_snapshot(problems=(why,)))
    assert "▲ 1 s old" in shown[0]
    assert "? of 3 brokers" in shown[0]
    assert "✖ no broker answers" in shown[-1]
    assert "? brokers" in "\n".join(shown)


async def test_a_broker_that_does_not_answer_is_named_with_since_when() -> None:
    assert "broker 3: no answer for 13 s" in (await lines(an_order_system()))[-1]


async def test_a_broker_that_left_is_dated_by_its_event() -> None:
    gone = a_broker(3, problem=NO_ANSWER)
    event = replace(an_event("broker 3: no answer", at=AT - 59), subject=Subject.BROKER, name="3")
    snapshot = a_snapshot(brokers=[a_broker(1), a_broker(2), gone], events=(event,))
    assert "broker 3: no answer for 1 m 0 s" in (await lines(snapshot))[-1]


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (errors.no_answer("broker 3", 4), "▲ broker 3: no answer for 4 s"),
        (errors.unreachable("broker 3", "the connection was lost"), "▲ broker 3: the connection was lost for 59 s"),
    ],
)
def test_a_broker_is_named_once_and_the_time_said_once(problem: Problem, shown: str) -> None:
    event = an_event("broker 3: no answer", at=AT - 59, subject=Subject.BROKER, name="3")
    found = alarm(a_snapshot(brokers=[a_broker(3, problem=problem)], events=(event,)), AT)
    assert found is not None
    assert found.text == shown


async def test_before_the_first_answer_nothing_is_claimed() -> None:
    line = await first_line(NOTHING)
    assert "…" in line
    assert "0" not in line


async def test_lag_is_not_claimed_before_groups_are_read() -> None:
    pending = a_group("billing", partitions=[])
    snapshot = a_snapshot(groups=[replace(pending, partitions=Problem("pending", ""))], stage=Stage.OFFSETS)
    assert "lag …" in await first_line(snapshot)


async def test_an_unknown_part_of_the_lag_is_marked() -> None:
    unknown = replace(a_group("billing"), partitions=NO_ANSWER)
    assert "lag 200?" in await first_line(a_snapshot(groups=[a_group("mailer"), unknown]))


def test_time_spans_have_two_units_at_most() -> None:
    assert [ago(seconds) for seconds in (0.4, 12, 252, 7500)] == ["0 s", "12 s", "4 m 12 s", "2 h 5 m"]
