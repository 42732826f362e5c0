"""Records and dead letters as CSV: what a spreadsheet takes for a formula is disarmed, unless it is to be exact."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from kafkatui.cli.letter_lines import CSV_FIELDS, Shown, csv_lines
from kafkatui.cli.record_lines import FIELDS, CsvLines
from kafkatui.dead_letters.recognise import Recogniser
from tests.fake_records import a_record


def in_a_record(value: str, exact: bool) -> str:
    lines = CsvLines(headers=False, terminal=False, exact=exact)
    (row,) = csv.reader(io.StringIO(lines.of([a_record(value=value.encode())]).decode(), newline=""))
    return row[FIELDS.index("value")]


def in_a_dead_letter(message: str, exact: bool) -> str:
    said = (("kafka_dlt-exception-message", message.encode()), ("kafka_dlt-original-topic", b"orders"))
    letter = Recogniser().read(a_record(headers=said))
    assert letter is not None
    (line,) = csv_lines([Shown(letter, "cause", None)], headers=False, exact=exact)
    (row,) = csv.reader(io.StringIO(f"{line}\n", newline=""))
    return row[CSV_FIELDS.index("message")]


@pytest.mark.parametrize("shown", [in_a_record, in_a_dead_letter])
@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_disarmed_unless_it_is_to_be_exact(shown: Callable[[str, bool], str], text: str) -> None:
    assert shown(text, False) == f"'{text}"
    assert shown(text, True) == text
