"""Following one thing through topics: what of a record can be followed, and the scope that shows its way. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kafkatui.filters import Selection
from kafkatui.model import moments
from kafkatui.model.positions import AtTime, Range
from kafkatui.model.records import Record
from kafkatui.tui.records.query import quoted
from kafkatui.tui.records.scope import Scope
from kafkatui.tui.records.window import key_of

_TRACES = ("trace", "correlation", "request", "flow", "order")
"""Headers with such names are what one follows first."""
LONGEST = 200
"""Bytes: what is longer is a document, not an id."""
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Clue:
    """Something of a record that other records have, too."""

    name: str
    text: str
    """It may carry bytes that are no UTF-8, as `surrogateescape` does."""
    query: str
    selection: Selection


def clues_of(record: Record) -> list[Clue]:
    """The likeliest first: headers that name a trace, the key, the key anywhere, the other headers."""
    headers = [
        Clue(f"header {name}", _text(raw), f"header {quoted(f'{name}={_text(raw)}')}", _by_header(name, _text(raw)))
        for name, raw in record.headers
        if raw and len(raw) <= LONGEST
    ]
    traces = [clue for clue in headers if any(word in clue.name.casefold() for word in _TRACES)]
    keys = []
    if record.key and len(record.key) <= LONGEST:
        text = _text(record.key)
        keys = [
            Clue("key", text, f"key={quoted(text)}", Selection(key=text)),
            Clue("key, anywhere", text, quoted(text), Selection(grep=(text,))),
        ]
    return [*_trace_ids(record), *traces, *keys, *(clue for clue in headers if clue not in traces)]


def _trace_ids(record: Record) -> list[Clue]:
    """W3C trace context: of a `traceparent` only the trace id stays the same from one hop to the next."""
    found = []
    for name, raw in record.headers:
        match = _TRACEPARENT.fullmatch(raw or b"")
        if name.casefold() == "traceparent" and match is not None:
            text = match[1].decode()
            found.append(Clue("trace id of traceparent", text, text, Selection(grep=(text,))))
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _by_header(name: str, text: str) -> Selection:
    return Selection(headers=(f"{name}={text}",))


def span_of(text: str) -> timedelta | None:
    """`30s`, `10m`, `2h`, `1d`; None for anything else."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", text)
    return None if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})


def timeline(clue: Clue, record: Record, topics: Sequence[str], around: timedelta, now: datetime) -> Scope:
    """Everything with that clue, `around` before and after the record, oldest first. `now` has a zone."""
    at = datetime.fromtimestamp(record.timestamp_ms / 1000, now.tzinfo)
    window = Range(AtTime(moments.later(at, -around)), AtTime(moments.later(at, around)))
    return Scope(
        tuple(topics),
        None,
        window,
        str(window),
        clue.query,
        clue.selection,
        newest_first=False,
        is_timeline=True,
        origin=key_of(record),
    )
