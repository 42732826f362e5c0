"""The flags of `lag` that check, wait, or answer a monitoring system. What they lead to is in the modules they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from kafkatui.cli.durations import seconds_of
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Printing, Where
from kafkatui.cli.lag_checks import Checks

PATIENCE = "10m"
"""A script that waits never hangs for ever."""
OBSERVE = "30s"


@dataclass(frozen=True)
class Checking:
    """Bounds whose exceeding ends the command with exit code 4."""

    most: Annotated[
        int | None,
        typer.Option("--max", metavar="N", min=0, help="Exit code 4 if a group lags by more records than this."),
    ] = None
    max_time: Annotated[
        str | None,
        typer.Option(
            "--max-time", metavar="TIME", help="Exit code 4 if the first unread record is older: 30s, 5m, 1h30m."
        ),
    ] = None
    max_retention: Annotated[
        str | None,
        typer.Option(
            "--max-retention", metavar="PERCENT", help="Exit code 4 if more of what a log holds is unread: 80%."
        ),
    ] = None
    status: Annotated[
        bool,
        typer.Option("--status", help="Watch the groups, and exit code 4 if the verdict on one of them is not OK."),
    ] = False
    observe: Annotated[
        str | None,
        typer.Option("--observe", metavar="TIME", help="How long --status watches: 30s at least and by default."),
    ] = None
    nagios: Annotated[
        bool,
        typer.Option(
            "--nagios",
            help="Print one line with the result of the checks for Nagios, and use its exit codes: 0 OK, 1 WARNING (a "
            "group is WARN), 2 CRITICAL (a check is not met), 3 UNKNOWN (not known, or no connection).",
        ),
    ] = False
    wait_drained: Annotated[
        bool,
        typer.Option(
            "--wait-drained",
            help="Wait until each group has read all, at most for --timeout (10m): exit code 4 if it has not.",
        ),
    ] = False

    @property
    def checks(self) -> Checks:
        """Raises Failure for what is no bound, and for a check of what is waited for."""
        checks = Checks(
            records=self.most,
            seconds=None if self.max_time is None else seconds_of(self.max_time, "--max-time"),
            percent=None if self.max_retention is None else percent_of(self.max_retention),
            status=self.status,
        )
        if self.wait_drained and (checks or self.nagios):
            raise Failure(Code.USAGE, "--wait-drained waits for a lag of 0: it goes with no other check")
        if self.nagios and not checks:
            needed = "--max, --max-time, --max-retention or --status"
            raise Failure(Code.USAGE, f"--nagios tells what checks came to: it needs one of {needed}")
        return checks

    @property
    def observe_seconds(self) -> float:
        """Raises Failure."""
        if self.observe is not None and not self.status:
            raise Failure(Code.USAGE, "--observe says how long --status watches: without it there is nothing to watch")
        return seconds_of(OBSERVE if self.observe is None else self.observe, "--observe")

    def refuse_output(self, printing: Printing) -> None:
        """Raises Failure where the answer would have two shapes."""
        if self.nagios and (printing.json or printing.output is not None):
            raise Failure(Code.USAGE, "--nagios prints a line of its own: it goes with no --output")


def patience(where: Where) -> tuple[Where, float]:
    """For a command that waits: `--timeout` bounds the whole wait, in seconds, and no single answer. Raises Failure."""
    return replace(where, timeout=None), seconds_of(PATIENCE if where.timeout is None else where.timeout, "--timeout")


def percent_of(text: str) -> float:
    """`80%` or `80`. Raises Failure."""
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        raise Failure(Code.USAGE, f"--max-retention: {text!r} is not a percentage; write it as 80%") from None
    if not 0 <= value <= 100:
        raise Failure(Code.USAGE, f"--max-retention: {text} is not between 0% and 100%")
    return value
