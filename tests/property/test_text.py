"""Text from a cluster on its way to a terminal: nothing in it acts, nothing of it is lost."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dev.fuzz.shown_text import one
from kafkatui.decoding.ndjson import record_line
from kafkatui.decoding.ndjson_lines import read_line
from kafkatui.model.records import Record
from kafkatui.safe_text import safe_text, shorten


def test_every_character_there_is() -> None:
    """Those that are shown as they are are letters and signs; the others keep their place."""
    for start in range(0, sys.maxunicode + 1, 4_096):
        block = "".join(map(chr, range(start, min(start + 4_096, sys.maxunicode + 1))))
        one(
            block.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape")
        )
        assert len(safe_text(block)) == len(block)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"]), max_size=20))
def test_letters_stay_as_they_are(text: str) -> None:
    visible = "".join(each for each in text if not 0xE0000 <= ord(each) < 0xE1000)
    assert safe_text(visible) == visible


@given(st.text(max_size=30), st.integers(0, 30))
def test_what_is_shortened_keeps_its_ends(text: str, width: int) -> None:
    short = shorten(text, width)
    assert len(short) <= width or not width
    if len(text) > width > 2:
        assert text.startswith(short.partition("…")[0])


@given(st.text(st.characters(), max_size=8), st.binary(max_size=12) | st.none())
def test_a_line_of_json_is_safe_too_and_holds_every_byte(name: str, value: bytes | None) -> None:
    header = name.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    record = Record("t", 0, 1, 2, value, value, ((header, value),))
    line = record_line(record)
    assert safe_text(line) == line
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in line)
    read = read_line(line)
    assert (read.key, read.value, read.headers) == (value, value, ((header, value),))
