"""Avro's logical types, as plain data a person can read. An unknown one is ignored, as Avro says."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from kafkatui.decoding import moments
from kafkatui.decoding.avro_bytes import AvroBytes
from kafkatui.decoding.decoded import Plain

Read = Callable[[AvroBytes], Plain]
_MOST_DECIMAL = 128
"""Bytes of a decimal: 308 digits. Texts of longer numbers take quadratic time."""
_PER_SECOND = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}


def logical(schema: Mapping[str, Any], kind: str, read: Read) -> Read:
    """`read` with its result as the schema's `logicalType` means it. `kind`: the Avro type it annotates."""
    name = schema.get("logicalType")
    if not isinstance(name, str):
        return read
    convert = (
        _number(name) if kind in ("int", "long") else _binary(name, schema) if kind in ("bytes", "fixed") else None
    )
    if convert is None:
        return read
    return lambda source: convert(read(source))


def _number(name: str) -> Callable[[Any], Plain] | None:
    if name == "date":
        return moments.day
    what, _, unit = name.rpartition("-")
    per_second = _PER_SECOND.get(unit)
    if per_second is None:
        return None
    if what == "time":
        return lambda units: moments.time_of_day(units, per_second)
    if what in ("timestamp", "local-timestamp"):
        zone = "Z" if what == "timestamp" else ""
        return lambda units: moments.moment(units, per_second, zone)
    return None


def _binary(name: str, schema: Mapping[str, Any]) -> Callable[[Any], Plain] | None:
    scale = schema.get("scale", 0)
    if name == "decimal" and isinstance(scale, int) and 0 <= scale <= _MOST_DECIMAL * 3:
        return lambda raw: decimal(raw, scale)
    if name == "uuid" and schema.get("size") == 16:
        return lambda raw: str(uuid.UUID(bytes=raw))
    if name == "duration" and schema.get("size") == 12:
        return _duration
    return None


def decimal(raw: bytes, scale: int) -> str | bytes:
    """Two's complement, big-endian, `scale` digits after the point: `-12.30`. As text, which keeps every digit."""
    if len(raw) > _MOST_DECIMAL:
        return raw
    number = int.from_bytes(raw, "big", signed=True)
    digits = f"{abs(number):0{scale + 1}}"
    whole, rest = digits[: len(digits) - scale], digits[len(digits) - scale :]
    return f"{'-' if number < 0 else ''}{whole}{'.' if scale else ''}{rest}"


def _duration(raw: bytes) -> Plain:
    names = ("months", "days", "milliseconds")
    return {name: int.from_bytes(raw[at : at + 4], "little") for name, at in zip(names, (0, 4, 8), strict=True)}
