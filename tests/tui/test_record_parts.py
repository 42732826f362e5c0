"""The parts of the Messages place on their own: lines, trees, long texts, filters as typed, bounds."""

from __future__ import annotations

import shlex
import time
from datetime import timedelta

import pytest

from kafkatui.decoding.decoded import Decoded, Plain
from kafkatui.decoding.guess import Choice
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import SCREEN
from kafkatui.filters import FilterError, Selection
from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.records import BatchFacts, Record
from kafkatui.reading.request import Plan, Request
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.tui.records import tail as tails
from kafkatui.tui.records.bodies import HexBody, SourceBody, TextBody, TreeBody
from kafkatui.tui.records.brief import brief, brief_field
from kafkatui.tui.records.clip import read_command
from kafkatui.tui.records.hunt import Found
from kafkatui.tui.records.line import Piece, lit, plain, shifted
from kafkatui.tui.records.query import parse_query, quoted
from kafkatui.tui.records.row_lines import span_text
from kafkatui.tui.records.sheet import Sheet, View
from kafkatui.tui.records.tail import Tail
from kafkatui.tui.records.trace import clues_of, span_of
from kafkatui.tui.records.tree import OPEN_LINES, Tree
from kafkatui.tui.records.tree import PORTION as CHILDREN
from kafkatui.tui.records.window import Bounds, key_of
from tests.fake_records import FakeRecords, a_record

BLOCKED = 0.25
"""Seconds no single look at a record may take, on a machine that does other things meanwhile; 0.05 on a quiet one."""
TEN_MB = 10 << 20


def shown(tree: Tree) -> list[str]:
    return [plain(tree.line(branch)) for branch in tree.branches]


def test_a_tree_begins_two_levels_open_and_folds() -> None:
    tree = Tree({"a": {"b": {"c": 1}}, "d": []})
    assert shown(tree) == ["▾ {2}", "  ▾ a  {1}", '    ▸ b  {1}  {"c":1}', "    d  []"]
    assert tree.toggle(tree.branches[2])
    assert "        c  1" in shown(tree)[3]
    assert not tree.toggle(tree.branches[2], want=True)
    tree.fold_all()
    assert shown(tree) == ["▾ {2}", '  ▸ a  {1}  {"b":{"c":1}}', "    d  []"]


def source_of(record: Record) -> str:
    body = SourceBody(record, Choice("text", "guessed"), Choice("text", "guessed"))
    return "\n".join(plain(body.line(number, 80)) for number in range(body.count(80)))


def test_the_source_names_codec_and_producer() -> None:
    batch = BatchFacts("zstd", 2_345, 12, 100, 111, 4_001, 2, 17, True)
    shown = source_of(a_record(105)._replace(batch=batch))
    assert "12 records, 2.3 KiB, zstd" in shown
    assert "offsets 100 to 111" in shown
    assert "id 4001, epoch 2, sequence from 17 on" in shown
    assert "in a transaction" in shown


def test_the_source_says_that_a_producer_has_no_id() -> None:
    shown = source_of(a_record(0)._replace(batch=BatchFacts("none", 90, 1, 0, 0, -1, -1, -1, False)))
    assert "1 record, 90 B, not compressed" in shown
    assert "without an id" in shown
    assert "sequence" not in shown


def test_many_children_are_shown_in_portions_until_all_are_there() -> None:
    tree = Tree(list(range(350)))
    while tree.branches[-1].more:
        assert tree.toggle(tree.branches[-1])
    assert [branch.value for branch in tree.branches[1:]] == list(range(350))
    assert len(Tree(list(range(350))).branches) == 1 + CHILDREN + 1


def test_unfolding_everything_is_bounded_and_says_so() -> None:
    wide: Plain = [[[index] * 50] for index in range(90)]
    tree = Tree(wide)
    tree.unfold_all()
    assert len(tree.branches) < 2 * OPEN_LINES
    assert tree.is_cut
    body = TreeBody(Decoded("json", b"[]", wide))
    assert body.tree is not None
    body.tree.unfold_all()
    assert "not all is unfolded" in plain(body.line(body.count(80) - 1, 80))


