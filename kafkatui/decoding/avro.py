"""Avro's binary encoding, by the schema it was written with, which is given. Framing is in `framing`."""

from __future__ import annotations

from kafkatui.decoding.avro_bytes import AvroBytes, AvroError
from kafkatui.decoding.avro_schema import AvroSchema
from kafkatui.decoding.decoded import Decoded, failed
from kafkatui.decoding.limits import LIMITS, Limits, too_deep, too_large


def decode_avro(raw: bytes, schema: AvroSchema, limits: Limits = LIMITS) -> Decoded:
    """A union is the value of its branch; decimals, dates and uuids are texts; NaN and the infinities are texts too."""
    if large := too_large("avro", raw, limits.schema_bytes):
        return large
    source = AvroBytes(raw, limits)
    try:
        value = schema.read(source)
    except AvroError as error:
        wrong = "not a value of this schema: " if error.code == "invalid_avro" else ""
        return failed("avro", raw, error.code, f"{wrong}{error}")
    except RecursionError:
        return too_deep("avro", raw, limits.depth)
    notes = (f"{source.left:,} bytes follow that the schema does not have",) if source.left else ()
    return Decoded("avro", raw, value, notes)
