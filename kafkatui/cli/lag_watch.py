"""`lag --watch`: the same answer again and again, drawn in place on a terminal, line by line into a pipe."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace

import typer

from kafkatui.cli import connect, interrupts, report
from kafkatui.cli.durations import span_words
from kafkatui.cli.exits import say
from kafkatui.cli.flags import Output, Printing, Where
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_watching import Missing, watching
from kafkatui.cli.report import Report
from kafkatui.model.groups import Group
from kafkatui.model.moments import local
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.safe_text import safe_text

_BEGIN, _HOME, _END = "\x1b[?25l\x1b[2J", "\x1b[H", "\x1b[?25h"
_EMPTY_LINE, _REST_OF_SCREEN = "\x1b[2K", "\x1b[J"
_REDRAW = 1.0
"""Seconds between two drawings while no reading comes: the age grows, and the terminal may have another size."""

MakeReport = Callable[[Snapshot, list[Group]], Report]


def watch(where: Where, meant: Meant, make: MakeReport, printing: Printing, seconds: float) -> None:
    """For ever, until it is interrupted. Raises Failure where the cluster can not be reached at first."""
    connection = connect.needed_connection(where)
    in_place = report.on_terminal() and not printing.json and printing.output in (None, Output.TABLE)
    shown = _InPlace(meant, make, printing) if in_place else _Lines(meant, make, printing)

    async def main() -> None:
        # Ended from outside it leaves the terminal as Ctrl-C does.
        going = asyncio.ensure_future(follow())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, going.cancel)
        while not going.done():
            await asyncio.wait({going}, timeout=_REDRAW)
            shown.draw()
        if going.cancelled():
            raise typer.Exit(128 + signal.SIGTERM)
        going.result()

    async def follow() -> None:
        async with watching(connection, meant, seconds) as watch, aclosing(watch.readings()) as readings:
            async for reading in readings:
                if isinstance(reading, Problem):
                    shown.lose(reading)
                else:
                    shown.show(reading)

    with interrupts.unwinding():
        try:
            shown.begin()
            interrupts.run(main())
        finally:
            shown.end()


class _Lines:
    """Into a pipe: every reading as it comes, each record with its moment."""

    def __init__(self, meant: Meant, make: MakeReport, printing: Printing) -> None:
        asked = printing.json or printing.output is not None
        self._printing = printing if asked else replace(printing, output=Output.NDJSON)
        self._meant = meant
        self._make = make
        self._lost: str | None = None
        self._missing = Missing()

    def begin(self) -> None:
        """Nothing before the first reading."""

    def end(self) -> None:
        """Nothing after the last."""

    def draw(self) -> None:
        """What is written stays."""

    def show(self, snapshot: Snapshot) -> None:
        if self._lost is not None:
            say("connected again")
            self._lost = None
        groups, missing = self._meant.chosen(snapshot)
        self._missing.tell(missing)
        made = self._make(snapshot, groups)
        at = {"at": report.moment(snapshot.at)}
        timed = replace(
            made, fields=("at", *made.fields), records=lambda: ({**at, **record} for record in made.records())
        )
        report.emit(timed, self._printing)
        # A header belongs to the whole of a table, not to each reading.
        self._printing = replace(self._printing, no_headers=True)

    def lose(self, why: Problem) -> None:
        if self._lost != why.code:
            self._lost = why.code
            say(f"no new reading: {why.text}")


class _InPlace:
    """On a terminal: a table that is drawn over the one before."""

    def __init__(self, meant: Meant, make: MakeReport, printing: Printing) -> None:
        self._meant = meant
        self._make = make
        self._printing = printing
        self._last: tuple[Snapshot, list[Group], tuple[str, ...]] | None = None
        self._lost: Problem | None = None

    def begin(self) -> None:
        self._write(_BEGIN + _HOME)

    def end(self) -> None:
        """The last drawing stays, with the cursor behind it."""
        self._write(_END)

    def show(self, snapshot: Snapshot) -> None:
        self._last, self._lost = (snapshot, *self._meant.chosen(snapshot)), None
        self.draw()

    def lose(self, why: Problem) -> None:
        self._lost = why
        self.draw()

    def draw(self) -> None:
        """The newest reading, for the size the terminal has now."""
        if self._last is None:
            return
        snapshot, groups, missing = self._last
        size = shutil.get_terminal_size()
        lines = [
            line
            for table in self._make(snapshot, groups).tables()
            for line in table.lines(headers=not self._printing.no_headers, width=size.columns)
        ]
        rows = _fitted(lines, [*map(safe_text, missing)], self._state(snapshot), size.lines)
        text = "\n".join(_EMPTY_LINE + row[: size.columns] for row in rows)
        self._write(_HOME + text + _REST_OF_SCREEN)

    def _state(self, snapshot: Snapshot) -> str:
        if self._lost is None:
            return f"as of {local(snapshot.at).strftime('%H:%M:%S')}"
        return f"▲ {span_words(max(0.0, connect.clock() - snapshot.at))} old: {safe_text(self._lost.text)}"

    def _write(self, text: str) -> None:
        with report.writing():
            sys.stdout.write(text)
            sys.stdout.flush()


def _fitted(lines: list[str], missing: list[str], state: str, height: int) -> Iterator[str]:
    """What the terminal has room for; the last line says what it has not."""
    room = max(1, height - 1 - len(missing))
    yield from lines[:room]
    yield from missing
    hidden = len(lines) - room
    yield f"{state}   {hidden} more rows" if hidden > 0 else state
