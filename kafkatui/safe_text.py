"""The one gate between text from the cluster and a terminal. Every name, value and message goes through it."""

from __future__ import annotations

import unicodedata

_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
HIDDEN = (
    *range(0x80, 0xA0),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0x061C,
    0x00AD,
    0x180E,
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    *(0x115F, 0x1160, 0x3164, 0xFFA0),
    *range(0x13430, 0x13456),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE0080),
    *range(0xD800, 0xE000),
)
"""Code points that show nothing, or turn or join what is around them.

C1, zero-width, bidi, tags, lone surrogates; Hangul fillers, which count as letters; what lays out hieroglyphs,
shorthand and music.
"""
_TABLE = _PICTURES | dict.fromkeys(HIDDEN, 0xFFFD)


def safe_text(text: str) -> str:
    """One line of printable text: controls become visible symbols, bidi and zero-width marks a replacement sign.

    C0 and DEL turn into Unicode's control pictures, C1, bidi controls, zero-width and tag characters and lone
    surrogates into U+FFFD (CWE-150). Newlines and tabs count as controls: what needs lines splits them first.
    """
    return text if text.isascii() and text.isprintable() else text.translate(_TABLE)


def shorten(text: str, width: int) -> str:
    """At most `width` characters, the middle given up for an ellipsis: the ends tell names apart."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def display_width(text: str) -> int:
    """Terminal cells `text` takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
