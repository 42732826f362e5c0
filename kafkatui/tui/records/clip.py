"""What goes into the clipboard: the exact data as text, or in base64 where it is none; the command that reads it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from shlex import quote

from kafkatui.decoding.ndjson import record_line
from kafkatui.model.connection import Connection
from kafkatui.model.records import Record


@dataclass(frozen=True, slots=True)
class Clip:
    """A text for the clipboard. It is never painted: only `what` is said."""

    what: str
    """For a person; may hold text from the cluster."""
    text: str


def clip_bytes(what: str, raw: bytes | None) -> Clip | None:
    """None for a null: there is nothing to copy."""
    if raw is None:
        return None
    try:
        return Clip(what, raw.decode())
    except UnicodeDecodeError:
        return Clip(f"{what}, in base64: it is no text", base64.b64encode(raw).decode("ascii"))


def clips_of(record: Record, command: str) -> list[Clip]:
    """All that can be copied of a record, the usual first."""
    found = [
        clip_bytes("the value", record.value),
        clip_bytes("the key", record.key),
        Clip("the record as one line of ndjson", record_line(record)),
        Clip("the command that reads it", command),
        *(clip_bytes(f"header {name}", raw) for name, raw in record.headers),
    ]
    return [each for each in found if each is not None]


def read_command(
    topics: Sequence[str],
    partitions: Iterable[int] | None = None,
    range_text: str = "",
    filters: Sequence[str] = (),
    connection: Connection | None = None,
) -> str:
    """The words of a shell that print the same records."""
    words = ["kafkatui", "read", *topics]
    if partitions is not None:
        words += ["-p", ",".join(str(each) for each in sorted(partitions))]
    if range_text and range_text != "start:end":
        words += ["-o", range_text]
    words += filters
    if connection is not None:
        context = connection.context
        words += ["-c", context] if context else ["-b", ",".join(connection.bootstrap)]
    return " ".join(quote(word) for word in words)


def command_for(record: Record, connection: Connection | None) -> str:
    return read_command((record.topic,), [record.partition], f"{record.offset}:{record.offset + 1}", (), connection)
