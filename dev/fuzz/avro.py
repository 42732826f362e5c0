"""An Avro schema and bytes for it: a value within the limits, or a problem."""

from __future__ import annotations

import json

from kafkatui.decoding.avro import decode_avro
from kafkatui.decoding.avro_schema import parse_avro
from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.limits import Limits, is_deeper
from kafkatui.decoding.ndjson import plain

LIMITS = Limits(items=1 << 12)


def one(data: bytes) -> None:
    """Schema and value, with a zero byte between."""
    text, _, raw = data.partition(b"\0")
    try:
        schema = parse_avro(text.decode("utf-8", "replace"))
    except BadSchema:
        return
    check(decode_avro(raw, schema, LIMITS), raw)


def check(decoded: Decoded, raw: bytes) -> None:
    """What holds of every decoder."""
    assert decoded.raw == raw
    if decoded.problem is not None:
        assert decoded.problem.text
        return
    value = decoded.value
    assert not isinstance(value, (list, dict)) or not is_deeper(value, 400)
    json.dumps(plain(value))
