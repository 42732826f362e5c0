"""Records that come in as lines, from stdin or a file: read by a thread, parsed there, handed over as they come."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kafkatui.cli.exits import in_words
from kafkatui.decoding.ndjson_lines import LineError
from kafkatui.model.records import NewRecord

_READ_BYTES = 256 * 1024
_MOST_WAITING = 4 * 1024 * 1024
"""Bytes of input that are read ahead. The reader waits beyond it, so an endless input takes no endless memory."""
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes."""
_BOM = b"\xef\xbb\xbf"

Parse = Callable[[bytes], NewRecord | None]
"""One line without its end to a record; None where it holds none. Raises LineError."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record."""

    number: int
    reason: str


@dataclass(slots=True)
class Lines:
    """Some lines in a row, parsed."""

    records: list[NewRecord] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The line of each record, counted from 1."""
    bad: list[BadLine] = field(default_factory=list)
    size: int = 0
    """Bytes of input."""
    failed: str | None = None
    """Why nothing more can be read."""

    def add(self, more: Lines) -> None:
        self.records += more.records
        self.numbers += more.numbers
        self.bad += more.bad
        self.size += more.size
        self.failed = self.failed or more.failed


class RecordInput:
    """Begins to read when it is made. `take` gives what has come so far, and waits only when that is nothing."""

    def __init__(self, descriptor: int, parse: Parse, *, skip_bad: bool) -> None:
        """Without `skip_bad` it ends behind the first bad line."""
        self._descriptor = descriptor
        self._parser = _Parser(parse, skip_bad=skip_bad)
        self._loop = asyncio.get_running_loop()
        self._came: asyncio.Queue[Lines | None] = asyncio.Queue()
        self._room = threading.Condition()
        self._waiting = 0
        self._is_over = False
        # A daemon, and no buffered file: nothing ends a read that waits, and nobody may wait for it when all else ends.
        threading.Thread(target=self._run, name="input", daemon=True).start()

    async def take(self) -> Lines | None:
        """All lines that have come; None at the end."""
        if self._is_over:
            return None
        taken = await self._came.get()
        self._is_over = taken is None
        while taken is not None and not self._came.empty():
            more = self._came.get_nowait()
            if more is None:
                self._is_over = True
                break
            taken.add(more)
        if taken is not None:
            with self._room:
                self._waiting -= taken.size
                self._room.notify()
        return taken

    def _run(self) -> None:
        try:
            for lines in self._parser.parse(self._pieces()):
                self._give(lines)
            self._loop.call_soon_threadsafe(self._came.put_nowait, None)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def _pieces(self) -> Iterator[bytes]:
        while piece := os.read(self._descriptor, _READ_BYTES):
            yield piece

    def _give(self, lines: Lines) -> None:
        with self._room:
            self._room.wait_for(lambda: self._waiting < _MOST_WAITING)
            self._waiting += lines.size
        self._loop.call_soon_threadsafe(self._came.put_nowait, lines)


class _Parser:
    def __init__(self, parse: Parse, *, skip_bad: bool) -> None:
        self._parse = parse
        self._skip_bad = skip_bad
        self._number = 0

    def parse(self, pieces: Iterator[bytes]) -> Iterator[Lines]:
        """Lines as their last byte comes; a last one may lack its line feed."""
        begun: list[bytes] = []
        size = 0
        try:
            for piece in pieces:
                *whole, rest = piece.split(b"\n")
                if whole:
                    whole[0] = b"".join([*begun, whole[0]])
                    begun, size = [], 0
                begun.append(rest)
                size += len(rest)
                lines = self._lines(whole, len(piece))
                if size > LONGEST_LINE:
                    lines.failed = f"line {self._number + 1} is longer than {LONGEST_LINE:,} bytes"
                yield lines
                if self._is_end(lines):
                    return
        except OSError as error:
            yield Lines(failed=f"the input can not be read: {in_words(error)}")
            return
        if size:
            yield self._lines([b"".join(begun)], 0)

    def _is_end(self, lines: Lines) -> bool:
        return lines.failed is not None or bool(lines.bad and not self._skip_bad)

    def _lines(self, whole: Sequence[bytes], size: int) -> Lines:
        lines = Lines(size=size)
        for line in whole:
            self._number += 1
            try:
                record = self._parse(line.removeprefix(_BOM) if self._number == 1 else line)
            except LineError as error:
                lines.bad.append(BadLine(self._number, str(error)))
                if not self._skip_bad:
                    break
                continue
            if record is not None:
                lines.records.append(record)
                lines.numbers.append(self._number)
        return lines
