"""A decoded key or value as one line of text. It is not safe for a terminal yet: that is `safe_text`'s."""

from __future__ import annotations

import json

from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.ndjson import plain

NULL = "null"
_TEXTS = ("text", "json", "hex", "base64")
"""Decoders whose bytes, or data, are the best line themselves."""
_SHOWN_BYTES = 64


def one_line(decoded: Decoded, most: int | None = None) -> str:
    """What is there, at most about `most` characters of it; a failed decode as its first bytes and the reason."""
    if decoded.raw is None:
        return NULL
    if decoded.problem is not None:
        return _failed(decoded.raw, decoded.problem.text)
    if isinstance(decoded.value, str):
        return decoded.value if most is None else decoded.value[:most]
    if decoded.decoder in _TEXTS and b"\n" not in decoded.raw and (most is None or len(decoded.raw) <= most):
        return decoded.raw.decode("utf-8", "replace")
    line = json.dumps(plain(decoded.value), ensure_ascii=False, separators=(",", ":"))
    return line if most is None else line[:most]


def _failed(raw: bytes, why: str) -> str:
    more = "…" if len(raw) > _SHOWN_BYTES else ""
    return f"{raw[:_SHOWN_BYTES].hex(' ')}{more} ({why})"
