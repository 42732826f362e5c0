"""UTF-8, strictly, and what counts as text at all."""

from __future__ import annotations

import re

from kafkatui.decoding.decoded import Decoded, failed
from kafkatui.decoding.limits import LIMITS, Limits, too_large

_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Controls no text has. Tab, line ends, form feed and ESC (coloured log lines) occur in texts."""


def decode_text(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    if large := too_large("text", raw, limits.text_bytes):
        return large
    try:
        return Decoded("text", raw, raw.decode())
    except UnicodeDecodeError as error:
        return not_utf8("text", raw, error)


def not_utf8(decoder: str, raw: bytes, error: UnicodeDecodeError) -> Decoded:
    return failed(decoder, raw, "invalid_utf8", f"not UTF-8: byte 0x{raw[error.start]:02x} at {error.start}")


def is_text(raw: bytes) -> bool:
    """Valid UTF-8 without binary controls: `00 00 00 05` is valid UTF-8 too, but nobody wrote it as text."""
    if _BINARY.search(raw):
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
