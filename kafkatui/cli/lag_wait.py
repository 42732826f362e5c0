"""`lag --wait-drained`: until every group that is meant has read all, or the time is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from functools import partial

from kafkatui.cli import connect, failures, interrupts, report
from kafkatui.cli.draining import Draining, left_of, remarks
from kafkatui.cli.durations import span_words
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Where
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.lag_watching import Watching, watching
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.model.counted import counted
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot

NAMED = 20
"""Groups that are named when the time is over."""
STALE = 5.0
"""Seconds after which the time of a reading is told with it."""


def wait_drained(where: Where, seconds: float, meant: Meant) -> Snapshot:
    """The reading in which all is read. Raises Failure and typer.Exit where it does not come to that."""
    wait = _Wait(meant, seconds)
    try:
        interrupts.run(wait.run(partial(watching, connect.needed_connection(where), meant)))
    finally:
        wait.line.clear()
    return wait.end()


class _Wait:
    """What is known of the groups so far."""

    def __init__(self, meant: Meant, seconds: float) -> None:
        self._meant = meant
        self._seconds = seconds
        self._draining = Draining()
        self._last: Snapshot | None = None
        self._last_at = 0.0
        self._groups: list[Group] = []
        self._had_rows: set[str] = set()
        self._missing: Sequence[str] = ()
        self._unlisted: Sequence[str] = ()
        self._lost: Problem | None = None
        self._lost_at = 0.0
        self._is_over = False
        self.line = ProgressLine(self._words)

    async def run(self, watching: Callable[[], AbstractAsyncContextManager[Watching]]) -> None:
        """Until it is decided or the time is over. Raises Failure where the cluster can not be reached at first."""
        self.line.draw(at_once=True)
        going = asyncio.ensure_future(self._until_decided(watching))
        try:
            # No asyncio.timeout: in Python 3.11 a TaskGroup that failed within it makes it miss its own end.
            await asyncio.wait({going}, timeout=self._seconds)
        finally:
            while not going.done():
                going.cancel()
                await asyncio.wait({going}, timeout=1.0)
        self._is_over = going.cancelled()
        if not self._is_over:
            going.result()

    async def _until_decided(self, watching: Callable[[], AbstractAsyncContextManager[Watching]]) -> None:
        async with watching() as watch, aclosing(watch.readings()) as readings:
            async for reading in readings:
                if isinstance(reading, Problem):
                    self._lose(reading)
                    continue
                self._take(reading)
                watch.look_at([group.group for group in self._groups])
                if self._is_decided:
                    return

    def _take(self, snapshot: Snapshot) -> None:
        if self._lost is not None:
            self._tell(f"connected again after {span_words(time.monotonic() - self._lost_at)}")
        self._lost, self._last, self._last_at = None, snapshot, time.monotonic()
        self._groups, self._missing = self._meant.chosen(snapshot)
        self._unlisted = failures.of_listing(snapshot, self._meant.groups)
        self._had_rows.update(group.group for group in self._groups if group.rows)
        self._draining.add(snapshot.at, self._groups)
        self.line.draw(at_once=True)

    def _lose(self, why: Problem) -> None:
        if self._lost is None:
            self._lost_at = time.monotonic()
            self._tell(f"connection lost, waiting for it to come back: {why.text}")
        self._lost = why
        self.line.draw(at_once=True)

    @property
    def _is_decided(self) -> bool:
        """A group may be missing only because nobody lists it now."""
        if self._unlisted:
            return False
        return bool(self._missing) or not any(map(self._left_of, self._groups))

    def end(self) -> Snapshot:
        """The reading in which all is read. Raises Failure and typer.Exit for every other end."""
        if self._is_over and self._lost is not None:
            gone = span_words(time.monotonic() - self._lost_at)
            raise Failure(Code.UNREACHABLE, f"the connection did not come back for {gone}: {self._lost.text}")
        if self._last is None:
            raise Failure(Code.UNREACHABLE, f"the groups could not be read within {span_words(self._seconds)}")
        if self._is_over:
            report.finish((), [f"not drained within {span_words(self._seconds)}{self._age()}", *self._left()])
        report.finish(self._missing)
        for sentence in remarks(self._groups):
            say(sentence)
        say(self._done())
        return self._last

    def _left_of(self, group: Group) -> str | None:
        """A group that is deleted loses its commits before it is listed no more: that is not drained."""
        if group.lag is None and group.group in self._had_rows:
            return f"group {group.group}: its commits are gone"
        return left_of(group)

    def _age(self) -> str:
        """Of what is known, where no answer came for some time."""
        age = time.monotonic() - self._last_at
        return f"; {span_words(age)} ago this was left" if age > STALE else ""

    def _left(self) -> list[str]:
        left = [words for words in map(self._left_of, self._groups) if words]
        more = [f"{counted(len(left) - NAMED, 'more group')} not drained"] if len(left) > NAMED else []
        return [*left[:NAMED], *more, *self._unlisted, *self._missing]

    def _done(self) -> str:
        if not self._groups:
            return "the cluster lists no groups"
        return f"{counted(len(self._groups), 'group')} {'has' if len(self._groups) == 1 else 'have'} read all"

    def _words(self) -> str:
        return f"no connection: {self._lost.text}" if self._lost is not None else self._draining.words

    def _tell(self, sentence: str) -> None:
        self.line.clear()
        say(sentence)