@pytest.mark.parametrize("character", ["x", "ä", "日", "😀"])
def test_a_long_text_is_shown_whole_in_parts(character: str) -> None:
    text = "a" + character * 100_000
    body = TextBody(text.encode())
    seen = ""
    for part in range(body.portions):
        lines = [plain(body.line(number, 70)) for number in range(body.count(70))]
        assert f"part {part + 1} of {body.portions}" in lines[0]
        seen += "".join(lines[1:])
        body.turn(1)
    assert seen == text
    assert not body.turn(1)


def test_a_text_keeps_its_lines() -> None:
    body = TextBody(b"one\r\ntwo\n\tthree")
    assert [plain(body.line(number, 40)) for number in range(body.count(40))] == ["one", "two", "    three"]


@pytest.mark.parametrize(("width", "row"), [(60, 8), (100, 16)])
def test_bytes_are_rows_of_as_many_as_fit(width: int, row: int) -> None:
    raw = bytes(range(256))
    body = HexBody(raw)
    assert body.count(width) == 256 // row
    line = plain(body.line(2, width))
    assert line.startswith(f"{2 * row:08x}  {raw[2 * row : 2 * row + 8].hex(' ')}")
    assert len(line) <= width


@pytest.mark.parametrize(
    "value",
    [
        b"x" * TEN_MB,
        "ä".encode() * (TEN_MB // 2),
        b"[" * 50_000,
        b"[" + b"1," * 30_000 + b"1]",
        b'{"a":' * 90 + b"1" + b"}" * 90,
        b"\n" * TEN_MB,
        b"\xff" * TEN_MB,
        b'"' + b"\\u0000" * 10_000 + b'"',
    ],
    ids=["one line", "wide", "deep", "long list", "nested", "lines", "binary", "escapes"],
)
def test_no_value_holds_the_screen_up(value: bytes) -> None:
    record = a_record(0, value)
    decoders = TopicDecoders(limits=SCREEN)
    slowest = 0.0
    began = time.thread_time()
    sheet = Sheet(record, decoders.decode(record), decoders.choices("orders"))
    for view in View:
        sheet.choose(view)
        sheet.fold_all(False)
        for number in range(min(60, sheet.count(70))):
            sheet.line(number, 70)
        slowest, began = max(slowest, time.thread_time() - began), time.thread_time()
    brief_field(value, None)
    assert max(slowest, time.thread_time() - began) < BLOCKED


def test_a_line_of_the_list_says_null_empty_binary_and_why() -> None:
    assert plain(brief_field(None, None)) == "null"
    assert plain(brief_field(b"", None)) == "empty"
    assert plain(brief_field(b"\x00\x01", None)) == "0x0001"
    assert plain(brief_field(b'{\n  "a": 1\n}', decode_json(b'{"a": 1}'))) == '{ "a": 1 }'
    assert plain(brief_field(b"{x", decode_json(b"{x"))).startswith("✖ {x  not JSON")
    assert plain(brief_field(b"ab\x1b[0m", None)) == "ab␛[0m"
    assert brief({"a": [1, None, True, "x"], "b": b"\xff"}) == '{"a":[1,null,true,"x"],"b":0xff}'
    assert brief(["x" * 5_000], 50) == '["' + "x" * 48 + "…"


def test_what_is_looked_for_is_lit_also_across_pieces_and_out_of_sight() -> None:
    line = (Piece("ab"), Piece("cd", "name"), Piece("." * 200 + "ef"))
    assert [each.text for each in lit(line, ("bc",)) if each.part == "lit"] == ["b", "c"]
    far = shifted(lit(line, ("ef",)), 60)
    assert plain(far).index("ef") < 60
    assert shifted(lit(line, ("ab",)), 60) == lit(line, ("ab",))


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("failed", Selection(grep=("failed",))),
        ("two words", Selection(grep=("two words",))),
        ('"key=x"', Selection(grep=("key=x",))),
        ("key=o-1", Selection(key="o-1")),
        ('key="o 1" failed', Selection(grep=("failed",), key="o 1")),
        ("header trace-id=t-1 header b", Selection(headers=("trace-id=t-1", "b"))),
        ('header "a b=c d"', Selection(headers=("a b=c d",))),
        ("where value.n > 1 && key == 'x'", Selection(where=("value.n > 1 && key == 'x'",))),
        ("key=k where value.n > 1", Selection(key="k", where=("value.n > 1",))),
        ("", Selection()),
    ],
)
def test_a_filter_is_read_as_typed(text: str, selection: Selection) -> None:
    assert parse_query(text) == selection


