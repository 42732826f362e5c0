"""MessagePack by the `msgpack` library, which is loaded only when a value is read as it."""

from __future__ import annotations

from typing import cast

from kafkatui.decoding.decoded import Decoded, Plain, failed
from kafkatui.decoding.limits import LIMITS, Limits, is_deeper, too_deep, too_large

_NANOSECONDS = 2
"""Timestamps become whole nanoseconds since 1970: a float or a datetime would lose some of them."""
_MOST_ELEMENTS = 1 << 18
"""Room for a list is taken by its declared length, before its elements are there; nested ones multiply."""


def decode_messagepack(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    """A map whose keys are not all texts, or not distinct, is a list of `[key, value]`; an extension type is a map."""
    import msgpack

    if large := too_large("messagepack", raw, limits.messagepack_bytes):
        return large
    try:
        value = msgpack.unpackb(
            raw,
            timestamp=_NANOSECONDS,
            strict_map_key=False,
            object_pairs_hook=_map,
            ext_hook=_extension,
            max_array_len=min(len(raw), _MOST_ELEMENTS),
            max_map_len=min(len(raw), _MOST_ELEMENTS),
        )
    except msgpack.StackError:
        return too_deep("messagepack", raw, limits.depth)
    except ValueError as error:  # all of msgpack's own errors, and text that is not UTF-8
        return failed("messagepack", raw, "invalid_messagepack", f"not MessagePack: {_reason(error)}")
    return too_deep("messagepack", raw, limits.depth) if is_deeper(value, limits.depth) else _decoded(raw, value)


def _decoded(raw: bytes, value: object) -> Decoded:
    return Decoded("messagepack", raw, cast(Plain, value))


def _map(pairs: list[tuple[Plain, Plain]]) -> Plain:
    texts = {key: value for key, value in pairs if isinstance(key, str)}
    return cast(Plain, texts) if len(texts) == len(pairs) else [[key, value] for key, value in pairs]


def _extension(code: int, data: bytes) -> Plain:
    return {"ext": code, "data": data}


def _reason(error: ValueError) -> str:
    """Its own errors may quote the whole value."""
    if isinstance(error, UnicodeDecodeError):
        return "a text in it is not UTF-8"
    if hasattr(error, "extra"):
        return f"{len(error.extra):,} bytes are left over"
    return str(error)[:120] or "it ends or begins nothing that is known"
