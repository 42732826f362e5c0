"""A proxy in front of real brokers that all traffic goes through: it records requests, and makes trouble when told to.

It runs in a thread of its own, so that a test without an event loop can use it, and one that measures a screen is not
held up by it. What a test expects of the other side is not known here.
"""

from __future__ import annotations

import asyncio
import io
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeVar

from kio.index import load_payload_module
from kio.serial import entity_reader, entity_writer
from kio.static.constants import EntityType

HOST = "127.0.0.1"
FETCH, LIST_OFFSETS, METADATA, FIND_COORDINATOR, API_VERSIONS, DESCRIBE_CLUSTER = 1, 2, 3, 10, 18, 60
_NAMING = {METADATA, FIND_COORDINATOR, DESCRIBE_CLUSTER}
"""Answers that hold addresses of brokers."""
_PIECE = 1 << 16

Address = tuple[str, int]
Edit = Callable[[int, Any], Any]
"""Gets the API key and kio's response, and gives what is sent instead."""
T = TypeVar("T")


class Request(NamedTuple):
    """One request that went to a broker."""

    api: int
    version: int
    frame: bytes
    """Header and body."""

    def decoded(self) -> Any:
        """kio's request."""
        request = _payload_class(self.api, self.version, EntityType.request)
        frame = memoryview(self.frame)
        _, size = entity_reader(request.__header_schema__)(frame, 0)
        return entity_reader(request)(frame, size)[0]


@dataclass(frozen=True, slots=True)
class Toxics:
    """What one direction suffers. All can be changed while connections are open."""

    latency: float = 0.0
    """Seconds each frame is late."""
    bytes_per_second: int | None = None
    slice_bytes: int | None = None
    """Sent in pieces of so many bytes."""
    is_black_hole: bool = False
    """What comes is taken and not handed on."""


@dataclass(slots=True)
class Door:
    """The way to one broker."""

    broker: Address
    port: int = 0
    """Where it can be reached through the proxy."""
    to_broker: Toxics = field(default_factory=Toxics)
    to_client: Toxics = field(default_factory=Toxics)
    cut: str = ""
    """`reset`: the connection is reset in the middle of an answer. `half-close`: it is not written to from there on."""
    cut_apis: frozenset[int] | None = None
    """Only an answer of these is cut. None: any."""
    cuts: int = 0
    """How many were."""
    most_cuts: int | None = None
    """No more of them. None: every one that can be."""
    opened: int = 0
    """Connections so far."""
    server: asyncio.Server | None = None
    pairs: set[_Pair] = field(default_factory=set)

    def cuts_off(self, api: int) -> bool:
        """Whether the answer to such a request is the end of its connection."""
        has_left = self.most_cuts is None or self.cuts < self.most_cuts
        return bool(self.cut) and has_left and (self.cut_apis is None or api in self.cut_apis)


