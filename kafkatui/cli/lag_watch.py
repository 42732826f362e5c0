"""`lag --watch`: the same answer again and again, drawn in place on a terminal, line by line into a pipe."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace

from kafkatui.cli import connect, report
from kafkatui.cli.durations import span_words
from kafkatui.cli.exits import say
from kafkatui.cli.flags import Output, Printing, Where
from kafkatui.cli.lag_watching import Choose, Only, watching
from kafkatui.cli.report import Report
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.safe_text import safe_text

_BEGIN, _HOME, _END = "\x1b[?25l\x1b[2J", "\x1b[H", "\x1b[?25h"
_REST_OF_LINE, _REST_OF_SCREEN = "\x1b[K", "\x1b[J"
_REDRAW = 1.0
"""Seconds between two drawings of the age while no reading comes."""

MakeReport = Callable[[Snapshot, list[Group]], Report]


def watch(where: Where, only: Only, choose: Choose, make: MakeReport, printing: Printing, seconds: float) -> None:
    """For ever, until it is interrupted. Raises Failure where the cluster can not be reached at first."""
    connection = connect.needed_connection(where)
    in_place = report.on_terminal() and not printing.json and printing.output in (None, Output.TABLE)
    shown = _InPlace(choose, make, printing) if in_place else _Lines(choose, make, printing)

    async def main() -> None:
        async with watching(connection, only, seconds) as watch, aclosing(watch.readings()) as readings:
            async for reading in readings:
                if isinstance(reading, Problem):
                    shown.lose(reading)
                else:
                    shown.show(reading)

    try:
        shown.begin()
        asyncio.run(main())
    finally:
        shown.end()


class _Lines:
    """Into a pipe: every reading as it comes, each record with its moment."""

    def __init__(self, choose: Choose, make: MakeReport, printing: Printing) -> None:
        asked = printing.json or printing.output is not None
        self._printing = printing if asked else replace(printing, output=Output.NDJSON)
        self._choose = choose
        self._make = make
        self._lost: str | None = None

    def begin(self) -> None:
        """Nothing before the first reading."""

    def end(self) -> None:
        """Nothing after the last."""

    def show(self, snapshot: Snapshot) -> None:
        if self._lost is not None:
            say("connected again")
            self._lost = None
        groups, missing = self._choose(snapshot)
        for sentence in missing:
            say(sentence)
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

    def __init__(self, choose: Choose, make: MakeReport, printing: Printing) -> None:
        self._choose = choose
        self._make = make
        self._printing = printing
        self._lines: list[str] = []
        self._at = 0.0
        self._missing: tuple[str, ...] = ()

    def begin(self) -> None:
        self._write(_BEGIN + _HOME)

    def end(self) -> None:
        """The last drawing stays, with the cursor behind it."""
        self._write(_END)

    def show(self, snapshot: Snapshot) -> None:
        groups, self._missing = self._choose(snapshot)
        size = shutil.get_terminal_size()
        tables = self._make(snapshot, groups).tables()
        lines = [
            line for table in tables for line in table.lines(headers=not self._printing.no_headers, width=size.columns)
        ]
        self._lines, self._at = lines, snapshot.at
        self._draw(f"as of {time.strftime('%H:%M:%S', time.localtime(snapshot.at))}")

    def lose(self, why: Problem) -> None:
        age = span_words(max(0.0, connect.clock() - self._at))
        self._draw(f"▲ {age} old: {safe_text(why.text)}")

    def _draw(self, state: str) -> None:
        size = shutil.get_terminal_size()
        rows = [line[: size.columns] for line in self._fitted(state, size.lines)]
        self._write(_HOME + "\n".join(row + _REST_OF_LINE for row in rows) + _REST_OF_SCREEN)

    def _fitted(self, state: str, height: int) -> Iterator[str]:
        """What the terminal has room for; the last line says what it has not."""
        room = max(1, height - 1 - len(self._missing))
        yield from self._lines[:room]
        yield from map(safe_text, self._missing)
        hidden = len(self._lines) - room
        yield f"{state}   {hidden} more rows" if hidden > 0 else state

    def _write(self, text: str) -> None:
        with report.writing():
            sys.stdout.write(text)
            sys.stdout.flush()
