"""What the screens ask for dead letters; `dead_letters.desk.Desk` answers it, tests script another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from kafkatui.dead_letters.back_plan import Asked, BackPlan
from kafkatui.dead_letters.finding import Finding
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.look import Look
from kafkatui.dead_letters.origin import Fetched
from kafkatui.decoding.limits import SCREEN
from kafkatui.model.connection import Connection
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place
from kafkatui.reading.topic_decoders import TopicDecoders, registry_of
from kafkatui.tui.reading import REGISTRY_SECONDS


class Source(Protocol):
    """See `dead_letters.desk`. Every method may raise `Unreachable`."""

    async def find(self) -> Finding: ...

    async def look(self, topic: str, most: int = ..., *, keep: bool = ...) -> Look: ...

    async def origins(self, letters: Sequence[DeadLetter]) -> Mapping[Place, Fetched]: ...

    async def plan_back(self, asked: Asked, counted: Callable[[int, int, int], None]) -> BackPlan: ...


OpenLetters: TypeAlias = Callable[[Connection], AbstractAsyncContextManager[Source]]


@dataclass(frozen=True, slots=True)
class OpenedLetters:
    """What reads the dead letters of one cluster."""

    source: Source
    decoders: TopicDecoders


class Letters:
    """Opened when first asked for, closed with the app; with another connection the source is another, too."""

    def __init__(
        self,
        open_letters: OpenLetters | None,
        connection: Callable[[], Connection | None],
        rules: Sequence[DecodingRule] = (),
    ) -> None:
        """`connection`: the one that is shown now. `rules`: the decoders a person chose for topics."""
        self.names: frozenset[str] = frozenset()
        """Topics with dead letters that were found the last time."""
        self._open_letters = open_letters
        self._shown = connection
        self._rules = rules
        self._stack: AsyncExitStack | None = None
        self._opened: OpenedLetters | None = None
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> OpenedLetters:
        """Raises `Unreachable` when there is nothing to read from."""
        connection = self._shown()
        if self._open_letters is None or connection is None:
            raise Unreachable(Problem("not_connected", "no cluster is read"))
        async with self._opening:
            if self._opened is None or connection != self._connection:
                await self.close()
                stack = AsyncExitStack()
                source = await stack.enter_async_context(self._open_letters(connection))
                decoders = TopicDecoders(self._rules, SCREEN, registry_of(connection), REGISTRY_SECONDS)
                self._opened = OpenedLetters(source, decoders)
                self._stack, self._connection = stack, connection
            return self._opened

    async def close(self) -> None:
        """What is read just now ends, too."""
        stack, self._stack, self._opened = self._stack, None, None
        self.names = frozenset()
        if stack is not None:
            await stack.aclose()
