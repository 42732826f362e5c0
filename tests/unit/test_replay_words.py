"""What is said of a replay: the command line that does the same, progress in one line; and runs that are steered."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kafkatui.filters import Selection
from kafkatui.model.connection import Connection
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.positions import parse_range
from kafkatui.model.problems import Problem
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import State
from kafkatui.replay.spec import Headers, SpecError, Timestamps, default_job, parse_rate
from kafkatui.replay.words import job_command, progress_words, rate_words, replay_command

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
THERE = Connection(("b1:9092", "b2:9092"))


def words(asked: Asked, rate: float | None = None, connection: Connection | None = None) -> list[str]:
    return shlex.split(replay_command(asked, rate, connection))[2:]


def test_the_command_line_names_only_what_is_not_usual() -> None:
    assert words(Asked("j", "orders", "copies")) == ["orders", "--to", "copies", "--job", "j"]
    assert words(Asked("j", "orders", "copies"), connection=THERE)[-2:] == ["-b", "b1:9092,b2:9092"]


def test_the_command_line_names_all_that_decides_what_is_written() -> None:
    asked = Asked(
        "j", "orders", "copies", frozenset({2, 0}), parse_range("@-1h:-5", NOW),
        Selection(("a b",), "k'", ("h=1",), ("x",)), partition_by=PartitionBy.ROUND_ROBIN, timestamps=Timestamps.NOW,
        headers=Headers.DROP,
    )  # fmt: skip
    assert words(asked, 2.5) == [
        *("orders:0,2", "--to", "copies", "-o", "@2026-11-25T14:00:00.000+00:00:-5", "--grep", "a b", "--key", "k'"),
        *("--header", "h=1", "--where", "x", "--partitions", "round-robin", "--timestamps", "now", "--headers", "drop"),
        *("--rate", "2.5", "--job", "j"),
    ]


def test_a_topic_into_itself_has_a_range_with_an_end() -> None:
    assert words(Asked("j", "orders", "orders")) == ["orders", "--to", "orders", "-o", "start:end", "--job", "j"]


def test_records_that_are_picked_are_named_and_nothing_else() -> None:
    asked = Asked("j", "orders", "copies", frozenset({0, 1}), picked=frozenset({(0, 7), (1, 3), (1, 4)}))
    assert words(asked) == ["orders", "--to", "copies", "--records", "0@7,1@3-4", "--job", "j"]


def test_a_job_goes_on_by_its_name() -> None:
    assert job_command("resume", "j", 500.0, Connection(("b:1",), context="dev")) == (
        "kafkatui replay resume j --rate 500 -c dev"
    )


@pytest.mark.parametrize(("text", "rate"), [("500", 500.0), (" 2.5/s ", 2.5), ("1000000", 1e6)])
def test_a_rate_is_records_a_second(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "0/s", "-1", "fast", "1e9", "5/m", "1" * 30])
def test_what_is_no_rate_says_how_to_write_one(text: str) -> None:
    with pytest.raises(SpecError, match="write it as 500"):
        parse_rate(text)


def test_a_job_has_a_name_even_where_its_topic_could_be_none() -> None:
    assert default_job("orders", NOW) == "orders-20261125-150000"
    assert default_job("__", NOW) == "replay-20261125-150000"
    assert default_job("_x", NOW) == "x-20261125-150000"


def test_progress_is_one_line() -> None:
    state = State(records=500, offsets=250, total=1_000, size=1 << 20, seconds=2.0, run_records=400)
    assert progress_words(state) == "sent 500   25%   200/s   512 KiB/s   6 s left"
    waits = State(500, 250, 1_000, 0, 2.0, 0, waiting=Problem("no_answer", "broker 2: no answer"))
    assert progress_words(waits) == "waits: broker 2: no answer   500 records sent"
    paused = replace(state, paused=True)
    assert progress_words(paused) == "paused: p goes on   500 records sent, all of them count"
    assert (rate_words(None), rate_words(500.0)) == ("", "   at most 500/s")
    assert progress_words(State(0, 0, 0, 0, 0.0, 0)) == "sent 0   100%   0/s   0 B/s"
