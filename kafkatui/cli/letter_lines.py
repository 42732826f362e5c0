"""Single dead letters as text, JSON and CSV. What they mean is in `dead_letters`, what is read in `letters_shown`."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafkatui.cli.letter_documents import problems, told
from kafkatui.cli.record_lines import cut, local_time
from kafkatui.cli.report import csv_line, csv_value, dumped, on_terminal
from kafkatui.cli.searched import Searched
from kafkatui.dead_letters.letter import DeadLetter, Origin, Text
from kafkatui.dead_letters.origin import Fetched
from kafkatui.dead_letters.stacktrace import fold
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.ndjson import record_document
from kafkatui.decoding.one_line import one_line
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.safe_text import safe_text

CSV_FIELDS = (
    *("topic", "partition", "offset", "timestamp", "dialect", "cause", "exception", "message", "origin_topic"),
    *("origin_partition", "origin_offset", "origin_timestamp", "group", "passes", "sent", "attempts", "connector"),
    *("stage", "task", "origin", "same"),
)
_LABEL = 11


@dataclass(frozen=True, slots=True)
class Shown:
    """A dead letter, its cause, and its origin if that was read."""

    letter: DeadLetter
    cause: str
    origin: Fetched | None


def ndjson(shown: Iterable[Shown], decoders: TopicDecoders) -> Iterator[str]:
    return (dumped(_document(each, decoders)) for each in shown)


def json_document(
    shown: Iterable[Shown], decoders: TopicDecoders, head: Mapping[str, Any], searched: Iterable[Searched]
) -> Iterator[str]:
    ends: dict[str, list[Any]] = {"searched": [], "not_read": []}
    for each in searched:
        for name, pieces in each.document().items():
            ends[name] += list(pieces) if isinstance(pieces, list) else []
    letters = [_document(each, decoders) for each in shown]
    whole = {"schema": "kafkatui.dlq-show/1", **head, "dead_letters": letters, **ends}
    yield dumped(whole, indent=2 if on_terminal() else None)


def csv_lines(shown: Iterable[Shown], *, headers: bool, exact: bool) -> Iterator[str]:
    if headers:
        yield csv_line(CSV_FIELDS)
    for each in shown:
        document = _flat(each)
        yield csv_line([csv_value(document[name], exact=exact) for name in CSV_FIELDS])


def text(shown: Sequence[Shown], decoders: TopicDecoders, *, full: bool) -> Iterator[str]:
    """Blocks with an empty line between; a text of the cluster never begins a line of its own."""
    width = shutil.get_terminal_size().columns if on_terminal() else None
    for number, each in enumerate(shown):
        if number:
            yield ""
        for line in _block(each, decoders, full=full):
            yield line if width is None else cut(line, width)


def _block(shown: Shown, decoders: TopicDecoders, *, full: bool) -> Iterator[str]:
    letter = shown.letter
    record = letter.record
    yield f"{safe_text(str(letter.place))}  {local_time(record.timestamp_ms)}  {letter.dialect.title}  {shown.cause}"
    yield _line("origin", _origin(letter.last_origin))
    if letter.passes > 1:
        yield _line("first", f"{_origin(letter.first_origin)}  ({letter.passes} passes)")
    yield _line("attempts", f"{_or_reason(letter.attempts)}  sent {_times(letter.sent)}")
    yield _line("exception", _or_reason(letter.exception))
    message = letter.message.splitlines() if isinstance(letter.message, str) else [_or_reason(letter.message)]
    yield from _lines("message", message)
    if isinstance(letter.connector, str):
        parts = (letter.connector, f"task {_or_reason(letter.task)}", _or_reason(letter.stage))
        yield _line("connector", "  ".join(parts))
    if letter.others:
        yield _line("also", ", ".join(other.title for other in letter.others))
    if record.masked is not None:
        yield _line("masked", f"{record.masked.text}: {', '.join(record.masked.paths)}")
    yield from _record(record, decoders, set(letter.own))
    if isinstance(letter.stacktrace, str):
        yield from _lines("stack", letter.stacktrace.splitlines() if full else fold(letter.stacktrace))
    if shown.origin is not None:
        yield from _beside(shown.origin, record, decoders)


def _record(record: Record, decoders: TopicDecoders, hidden: set[str]) -> Iterator[str]:
    yield _line("key", _value(decoders.decode_key(record)))
    yield _line("value", _value(decoders.decode_value(record)))
    headers = [(name, decoded) for name, decoded in decoders.decode(record).headers if name not in hidden]
    for name, decoded in headers:
        yield _line("header", f"{name}: {_value(decoded)}")


def _beside(origin: Fetched, record: Record, decoders: TopicDecoders) -> Iterator[str]:
    """What differs between the dead letter and the record it came from."""
    if isinstance(origin, Problem):
        yield _line("the origin", f"is not there: {origin.text}")
        return
    same = _same(record, origin)
    if same is None:
        yield _line("the origin", "has the same key and value as far as they are shown: what is masked is not compared")
    else:
        yield _line("the origin", "has the same key and value" if same else f"has another {_differing(record, origin)}")
    if same is False:
        yield _line("its key", _value(decoders.decode_key(origin)))
        yield _line("its value", _value(decoders.decode_value(origin)))


def _same(record: Record, origin: Record) -> bool | None:
    """None: what is shown is the same, and something is hidden of it."""
    if (record.key, record.value) != (origin.key, origin.value):
        return False
    return True if record.masked is None and origin.masked is None else None


def _differing(record: Record, origin: Record) -> str:
    return " and ".join(
        name for name, one, other in (("key", record.key, origin.key), ("value", record.value, origin.value))
        if one != other
    )  # fmt: skip


def _origin(origin: Origin) -> str:
    place = origin.place
    where = f"{origin.topic}" if isinstance(place, Problem) and isinstance(origin.topic, str) else ""
    shown = f"{where} ({place.text})".strip() if isinstance(place, Problem) else str(place)
    moment = local_time(origin.timestamp_ms) if isinstance(origin.timestamp_ms, int) else ""
    group = f"group {origin.group}" if isinstance(origin.group, str) else ""
    return "  ".join(filter(None, (shown, moment, group)))


def _or_reason(value: Text | int) -> str:
    if isinstance(value, Problem):
        return "-" if value.code == "not_told" else f"? ({value.text})"
    return str(value)


def _times(sent: int | Problem) -> str:
    return _or_reason(sent) if isinstance(sent, Problem) else f"{sent} time" + ("" if sent == 1 else "s")


def _value(decoded: Decoded) -> str:
    """`-` stands for a null and two quotes for an empty text, as `read` prints them."""
    if decoded.raw is None:
        return "-"
    return one_line(decoded, None) or '""'


def _line(label: str, value: str) -> str:
    return f"  {label:<{_LABEL}} {safe_text(value)}"


def _lines(label: str, values: Sequence[str]) -> Iterator[str]:
    for number, value in enumerate(values):
        yield _line("" if number else label, value.expandtabs(4))


def _document(shown: Shown, decoders: TopicDecoders) -> dict[str, Any]:
    """One dead letter of `kafkatui.dlq-show/1`."""
    letter = shown.letter
    document: dict[str, Any] = {
        **record_document(letter.record, decoders.decode(letter.record)),
        "dead_letter": {
            "dialect": letter.dialect.name,
            "also": [other.name for other in letter.others],
            "cause": shown.cause,
            "exception": told(letter.exception),
            "message": told(letter.message),
            "stacktrace": told(letter.stacktrace),
            "connector": told(letter.connector),
            "stage": told(letter.stage),
            "task": told(letter.task),
            "passes": letter.passes,
            "sent": told(letter.sent),
            "attempts": told(letter.attempts),
            "origin": _origin_document(letter.last_origin),
            "first_origin": _origin_document(letter.first_origin),
            "own_headers": sorted(letter.own),
            "problems": problems(
                exception=letter.exception, message=letter.message, stacktrace=letter.stacktrace,
                connector=letter.connector, stage=letter.stage, task=letter.task, sent=letter.sent,
                attempts=letter.attempts,
            ),
        },
    }  # fmt: skip
    if shown.origin is not None:
        document["origin_record"] = _fetched(shown.origin, letter.record, decoders)
    return document


def _origin_document(origin: Origin) -> dict[str, Any]:
    parts: dict[str, Text | int] = {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "timestamp": origin.timestamp_ms,
        "group": origin.group,
    }
    return {name: told(value) for name, value in parts.items()} | {"problems": problems(**parts)}


def _fetched(origin: Fetched, record: Record, decoders: TopicDecoders) -> dict[str, Any]:
    if isinstance(origin, Problem):
        return {"record": None, "same": None, "problem": {"code": origin.code, "text": origin.text}}
    return {"record": record_document(origin, decoders.decode(origin)), "same": _same(record, origin), "problem": None}


def _flat(shown: Shown) -> dict[str, Any]:
    letter, record, origin = shown.letter, shown.letter.record, shown.letter.last_origin
    fetched = shown.origin
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "dialect": letter.dialect.name,
        "cause": shown.cause,
        "exception": told(letter.exception),
        "message": told(letter.message),
        "origin_topic": told(origin.topic),
        "origin_partition": told(origin.partition),
        "origin_offset": told(origin.offset),
        "origin_timestamp": told(origin.timestamp_ms),
        "group": told(origin.group),
        "passes": letter.passes,
        "sent": told(letter.sent),
        "attempts": told(letter.attempts),
        "connector": told(letter.connector),
        "stage": told(letter.stage),
        "task": told(letter.task),
        "origin": None if fetched is None else fetched.code if isinstance(fetched, Problem) else "found",
        "same": _same(record, fetched) if isinstance(fetched, Record) else None,
    }
