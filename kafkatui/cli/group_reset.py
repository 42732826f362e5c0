"""`kafkatui groups reset`: a group reads on from somewhere else. Flags in; the plan is made in `resets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from kafkatui.cli import complete, connect
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.group_scopes import Topics, scopes_of
from kafkatui.cli.offset_change import Wanted, change
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.resets import csv_offsets
from kafkatui.resets.errors import BadRequest
from kafkatui.resets.resetting import Reset, plan_reset
from kafkatui.resets.targets import (
    ShiftBy,
    Target,
    ToCurrent,
    ToGroup,
    ToOffsets,
    ToPosition,
    parse_datetime,
    parse_duration,
    parse_offset,
    parse_target,
)

_KAFKAS = "As kafka-consumer-groups calls it."


@dataclass(frozen=True)
class Goal:
    """Where to; one of them has to be given. Kafka's own words are understood, too."""

    to: Annotated[
        str | None,
        typer.Option("--to", metavar="POSITION", help="start, end, N, +N after start, -N before end, @TIME, current."),
    ] = None
    shift_by: Annotated[
        int | None, typer.Option("--shift-by", metavar="N", help="N offsets on from where it is; -N back.")
    ] = None
    from_file: Annotated[
        str | None,
        typer.Option("--from-file", metavar="CSV", help="The offsets of a file of groups export, or of Kafka's own."),
    ] = None
    to_group: Annotated[
        str | None,
        typer.Option("--to-group", metavar="GROUP", autocompletion=complete.groups, help="Where another group is."),
    ] = None
    to_earliest: Annotated[bool, typer.Option("--to-earliest", hidden=True, help=_KAFKAS)] = False
    to_latest: Annotated[bool, typer.Option("--to-latest", hidden=True, help=_KAFKAS)] = False
    to_current: Annotated[bool, typer.Option("--to-current", hidden=True, help=_KAFKAS)] = False
    to_offset: Annotated[str | None, typer.Option("--to-offset", hidden=True, help=_KAFKAS)] = None
    to_datetime: Annotated[str | None, typer.Option("--to-datetime", hidden=True, help=_KAFKAS)] = None
    by_duration: Annotated[str | None, typer.Option("--by-duration", hidden=True, help=_KAFKAS)] = None

    @property
    def given(self) -> tuple[str, Any]:
        """The one that is given: its flag and value. Raises Failure."""
        found = [(f"--{each.name.replace('_', '-')}", getattr(self, each.name)) for each in fields(self)]
        given = [(flag, value) for flag, value in found if value is not None and value is not False]
        if not given:
            raise Failure(Code.USAGE, "where to? give --to POSITION, --shift-by N, --from-file CSV or --to-group GROUP")
        if len(given) > 1:
            raise Failure(Code.USAGE, f"{' and '.join(flag for flag, _ in given)} contradict each other")
        return given[0]


@with_flags
def reset(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="GROUP", autocompletion=complete.groups, help="The group.")
    ] = None,
    *,
    group: Annotated[
        str | None, typer.Option("-g", "--group", metavar="GROUP", hidden=True, help="The same as the argument.")
    ] = None,
    goal: Goal,
    topic: Topics = None,
    all_topics: Annotated[bool, typer.Option("--all-topics", hidden=True, help=_KAFKAS)] = False,
    execute: Annotated[bool, typer.Option("--execute", hidden=True, help="The same as --yes.")] = False,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Set where a group reads on: plan first, then the question. Without -t, all it has committed.

    The group must have no members. Offsets outside of a log are clamped to it, which the plan shows. A time without a
    zone is local (with Kafka's --to-datetime it is UTC), and stands for the first record not before it. A share group's
    start offsets are set by its own request. kafkatui undo gives back what was before.
    """
    name, (flag, value) = _one([*(names or ()), *([group] if group is not None else ())]), goal.given
    if all_topics and topic:
        raise Failure(Code.USAGE, "--all-topics and --topic contradict each other")
    if execute and asking.dry_run:
        raise Failure(Code.USAGE, "--execute and --dry-run contradict each other")
    target, words = _target(flag, value, name, where)
    connection = connect.needed_connection(where) if asking.dry_run else connect.writing_connection(where)
    wanted = Reset(name, target, scopes_of(topic))
    scope = [word for each in topic or () for word in ("-t", each)]
    change(
        Wanted(
            connection=connection,
            asking=Asking(asking.yes or execute, asking.dry_run),
            printing=printing,
            schema="reset",
            command=["groups", "reset", name, *words, *scope],
            plan=lambda source: plan_reset(source, wanted),
            doing="reset",
        )
    )


def _one(names: Sequence[str]) -> str:
    if len(names) != 1:
        raise Failure(Code.USAGE, "which group? name one" if not names else "one group at a time")
    return names[0]


def _target(flag: str, value: Any, group: str, where: Where) -> tuple[Target | ToGroup, Sequence[str]]:
    """The target, and the flag of ours that says the same whenever it is read. Raises Failure."""
    now = connect.now(where)
    try:
        match flag:
            case "--shift-by":
                return ShiftBy(value), [flag, str(value)]
            case "--to-group":
                return ToGroup(value), [flag, value]
            case "--from-file":
                return _of_file(value, group), [flag, value]
        found = _POSITIONS[flag](value, now)
    except BadRequest as error:
        raise Failure(Code.USAGE, f"{flag}: {error}") from None
    if flag == "--to-datetime" and _names_no_zone(value):
        say("--to-datetime: a time without a zone is UTC, as Kafka's own tool takes it; with --to @TIME it is local")
    return found, ["--to", str(found.position) if isinstance(found, ToPosition) else "current"]


def _names_no_zone(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is None


_POSITIONS: Mapping[str, Callable[[Any, datetime], Target]] = {
    "--to": parse_target,
    "--to-earliest": lambda value, now: parse_target("start", now),
    "--to-latest": lambda value, now: parse_target("end", now),
    "--to-current": lambda value, now: ToCurrent(),
    "--to-offset": lambda value, now: parse_offset(value),
    "--to-datetime": lambda value, now: parse_datetime(value),
    "--by-duration": parse_duration,
}


def _of_file(file: str, group: str) -> ToOffsets:
    try:
        text = Path(file).read_bytes().decode()
    except OSError as error:
        raise Failure(Code.USAGE, f"--from-file: {in_words(error)}") from None
    except UnicodeDecodeError:
        raise BadRequest(f"{file} is not UTF-8") from None
    try:
        return ToOffsets(csv_offsets.parse(text, group), file)
    except BadRequest as error:
        raise BadRequest(f"{file}: {error}") from None
