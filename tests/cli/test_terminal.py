"""What changes when stdout is a terminal: columns that fit, readable JSON, nothing that moves the cursor."""

from __future__ import annotations

import json

import pytest

from kafkatui.cli import report
from kafkatui.safe_text import display_width
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster


@pytest.fixture
def terminal(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set its width with `setenv("COLUMNS", ...)`."""
    monkeypatch.setattr(report, "on_terminal", lambda: True)
    return monkeypatch


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("command", ["lag", "topics", "topics orders", "brokers", "groups", "groups billing"])
def test_a_table_keeps_to_the_width(terminal: pytest.MonkeyPatch, kafkatui: Kafkatui, command: str, width: int) -> None:
    terminal.setenv("COLUMNS", str(width))
    lines = kafkatui(*command.split()).out.splitlines()
    assert max(map(display_width, lines)) <= width


def test_the_important_columns_stay(terminal: pytest.MonkeyPatch, kafkatui: Kafkatui) -> None:
    terminal.setenv("COLUMNS", "45")
    assert kafkatui("lag").out.split("\n")[0].split() == ["GROUP", "TOPIC", "PARTITION", "LAG"]


@pytest.mark.parametrize("output", ["table", "json", "ndjson", "csv", "prometheus"])
def test_nothing_from_the_cluster_moves_the_cursor(
    terminal: pytest.MonkeyPatch, kafkatui: Kafkatui, output: str
) -> None:
    ran = kafkatui("lag", "--output", output)
    assert "cmd|" in ran.out
    for stream in (ran.out, ran.err):
        assert not {character for character in stream if not character.isprintable()} - {"\n"}


def test_a_document_is_indented_for_a_person(terminal: pytest.MonkeyPatch, kafkatui: Kafkatui) -> None:
    shown = kafkatui("lag", "--json").out
    assert shown.startswith('{\n  "schema": "kafkatui.lag/1",\n')
    terminal.undo()
    assert json.loads(shown)["groups"]
