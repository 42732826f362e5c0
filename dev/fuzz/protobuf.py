"""A `.proto` text and bytes for its first message: a value within the limits, or a problem."""

from __future__ import annotations

from dev.fuzz.avro import LIMITS, check
from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.protobuf import decode_protobuf, parse_protobuf


def one(data: bytes) -> None:
    """Schema and value, with a zero byte between."""
    text, _, raw = data.partition(b"\0")
    try:
        schema = parse_protobuf(text.decode("utf-8", "replace"), {})
        message = schema.message((0,))
    except BadSchema:
        return
    check(decode_protobuf(raw, schema, message, LIMITS), raw)
