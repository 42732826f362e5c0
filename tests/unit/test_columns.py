"""What cells show and which columns fit: unknown is never a number, and the most important columns stay longest."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from kafkatui.columns import cells, outlooks
from kafkatui.columns.brokers import BROKERS
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column, fitting
from kafkatui.columns.groups import GROUPS, LAG, MEMBERS, LagRow
from kafkatui.columns.outlooks import Ahead, behind_column, watched_columns
from kafkatui.columns.topics import PARTITIONS, TOPICS, PartitionRow, TopicRow
from kafkatui.model.cluster import Health
from kafkatui.model.outlook import GroupOutlook, Judgement, Outlook, Verdict
from kafkatui.model.problems import PENDING, Problem
from tests.builders import a_broker, a_group, a_group_partition, a_member, a_partition, a_topic

GONE = Problem("no_answer", "broker 3:\x1b[2J no answer")
EVERY: dict[str, tuple[Column[Any], ...]] = {
    "ahead": (behind_column(lambda ahead: ahead, rank=0), *watched_columns(lambda ahead: ahead)),
    "brokers": BROKERS,
    "groups": GROUPS,
    "lag": LAG,
    "members": MEMBERS,
    "partitions": PARTITIONS,
    "topics": TOPICS,
}


def column(key: str, width: int, rank: int = 0) -> Column[str]:
    return Column(key, key, cells.text, rank=rank, width=width)


@pytest.mark.parametrize(
    ("width", "expected"),
    [(100, "abcd"), (26, "abcd"), (25, "abc"), (20, "abc"), (19, "ac"), (12, "ac"), (11, "a"), (1, "a")],
)
def test_the_highest_rank_goes_first(width: int, expected: str) -> None:
    columns = [column("a", 4), column("b", 6, rank=2), column("c", 4, rank=1), column("d", 4, rank=3)]
    assert "".join(each.key for each in fitting(columns, width)) == expected


def test_of_two_with_the_same_rank_the_first_goes_first() -> None:
    columns = [column("a", 4), column("b", 4, rank=1), column("c", 4, rank=1)]
    assert [each.key for each in fitting(columns, 12)] == ["a", "c"]


@pytest.mark.parametrize("name", EVERY)
def test_each_table_is_well_made(name: str) -> None:
    columns = EVERY[name]
    keys = [each.key for each in columns]
    assert len(keys) == len(set(keys))
    for each in columns:
        assert each.help.endswith("."), each.key
        assert each.width > 0
        assert each.key.isidentifier()
    assert any(each.rank == 0 for each in columns)


@pytest.mark.parametrize(
    ("cell", "text", "raw", "tone"),
    [
        (cells.reading(1_234_567), "1\u202f234\u202f567", 1_234_567, Tone.NORMAL),
        (cells.reading(0), "0", 0, Tone.NORMAL),
        (cells.reading(None), "–", None, Tone.MUTED),
        (cells.reading(GONE), "?", None, Tone.STALE),
        (cells.reading(replace(GONE, last=1_000)), "1\u202f000?", None, Tone.STALE),
        (cells.reading(PENDING), "…", None, Tone.MUTED),
        (cells.text("a\x1b[2J"), "a␛[2J", "a␛[2J", Tone.NORMAL),
        (cells.text(""), "–", "", Tone.NORMAL),
        (cells.size(None), "–", None, Tone.MUTED),
        (cells.size(GONE), "?", None, Tone.STALE),
        (cells.size(2_048), "2.0 KiB", 2_048, Tone.NORMAL),
        (cells.rate(None), "–", None, Tone.MUTED),
        (cells.rate(0.04), "0.0", 0.0, Tone.NORMAL),
        (cells.rate(1_204.0), "1\u202f204", 1_204.0, Tone.NORMAL),
        (cells.health_cell(Health.OK), "●", "ok", Tone.OK),
        (cells.health_cell(Health.BAD), "✖", "bad", Tone.BAD),
    ],
)
def test_a_cell(cell: Cell, text: str, raw: str | float | None, tone: Tone) -> None:
    assert (cell.text, cell.raw, cell.tone) == (text, raw, tone)


def test_a_reason_is_safe_for_a_terminal() -> None:
    assert cells.reading(GONE).reason == "broker 3:␛[2J no answer"


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 KiB"), (102_400, "100 KiB"), (1_048_576, "1.0 MiB"), (2**50, "1024 TiB")],
)
def test_bytes_take_at_most_four_digits(size: int, expected: str) -> None:
    assert cells.bytes_text(size) == expected


def test_unknown_sorts_last_and_numbers_before_it() -> None:
    shown = [cells.reading(value) for value in (GONE, 3, replace(GONE, last=2), None, 1)]
    assert [cell.text for cell in sorted(shown, key=lambda cell: cell.sort)] == ["1", "2?", "3", "?", "–"]


def cell_of(columns: tuple[Column[Any], ...], key: str, row: object) -> Cell:
    return next(each for each in columns if each.key == key).cell(row)


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_400, "1.4 s"),
        (31_000, "31 s"),
        (252_000, "4 m 12 s"),
        (10_800_000, "3 h 0 m"),
        (604_548_000, "6 d 23 h"),
    ],
)
def test_a_time_has_two_units_at_most(milliseconds: int, expected: str) -> None:
    assert cells.span_text(milliseconds) == expected


STALLED = Judgement(Verdict.STALL, "the commit stands at 9", 120_000)
OLDER = Problem("older_than_sampled", "older than what this session sampled")


@pytest.mark.parametrize(
    ("ahead", "text", "raw", "tone"),
    [
        (None, "…", None, Tone.MUTED),
        (Outlook(), "…", None, Tone.MUTED),
        (Outlook(0), "–", "0s", Tone.MUTED),
        (GroupOutlook({}, None), "–", None, Tone.MUTED),
        (Outlook(252_000), "4 m 12 s", "4m12s", Tone.NORMAL),
        (Outlook(252_000, is_estimated=True), "~4 m 12 s", "~4m12s", Tone.NORMAL),
        (Outlook(OLDER), "?", None, Tone.STALE),
        (GroupOutlook({}, replace(OLDER, last=31_000)), "31 s?", None, Tone.STALE),
    ],
)
def test_how_late_it_is(ahead: Ahead, text: str, raw: str | None, tone: Tone) -> None:
    cell = outlooks.behind(ahead)
    assert (cell.text, cell.raw, cell.tone) == (text, raw, tone)
    assert cell.reason == (OLDER.text if "?" in text else "")


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (None, "–"),
        (Outlook(0, drains_in=0.0), "–"),
        (Outlook(5), "–"),
        (Outlook(5, drains_in=31.0), "31 s"),
        (Outlook(5, consume_rate=10.0, produce_rate=130.0, drains_in=inf), "never +120/s"),
        (Outlook(5, consume_rate=10.0, produce_rate=10.0, drains_in=inf), "never"),
    ],
)
def test_when_it_has_read_all(ahead: Ahead, text: str) -> None:
    assert outlooks.drains_in(ahead).text == text


@pytest.mark.parametrize(
    ("ahead", "text", "reason", "tone"),
    [
        (Outlook(0), "–", "", Tone.MUTED),
        (Outlook(5), "–", "it was not watched long enough", Tone.MUTED),
        (Outlook(5, judgement=STALLED), "STALL", "the commit stands at 9; observed for 2 m 0 s", Tone.BAD),
        (
            GroupOutlook({}, 5, judgement=STALLED, worst=a_partition("pay\x1b[2J").name),
            "STALL pay␛[2J-0",
            "the commit stands at 9; observed for 2 m 0 s",
            Tone.BAD,
        ),
        (
            Outlook(5, judgement=Judgement(Verdict.WARN, "grows", 60_000)),
            "WARN",
            "grows; observed for 1 m 0 s",
            Tone.WARN,
        ),
        (Outlook(5, judgement=Judgement(Verdict.OK, "it reads on", 60_000)), "OK", "", Tone.OK),
    ],
)
def test_the_verdict_and_its_rule(ahead: Ahead, text: str, reason: str, tone: Tone) -> None:
    cell = outlooks.verdict(ahead)
    assert (cell.text, cell.reason, cell.tone) == (text, reason, tone)


@pytest.mark.parametrize(
    ("ahead", "text", "reason", "tone"),
    [
        (Outlook(5), "–", "", Tone.MUTED),
        (Outlook(5, retention_share=12.3), "12 %", "", Tone.NORMAL),
        (Outlook(5, retention_share=12.3, loses_in_ms=10_800_000), "12 %  3 h 0 m", "", Tone.NORMAL),
        (Outlook(5, retention_share=95.0, loses_in_ms=10_800_000), "95 %  3 h 0 m", "loses data in 3 h 0 m", Tone.WARN),
        (Outlook(5, retention_share=95.0, loses_in_ms=OLDER), "95 %", "", Tone.WARN),
        (
            Outlook(5, retention_share=9.0, loses_in_ms=0),
            "9 %  0 ms",
            "what it has not read is being deleted",
            Tone.BAD,
        ),
    ],
)
def test_what_retention_will_take(ahead: Ahead, text: str, reason: str, tone: Tone) -> None:
    cell = outlooks.retention(ahead)
    assert (cell.text, cell.reason, cell.tone) == (text, reason, tone)


@pytest.mark.parametrize(
    ("table", "row", "key", "raw"),
    [
        ("topics", TopicRow(a_topic()), "in_sync", 9),
        ("topics", TopicRow(a_topic()), "records", 6_000),
        ("topics", TopicRow(a_topic(partitions=0, problem=GONE)), "records", None),
        ("topics", TopicRow(a_topic(partitions=0, problem=GONE)), "partitions", None),
        ("topics", TopicRow(a_topic(partitions=0, problem=GONE)), "in_sync", None),
        ("topics", TopicRow(a_topic(partitions=[a_partition(leader=None)])), "problem", "1 without a leader"),
        ("topics", TopicRow(a_topic(partitions=[a_partition(in_sync=(1, 2))])), "problem", "1 under-replicated"),
        ("partitions", PartitionRow(a_partition()), "replicas", "1,2,3"),
        ("partitions", PartitionRow(a_partition(leader=None)), "leader", "none"),
        ("partitions", PartitionRow(a_partition(in_sync=(1, 2))), "problem", "out of sync: broker 3"),
        ("brokers", a_broker(), "host", "127.0.0.1:9092"),
        ("brokers", a_broker(problem=GONE), "status", "bad"),
        ("brokers", a_broker(out_of_sync=1), "status", "warn"),
        ("brokers", a_broker(version=GONE), "version", None),
        ("groups", a_group(), "lag", 200),
        ("groups", a_group(), "topics", "orders"),
        ("groups", a_group(members=GONE), "members", None),
        ("groups", a_group(partitions=[]), "lag", None),
        ("lag", LagRow(a_group(), a_group_partition()), "lag", 100),
        ("lag", LagRow(a_group(), a_group_partition(committed=None)), "committed", None),
        ("lag", LagRow(a_group(), a_group_partition(end=GONE)), "lag", None),
        ("lag", LagRow(a_group(), a_group_partition()), "host", ""),
        ("lag", LagRow(a_group(), a_group_partition()), "behind", None),
        ("lag", LagRow(a_group(), a_group_partition(committed=1_000)), "behind", "0s"),
        ("lag", LagRow(a_group(), a_group_partition(), Outlook(31_000)), "behind", "31s"),
        ("members", a_member(partitions=(0, 1)), "partitions", 2),
    ],
)
def test_what_a_script_gets(table: str, row: object, key: str, raw: object) -> None:
    assert cell_of(EVERY[table], key, row).raw == raw
