"""The one source of records the screens share: opened when first asked for, closed with the app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeAlias

from kafkatui.decoding.limits import LIMITS, SCREEN
from kafkatui.model.connection import Connection
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.reading.topic_decoders import TopicDecoders, registry_of
from kafkatui.tui.records.browse import Source
from kafkatui.tui.records.looking import Opened

OpenRecords: TypeAlias = Callable[[Connection], AbstractAsyncContextManager[Source]]

REGISTRY_SECONDS = 1.0
"""A page of records waits so long for schemas; what comes later is read when it is shown anew."""


class Reading:
    """For one connection at a time: with another one the source is another, too."""

    def __init__(self, open_records: OpenRecords | None, rules: Sequence[DecodingRule] = ()) -> None:
        """`rules`: the decoders a person chose for topics."""
        self._open_records = open_records
        self._rules = rules
        self._stack: AsyncExitStack | None = None
        self._opened: Opened | None = None
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    async def open(self, connection: Connection | None) -> Opened:
        """Raises `Unreachable` when there is nothing to read from."""
        if self._open_records is None or connection is None:
            raise Unreachable(Problem("not_connected", "no cluster is read"))
        async with self._opening:
            if self._opened is None or connection != self._connection:
                await self.close()
                stack = AsyncExitStack()
                source = await stack.enter_async_context(self._open_records(connection))
                registry = registry_of(connection)
                shown = TopicDecoders(self._rules, SCREEN, registry, REGISTRY_SECONDS)
                self._opened = Opened(source, shown, TopicDecoders(self._rules, LIMITS, registry))
                self._stack, self._connection = stack, connection
            return self._opened

    async def close(self) -> None:
        """What is read just now ends, too."""
        stack, self._stack, self._opened = self._stack, None, None
        if stack is not None:
            await stack.aclose()
