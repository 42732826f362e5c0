"""Receiving replies in place: each frame lands in a buffer of its own size. What a frame means is not known here.

A stream would copy every byte three times, which took a third of the time of a search in records that are not
compressed (measured: 0.30 against 0.19 s of CPU for 190 MB).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

_HEAD = struct.Struct(">i")


class Frames(asyncio.BufferedProtocol):
    """Gives one whole frame after the other to `take`, and a length out of bounds to `refuse`; `lost` is the end."""

    def __init__(
        self,
        largest: int,
        take: Callable[[memoryview], None],
        refuse: Callable[[bytes], None],
        lost: Callable[[Exception | None], None],
    ) -> None:
        """`refuse` gets the four bytes that tell the length, and closes the transport."""
        self._largest = largest
        self._take = take
        self._refuse = refuse
        self._lost = lost
        self._in_head = True
        self._buffer = bytearray(_HEAD.size)
        self._rest = memoryview(self._buffer)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._rest

    def buffer_updated(self, nbytes: int) -> None:
        self._rest = self._rest[nbytes:]
        if not self._rest:
            self._end_head() if self._in_head else self._end_body()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(exc)

    def _end_head(self) -> None:
        (size,) = _HEAD.unpack(self._buffer)
        if 0 < size <= self._largest:
            self._in_head = False
            self._expect(size)
        else:
            self._expect(_HEAD.size)
            self._refuse(_HEAD.pack(size))

    def _end_body(self) -> None:
        frame = memoryview(self._buffer).toreadonly()
        self._in_head = True
        self._expect(_HEAD.size)
        self._take(frame)

    def _expect(self, size: int) -> None:
        self._buffer = bytearray(size)
        self._rest = memoryview(self._buffer)
