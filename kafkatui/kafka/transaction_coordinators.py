"""The two coordinators of a transaction, of its id and of its group: found, and asked again while they are busy.

What they are asked is not known here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import IntEnum
from typing import Any

from kafkatui.kafka import errors, transaction_calls
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.transaction_errors import FENCED, Fenced, Lost
from kafkatui.kafka.wire import Call
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem

_BUSY = frozenset({
    "concurrent_transactions", "unstable_offset_commit", "coordinator_load_in_progress", "not_coordinator",
    "coordinator_not_available",
})  # fmt: skip
"""Answers of a coordinator that will give another one soon."""
_PENDING = frozenset({"concurrent_transactions", "unstable_offset_commit"})
"""Of these, what the right coordinator says while the markers of the transaction before are on their way."""
_PAUSE, _LONGEST_PAUSE = 0.02, 0.5

Codes = Callable[[Any], Sequence[Any]]
"""The error codes in an answer."""


class Kind(IntEnum):
    """Of what a coordinator is; Kafka's own numbers."""

    GROUP = 0
    TRANSACTION = 1


class Coordinators:
    """Those of one transactional id and one group. They are asked on a connection of their own."""

    def __init__(self, nodes: Nodes, name: str, group: str, patience: float) -> None:
        """`name`: the transactional id; `patience`: seconds for one answer, and for a coordinator to be ready."""
        self._nodes = nodes
        self._keys = {Kind.TRANSACTION: name, Kind.GROUP: group}
        self._patience = patience
        self._found: dict[Kind, int] = {}

    async def ask(
        self,
        kind: Kind,
        call: Call,
        codes: Codes = transaction_calls.whole,
        check: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """The answer of a coordinator, asked again while it is busy; `check` goes before each time.

        Raises `Lost`, `Fenced`.
        """
        until, pause = time.monotonic() + self._patience, _PAUSE
        while True:
            if check is not None:
                await check()
            problem = await self.try_once(kind, call, codes)
            if not isinstance(problem, Problem):
                return problem
            if problem.code in FENCED:
                raise Fenced(problem.text)
            if problem.code not in _BUSY or time.monotonic() > until:
                raise Lost(problem)
            if problem.code not in _PENDING:
                self._found.pop(kind, None)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def try_once(self, kind: Kind, call: Call, codes: Codes) -> Any:
        """The answer, or the problem it tells of. Raises `Lost` where none came."""
        coordinator = self._found.get(kind)
        if coordinator is None:
            found = await self._find(kind)
            if isinstance(found, Problem):
                return found
            coordinator = self._found[kind] = found
        link = self._nodes.link(coordinator)
        if link is None:
            self._found.pop(kind)
            return Problem("coordinator_not_available", f"broker {coordinator} is not in the cluster's metadata")
        own = self._nodes.links.at(*link.address, link.name, lane="transaction", patience=self._patience)
        try:
            answer = await self._nodes.links.ask(own, call)
        except Failed as error:
            self._found.pop(kind, None)
            raise Lost(error.problem) from error
        failed = next(filter(errors.is_error, codes(answer)), None)
        return answer if failed is None else errors.of_code(failed)

    async def _find(self, kind: Kind) -> int | Problem:
        try:
            answer = await self._nodes.any(transaction_calls.find(kind, self._keys[kind]))
        except (Failed, Unreachable) as error:
            raise Lost(error.problem) from error
        (found,) = answer.coordinators
        return errors.of_code(found.error_code) if errors.is_error(found.error_code) else int(found.node_id)
