"""Every decoder by the name a person chooses it by."""

from __future__ import annotations

from collections.abc import Callable

from kafkatui.decoding import consumer_offsets, schemas
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.each import decode_each
from kafkatui.decoding.headers import decode_headers
from kafkatui.decoding.integers import decode_int32, decode_int64
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.messagepack import decode_messagepack
from kafkatui.decoding.record import DecodedRecord
from kafkatui.decoding.text import decode_text
from kafkatui.decoding.views import decode_base64, decode_hex
from kafkatui.model.records import Record

EACH = "each"
_DECODERS: dict[str, Callable[[bytes, Limits], Decoded]] = {
    "text": decode_text,
    "json": decode_json,
    "int32": lambda raw, _: decode_int32(raw),
    "int64": lambda raw, _: decode_int64(raw),
    "hex": decode_hex,
    "base64": decode_base64,
    "messagepack": decode_messagepack,
    EACH: decode_each,
    # Here without a registry; who has one calls `decode_framed` with it.
    schemas.NAME: lambda raw, limits: schemas.decode_framed(raw, limits=limits),
}
CONSUMER_OFFSETS = "consumer-offsets"
NAMES = (*_DECODERS, CONSUMER_OFFSETS)


class UnknownDecoder(ValueError):
    """No decoder has this name; the text says which there are."""


def check_name(name: str) -> str:
    """The name itself. Raises `UnknownDecoder`."""
    if name in NAMES:
        return name
    raise UnknownDecoder(f"no decoder is called {name!r}; there are {', '.join(NAMES)}")


def decode_key(decoder: str, raw: bytes | None, limits: Limits = LIMITS) -> Decoded:
    """Raises `UnknownDecoder`; bytes that can not be read become a problem."""
    check_name(decoder)
    if raw is None:
        return Decoded(decoder, None, None)
    if decoder == CONSUMER_OFFSETS:
        return consumer_offsets.decode_key(raw, limits)
    return _DECODERS[decoder](raw, limits)


def decode_value(decoder: str, raw: bytes | None, key: bytes | None, limits: Limits = LIMITS) -> Decoded:
    """`key` as stored: some values are known only by it. Raises `UnknownDecoder`."""
    check_name(decoder)
    if raw is None:
        return Decoded(decoder, None, None)
    if decoder == CONSUMER_OFFSETS:
        return consumer_offsets.decode_value(raw, key, limits)
    return _DECODERS[decoder](raw, limits)


def decode_record(record: Record, key: str, value: str, limits: Limits = LIMITS) -> DecodedRecord:
    """`key` and `value` name decoders. Raises `UnknownDecoder`."""
    return DecodedRecord(
        decode_key(key, record.key, limits),
        decode_value(value, record.value, record.key, limits),
        decode_headers(record.headers, limits),
    )
