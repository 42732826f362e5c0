"""`kafkatui dlq`: its commands and flags. What they read is `letters_read`'s and `letters_shown`'s."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperGroup

from kafkatui.cli import complete, connect
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Output, Partitions, Printing, Where, with_flags
from kafkatui.cli.letters_job import LISTED, Job
from kafkatui.cli.naming import offsets_range, partitions
from kafkatui.cli.replay import Pace, job_name, picked
from kafkatui.replay.spec import Redrive, Timestamps

_CAUSES = "causes"


class Letters(TyperGroup):
    """`dlq TOPIC` needs no word in between: what is no command here is a topic."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        asks_for_help = bool(args) and args[0] in ("-h", "--help")
        if not asks_for_help and (not args or args[0] not in self.commands):
            args = [_CAUSES, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="dlq",
    cls=Letters,
    help="""Dead letters: which topics hold them, and why they are there.

    kafkatui dlq              lists the topics with dead letters, found by their names and by their records' headers.

    kafkatui dlq TOPIC        groups them by cause: exception, message without ids and numbers, origin and group;
    its flags: kafkatui dlq TOPIC --help.

    kafkatui dlq show TOPIC   shows single ones, with stack trace and origin.

    It reads those of Spring Kafka, Spring Cloud Stream, Kafka Connect, Kafka Streams, share groups, SmallRye and
    arroyo, and others whose headers a table [dead_letters."GLOB"] in the config file names.""",
)

TopicOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("-t", "--topic", metavar="TOPIC", autocompletion=complete.topics, help="The same as an argument."),
]
Offsets: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--offsets",
        metavar="RANGE",
        help="FROM:TO, half-open, of start, end, N, +N, -N, @TIME (2026-11-22T15:00, epoch, -30m); all by default.",
    ),
]
Last: TypeAlias = Annotated[
    int | None, typer.Option("--last", metavar="N", min=1, help="Look only at the newest N of each topic, by time.")
]


def _first_words(ctx: typer.Context, incomplete: str) -> list[str]:
    """A command or a topic may come next, until there is a topic."""
    commands = () if ctx.params.get("topics") else ("show",)
    return [*(name for name in commands if name.startswith(incomplete)), *complete.topics(ctx, incomplete)]


@app.command(_CAUSES, hidden=True)
@with_flags
def causes(
    topics: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]...", autocompletion=_first_words, help="Topics by name or glob: their causes."),
    ] = None,
    *,
    topic: TopicOption = None,
    partition: Partitions = None,
    offsets: Offsets = None,
    last: Last = None,
    where: Where,
    printing: Printing,
) -> None:
    """List the topics with dead letters; with names, group their dead letters by cause.

    What was read, and what could not be read, is said at the end. Nothing is ever changed.
    """
    names = (*(topics or ()), *(topic or ()))
    if topics and topics[0] in {each.name for each in app.registered_commands}:
        raise Failure(Code.USAGE, f"write flags behind the command: kafkatui dlq {topics[0]} TOPIC -b HOST:PORT")
    _printable(printing)
    wanted, newest = offsets_range(offsets, where), _last(offsets, last)
    if not names and offsets is None and last is None:
        newest = LISTED
    from kafkatui.cli import letters_read  # loads what reads records: not for --help

    letters_read.run(Job(names, partitions(partition), wanted, newest, printing), where)


