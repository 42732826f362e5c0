"""`kafkatui replay`: its flags and what they ask for. Its verbs are in `replay_jobs`; `replaying` carries it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import complete, connect
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.filtering import Filtering
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.naming import offsets_range, partitions
from kafkatui.filters import Selection
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.spans import Isolation
from kafkatui.replay.spec import At, Headers, Redrive, SpecError, Timestamps, check_job, default_job, parse_rate

if TYPE_CHECKING:
    from kafkatui.cli.replaying import Running
    from kafkatui.replay.planning import Asked


class Ways(StrEnum):
    """How a copy gets its partition, in a person's words."""

    SAME = "same"
    KEY_MURMUR2 = "key-murmur2"
    KEY_CRC32 = "key-crc32"
    ROUND_ROBIN = "round-robin"


class Shape(StrEnum):
    """How plan and result are printed."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True)
class Elsewhere:
    """Another cluster for the copies; -b and -c name the one that is read."""

    to_context: Annotated[
        str | None, typer.Option("--to-context", metavar="NAME", help="Copies go to this cluster of the config file.")
    ] = None
    to_bootstrap: Annotated[
        str | None, typer.Option("--to-bootstrap", metavar="HOST:PORT", help="Copies go to the cluster there.")
    ] = None

    def where(self, source: Where) -> Where | None:
        """None: to the cluster that is read."""
        if self.to_context is None and self.to_bootstrap is None:
            return None
        if self.to_context is not None and self.to_bootstrap is not None:
            raise Failure(Code.USAGE, "--to-context and --to-bootstrap both say where copies go: give one")
        return Where(
            [] if self.to_bootstrap is None else [self.to_bootstrap],
            context=self.to_context,
            timeout=source.timeout,
            read_write=source.read_write,
        )


@dataclass(frozen=True)
class Pace:
    """How it runs; none of it changes what is sent."""

    rate: Annotated[
        str | None, typer.Option("--rate", metavar="N/s", help="At most so many records a second: 500, 500/s.")
    ] = None
    canary: Annotated[
        int | None, typer.Option("--canary", metavar="N", min=1, help="Stop after about the first N, to look at them.")
    ] = None
    chunk: Annotated[
        int | None, typer.Option("--chunk", metavar="N", min=1, help="Records of one transaction; 200,000 by default.")
    ] = None
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Leave out records the target refuses, and name them; exit code 1.")
    ] = False
    allow_lost: Annotated[
        bool, typer.Option("--allow-lost", help="Pass over offsets that retention has deleted, and name them.")
    ] = False
    output: Annotated[Shape, typer.Option("--output", help="How plan and result are printed.")] = Shape.TABLE
    as_json: Annotated[bool, typer.Option("--json", help="Short for --output json.")] = False

    def running(self, where: Where, *, allow_old: bool = False) -> Running:
        from kafkatui.cli.replaying import Running

        return Running(
            rate=_records_a_second(self.rate),
            canary=self.canary,
            chunk=self.chunk,
            skip_refused=self.skip_refused,
            allow_lost=self.allow_lost,
            allow_old=allow_old,
            as_json=self.as_json or self.output is Shape.JSON,
        )


def _records_a_second(text: str | None) -> float | None:
    try:
        return None if text is None else parse_rate(text)
    except SpecError as error:
        raise Failure(Code.USAGE, f"--rate: {error}") from None


@with_flags
def replay(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE[:PARTITIONS]",
            autocompletion=complete.topics,
            help="A topic, or some partitions: orders:0,2-4.",
        ),
    ] = None,
    *,
    from_file: Annotated[
        Path | None,
        typer.Option("--from-file", metavar="FILE", help="Instead of a topic: lines as read --output ndjson prints."),
    ] = None,
    to_file: Annotated[
        Path | None,
        typer.Option("--to-file", metavar="FILE", help="Instead of --to: a new file of lines, whole or resumable."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="TOPIC", autocompletion=complete.topics, help="Where copies go.")
    ] = None,
    to_origin: Annotated[
        bool, typer.Option("--to-origin", help="Dead letters back to where they came from; see kafkatui dlq redrive.")
    ] = False,
    offsets: Annotated[
        str | None,
        typer.Option("-o", "--offsets", metavar="RANGE", help="FROM:TO, half-open, of start, end, N, +N, -N, @TIME."),
    ] = None,
    records: Annotated[
        str | None,
        typer.Option("--records", metavar="P@N,...", help="Only these records, by partition and offset: 0@17,3@5-9."),
    ] = None,
    edit: Annotated[
        bool, typer.Option("--edit", help="Change the records of --records in $EDITOR first; the context allows it.")
    ] = False,
    most: Annotated[
        int | None, typer.Option("--max", "-n", metavar="N", min=1, help="No more records than this.")
    ] = None,
    ways: Annotated[
        Ways, typer.Option("--partitions", help="How a copy gets its partition; same needs as many in the target.")
    ] = Ways.SAME,
    timestamps: Annotated[
        Timestamps, typer.Option("--timestamps", help="The record's own, or the moment it is sent.")
    ] = Timestamps.KEEP,
    headers: Annotated[
        Headers, typer.Option("--headers", help="stamp adds job, source and attempt behind the record's own.")
    ] = Headers.KEEP,
    codec: Annotated[
        str | None, typer.Option("--codec", help="none, gzip, snappy, lz4, zstd; as in the source by default.")
    ] = None,
    allow_old: Annotated[
        bool, typer.Option("--allow-old", help="Send records that the target's retention will delete at once.")
    ] = False,
    isolation: Annotated[
        Isolation, typer.Option("--isolation", help="Whether records of open and aborted transactions are sent.")
    ] = Isolation.COMMITTED,
    job: Annotated[
        str | None, typer.Option("--job", metavar="NAME", help="Names the job; SOURCE and the time by default.")
    ] = None,
    filtering: Filtering,
    pace: Pace,
    asking: Asking,
    elsewhere: Elsewhere,
    where: Where,
) -> None:
    """Send records of a topic again, exactly once: to another topic, to the same one, or to another cluster.

    Shows its plan first. Each transaction holds records and progress together, so that a run that is killed at any
    moment goes on with kafkatui replay resume JOB, with nothing lost and nothing doubled.
    """
    from kafkatui.cli import replaying
    from kafkatui.replay.planning import Asked
    from kafkatui.replay.words import WAYS

    if from_file is not None:
        given = {
            "--edit": "yes" if edit else None,
            "SOURCE": source,
            "-o": offsets,
            "--records": records,
            "--to-file": None if to_file is None else str(to_file),
        }
        _refuse_beside_a_file(given, isolation, to_origin, elsewhere)
        asked = Asked(
            job=job_name(job, re.sub(r"[^A-Za-z0-9._-]", "-", from_file.stem)),
            source=str(from_file.absolute()),
            target=_needed(to),
            selection=filtering.selection,
            partition_by=WAYS[ways.value],
            timestamps=timestamps,
            headers=headers,
            most=most,
            codec=_codec(codec),
        )
        replaying.start_file(_connection(where, asking), asked, pace.running(where, allow_old=allow_old), asking)
        return
    if source is None:
        raise Failure(Code.USAGE, "SOURCE is missing: which topic? Or --from-file FILE")
    topic, _, numbers = source.partition(":")
    away = elsewhere.where(where)
    if to_origin:
        if to_file is not None:
            raise Failure(Code.USAGE, "--to-origin and --to-file both say where copies go: give one")
        if away is not None:
            raise Failure(Code.USAGE, "--to-origin sends back to the cluster the dead letters are in: no other one")
        if to is not None or records is not None or filtering.selection != Selection() or ways is not Ways.SAME:
            text = "--to-origin takes no --to, --records, --partitions and no filter; kafkatui dlq redrive has --cause"
            raise Failure(Code.USAGE, text)
        _back(topic, numbers, offsets_range(offsets, where), job_name(job, topic), most, pace, asking, where)
        return
    if to_file is not None:
        _refuse_for_a_file(to, ways, codec, allow_old, away)
        to = str(to_file.absolute())
    to = _needed(to)
    if records is not None and (numbers or offsets is not None or filtering.selection != Selection()):
        raise Failure(Code.USAGE, "--records names the records already: no partitions, range or filter beside it")
    _check_end(topic, to if away is None else None, offsets, records)
    asked = Asked(
        job=job_name(job, topic),
        source=topic,
        target=to,
        partitions=partitions(numbers or None),
        range=offsets_range(offsets, where),
        selection=filtering.selection,
        picked=picked(records),
        isolation=isolation,
        partition_by=WAYS[ways.value],
        timestamps=timestamps,
        headers=headers,
        most=most,
        codec=_codec(codec),
        to_file=to_file is not None,
    )
    if edit:
        _edit(asked, away, _connection(where, asking), pace.running(where, allow_old=allow_old), asking)
        return
    target = connect.needed_connection(where) if to_file is not None else _connection(away or where, asking)
    read = None if away is None else connect.needed_connection(where)
    replaying.start(target, asked, pace.running(where, allow_old=allow_old), asking, read)


def _check_end(topic: str, to: str | None, offsets: str | None, records: str | None) -> None:
    """Raises Failure for a topic into itself without an end."""
    if topic == to and records is None and (offsets is None or ":" not in offsets):
        raise Failure(Code.USAGE, f"source and target are both {to}: give the range an end, as -o FROM:TO")


def _edit(asked: Asked, away: Where | None, connection: Connection, running: Running, asking: Asking) -> None:
    from kafkatui.cli import replay_edit

    if not asked.picked or asked.to_file or away is not None:
        raise Failure(Code.USAGE, "--edit wants --records, which name what is edited, and --to a topic of the cluster")
    replay_edit.edit(connection, asked, running, asking)


def _needed(to: str | None) -> str:
    if to is None:
        raise Failure(Code.USAGE, "--to TOPIC is missing: where do the copies go?")
    return to


def _refuse_for_a_file(to: str | None, ways: Ways, codec: str | None, allow_old: bool, away: Where | None) -> None:
    """Raises Failure for what only a topic takes."""
    flags = {
        "--to": to is not None,
        "--partitions": ways is not Ways.SAME,
        "--codec": codec is not None,
        "--allow-old": allow_old,
        "--to-context or --to-bootstrap": away is not None,
    }
    if given := [name for name, is_given in flags.items() if is_given]:
        raise Failure(Code.USAGE, f"--to-file writes lines as they are: no {', no '.join(given)} beside it")


def _refuse_beside_a_file(
    given: Mapping[str, str | None], isolation: Isolation, to_origin: bool, elsewhere: Elsewhere
) -> None:
    """Raises Failure for what only a topic has. A file has a cluster to go to: the one -b or -c names."""
    flags = [name for name, value in given.items() if value is not None]
    flags += [] if isolation is Isolation.COMMITTED else ["--isolation"]
    flags += ["--to-origin"] if to_origin else []
    flags += [] if elsewhere == Elsewhere() else ["--to-context or --to-bootstrap"]
    if flags:
        raise Failure(Code.USAGE, f"--from-file takes all lines of the file: no {', no '.join(flags)} beside it")


def _back(
    topic: str, numbers: str, range_: Range, job: str, most: int | None, pace: Pace, asking: Asking, where: Where
) -> None:
    """As `kafkatui dlq redrive` without flags of its own."""
    from kafkatui.cli import dlq_redrive
    from kafkatui.dead_letters.back_plan import Asked

    asked = Asked(topic, partitions(numbers or None), range_, job, Redrive(), Timestamps.NOW, most)
    dlq_redrive.run(_connection(where, asking), asked, pace.running(where), asking)


def _connection(where: Where, asking: Asking) -> Connection:
    return connect.needed_connection(where) if asking.dry_run else connect.writing_connection(where)


def job_name(name: str | None, topic: str) -> str:
    """The name given, or one of topic and time. Raises Failure."""
    try:
        # Two commands in one second are two jobs.
        return check_job(f"{default_job(topic, datetime.now(UTC))}-{token_hex(2)}" if name is None else name)
    except SpecError as error:
        raise Failure(Code.USAGE, str(error)) from None


def _codec(name: str | None) -> str | None:
    if name is not None and name not in ("none", "gzip", "snappy", "lz4", "zstd"):
        raise Failure(Code.USAGE, f"--codec {name!r}: known are none, gzip, snappy, lz4, zstd")
    return name


def picked(text: str | None) -> frozenset[At]:
    """The records a flag names. Raises Failure."""
    if text is None:
        return frozenset()
    from kafkatui.replay.picked import parse_picked

    try:
        return parse_picked(text)
    except SpecError as error:
        raise Failure(Code.USAGE, f"--records: {error}") from None
