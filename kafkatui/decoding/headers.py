"""Header values with their types: a number where the name says so, else text, else bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from kafkatui.decoding.decoded import Decoded, failed
from kafkatui.decoding.header_names import NUMBERS, Writing
from kafkatui.decoding.integers import decode_int32, decode_int64, decode_shortest
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.text import decode_text, is_text
from kafkatui.model.records import Header

_DECIMAL = re.compile(rb"-?[0-9]{1,19}")
"""As many digits as a signed 64-bit number has."""
_BINARY: dict[Writing, Callable[[bytes], Decoded]] = {
    Writing.INT32: decode_int32,
    Writing.INT64: decode_int64,
    Writing.SHORTEST: decode_shortest,
}


def decode_headers(headers: Iterable[Header], limits: Limits = LIMITS) -> tuple[tuple[str, Decoded], ...]:
    """In their order, each one that repeats on its own."""
    return tuple((name, decode_header(name, raw, limits)) for name, raw in headers)


def decode_header(name: str, raw: bytes | None, limits: Limits = LIMITS) -> Decoded:
    """A number that is not written as its dialect writes it is read as what it is, with a note, or is a problem."""
    writing = NUMBERS.get(name)
    if raw is None:
        return Decoded(writing.value if writing else "text", None, None)
    if writing is None:
        return _text_or_bytes(raw, limits)
    if writing is Writing.DECIMAL:
        return _decimal(raw) or _other(raw, "a decimal number")
    decoded = _BINARY[writing](raw)
    # Digits of exactly the binary length: as a binary number they were a partition above 808 million, an offset above
    # 3e18 or a year above 100,000,000. Only where any length is right may they be a small binary number.
    if (decoded.problem or writing is not Writing.SHORTEST) and (decimal := _decimal(raw)):
        return replace(decimal, notes=(f"written as text, where its dialect writes {writing.value}",))
    return _other(raw, writing.value) if decoded.problem else decoded


def _decimal(raw: bytes) -> Decoded | None:
    return Decoded("decimal", raw, int(raw)) if _DECIMAL.fullmatch(raw) else None


def _other(raw: bytes, wanted: str) -> Decoded:
    """Not what the name promises."""
    if raw and is_text(raw):
        return replace(decode_text(raw), notes=(f"text, where the name promises {wanted}",))
    return failed("bytes", raw, "wrong_length", f"{len(raw):,} bytes that are neither {wanted} nor text")


def _text_or_bytes(raw: bytes, limits: Limits) -> Decoded:
    return decode_text(raw, limits) if is_text(raw) else Decoded("bytes", raw, raw)
