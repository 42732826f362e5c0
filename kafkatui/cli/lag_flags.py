"""The flags of `lag` that check, wait, or answer a monitoring system. What they lead to is in the modules they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from kafkatui.cli.durations import seconds_of
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Printing, Where
from kafkatui.cli.lag_checks import Checks
from kafkatui.cli.lag_views import By

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


LOOPBACK = ("127.", "localhost", "::1")
EVERY = "15s"


@dataclass(frozen=True)
class Showing:
    """How the lag is looked at: once, again and again, or by a monitoring system."""

    by: Annotated[
        By | None, typer.Option("--by", help="A row for each topic or partition instead, with all who read it.")
    ] = None
    watch: Annotated[
        str | None,
        typer.Option("--watch", metavar="TIME", help="Again and again, so far apart: 2s. A pipe gets ndjson."),
    ] = None
    serve: Annotated[
        str | None,
        typer.Option("--serve", metavar="HOST:PORT", help="Serve Prometheus at /metrics: 127.0.0.1:9308."),
    ] = None
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="How often --serve reads the cluster; 15s by default.")
    ] = None
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let --serve listen on an address that others can reach.")
    ] = False

    @property
    def watch_seconds(self) -> float | None:
        """Raises Failure."""
        return None if self.watch is None else seconds_of(self.watch, "--watch")

    @property
    def every_seconds(self) -> float:
        """Raises Failure."""
        if self.every is not None and self.serve is None:
            raise Failure(Code.USAGE, "--every says how often --serve reads: it goes with nothing else")
        return seconds_of(self.every or EVERY, "--every")

    @property
    def address(self) -> tuple[str, int] | None:
        """Where to listen. Raises Failure."""
        if self.serve is None:
            if self.allow_remote:
                raise Failure(Code.USAGE, "--allow-remote is for --serve: it goes with nothing else")
            return None
        host, colon, port = self.serve.rpartition(":")
        host = host.strip("[]")
        if not colon or not host or not port.isdigit() or int(port) > 65_535:
            raise Failure(Code.USAGE, f"--serve: {self.serve!r} is no address; write it as 127.0.0.1:9308")
        if not self.allow_remote and not host.startswith(LOOPBACK):
            raise Failure(Code.USAGE, f"--serve: others can reach {host}; say --allow-remote if that is meant")
        return host, int(port)

    def refuse(self, checking: Checking, printing: Printing) -> None:
        """Raises Failure where two ways of looking are asked for at once."""
        checks = checking.wait_drained or checking.nagios or bool(checking.checks)
        modes = {"--watch": self.watch is not None, "--serve": self.serve is not None, "a check": checks}
        asked = [name for name, wanted in modes.items() if wanted]
        if len(asked) > 1:
            raise Failure(Code.USAGE, f"{asked[0]} and {asked[1]} do not go together")
        if self.serve is not None and (self.by is not None or printing.json or printing.output is not None):
            raise Failure(Code.USAGE, "--serve has a format of its own: it goes with no --output and no --by")


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