@app.command("show")
@with_flags
def show_command(
    topics: Annotated[
        list[str] | None, typer.Argument(metavar="TOPIC...", autocompletion=complete.topics, help="By name or glob.")
    ] = None,
    *,
    topic: TopicOption = None,
    partition: Partitions = None,
    offsets: Offsets = None,
    last: Last = None,
    cause: Annotated[
        str | None,
        typer.Option("--cause", metavar="ID", help="Only those of this cause: its id, or its line in kafkatui dlq."),
    ] = None,
    most: Annotated[int, typer.Option("-n", "--max", metavar="MAX", min=1, help="The newest so many.")] = 10,
    origin: Annotated[
        bool, typer.Option("--origin", help="Also read the record each came from, and say if it differs.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="The whole stack trace; folded without it.")] = False,
    where: Where,
    printing: Printing,
) -> None:
    """Show dead letters: where they came from, why they failed, and with --origin the record they came from.

    The newest 10 unless -n says otherwise, oldest first. ndjson and json hold every part, and what is not told.
    """
    names = (*(topics or ()), *(topic or ()))
    if not names:
        raise Failure(Code.USAGE, "name a topic; kafkatui dlq lists those with dead letters")
    _printable(printing)
    wanted = offsets_range(offsets, where)
    job = Job(names, partitions(partition), wanted, _last(offsets, last), printing, cause, most, origin, full)
    from kafkatui.cli import letters_shown  # as above

    letters_shown.run(job, where)


@app.command("redrive")
@with_flags
def redrive_command(
    topic: Annotated[
        str,
        typer.Argument(metavar="TOPIC[:PARTITIONS]", autocompletion=complete.topics, help="A topic with dead letters."),
    ],
    *,
    cause: Annotated[
        list[str] | None,
        typer.Option("--cause", metavar="ID", help="Only letters of this cause, by its id. Repeatable."),
    ] = None,
    offsets: Offsets = None,
    records: Annotated[
        str | None,
        typer.Option("--records", metavar="P@N,...", help="Only these, by partition and offset: 0@17,3@5."),
    ] = None,
    most: Annotated[int | None, typer.Option("-n", "--max", metavar="N", min=1, help="No more than this.")] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="TOPIC", autocompletion=complete.topics, help="All to this one, not to their origins."
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FROM=TO", help="Letters that came from one topic to another. Repeatable."),
    ] = None,
    keep_headers: Annotated[
        bool, typer.Option("--keep-headers", help="Keep what the framework wrote; else it is taken out, whole.")
    ] = False,
    timestamps: Annotated[
        Timestamps, typer.Option("--timestamps", help="Of the moment, or those of the origin where they are known.")
    ] = Timestamps.NOW,
    attempts: Annotated[
        int, typer.Option("--attempts", metavar="N", min=1, help="Leave out what was sent so often already.")
    ] = 3,
    force: Annotated[
        bool, typer.Option("--force", help="Also what was sent back before, and what reached the limit.")
    ] = False,
    job: Annotated[str | None, typer.Option("--job", metavar="NAME", help="Names the job.")] = None,
    pace: Pace,
    asking: Asking,
    where: Where,
) -> None:
    """Send dead letters back to the topics they came from, exactly once, without what made them dead letters.

    The plan says where each goes and what is left out, and why: sent back before, sent too often, no origin known,
    payload lost. It is a job as those of kafkatui replay: list, show, resume, verify.
    """
    name, _, numbers = topic.partition(":")
    back = Redrive(to, _mapping(mapping), tuple(cause or ()), keep_headers, attempts, force)
    from kafkatui.cli import dlq_redrive  # as above
    from kafkatui.dead_letters.back_plan import Asked

    if records is not None and (numbers or offsets is not None or cause):
        raise Failure(Code.USAGE, "--records names the letters already: no partitions, range or cause beside it")
    where_from = partitions(numbers or None), offsets_range(offsets, where)
    asked = Asked(name, *where_from, job_name(job, name), back, timestamps, most, picked(records))
    connection = connect.needed_connection(where) if asking.dry_run else connect.writing_connection(where)
    dlq_redrive.run(connection, asked, pace.running(where), asking)


def _mapping(words: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Raises Failure."""
    found = []
    for word in words or ():
        came_from, equals, to = word.partition("=")
        if not (came_from and equals and to):
            raise Failure(Code.USAGE, f"--map {word!r}: write it as FROM=TO")
        found.append((came_from, to))
    return tuple(found)


def _printable(printing: Printing) -> None:
    if printing.format is Output.PROMETHEUS:
        why = "a part of a topic would pass for all of it"
        raise Failure(Code.USAGE, f"dead letters are not printed for prometheus: {why}")


def _last(offsets: str | None, last: int | None) -> int | None:
    if last is not None and offsets is not None:
        raise Failure(Code.USAGE, "--last and -o both say where to read: give one of them")
    return last
