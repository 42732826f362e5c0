"""Bytes shown as bytes: hex and base64. They read everything and never fail, but for its size."""

from __future__ import annotations

import base64

from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.limits import LIMITS, Limits, too_large

ROW = 16
"""Bytes in one row of a hex dump."""


def decode_hex(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    """Two lower-case digits a byte, nothing between."""
    return too_large("hex", raw, limits.text_bytes) or Decoded("hex", raw, raw.hex())


def decode_base64(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    """The standard alphabet, padded."""
    return too_large("base64", raw, limits.text_bytes) or Decoded("base64", raw, base64.b64encode(raw).decode("ascii"))


def hex_rows(raw: bytes, first: int = 0, count: int = 1024) -> list[str]:
    """Rows as `hexdump -C` has them: the offset, 16 bytes, their ASCII. `first` and `count` are in rows."""
    starts = range(first * ROW, min(len(raw), (first + count) * ROW), ROW)
    return [_row(start, raw[start : start + ROW]) for start in starts]


def _row(start: int, part: bytes) -> str:
    halves = f"{part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}"
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
    return f"{start:08x}  {halves}  |{shown}|"
