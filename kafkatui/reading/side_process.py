"""A second process that searches: one interpreter alone leaves the other cores idle, and a screen waits for its turn.

It is forked where there is no loop and no thread, has the filter as it is, and waits for what to read. It ends with
whoever asked for it, whatever ends that.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import struct
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Self, TypeAlias

from kafkatui.filters import Filter
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Step, Wanted
from kafkatui.kafka.topology import read_topology
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place
from kafkatui.model.spans import Gap, Isolation, Span
from kafkatui.tracebacks import CrashedElsewhere, described

_LENGTH = struct.Struct(">I")
Failed: TypeAlias = tuple[int, tuple[Place, str] | None]
"""How many records a filter could not tell of, and the first of them with the reason."""
_ENDED = Problem("reader_ended", "the process that read it ended before it was done")
_BITE = 500
"""Records of one message: who takes them has other things to do in between."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process searches, and for what."""

    connection: Connection
    wanted: Wanted
    isolation: Isolation
    failed: Callable[[], Failed]
    """What the filter could not tell of, when the search is over."""


def share_of(chosen: Filter, connection: Connection, isolation: Isolation) -> Share:
    """What one process needs for a filter; the counts of its matcher stay its own."""
    matcher = chosen.matcher()
    wanted = Wanted(chosen.required, matcher.matches, chosen.any_of)
    return Share(connection, wanted, isolation, lambda: (matcher.failed, matcher.first_failure))


@dataclass(frozen=True, slots=True)
class _Over:
    failed: Failed
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Crashed:
    report: str


class SideProcess:
    """One process that searches. `close` must be called; it ends it if it still runs."""

    def __init__(self, commands: int, answers: int, pid: int = 0) -> None:
        """Our ends of the two pipes, which it closes; `pid` where it is a child of this process."""
        self._commands, self._answers, self._pid = commands, answers, pid
        self._is_open = True
        self.failed: Failed | None = None
        """What the filter could not tell of there, once all was searched."""

    @classmethod
    def fork(cls, share: Share) -> Self:
        """Not to be called while a loop or another thread runs."""
        theirs, commands = os.pipe()
        answers, answering = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(commands)
            os.close(answers)
            serve(share, theirs, answering)
        os.close(theirs)
        os.close(answering)
        return cls(commands, answers, pid)

    async def search(self, spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
        """The steps of these spans, as `scan` gives them; what it could not read any more is a `Gap`.

        Raises CrashedElsewhere for a bug there.
        """
        positions = {span.where: span for span in spans}
        reader, transport = await _connect(self._answers)
        with suppress(BrokenPipeError):  # it is gone: the first answer will say so
            _send(self._commands, list(spans))
        try:
            while isinstance(step := await _receive(reader), Step):
                span = positions[step.where]
                positions[step.where] = Span(span.where, max(span.first, step.position), span.until)
                yield step
        finally:
            transport.close()
        if isinstance(step, _Crashed):
            raise CrashedElsewhere(step.report)
        if isinstance(step, _Over) and step.problem is None:
            self.failed = step.failed
            return
        problem = step.problem if isinstance(step, _Over) and step.problem else _ENDED
        for span in positions.values():
            if not span.is_empty:
                yield Step(span.where, span.until, gaps=(Gap(span.where, span.first, span.until, problem),))

    def close(self) -> None:
        """End it, and wait for it if it is our child; may be called again."""
        if not self._is_open:
            return
        self._is_open = False
        os.close(self._commands)
        os.close(self._answers)
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)
            os.waitpid(self._pid, 0)


async def _receive(reader: asyncio.StreamReader) -> Any:
    """None: it ended in the middle."""
    try:
        (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return pickle.loads(await reader.readexactly(size))
    except asyncio.IncompleteReadError:
        return None


def _send(descriptor: int, message: object) -> None:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        left = left[os.write(descriptor, left) :]


def serve(share: Share, commands: int, answers: int) -> NoReturn:
    """Be the process: wait for spans, search them, and leave without anything the one forked from would do at its end.

    `commands` and `answers`: the ends of the two pipes that are not `SideProcess`'s.
    """
    # Ctrl-C goes to every process of the terminal; whoever asked for this one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    code = 1
    try:
        asyncio.run(_serve(share, commands, answers))
        code = 0
    except BrokenPipeError:
        code = 0
    except BaseException as error:
        with suppress(BrokenPipeError):
            _send(answers, _Crashed("\n".join(described(error))))
    finally:
        os._exit(code)


async def _serve(share: Share, commands: int, answers: int) -> None:
    """Connect while the parent still plans; read what it then asks for."""
    reader, _ = await _connect(commands)
    try:
        async with Cluster.open(share.connection) as cluster:
            topology = asyncio.create_task(read_topology(cluster.nodes))
            spans = await _receive(reader)
            if spans is None:
                os._exit(0)
            # The parent says nothing more: what comes is its end.
            leaving = asyncio.create_task(_leave_with(reader))
            await topology
            async with aclosing(scan(cluster.nodes, spans, share.wanted, share.isolation)) as steps:
                async for step in steps:
                    for bite in _bites(step):
                        _send(answers, bite)
            leaving.cancel()
    except Unreachable as error:
        _send(answers, _Over((0, None), error.problem))
        return
    _send(answers, _Over(share.failed()))


def _bites(step: Step) -> Iterator[Step]:
    """A step with many records as several, of which the last one tells what was looked at."""
    found = step.found
    while len(found) > _BITE:
        head, found = found[:_BITE], found[_BITE:]
        yield Step(step.where, head[-1].offset + 1, head)
    yield replace(step, found=found)


async def _leave_with(reader: asyncio.StreamReader) -> None:
    await reader.read()
    os._exit(0)


async def _connect(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    """A pipe's end for reading, of which the descriptor stays ours."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(descriptor), "rb", buffering=0)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    return reader, transport
