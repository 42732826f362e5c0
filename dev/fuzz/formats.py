"""Bytes by every decoder that needs no schema: plain data, or a problem."""

from __future__ import annotations

from dev.fuzz.avro import LIMITS, check
from kafkatui.decoding.decoders import NAMES, decode_key, decode_value
from kafkatui.decoding.guess import choose


def one(data: bytes) -> None:
    """The first byte picks the decoder and where the key ends."""
    if not data:
        return
    decoder, key_ends = NAMES[data[0] % len(NAMES)], 1 + (data[0] // len(NAMES)) * 2
    key, value = data[1:key_ends], data[key_ends:]
    check(decode_key(decoder, value, LIMITS), value)
    check(decode_value(decoder, value, key, LIMITS), value)
    assert choose("t", [value]).decoder in NAMES
