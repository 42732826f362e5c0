"""One record as one line of JSON: what `read` prints. `ndjson_lines` reads it back, byte by byte.

Keys, values and header values are `{"text": ...}` where they are UTF-8, else `{"base64": ...}`, or null.
"""

from __future__ import annotations

import base64
import json
import math
from functools import cache

from kafkatui.decoding.decoded import Decoded, Plain
from kafkatui.decoding.record import DecodedRecord
from kafkatui.model.records import Record
from kafkatui.safe_text import HIDDEN

_DEL = 0x7F


def record_line(record: Record, decoded: DecodedRecord | None = None) -> str:
    """Without a line end. It is safe for a terminal: what `safe_text` would not let through is escaped."""
    line = json.dumps(record_document(record, decoded), ensure_ascii=False, separators=(",", ":"))
    return line if line.isascii() and line.isprintable() else line.translate(_escapes())


@cache
def _escapes() -> dict[int, str]:
    """JSON itself escapes C0; these it leaves to whoever prints it."""
    return {code: json.dumps(chr(code))[1:-1] for code in HIDDEN} | {_DEL: "\\u007f"}


def record_document(record: Record, decoded: DecodedRecord | None = None) -> dict[str, Plain]:
    """`decoded` adds what decoders made of it; plain texts are not said twice. `masked` names what is not shown."""
    document: dict[str, Plain] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "timestamp_type": record.timestamp_type.value,
        "key": stored(record.key),
        "value": stored(record.value),
        "headers": [[name, stored(raw)] for name, raw in record.headers],
    }
    if record.masked is not None:
        document["masked"] = list(record.masked.paths)
    if decoded and (more := decoded_document(decoded)):
        document["decoded"] = more
    return document


def stored(raw: bytes | None) -> Plain:
    if raw is None:
        return None
    try:
        return {"text": raw.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}


def decoded_document(decoded: DecodedRecord) -> dict[str, Plain]:
    """`key` and `value` as `{"decoder", "data"}`, with `notes` and a `problem` if there are any; headers as pairs."""
    document: dict[str, Plain] = {
        name: _decoded(field) for name, field in (("key", decoded.key), ("value", decoded.value)) if _says_more(field)
    }
    if any(_says_more(field) for _, field in decoded.headers):
        document["headers"] = [[name, _decoded(field)] for name, field in decoded.headers]
    return document


def _says_more(field: Decoded) -> bool:
    unusual = field.decoder not in ("text", "bytes") or field.problem or field.notes
    return field.raw is not None and bool(unusual)


def _decoded(field: Decoded) -> Plain:
    document: dict[str, Plain] = {"decoder": field.decoder, "data": None}
    if field.problem:
        document["problem"] = {"code": field.problem.code, "text": field.problem.text}
    else:
        document["data"] = plain(field.value)
    if field.schema:
        document["schema"] = field.schema
    if field.notes:
        document["notes"] = list(field.notes)
    return document


def plain(value: object) -> Plain:
    """Bytes within a decoded value are written as stored bytes are, numbers that JSON has no word for as text."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value  # type: ignore[return-value]
