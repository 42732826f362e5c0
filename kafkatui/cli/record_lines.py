"""Records as bytes on stdout, in each shape `read` knows. Nothing is written here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Protocol

from kafkatui.cli.report import csv_value
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.decoders import EACH
from kafkatui.decoding.guess import Choice
from kafkatui.decoding.ndjson import record_document, record_line
from kafkatui.decoding.one_line import one_line
from kafkatui.decoding.record import DecodedRecord
from kafkatui.model.moments import local
from kafkatui.model.records import Record
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.safe_text import display_width, safe_text, shorten

FIELDS = (
    "topic", "partition", "offset", "timestamp", "timestamp_type",
    "key", "key_encoding", "value", "value_encoding", "headers",
)  # fmt: skip
_PLAIN = ("text", "json", "hex", "base64", EACH)
"""What is only guessed to be one of these says nothing that the stored bytes do not say."""
_KEY_WIDTH = 20


class Shape(StrEnum):
    """How records are printed."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    RAW = "raw"


class Lines(Protocol):
    """One shape: what stands in front, what each record is, what stands behind."""

    def head(self) -> bytes: ...
    def of(self, records: Sequence[Record]) -> bytes: ...
    def tail(self) -> bytes: ...


class NdjsonLines:
    """One object a line, in the keys of CONVENTIONS.md; safe in any terminal."""

    def __init__(self, decoders: TopicDecoders) -> None:
        self._decoders = decoders

    def head(self) -> bytes:
        return b""

    def of(self, records: Sequence[Record]) -> bytes:
        lines = [record_line(record, _told(record, self._decoders)) for record in records]
        return "\n".join([*lines, ""]).encode()

    def tail(self) -> bytes:
        return b""


class JsonDocument:
    """One document; its records are written as they come, so that it may be as long as it likes."""

    def __init__(self, decoders: TopicDecoders, cluster_id: str | None, at: str, end: Callable[[], object]) -> None:
        """`end` gives what is to be said when all is read: an object whose members follow the records."""
        self._decoders = decoders
        self._start = {"schema": "kafkatui.read/1", "cluster_id": cluster_id, "at": at}
        self._end = end
        self._separator = b"\n"

    def head(self) -> bytes:
        return (json.dumps(self._start)[:-1] + ', "records": [').encode()

    def of(self, records: Sequence[Record]) -> bytes:
        documents = (record_document(record, _told(record, self._decoders)) for record in records)
        made = [json.dumps(document).replace("\x7f", "\\u007f").encode() for document in documents]
        if not made:
            return b""
        before, self._separator = self._separator, b",\n"
        return before + b",\n".join(made)

    def tail(self) -> bytes:
        return b"], " + json.dumps(self._end())[1:].encode() + b"\n"


