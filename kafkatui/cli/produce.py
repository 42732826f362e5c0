"""`kafkatui produce`: records into a topic, byte-exact with what `kafkatui read --output ndjson` prints."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from kafkatui.cli import changing, complete, connect, input_lines, interrupts, producing
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.produced import Produced, sentences
from kafkatui.cli.producing import Job, Source
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.records import NewRecord

_PATIENCE = 60.0
"""Seconds without --timeout: a leader that is restarted is back by then."""
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/s)?", re.ASCII)


class Input(StrEnum):
    """What a line holds."""

    NDJSON = "ndjson"
    LINES = "lines"


class Compression(StrEnum):
    """How batches are compressed."""

    NONE = "none"
    GZIP = "gzip"
    SNAPPY = "snappy"
    LZ4 = "lz4"
    ZSTD = "zstd"


@with_flags
def produce(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", autocompletion=complete.topics, help="It has to exist.")],
    *,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Read this file instead of stdin; - is stdin.")
    ] = None,
    form: Annotated[
        Input | None,
        typer.Option(
            "--input", help="What a line is: ndjson, a record as read --output ndjson prints it; lines, a value."
        ),
    ] = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="TEXT", help="Write one record with this value; read nothing.")
    ] = None,
    tombstone: Annotated[
        bool, typer.Option("--tombstone", help="Write one record whose value is null; read nothing.")
    ] = False,
    key: Annotated[
        str | None, typer.Option("--key", "-k", metavar="TEXT", help="The key of that record, or of every line.")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME=VALUE", help="A header of it; a name alone is a null. Repeatable."),
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option("--key-separator", metavar="TEXT", help="With --input lines: stands between key and value."),
    ] = None,
    partition: Annotated[
        int | None, typer.Option("-p", "--partition", min=0, metavar="N", help="Write all to this partition.")
    ] = None,
    by: Annotated[
        PartitionBy,
        typer.Option("--partition-by", help="same: where the line says, else by key. key: as Kafka's own producers."),
    ] = PartitionBy.SAME,
    codec: Annotated[Compression, typer.Option("--codec", help="Compress batches.")] = Compression.NONE,
    rate: Annotated[
        str | None, typer.Option("--rate", metavar="N", help="At most so many records a second: 500, 500/s.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on after a bad line; without it, the first one ends it.")
    ] = False,
    allow_masked: Annotated[
        bool, typer.Option("--allow-masked", help="Write also lines of which [[masks]] hid something: as they are.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    where: Where,
) -> None:
    """Write records to a topic: one JSON object a line, from stdin, as kafkatui read --output ndjson prints them.

    Key, value, headers, timestamp and partition are written as they stand there, byte by byte. The topic is never
    made by writing to it.
    """
    one = _one(topic, value, tombstone, key, header)
    _check(one is not None, form, file, key, header, separator)
    connection = connect.needed_connection(where) if dry_run else connect.writing_connection(where)
    if not dry_run and not changing.names_production(connection):
        raise Failure(Code.FAILED, "nothing was written")
    job = Job(
        connection=connection,
        topic=topic,
        by=by,
        partition=partition,
        codec=None if codec is Compression.NONE else codec.value,
        rate=_records_a_second(rate),
        skip_bad=skip_bad,
        dry_run=dry_run,
        is_typed=file in (None, "-") and sys.stdin.isatty(),
        patience=_PATIENCE if where.timeout is None else connection.request_seconds,
    )
    if one is not None:
        _run(job, producing.given(one))
        return
    headers = input_lines.headers_of(header or ())
    parse = input_lines.from_ndjson(topic, allow_masked=allow_masked)
    if form is Input.LINES:
        parse = input_lines.from_values(topic, _bytes(key), headers, _bytes(separator))
    with _opened(file, job) as descriptor:
        _run(job, producing.lines_of(descriptor, parse, skip_bad=skip_bad))


def _run(job: Job, source: Source) -> None:
    """Write, say what was written, and end the command with the code for it."""
    produced = Produced(job.topic, job.dry_run)
    # Records are gone by counting alone; looking through those under way for cycles takes a tenth of the time.
    gc.set_threshold(200_000, 50, 100)
    try:
        interrupts.run(producing.run(job, source, produced))
    except (KeyboardInterrupt, asyncio.CancelledError):
        produced.interrupted = True
    for sentence in sentences(produced):
        say(sentence)
    if produced.interrupted:
        raise typer.Exit(Code.INTERRUPTED)
    if produced.failed or produced.bad_count:
        raise typer.Exit(Code.FAILED)


def _one(topic: str, value: str | None, tombstone: bool, key: str | None, header: list[str] | None) -> NewRecord | None:
    """The one record of --value or --tombstone."""
    if value is not None and tombstone:
        raise Failure(Code.USAGE, "--value and --tombstone contradict each other")
    if value is None and not tombstone:
        return None
    return NewRecord(topic, _bytes(key), _bytes(value), input_lines.headers_of(header or ()))


def _check(
    is_one: bool,
    form: Input | None,
    file: str | None,
    key: str | None,
    header: list[str] | None,
    separator: str | None,
) -> None:
    """Raises Failure for flags that would have no effect: somebody expects one of them."""
    if is_one and (file is not None or form is not None or separator is not None):
        raise Failure(
            Code.USAGE, "--value and --tombstone read nothing: --file, --input and --key-separator contradict them"
        )
    if not is_one and form is not Input.LINES and (key is not None or header or separator is not None):
        why = "a line of ndjson has its own key and headers"
        raise Failure(Code.USAGE, f"--key, --header, --key-separator: {why}; --value and --input lines take them")
    if separator is not None and (key is not None or not separator):
        raise Failure(Code.USAGE, "--key-separator takes the key from each line: it needs a text, and no --key")


def _records_a_second(text: str | None) -> float | None:
    if text is None:
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise Failure(Code.USAGE, f"--rate: {text!r} is not a number of records a second; write it as 500 or 500/s")
    return float(match[1])


@contextmanager
def _opened(file: str | None, job: Job) -> Iterator[int]:
    """A descriptor to read from. Raises Failure."""
    if file is not None and file != "-":
        try:
            descriptor = os.open(file, os.O_RDONLY)
        except OSError as error:
            raise Failure(Code.USAGE, f"--file: {in_words(error)}") from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        return
    if job.is_typed:
        say("records are read from this terminal, one a line; Ctrl-D ends them")
    yield sys.stdin.fileno()


def _bytes(word: str | None) -> bytes | None:
    return None if word is None else input_lines.bytes_of(word)
