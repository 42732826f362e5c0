"""Records as text for an editor, and back: whoever changes nothing sends nothing else. No editor is run here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafkatui.decoding.ndjson import record_line, stored
from kafkatui.decoding.ndjson_lines import LineError, read_line
from kafkatui.model.records import NewRecord, Place, Record
from kafkatui.replay.stamps import SOURCE

EDITED = "kafkatui-edited"
"""The header of a copy that is not what its source is."""
_STYLES: tuple[dict[str, Any], ...] = tuple(
    {"separators": separators, "ensure_ascii": ascii_only}
    for separators in ((",", ":"), (", ", ": "))
    for ascii_only in (False, True)
)
_FIELDS = ("partition", "timestamp", "key", "value", "headers")


@dataclass(frozen=True, slots=True)
class Edited:
    """A record as it came out of the editor."""

    source: Record
    record: NewRecord

    @property
    def is_changed(self) -> bool:
        return _content(self.record) != (
            self.source.partition,
            self.source.timestamp_ms,
            self.source.key,
            self.source.value,
            self.source.headers,
        )

    @property
    def line(self) -> str:
        """As `read --output ndjson` prints it; one that was changed says so, and what it was made of."""
        made, source = self.record, self.source
        headers = made.headers
        if self.is_changed:
            kept = tuple(header for header in headers if header[0] not in (EDITED, SOURCE))
            place = str(_place(source)).encode("utf-8", "surrogateescape")
            headers = (*kept, (EDITED, b"1"), (SOURCE, place))
        partition = source.partition if made.partition is None else made.partition
        at = source.timestamp_ms if made.timestamp_ms is None else made.timestamp_ms
        return record_line(Record(source.topic, partition, source.offset, at, made.key, made.value, headers))


def text_of(records: Sequence[Record]) -> str:
    """One JSON document each, values that are JSON as such: written back as they were unless they are changed."""
    return "\n".join(json.dumps(_document(each), indent=2, ensure_ascii=False) + "\n" for each in records)


def edited(text: str, records: Sequence[Record]) -> list[Edited]:
    """What the text says of these records, in its order; a document that is gone is a record less.

    Raises `LineError` for what is no record, or not of one of these.
    """
    sources = {str(_place(each)): each for each in records}
    found = []
    for document in _documents(text):
        if not isinstance(document, dict) or document.get("source") not in sources:
            raise LineError('each document keeps its "source", which says what it was made of')
        source = sources.pop(document["source"])
        unknown = sorted(document.keys() - {"source", *_FIELDS})
        if unknown:
            raise LineError(f"unknown name {unknown[0]!r}; there are {', '.join(_FIELDS)}")
        found.append(Edited(source, _record(document, source)))
    return found


def _place(record: Record) -> Place:
    return Place(record.topic, record.partition, record.offset)


def _content(made: NewRecord) -> tuple[Any, ...]:
    return made.partition, made.timestamp_ms, made.key, made.value, made.headers


def _document(record: Record) -> Mapping[str, Any]:
    return {
        "source": str(_place(record)),
        "partition": record.partition,
        "timestamp": record.timestamp_ms,
        "key": _shown(record.key),
        "value": _shown(record.value),
        "headers": [[name, stored(raw)] for name, raw in record.headers],
    }


def _shown(raw: bytes | None) -> Any:
    kept = stored(raw)
    if isinstance(kept, dict) and "text" in kept and (style := _style(str(kept["text"]))) is not None:
        return {"json": style[0]}
    return kept


def _style(text: str) -> tuple[Any, dict[str, Any]] | None:
    """An object or a list that is text again, byte by byte, in one of the usual ways to write it; and which."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict | list):
        return None
    return next(((value, style) for style in _STYLES if json.dumps(value, **style) == text), None)


def _documents(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while (at := len(text) - len(text[at:].lstrip())) < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise LineError(f"not JSON: {error.msg} in line {error.lineno}, character {error.colno}") from error
        yield document


def _record(document: Mapping[str, Any], source: Record) -> NewRecord:
    fields = {name: document[name] for name in _FIELDS if name in document}
    for name, raw in (("key", source.key), ("value", source.value)):
        field = fields.get(name)
        if isinstance(field, dict) and field.keys() == {"json"}:
            fields[name] = {"text": json.dumps(field["json"], **_style_of(raw))}
    return read_line(json.dumps(fields), source.topic)


def _style_of(raw: bytes | None) -> dict[str, Any]:
    """How the value was written before."""
    found = None if raw is None else _style(raw.decode("utf-8", "replace"))
    return _STYLES[0] if found is None else found[1]
