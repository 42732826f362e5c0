"""Values of mixed formats, each by itself: JSON, else text, else hex. Nothing is said of the topic they are in."""

from __future__ import annotations

from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.text import decode_text, is_text
from kafkatui.decoding.views import decode_hex


def decode_each(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    """`Decoded.decoder` says which it was; never fails but for its size."""
    if raw.lstrip()[:1] in (b"{", b"["):
        found = decode_json(raw, limits)
        if found.problem is None:
            return found
    return decode_text(raw, limits) if is_text(raw) else decode_hex(raw, limits)
