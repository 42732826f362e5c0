"""Text from a cluster: nothing of it moves a terminal, and it stays as long as it was."""

from __future__ import annotations

import unicodedata

from kafkatui.safe_text import display_width, safe_text, shorten

_VISIBLE_FORMATS = {0x06DD, 0x070F, 0x08E2, 0x110BD, 0x110CD, *range(0x0600, 0x0606), 0x0890, 0x0891}
"""Signs of Arabic, Syriac and Kaithi that enclose or stand before others: format characters by name only."""


def one(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    shown = safe_text(text)
    assert len(shown) == len(text)
    assert safe_text(shown) == shown
    for each in shown:
        kind = unicodedata.category(each)
        assert kind not in ("Cc", "Cs", "Zl", "Zp"), hex(ord(each))
        assert kind != "Cf" or ord(each) in _VISIBLE_FORMATS, hex(ord(each))
    assert 0 <= display_width(shown) <= 2 * len(shown)
    for width in (0, 1, 2, 5):
        assert len(shorten(shown, width)) <= width
