"""What a context must allow before anything is changed: `--read-write`, and the name typed where it is production."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkatui.cli import app as cli_app
from kafkatui.cli import connect, person
from kafkatui.model import moments
from kafkatui.model.connection import Connection
from tests.builders import a_group, a_group_partition, a_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster

CONTEXTS = """\
[contexts.prod]
bootstrap = "fake:9092"
production = true

[contexts.live]
bootstrap = "fake:9092"
production = true
read_only = false

[contexts.test]
bootstrap = "fake:9092"
read_only = false

[contexts.tokyo]
bootstrap = "fake:9092"
time_zone = "Asia/Tokyo"
"""
RESET = ("groups", "reset", "billing", "--to", "start")
CHANGES = [
    RESET,
    ("groups", "delete", "billing"),
    ("topics", "delete", "orders"),
    ("topics", "create", "fresh"),
    ("topics", "add-partitions", "orders", "12"),
    ("topics", "config", "orders", "retention.ms=1"),
    ("topics", "delete-records", "orders", "--before", "end"),
    ("topics", "elect-leaders", "orders"),
    ("undo",),
    ("produce", "orders", "--value", "x"),
    ("replay", "orders", "--to", "copy"),
    ("dlq", "redrive", "orders"),
]
"""Each command line that changes something."""


class WouldChange(Exception):
    """So far it may not come."""


@pytest.fixture(autouse=True)
def cluster(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    """A group at rest, four contexts; whoever goes on to change something raises `WouldChange`."""
    (bare_home / "kafkatui").mkdir()
    (bare_home / "kafkatui" / "config.toml").write_text(CONTEXTS)
    topics = [a_topic("orders", [a_partition("orders", number, start=10) for number in range(3)])]
    rows = [a_group_partition("orders", 0, 900)]
    fake = FakeCluster(a_snapshot(topics=topics, groups=[a_group("billing", rows, state="Empty", members=())]))

    def refuse(connection: Connection) -> None:
        raise WouldChange(connection)

    monkeypatch.setattr(connect, "open_source", fake.open)
    monkeypatch.setattr(connect, "open_changing", refuse)
    monkeypatch.setattr(connect, "clock", lambda: fake.snapshot.at)
    monkeypatch.setenv("TZ", "UTC")
    yield fake
    moments.tell_in(None)


@pytest.fixture
def at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Somebody who types what a test sets."""
    monkeypatch.setattr(person, "is_here", lambda: True)
    return monkeypatch


def typing(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize("line", CHANGES, ids=" ".join)
def test_a_read_only_context_refuses_every_change(kafkatui: Kafkatui, cluster: FakeCluster, line: tuple[str]) -> None:
    ran = kafkatui(*line, "-c", "prod", *(() if line[0] == "produce" else ("-y",)))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "kafkatui: context prod is read-only: nothing is written; --read-write allows it this once, "
        "read_only = false in the config file for good\n"
    )
    assert cluster.asked == []


@pytest.mark.parametrize("line", CHANGES, ids=" ".join)
def test_production_without_a_terminal_wants_read_write_on_the_command_line(
    kafkatui: Kafkatui, cluster: FakeCluster, line: tuple[str]
) -> None:
    ran = kafkatui(*line, "-c", "live", *(() if line[0] == "produce" else ("-y",)))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "kafkatui: context live is production: nothing is written; where nobody can type its name, "
        "it takes --read-write and --yes\n"
    )
    assert cluster.asked == []


@pytest.mark.parametrize("context", ["prod", "live"])
def test_with_read_write_and_yes_a_script_changes_production(kafkatui: Kafkatui, context: str) -> None:
    with pytest.raises(WouldChange):
        kafkatui(*RESET, "-c", context, "-y", "--read-write")
    ran = kafkatui(*RESET, "-c", context, "--read-write")
    assert ran.code == 2
    assert "nobody can be asked here" in ran.err


def test_flags_in_front_of_a_command_unlock_it_too(kafkatui: Kafkatui) -> None:
    with pytest.raises(WouldChange):
        kafkatui("--read-write", "-c", "prod", *RESET, "-y")