class CsvLines:
    """RFC 4180; what is no UTF-8 is base64, as the column beside it says, and a null has no encoding."""

    def __init__(self, *, headers: bool, terminal: bool, exact: bool) -> None:
        """`exact`: also what a spreadsheet would take for a formula is as it was stored."""
        self._headers = headers
        self._exact = exact
        self._safe = _safe_lines if terminal else _unchanged

    def head(self) -> bytes:
        return self._rows([FIELDS]) if self._headers else b""

    def of(self, records: Sequence[Record]) -> bytes:
        return self._rows(_csv_row(record, exact=self._exact) for record in records)

    def tail(self) -> bytes:
        return b""

    def _rows(self, rows: Iterable[Sequence[object]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        return self._safe(text.getvalue().encode("utf-8", "backslashreplace"))


class RawLines:
    """What a function makes of each record; made harmless on a terminal."""

    def __init__(self, make: Callable[[Record], bytes], *, terminal: bool) -> None:
        self._make = make
        self._safe = _safe_lines if terminal else _unchanged

    def head(self) -> bytes:
        return b""

    def of(self, records: Sequence[Record]) -> bytes:
        return self._safe(b"".join(map(self._make, records)))

    def tail(self) -> bytes:
        return b""


def raw_value(record: Record) -> bytes:
    """The value alone on its line; a null is an empty line."""
    return (record.value or b"") + b"\n"


class TableLines:
    """A line a record for people and awk: time, partition, offset, key, value; the last takes what room there is."""

    def __init__(
        self, decoders: TopicDecoders, *, topics: Sequence[str], headers: bool, width: int | None = None
    ) -> None:
        """`width` is a terminal's; without one nothing is left out. The topic is only told where there are several."""
        self._decoders = decoders
        self._topic_width = max(map(len, (*topics, "TOPIC"))) if len(topics) > 1 else 0
        self._headers = headers
        self._width = width

    def head(self) -> bytes:
        if not self._headers:
            return b""
        return self._line("TIME", "TOPIC", "PARTITION", "OFFSET", "KEY", "VALUE").encode()

    def of(self, records: Sequence[Record]) -> bytes:
        return "".join(map(self._of, records)).encode("utf-8", "backslashreplace")

    def tail(self) -> bytes:
        return b""

    def _of(self, record: Record) -> str:
        most = None if self._width is None else 2 * self._width
        key = _shown(self._decoders.decode_key(record), most)
        value = _shown(self._decoders.decode_value(record), most)
        return self._line(
            local_time(record.timestamp_ms), record.topic, str(record.partition), str(record.offset), key, value
        )

    def _line(self, time: str, topic: str, partition: str, offset: str, key: str, value: str) -> str:
        topic = f"{safe_text(topic).ljust(self._topic_width)}  " if self._topic_width else ""
        if self._width is not None:
            key = shorten(key, _KEY_WIDTH)
        key += " " * max(0, _KEY_WIDTH - display_width(key))
        line = f"{time:<29}  {topic}{partition:>9}  {offset:>10}  {key}  {value}"
        return (line if self._width is None else cut(line, self._width)).rstrip(" ") + "\n"


def local_time(epoch_ms: int) -> str:
    """With its zone and milliseconds; a timestamp that is no time is shown as the number it is."""
    try:
        return local(epoch_ms / 1000).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return str(epoch_ms)


def _shown(decoded: Decoded, most: int | None) -> str:
    """`-` stands for a null and two quotes for an empty text: columns are counted by awk."""
    if decoded.raw is None:
        return "-"
    return safe_text(one_line(decoded, most)) or '""'


def cut(line: str, width: int) -> str:
    """At most `width` terminal cells of it."""
    if display_width(line) <= width:
        return line
    while display_width(line) >= width:
        line = line[: len(line) - max(1, (display_width(line) - width) // 2)]
    return f"{line}…"


def _told(record: Record, decoders: TopicDecoders) -> DecodedRecord | None:
    """What a decoder adds; None where it could only say the stored bytes again."""
    choices = decoders.choices(record.topic)
    if not record.headers and is_plain(choices.key) and is_plain(choices.value):
        return None
    decoded = decoders.decode(record)
    key = Decoded("text", record.key, None) if is_plain(choices.key) else decoded.key
    value = Decoded("text", record.value, None) if is_plain(choices.value) else decoded.value
    return DecodedRecord(key, value, decoded.headers)


def is_plain(choice: Choice) -> bool:
    """Only guessed, and such that the stored bytes say as much."""
    return choice.guessed and choice.decoder in _PLAIN


def _csv_row(record: Record, *, exact: bool) -> Sequence[object]:
    document = record_document(record)
    headers = json.dumps(document["headers"], ensure_ascii=False, separators=(",", ":"))
    key, value = _csv_stored(document["key"]), _csv_stored(document["value"])
    first = (record.topic, record.partition, record.offset, record.timestamp_ms, record.timestamp_type.value)
    return [csv_value(each, exact=exact) for each in (*first, *key, *value, headers)]


def _csv_stored(stored: object) -> tuple[str, str]:
    """The text and how it is encoded."""
    if not isinstance(stored, dict):
        return "", ""
    ((encoding, text),) = stored.items()
    return str(text), str(encoding)


def _unchanged(data: bytes) -> bytes:
    return data


def _safe_lines(data: bytes) -> bytes:
    """Line by line, so that line ends stay."""
    lines = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
    return "\n".join(map(safe_text, lines)).encode()
