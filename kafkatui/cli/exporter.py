"""A small HTTP server for texts that are ready: GET and HEAD, one answer a connection. What they say is not known here.

Whoever is slow, says too much or comes in crowds is cut off: nobody can make it wait or grow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

MOST_BYTES = 16 * 1024
"""Of a request's head."""
SECONDS = 5.0
"""For a request to arrive."""
ANSWER_SECONDS = 30.0
"""For its answer to leave."""
CONNECTIONS = 64
"""At the same time; of more the oldest is closed, which is never the one that only came."""
_CHUNK = 64 * 1024
"""Of an answer on its way to one who may not read it."""
_WORDS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A text under a path."""

    status: int
    body: bytes
    type: str = "text/plain; charset=utf-8"


class Exporter:
    """Serves what `answer` gives for a path, until the block ends."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], None] = {}
        """In the order they came."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def listen(self, host: str, port: int) -> int:
        """The port, which is chosen for 0. Raises OSError."""
        self._server = await asyncio.start_server(self._begin, host, port, limit=MOST_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= CONNECTIONS:
            next(iter(self._open)).cancel()
        task = asyncio.create_task(self._serve(reader, writer))
        self._open[task] = None

        def ended(_: object) -> None:
            # One that is ended before it began has closed nothing.
            del self._open[task]
            _abort(writer)

        task.add_done_callback(ended)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            async with asyncio.timeout(ANSWER_SECONDS):
                await _send(writer, self._response(head))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # It left, is slow, or sends what is no request: nothing more is owed to it.
            pass

    def _response(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _written(Answer(400, b"this is no HTTP request\n"))
        method, target, _ = words
        if method not in ("GET", "HEAD"):
            return _written(Answer(405, b"GET and HEAD only\n"))
        return _written(self._answer(target.partition("?")[0]), has_body=method == "GET")


def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection at once. One that closed with the last of its buffer fails in asyncio when it is ended again."""
    if writer.get_extra_info("socket").fileno() >= 0:
        writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, answer: bytes) -> None:
    """In pieces: who does not read takes no more than one of them."""
    writer.transport.set_write_buffer_limits(high=_CHUNK)
    whole = memoryview(answer)
    for at in range(0, len(whole), _CHUNK):
        writer.write(whole[at : at + _CHUNK])
        await writer.drain()
    writer.close()
    await writer.wait_closed()


def _written(answer: Answer, *, has_body: bool = True) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} {_WORDS[answer.status]}\r\nContent-Type: {answer.type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (answer.body if has_body else b"")
