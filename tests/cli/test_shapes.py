"""The shapes on their own: alignment of any script, and Prometheus text that a parser takes."""

from __future__ import annotations

import re

import pytest

from kafkatui.cli.metrics import Metric, exposition
from kafkatui.cli.report import moment
from kafkatui.cli.tables import Table
from kafkatui.columns import cells
from kafkatui.columns.column import Column
from kafkatui.model.problems import Problem
from kafkatui.safe_text import display_width
from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster

GONE = Problem("no_answer", "no answer")
NAME: Column[tuple[str, int, str]] = Column("group", "group", lambda row: cells.text(row[0]))
LAG: Column[tuple[str, int, str]] = Column("lag", "lag", lambda row: cells.number(row[1]), right=True)
HOST: Column[tuple[str, int, str]] = Column("host", "host", lambda row: cells.text(row[2]), rank=1)
PROBLEM: Column[tuple[str, int, str]] = Column("problem", "problem", lambda row: cells.text(row[2]))


def test_wide_and_combining_characters_keep_columns_straight() -> None:
    rows = [("\u6ce8\u6587", 5, "x"), ("e\u0301", 1_000_000, "y"), ("plain", 0, "z")]
    lines = list(Table([NAME, LAG, HOST], rows).lines())
    assert [display_width(line) for line in lines] == [20, 17, 17, 17]
    assert lines[2] == "e\u0301      1000000  y"


def test_no_line_ends_in_blanks() -> None:
    assert list(Table([NAME, LAG, PROBLEM], [("a", 1, "")]).lines()) == ["GROUP  LAG  PROBLEM", "a        1"]


def test_nothing_is_a_sign_so_that_awk_counts_right() -> None:
    assert list(Table([NAME, HOST], [("a", 1, "")]).lines(headers=False)) == ["a  -"]


def test_an_unread_row_says_what_it_knows() -> None:
    table = Table([NAME, LAG, PROBLEM], [("a", 1, "")], [{"group": "b", "problem": "no\x1banswer"}])
    assert list(table.lines(headers=False)) == ["a  1", "b  ?  no\u241banswer"]


@pytest.mark.parametrize(
    ("width", "expected"), [(80, "aaaa  12  a long reason indeed"), (26, "aaaa  12  a long reason i\u2026")]
)
def test_at_a_terminal_the_reason_gives_way(width: int, expected: str) -> None:
    table = Table([NAME, LAG, PROBLEM], [("aaaa", 12, "a long reason indeed")])
    assert list(table.lines(headers=False, width=width)) == [expected]


def test_a_metric_is_escaped_and_unknown_is_counted() -> None:
    metric = Metric("lag", "Help.", [({"g": 'a"b\\c\nd'}, 5), ({"g": "x"}, GONE), ({"g": "y"}, None)])
    assert list(exposition([metric], "id")) == [
        "# HELP lag Help.",
        "# TYPE lag gauge",
        'lag{cluster_id="id",g="a\\"b\\\\c\\nd"} 5',
        "# HELP kafkatui_unknown_values Values that could not be read and are left out above.",
        "# TYPE kafkatui_unknown_values gauge",
        'kafkatui_unknown_values{cluster_id="id"} 1',
    ]


@pytest.mark.parametrize("command", ["lag", "topics", "brokers", "groups"])
def test_every_line_is_prometheus_text(cluster: FakeCluster, kafkatui: Kafkatui, command: str) -> None:
    label = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
    sample = re.compile(rf"kafkatui_[a-z_]+\{{{label}(?:,{label})*\}} \d+(?:\.\d+)?")
    comment = re.compile(r"# (?:HELP kafkatui_[a-z_]+ .+|TYPE kafkatui_[a-z_]+ gauge)")
    lines = kafkatui(command, "--output", "prometheus").out.split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert (comment if line.startswith("#") else sample).fullmatch(line), line
    samples = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert len(samples) == len(set(samples))


@pytest.mark.parametrize(
    ("at", "expected"), [(0.0, "1970-01-01T00:00:00.000Z"), (1_795_618_800.1239, "2026-11-25T15:00:00.123Z")]
)
def test_a_moment_is_utc_with_milliseconds(at: float, expected: str) -> None:
    assert moment(at) == expected
