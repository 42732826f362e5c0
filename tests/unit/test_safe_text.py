"""The gate between the cluster and a terminal: nothing that moves a cursor or reorders text comes through."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from kafkatui.safe_text import display_width, safe_text, shorten

CORPUS = [
    ("plain orders-1", "plain orders-1"),
    ("Grüße, 注文 🚀", "Grüße, 注文 🚀"),
    ("e\u0301", "e\u0301"),
    ("\x1b[2J\x1b[H", "␛[2J␛[H"),
    ("\x1b]0;title\x07", "␛]0;title␇"),
    ("\x1b]52;c;aGk=\x1b\\", "␛]52;c;aGk=␛\\"),
    ("a\nb\r\tc", "a␊b␍␉c"),
    ("\x00\x08\x7f", "␀␈␡"),
    ("\x9b2J\x85", "\ufffd2J\ufffd"),
    ("\u202eevil\u202c", "\ufffdevil\ufffd"),
    ("\u2066a\u2069\u200fb", "\ufffda\ufffd\ufffdb"),
    ("ad\u200bmin\ufeff", "ad\ufffdmin\ufffd"),
    ("a\u2028b\u2029c", "a\ufffdb\ufffdc"),
    ("\U000e0041", "\ufffd"),
    ("\ud800", "\ufffd"),
    ("\u00ad\u180e\u061c", "\ufffd\ufffd\ufffd"),
    ("[bold]x[/bold] [@click=app.quit]y", "[bold]x[/bold] [@click=app.quit]y"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), CORPUS)
def test_what_is_dangerous_becomes_visible(text: str, expected: str) -> None:
    assert safe_text(text) == expected


def test_no_control_of_unicode_comes_through() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    through = {
        character for character in safe_text(every) if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    }
    assert not through


def test_no_bidi_control_comes_through() -> None:
    marks = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    every = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.bidirectional(chr(code)) in marks]
    assert every
    assert set(safe_text("".join(every))) == {"\ufffd"}


def test_what_is_safe_stays_safe() -> None:
    for text, expected in CORPUS:
        assert safe_text(expected) == expected, text


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("orders", 6, "orders"),
        ("orders.created", 9, "orde…ated"),
        ("orders.created", 8, "orde…ted"),
        ("orders", 2, "o…"),
        ("orders", 1, "…"),
        ("orders", 0, ""),
        ("", 0, ""),
    ],
)
def test_shortening_keeps_both_ends(text: str, width: int, expected: str) -> None:
    assert shorten(text, width) == expected
    assert len(shorten(text, width)) <= max(width, 0)


@pytest.mark.parametrize(("text", "width"), [("", 0), ("abc", 3), ("注文", 4), ("e\u0301", 1), ("é", 1), ("🚀", 2)])
def test_the_cells_a_text_takes(text: str, width: int) -> None:
    assert display_width(text) == width