@pytest.mark.parametrize("flags", [(), ("-y",), ("--read-write",), ("-y", "--read-write")], ids=str)
def test_on_a_terminal_the_name_is_typed_whatever_the_flags(
    kafkatui: Kafkatui, at_the_terminal: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    for answer in ("y", "", "live ly", "LIVE"):
        typing(at_the_terminal, answer)
        ran = kafkatui(*RESET, "-c", "live", *flags)
        assert ran.code == 1
        assert ran.err.endswith("live is production? [type live to go on] kafkatui: nothing was changed\n")
    typing(at_the_terminal, "live")
    with pytest.raises(WouldChange):
        kafkatui(*RESET, "-c", "live", *flags)


def test_what_has_no_way_back_wants_its_own_name_too(kafkatui: Kafkatui, at_the_terminal: pytest.MonkeyPatch) -> None:
    line = ("topics", "delete", "orders", "-c", "live")
    for answers in (("live",), ("orders", "y"), ("live", "orders")):
        typing(at_the_terminal, *answers)
        assert kafkatui(*line).code == 1
    typing(at_the_terminal, "orders", "live")
    with pytest.raises(WouldChange):
        kafkatui(*line)


def test_where_it_is_no_production_a_y_will_do(kafkatui: Kafkatui, at_the_terminal: pytest.MonkeyPatch) -> None:
    typing(at_the_terminal, "y")
    with pytest.raises(WouldChange):
        kafkatui(*RESET, "-c", "test")
    typing(at_the_terminal, "n")
    assert kafkatui(*RESET, "-c", "test").code == 1


def test_who_writes_records_to_production_types_its_name(
    kafkatui: Kafkatui, at_the_terminal: pytest.MonkeyPatch
) -> None:
    typing(at_the_terminal, "yes")
    ran = kafkatui("produce", "orders", "--value", "x", "-c", "live")
    assert (ran.code, ran.err) == (
        1,
        "live is production? [type live to go on] kafkatui: nothing was written\n",
    )


def test_a_read_only_context_takes_dry_runs(kafkatui: Kafkatui) -> None:
    """With what can be read; the brokers' own verdict would need a request that is not on the read-only list."""
    ran = kafkatui(*RESET, "-c", "prod", "--dry-run")
    assert ran.code == 0
    assert ran.err.endswith("dry run: nothing was changed\n")
    ran = kafkatui("topics", "delete", "orders", "-c", "prod", "--dry-run")
    assert ran.code == 0
    assert ran.err.endswith("dry run: nothing was changed\n")
    ran = kafkatui("topics", "create", "fresh", "-c", "prod", "--dry-run")
    assert ran.code == 0
    assert "context prod is read-only: the brokers are not asked; --read-write asks them too\n" in ran.err
    with pytest.raises(WouldChange):
        kafkatui("topics", "create", "fresh", "-c", "prod", "--dry-run", "--read-write")


def test_a_time_is_in_the_zone_of_the_context(kafkatui: Kafkatui) -> None:
    told = kafkatui("groups", "reset", "billing", "--to", "@2026-11-22T15:00", "-c", "tokyo", "--dry-run").err
    assert "not before 2026-11-22T15:00:00.000+09:00" in told
    told = kafkatui("groups", "reset", "billing", "--to", "@2026-11-22T15:00", "-c", "test", "--dry-run").err
    assert "not before 2026-11-22T15:00:00.000+00:00" in told
    told = kafkatui("groups", "reset", "billing", "--to", "@2026-11-22T15:00Z", "-c", "tokyo", "--dry-run").err
    assert "not before 2026-11-22T15:00:00.000+00:00" in told


@pytest.mark.parametrize(
    ("line", "writable", "unlocked"),
    [
        ("-c prod", False, False),
        ("--read-write -c prod", True, True),
        ("-c live", True, False),
        ("-b b:1", False, False),
    ],
)
def test_the_screen_opens_as_the_context_and_the_flag_say(
    monkeypatch: pytest.MonkeyPatch, line: str, writable: bool, unlocked: bool
) -> None:
    opened: list[Connection | None] = []

    def open_screen(connection: Connection | None, record: Path | None) -> int:
        opened.append(connection)
        return 0

    monkeypatch.setattr(cli_app, "_needs_terminal", lambda: None)
    assert cli_app.run(line.split(), cli_app.Doors(open_screen, lambda path: 1, str)) == 0
    (connection,) = opened
    assert connection is not None
    assert (not connection.read_only, connection.unlocked) == (writable, unlocked)
    assert ("--read-write" in connection.flags()) is unlocked
