"""`kafkatui read`: its flags, and what they ask for. How it is read and printed is `reading`'s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from kafkatui.cli import complete
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.filtering import Filtering
from kafkatui.cli.flags import ExactCsv, Partitions, Where, with_flags
from kafkatui.cli.naming import offsets_range, partitions
from kafkatui.cli.reading import Job, run
from kafkatui.cli.record_lines import Shape
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.model.positions import END, Range
from kafkatui.model.spans import Isolation


@dataclass(frozen=True)
class Shaping:
    """How records are printed."""

    output: Annotated[Shape | None, typer.Option("--output", help="How to print; table by default.")] = None
    json: Annotated[bool, typer.Option("--json", help="Short for --output json.")] = False
    no_headers: Annotated[bool, typer.Option("--no-headers", help="No header line in table and csv.")] = False
    exact_csv: ExactCsv = False
    format: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="kcat's verbs: %t %p %o %T %k %s %h, and \\n \\t.")
    ] = None

    @property
    def shape(self) -> Shape:
        if self.json and self.output not in (None, Shape.JSON):
            raise Failure(Code.USAGE, f"--json and --output {self.output} contradict each other")
        if self.format is not None and (self.json or self.output not in (None, Shape.RAW)):
            raise Failure(Code.USAGE, "--format says how to print: leave --output and --json out")
        return Shape.JSON if self.json else self.output or Shape.TABLE


@with_flags
def read(
    topics: Annotated[
        list[str] | None,
        typer.Argument(metavar="TOPIC...", autocompletion=complete.topics, help="Topics by name or glob."),
    ] = None,
    *,
    topic: Annotated[
        list[str] | None,
        typer.Option("-t", "--topic", metavar="TOPIC", autocompletion=complete.topics, help="The same as an argument."),
    ] = None,
    partition: Partitions = None,
    offsets: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--offsets",
            metavar="RANGE",
            help="FROM:TO, half-open, of start, end, N, +N, -N, @TIME (2026-11-22T15:00, epoch, -30m); all by default.",
        ),
    ] = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", min=1, help="The newest N of all partitions together, by time.")
    ] = None,
    most: Annotated[
        int | None, typer.Option("-n", "--max", metavar="MAX", min=1, help="Stop after so many records.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what is written from now on, until Ctrl-C.")
    ] = False,
    isolation: Annotated[
        Isolation, typer.Option("--isolation", help="Whether records of open and aborted transactions are shown.")
    ] = Isolation.COMMITTED,
    partitioner: Annotated[
        Partitioner | None,
        typer.Option("--partitioner", help="Read only the partition where this partitioner puts --key."),
    ] = None,
    filtering: Filtering,
    shaping: Shaping,
    where: Where,
) -> None:
    """Read records from any position, search them, follow the tail, or export them.

    Records of one partition come in order. What was searched, and what could not be read, is said at the end.
    """
    names = (*(topics or ()), *(topic or ()))
    if not names:
        raise Failure(Code.USAGE, "name a topic to read; kafkatui topics lists them")
    if last is not None and offsets is not None:
        raise Failure(Code.USAGE, "--last and -o both say where to read: give one of them")
    if partitioner is not None and filtering.key is None:
        raise Failure(Code.USAGE, "--partitioner needs --key: it says in which partition that key lies")
    job = Job(
        topics=names,
        partitions=partitions(partition),
        range=_range(offsets, where, follow=follow, last=last),
        isolation=isolation,
        last=last,
        most=most,
        follow=follow,
        selection=filtering.selection,
        partitioner=partitioner,
        shape=shaping.shape,
        format=shaping.format,
        headers=not shaping.no_headers,
        exact_csv=shaping.exact_csv,
    )
    run(job, where)


def _range(text: str | None, where: Where, *, follow: bool, last: int | None) -> Range:
    """A tail begins at the end if nothing else is said. Raises Failure."""
    if text is None:
        return Range(END) if follow and last is None else Range()
    found = offsets_range(text, where)
    if follow and found.until != END:
        raise Failure(Code.USAGE, f"-o {text} ends at {found.until}, and -f has no end: leave one of them out")
    return found
