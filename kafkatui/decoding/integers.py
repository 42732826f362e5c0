"""Whole numbers as Kafka's IntegerSerializer and LongSerializer write them: big-endian and signed."""

from __future__ import annotations

from kafkatui.decoding.decoded import Decoded, failed

_LONGEST = 8


def decode_int32(raw: bytes) -> Decoded:
    return _fixed("int32", raw, 4)


def decode_int64(raw: bytes) -> Decoded:
    return _fixed("int64", raw, 8)


def decode_shortest(raw: bytes) -> Decoded:
    """As Java's `BigInteger.toByteArray` writes a long: as few bytes as it takes, at most 8."""
    if not 1 <= len(raw) <= _LONGEST:
        return failed("integer", raw, "wrong_length", f"{len(raw):,} bytes where a number takes 1 to {_LONGEST}")
    return Decoded("integer", raw, int.from_bytes(raw, "big", signed=True))


def _fixed(decoder: str, raw: bytes, width: int) -> Decoded:
    if len(raw) != width:
        return failed(decoder, raw, "wrong_length", f"{len(raw):,} bytes where {decoder} takes {width}")
    return Decoded(decoder, raw, int.from_bytes(raw, "big", signed=True))
