"""The one source of records the screens share: opened when first asked for, closed with the app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeAlias

from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.tui.records.browse import Source

OpenRecords: TypeAlias = Callable[[Connection], AbstractAsyncContextManager[Source]]


class Reading:
    """For one connection at a time: with another one the source is another, too."""

    def __init__(self, open_records: OpenRecords | None) -> None:
        self._open_records = open_records
        self._open: AsyncExitStack | None = None
        self._source: Source | None = None
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    async def source(self, connection: Connection | None) -> Source:
        """Raises `Unreachable` when there is nothing to read from."""
        if self._open_records is None or connection is None:
            raise Unreachable(Problem("not_connected", "no cluster is read"))
        async with self._opening:
            if self._source is None or connection != self._connection:
                await self.close()
                stack = AsyncExitStack()
                self._source = await stack.enter_async_context(self._open_records(connection))
                self._open, self._connection = stack, connection
            return self._source

    async def close(self) -> None:
        """What is read just now ends, too."""
        stack, self._open, self._source = self._open, None, None
        if stack is not None:
            await stack.aclose()
