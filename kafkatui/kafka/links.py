"""The links of one connection, by broker address, all behind one guard. What is asked is not known here."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from kafkatui.kafka.link import Link
from kafkatui.kafka.tokens import tokens_of
from kafkatui.kafka.wire import CHANGING, READING, Api, Call, Guard
from kafkatui.model.connection import Connection
from kafkatui.model.errors import ReadOnly


class Links:
    """Links by address, opened when first needed, all behind one guard. Counts what it sends."""

    def __init__(self, settings: Connection, patience: float | None = None, *, changing: bool = False) -> None:
        """`changing`: what changes something may be sent, too. Raises `ReadOnly` where the connection is."""
        if changing and settings.read_only:
            raise ReadOnly("a change is wanted, and the connection is read-only")
        self.settings = settings
        self.sent: Counter[Api] = Counter()
        """Requests so far, by API."""
        self._patience = patience
        self._tokens = tokens_of(settings.sasl)
        self._guard = Guard(READING | CHANGING if changing else READING)
        self._links: dict[tuple[str, int, str], Link] = {}

    def at(
        self, host: str, port: int, name: str | None = None, *, lane: str = "", patience: float | None = None
    ) -> Link:
        """The one link to an address; another `lane` is another connection, for requests that may hold up the rest.

        `patience` is for the lane, in seconds; None: as everywhere.
        """
        link = self._links.get((host, port, lane))
        if link is None:
            patient = self._patience if patience is None else patience
            link = self._links[host, port, lane] = Link(host, port, self.settings, patient, self._tokens)
        if name is not None:
            link.name = name
        return link

    async def ask(self, link: Link, call: Call) -> Any:
        """Raises `Failed`, or `ReadOnly` before a byte has left."""
        self._guard.check(call)
        self.sent[call.api] += 1
        return await link.ask(call)

    def links(self) -> Iterable[Link]:
        return self._links.values()

    async def close(self) -> None:
        await asyncio.gather(*(link.close() for link in self._links.values()))
