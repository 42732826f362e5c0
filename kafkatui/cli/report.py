"""One answer and its five shapes on stdout: table, JSON document, NDJSON, CSV and Prometheus."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

import typer

from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Output, Printing
from kafkatui.safe_text import safe_text

if TYPE_CHECKING:
    from kafkatui.cli.metrics import Metric
    from kafkatui.cli.tables import Table
    from kafkatui.model.snapshot import Snapshot

Record = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found; only the shape that is asked for is made."""

    snapshot: Snapshot
    schema: str
    """`lag` stands for `kafkatui.lag/1`."""
    tables: Callable[[], Sequence[Table[Any]]]
    records: Callable[[], Iterable[Record]]
    """Flat, one for each row: NDJSON and CSV."""
    fields: Sequence[str]
    """Of a record, in order."""
    items: Callable[[], list[Record]]
    """Of the JSON document."""
    metrics: Callable[[], Iterable[Metric]]
    key: str = ""
    """What the JSON document calls its items; nothing: the name of the schema."""
    head: Mapping[str, Any] = field(default_factory=dict)
    """What the JSON document says before them."""
    more: Callable[[], Record] = dict
    """What follows them there, known only when they are made."""


def emit(report: Report, printing: Printing) -> None:
    """Print the report on stdout."""
    write(_LINES[printing.format](report, printing))


def finish(failed: Sequence[str], unmet: Sequence[str] = ()) -> None:
    """Say what failed and which check is not met, and end the command with the code for it.

    An unmet check goes first: what could not be read can not make it met.
    """
    for sentence in (*failed, *unmet):
        say(sentence)
    if unmet:
        raise typer.Exit(Code.CHECK)
    if failed:
        raise typer.Exit(Code.FAILED)


def write(lines: Iterable[str]) -> None:
    """Lines to stdout. A reader that went away, as in `| head`, ends the command in silence."""
    with writing():
        lines = iter(lines)
        if on_terminal():
            lines = (_safe(line) for line in lines)
        while chunk := list(islice(lines, _CHUNK)):
            sys.stdout.write("\n".join(chunk) + "\n")
        sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Bytes to stdout at once, as they are: whoever made them made them safe for a terminal."""
    with writing():
        left = memoryview(data)
        while left:
            # With PYTHONUNBUFFERED a signal makes one write take less than all.
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()


@contextmanager
def writing() -> Iterator[None]:
    """Ends the command when stdout takes no more; in silence if its reader went away."""
    if not _is_open(sys.stdout):
        raise Failure(Code.FAILED, "stdout can not be written (it is closed)")
    try:
        yield
    except OSError as error:
        # What is still buffered would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(Code.BROKEN_PIPE) from None
        raise Failure(Code.FAILED, f"stdout can not be written ({error.strerror})") from None


def on_terminal() -> bool:
    """Whether a person looks at stdout right now."""
    return _is_open(sys.stdout) and sys.stdout.isatty()


def _is_open(stream: TextIO | None) -> bool:
    """Python has None for a stream that was closed before it started."""
    return stream is not None


def _safe(line: str) -> str:
    """CSV may hold line breaks inside quotes; its own line ends in a carriage return."""
    return "\n".join(safe_text(part.removesuffix("\r")) for part in line.split("\n"))


def moment(at: float) -> str:
    """Epoch seconds as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _table(report: Report, printing: Printing) -> Iterator[str]:
    width = shutil.get_terminal_size().columns if on_terminal() else None
    for number, table in enumerate(report.tables()):
        if number:
            yield ""
        yield from table.lines(headers=not printing.no_headers, width=width)


def _json(report: Report, printing: Printing) -> Iterator[str]:
    snapshot = report.snapshot
    document = {
        "schema": f"kafkatui.{report.schema}/1",
        "cluster_id": snapshot.cluster_id,
        "at": moment(snapshot.at),
        **report.head,
        report.key or report.schema: report.items(),
        **report.more(),
    }
    yield dumped(document, indent=2 if on_terminal() else None)


def _ndjson(report: Report, printing: Printing) -> Iterator[str]:
    return (dumped(record) for record in report.records())


def dumped(value: object, indent: int | None = None) -> str:
    """ASCII only: every control or bidi mark a cluster may send stays an escape, in any terminal and any locale."""
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def _csv(report: Report, printing: Printing) -> Iterator[str]:
    if not printing.no_headers:
        yield csv_line(report.fields)
    for record in report.records():
        yield csv_line([csv_value(record[name], exact=printing.exact_csv) for name in report.fields])


def csv_line(values: Sequence[object]) -> str:
    """RFC 4180; without its last character, the line feed every line of output gets."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue()[:-1]


def csv_value(value: object, *, exact: bool) -> object:
    """Unless it is to be `exact`, a text a spreadsheet would take for a formula gets an apostrophe in front (OWASP)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return f"'{value}" if not exact and isinstance(value, str) and value.startswith(_FORMULA) else value


def _prometheus(report: Report, printing: Printing) -> Iterator[str]:
    from kafkatui.cli.metrics import exposition  # only for who scrapes

    return exposition(report.metrics(), report.snapshot.cluster_id)


_LINES: Mapping[Output, Callable[[Report, Printing], Iterator[str]]] = {
    Output.TABLE: _table,
    Output.JSON: _json,
    Output.NDJSON: _ndjson,
    Output.CSV: _csv,
    Output.PROMETHEUS: _prometheus,
}