@pytest.mark.parametrize("text", ["key=", "header", "where"])
def test_a_filter_that_lacks_its_word_says_so(text: str) -> None:
    with pytest.raises(FilterError, match="of what"):
        parse_query(text)


@pytest.mark.parametrize("text", ["plain", "two words", 'a "quoted" one', "back\\slash", "it's"])
def test_a_quoted_word_is_read_back(text: str) -> None:
    assert parse_query(f"key={quoted(text)}").key == text


def test_the_command_is_what_a_shell_takes_apart_again() -> None:
    selection = parse_query("key='a b' header x=1 where value.n > 1")
    connection = Connection(("h:1", "i:2"))
    words = shlex.split(read_command(("t",), {3, 0}, "-100:end", selection.flags(), connection))
    filters = ["--key", "a b", "--header", "x=1", "--where", "value.n > 1"]
    assert words == ["kafkatui", "read", "t", "-p", "0,3", "-o", "-100:end", *filters, "-b", "h:1,i:2"]


def test_of_too_many_found_the_far_end_goes_and_is_counted() -> None:
    found = Found(newest_first=True, bounds=Bounds(rows=100))
    for first in range(0, 1_000, 50):
        found.add([a_record(offset) for offset in range(first, first + 50)])
        assert len(found.rows) <= 100
    assert found.dropped == 1_000 - len(found.rows)
    assert key_of(found.rows[-1])[2] == 999
    assert found.cursor == len(found.rows) - 1


def test_a_cursor_among_what_was_found_stays_on_its_row_and_goes_to_the_origin() -> None:
    found = Found(newest_first=True, origin=("orders", 0, 3, -1))
    found.add([a_record(offset) for offset in range(6)])
    assert key_of(found.rows[found.cursor])[2] == 3
    found.add([a_record(offset) for offset in range(6, 9)])
    assert key_of(found.rows[found.cursor])[2] == 3


async def test_what_a_pause_can_not_keep_is_noted_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tails, "MEANWHILE", Bounds(rows=100))
    source = ScriptedTail([[a_record(first + each) for each in range(50)] for first in range(0, 500, 50)])
    tail = Tail(Plan(Request(("orders",)), (), {}))
    tail.pause(True)
    await tail.run(source)
    assert tail.meanwhile == 500
    rows, is_missing = tail.take()
    assert is_missing
    assert [key_of(row)[2] for row in rows] == list(range(400, 500))
    assert tail.take() == ([], False)


class ScriptedTail(FakeRecords):
    """Ends after what it was given."""

    def __init__(self, batches: list[list[Record]]) -> None:
        super().__init__()
        self._batches = batches

    async def _follow(self, plan: Plan, wanted: object) -> object:  # type: ignore[override]
        for batch in self._batches:
            yield Step(TopicPartition("orders", 0), batch[-1].offset + 1, tuple(batch))


def test_what_can_be_followed_of_a_record() -> None:
    record = a_record(0, headers=(("content-type", b"json"), ("x-correlation-id", b"c-1"), ("none", None)))
    assert [clue.query for clue in clues_of(record)] == [
        "header x-correlation-id=c-1",
        "key=o-1",
        "o-1",
        "header content-type=json",
    ]
    assert clues_of(a_record(0, key=None)) == []
    assert clues_of(a_record(0, key=b"\xff"))[0].query == "key=\udcff"


@pytest.mark.parametrize(("text", "span"), [("30s", timedelta(seconds=30)), (" 2h ", timedelta(hours=2)), ("x", None)])
def test_how_long_around_a_record(text: str, span: timedelta | None) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize(("ms", "text"), [(7, "7 ms"), (1_500, "1.50 s"), (78_000, "1 m 18 s"), (7_260_000, "2 h 1 m")])
def test_the_time_between_two_records(ms: int, text: str) -> None:
    assert span_text(ms) == text
