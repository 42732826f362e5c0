"""The click that leads to an order, as MessagePack: the binary values of the world. Orders are in `orders`."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from kafkatui.minicluster.orders import Order
from kafkatui.model.records import NewRecord

_PAGES = ("/", "/search", "/cart", "/checkout", "/article")


def clicks(order: Order) -> Iterator[NewRecord]:
    """`clicks.raw`: one click for each order; the key is a session id of eight raw bytes."""
    session = struct.pack(">Q", order.trace >> 64)
    value = packed(
        {
            "session": session,
            "page": _PAGES[order.number % len(_PAGES)],
            "sku": order.lines[0][0],
            "at": order.at_ms - 500,
            "x": order.trace % 1920,
            "y": order.trace % 1077,
        }
    )
    yield NewRecord("clicks.raw", session, value, (("content-type", b"application/msgpack"),), order.at_ms - 500)


def packed(fields: Mapping[str, str | bytes | int]) -> bytes:
    """A MessagePack map of at most 15 short fields; integers as unsigned."""
    body = b"".join(_packed_text(name) + _packed_value(value) for name, value in fields.items())
    return bytes([0x80 | len(fields)]) + body


def _packed_value(value: str | bytes | int) -> bytes:
    if isinstance(value, str):
        return _packed_text(value)
    if isinstance(value, bytes):
        return bytes([0xC4, len(value)]) + value
    if value < 0x80:
        return bytes([value])
    return struct.pack(">BH", 0xCD, value) if value < 0x10000 else struct.pack(">BQ", 0xCF, value)


def _packed_text(text: str) -> bytes:
    raw = text.encode()
    return bytes([0xA0 | len(raw)]) + raw if len(raw) < 32 else bytes([0xD9, len(raw)]) + raw
