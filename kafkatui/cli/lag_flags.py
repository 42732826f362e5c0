"""The flags of `lag` that check, wait, or answer a monitoring system. What they lead to is in the modules they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from kafkatui.cli.durations import seconds_of
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where
from kafkatui.cli.lag_checks import Checks

PATIENCE = "10m"
"""A script that waits never hangs for ever."""


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
        )
        if checks and self.wait_drained:
            raise Failure(Code.USAGE, "--wait-drained waits for a lag of 0: it goes with no other check")
        return checks


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