class Proxy:
    """Doors to all brokers, made as answers name them."""

    def __init__(self, bootstrap: str) -> None:
        self.requests: list[Request] = []
        self.doors: dict[Address, Door] = {}
        self.by_id: dict[int, Door] = {}
        """By node id, as soon as an answer has named it."""
        self.edits: dict[str, tuple[frozenset[int] | None, Edit]] = {}
        """By a name of the test's: for which APIs (None: all that kio reads), and what is done to their answers."""
        self._bootstrap = [_address(each) for each in bootstrap.split(",")]
        self._loop = asyncio.new_event_loop()

    @property
    def bootstrap(self) -> str:
        """The addresses through the proxy."""
        return ",".join(f"{HOST}:{self.doors[each].port}" for each in self._bootstrap)

    def suffer(
        self, *, to_broker: Toxics | None = None, to_client: Toxics | None = None, cut: str | None = None
    ) -> None:
        """The same trouble for all brokers; None leaves it as it is."""
        for door in self.doors.values():
            door.to_broker = to_broker or door.to_broker
            door.to_client = to_client or door.to_client
            door.cut = door.cut if cut is None else cut

    def heal(self) -> None:
        """No trouble any more, and every door open."""
        self.edits.clear()
        for door in self.doors.values():
            door.to_broker, door.to_client = Toxics(), Toxics()
            door.cut, door.cut_apis, door.most_cuts, door.cuts = "", None, None, 0
        self._run(self._open_all())

    def refuse(self, *doors: Door) -> None:
        """Connections are closed, and new ones refused. None named: all."""
        self._run(self._close(doors or tuple(self.doors.values())))

    def drop(self, *doors: Door) -> None:
        """Connections are closed; new ones are let in."""
        self._run(self._drop(doors or tuple(self.doors.values())))

    def apis(self) -> frozenset[int]:
        """API keys so far."""
        return frozenset(request.api for request in self.requests)

    # What runs in the thread

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _open_all(self) -> None:
        for address in list(self.doors) or self._bootstrap:
            await self._open(address)

    async def _open(self, broker: Address) -> Door:
        door = self.doors.setdefault(broker, Door(broker))
        if door.server is None:
            door.server = await asyncio.start_server(lambda *of: self._serve(door, *of), HOST, door.port)
            door.port = door.server.sockets[0].getsockname()[1]
        return door

    async def _close(self, doors: Collection[Door]) -> None:
        for door in doors:
            if door.server is not None:
                door.server.close()
                door.server = None
        await self._drop(doors)

    async def _drop(self, doors: Collection[Door]) -> None:
        pairs = [pair for door in doors for pair in door.pairs]
        for pair in pairs:
            pair.end()
        await asyncio.gather(*(pair.task for pair in pairs), return_exceptions=True)

    async def _serve(self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door.opened += 1
        task = asyncio.current_task()
        assert task is not None
        pair = _Pair(self, door, task, reader, writer)
        door.pairs.add(pair)
        try:
            await pair.carry()
        except asyncio.CancelledError:
            pass
        finally:
            door.pairs.discard(pair)

    async def edited(self, request: Request, frame: bytes) -> bytes:
        """The answer as the client gets it: with the proxy's own addresses, and as the test wants it."""
        edits = [edit for apis, edit in self.edits.values() if apis is None or request.api in apis]
        if request.api not in _NAMING and not edits:
            return frame
        response = _payload_class(request.api, request.version, EntityType.response)
        header, size = entity_reader(response.__header_schema__)(memoryview(frame), 0)
        answer, _ = entity_reader(response)(memoryview(frame), size)
        if request.api in _NAMING:
            answer = await self._with_own_addresses(request.api, answer)
        for edit in edits:
            answer = edit(request.api, answer)
        return _bytes(header) + _bytes(answer)

    async def _with_own_addresses(self, api: int, answer: Any) -> Any:
        if api == FIND_COORDINATOR:
            if hasattr(answer, "coordinators"):
                found = tuple([await self._moved(each) for each in answer.coordinators])
                return replace(answer, coordinators=found)
            return await self._moved(answer)
        return replace(answer, brokers=tuple([await self._moved(each) for each in answer.brokers]))

    async def _moved(self, named: Any) -> Any:
        if not named.host:
            return named
        door = await self._open((str(named.host), int(named.port)))
        self.by_id[int(named.broker_id if hasattr(named, "broker_id") else named.node_id)] = door
        return replace(named, host=HOST, port=type(named.port)(door.port))


class _Pair:
    """One connection of a client, and the one to its broker."""

    def __init__(
        self,
        proxy: Proxy,
        door: Door,
        task: asyncio.Task[Any],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.task = task
        self._proxy, self._door = proxy, door
        self._reader, self._writer = reader, writer
        self._asked: deque[Request] = deque()

    def end(self) -> None:
        self.task.cancel()

    async def carry(self) -> None:
        writer = None
        try:
            reader, writer = await asyncio.open_connection(*self._door.broker)
            ways = [
                asyncio.create_task(self._ask(writer)),
                asyncio.create_task(self._answer(reader)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                for found in await asyncio.gather(*ways, return_exceptions=True):
                    if isinstance(found, BaseException) and not isinstance(found, (*_LOSSES, asyncio.CancelledError)):
                        raise found
        except OSError:
            pass
        finally:
            for each in (self._writer, writer):
                if each is not None:
                    each.close()
                    with suppress(OSError):
                        await each.wait_closed()

    async def _ask(self, writer: asyncio.StreamWriter) -> None:
        while True:
            frame = await _frame(self._reader)
            api, version = struct.unpack_from(">hh", frame)
            request = Request(api, version, frame)
            self._proxy.requests.append(request)
            self._asked.append(request)
            await self._send(writer, frame, lambda: self._door.to_broker)

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        late: asyncio.Queue[tuple[float, bytes, Request]] = asyncio.Queue()
        sending = asyncio.create_task(self._send_late(late))
        try:
            while not sending.done():
                frame = await _frame(reader)
                request = self._asked.popleft()
                frame = await self._proxy.edited(request, frame)
                due = asyncio.get_running_loop().time() + self._door.to_client.latency
                late.put_nowait((due, frame, request))
            sending.result()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send_late(self, late: asyncio.Queue[tuple[float, bytes, Request]]) -> None:
        """Each answer is late, but they are not late one after the other."""
        loop = asyncio.get_running_loop()
        while True:
            due, frame, request = await late.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            door = self._door
            if door.cuts_off(request.api):
                door.cuts += 1
                await self._cut(frame)
                return
            await self._send(self._writer, frame, lambda: replace(self._door.to_client, latency=0.0))

    async def _cut(self, frame: bytes) -> None:
        data = _framed(frame)
        self._writer.write(data[: max(4, len(data) // 2)])
        with suppress(OSError):
            await self._writer.drain()
        if self._door.cut == "half-close":
            self._writer.write_eof()
            await asyncio.Event().wait()
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        self.task.cancel()

    async def _send(self, writer: asyncio.StreamWriter, frame: bytes, toxics: Callable[[], Toxics]) -> None:
        await asyncio.sleep(toxics().latency)
        data = memoryview(_framed(frame))
        while data:
            now = toxics()
            if now.is_black_hole:
                return
            size = min(now.slice_bytes or _PIECE, max(1, (now.bytes_per_second or _PIECE * 20) // 20))
            writer.write(data[:size])
            await writer.drain()
            if now.bytes_per_second is not None:
                await asyncio.sleep(size / now.bytes_per_second)
            elif now.slice_bytes is not None:
                await asyncio.sleep(0)
            data = data[size:]


_LOSSES = (OSError, EOFError, IndexError)


@contextmanager
def proxied(bootstrap: str) -> Iterator[Proxy]:
    """A proxy for as long as it is needed."""
    proxy = Proxy(bootstrap)
    thread = threading.Thread(target=proxy._loop.run_forever, name="proxy")
    thread.start()
    try:
        proxy._run(proxy._open_all())
        yield proxy
    finally:
        proxy._run(proxy._close(tuple(proxy.doors.values())))
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(20)
        proxy._loop.close()


def versions_of(known: dict[int, tuple[int, int]]) -> Edit:
    """Answers of ApiVersions say that the broker speaks only these; what it tells of features goes with them."""

    def edit(api: int, answer: Any) -> Any:
        spoken = {int(each.api_key): each for each in answer.api_keys}
        least = {
            key: (max(low, int(spoken[key].min_version)), min(high, int(spoken[key].max_version)))
            for key, (low, high) in known.items()
            if key in spoken
        }
        keys = tuple(
            replace(
                spoken[key],
                min_version=type(spoken[key].min_version)(low),
                max_version=type(spoken[key].max_version)(high),
            )
            for key, (low, high) in least.items()
        )
        fields = type(answer).__dataclass_fields__
        features = {name: () for name in ("supported_features", "finalized_features") if name in fields}
        return replace(answer, api_keys=keys, **features)

    return edit


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


def _framed(frame: bytes) -> bytes:
    return struct.pack(">i", len(frame)) + frame


def _payload_class(api: int, version: int, kind: Literal[EntityType.request, EntityType.response]) -> Any:
    module = load_payload_module(api, version, kind)
    return next(
        value for value in vars(module).values() if isinstance(value, type) and getattr(value, "__type__", None) is kind
    )


def _bytes(value: Any) -> bytes:
    buffer = io.BytesIO()
    entity_writer(type(value))(buffer, value)
    return buffer.getvalue()
