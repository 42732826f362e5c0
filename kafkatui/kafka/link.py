"""The link to one broker address: bounded waits, a silent broker noticed, a lost one dialled again in the background.

What is asked and what the answers mean is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError

from kafkatui.kafka import errors
from kafkatui.kafka.causes import NotKafka
from kafkatui.kafka.dialling import BrokerConnection, DialFailed, dial
from kafkatui.kafka.tokens import Tokens
from kafkatui.kafka.wire import Call, Malformed, Prepared, Unsupported, decode
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem

_CONNECTIONS = logging.getLogger("kafkatui.connections")
_REQUESTS = logging.getLogger("kafkatui.requests")
REDIAL_SECONDS = 1.0
"""Pause between two attempts to reach a broker that is gone."""
_RENEWED_AT, _OVER_AT = 0.8, 0.97
"""Shares of a session (KIP-368): from the first on a new login is made beside it, from the second it is left alone."""
THROTTLE_SECONDS = 10.0
"""How long after the last answer that a quota held up it is said so."""
_LOSSES = (KafkaError, OSError, EOFError, TimeoutError)
"""How aiokafka tells that a connection is of no use any more. Any other exception is a bug of ours."""
_LOST = "the connection was lost"


class Failed(Exception):
    """A request brought no answer; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Link:
    """The way to one broker address. Waits for an answer at most `patience` seconds, then says so and listens on."""

    def __init__(
        self, host: str, port: int, settings: Connection, patience: float | None, tokens: Tokens | None = None
    ) -> None:
        self.where = f"{host}:{port}"
        self.name = self.where
        """What messages call it: the address, or `broker N` once its id is known."""
        self.problem: Problem | None = None
        """Why the last attempt failed, or None while it answers."""
        self.address = (host, port)
        self._settings = settings
        self._tokens = tokens
        self._patience = patience if patience is not None else settings.request_seconds
        self._connection: BrokerConnection | None = None
        self._fresh: BrokerConnection | None = None
        """A new login, until the one that is used has answered everything: what is sent keeps its order."""
        self._retired: set[BrokerConnection] = set()
        """Those that still have something to answer, with a new one beside them."""
        self._dialling: asyncio.Task[BrokerConnection] | None = None
        self._waiting: dict[asyncio.Future[Any], float] = {}
        self._silent_since: float | None = None
        self._next_dial = 0.0
        self._was_reached = False
        self._throttle = timedelta(0)
        self._throttled_at = 0.0

    async def reach(self) -> BrokerConnection:
        """A connection that is logged in. Raises `Failed`."""
        self._fail_fast()
        return await self._connected()

    async def ask(self, call: Call) -> Any:
        """kio's response. Raises `Failed`."""
        connection = await self.reach()
        prepared = self._prepare(call, connection)
        began = time.monotonic()
        body = await self._send(connection, prepared)
        if _REQUESTS.isEnabledFor(logging.DEBUG):
            took = (time.monotonic() - began) * 1000
            _REQUESTS.debug(
                "%s v%d to %s: %d bytes after %.1f ms", call.api.name, prepared.API_VERSION, self.name, len(body), took
            )
        try:
            answer = decode(prepared, body)
        except Malformed as error:
            self._drop(connection)
            raise Failed(Problem("malformed", f"{self.name}: {error}")) from error
        self._note_throttle(answer)
        return answer

    @property
    def current_problem(self) -> Problem | None:
        """Why it does not answer at this moment, or None."""
        return self._silence() if self._silent_since is not None else self.problem

    @property
    def throttled_ms(self) -> int:
        """For how long a quota has held up an answer lately, or its connection after it (KIP-219); 0: not at all."""
        is_lately = time.monotonic() - self._throttled_at < THROTTLE_SECONDS + self._throttle.total_seconds()
        return round(self._throttle.total_seconds() * 1000) if is_lately else 0

    def api_versions(self) -> dict[int, tuple[int, int]]:
        return self._connection.api_versions if self._connection is not None else {}

    async def close(self) -> None:
        """End everything that is under way; nothing is left for the loop to complain about."""
        tasks = [*self._waiting]
        if self._dialling is not None:
            tasks.append(self._dialling)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for beside in (*self._retired, *([self._fresh] if self._fresh is not None else [])):
            beside.close()
        if self._connection is not None:
            closed = self._connection.close()
            self._connection = None
            if closed is not None:
                await asyncio.wait([closed], timeout=1)

    def _fail_fast(self) -> None:
        """A broker known to be silent or gone costs no more waiting; it is tried again behind our back."""
        if self._silent_since is not None:
            if self._connection is None:
                self._redial()
            raise Failed(self._silence())
        if self.problem is not None and self._connection is None:
            self._redial()
            raise Failed(self.problem)

    def _note_throttle(self, answer: Any) -> None:
        throttle = getattr(answer, "throttle_time", None)
        if throttle:
            self._throttle, self._throttled_at = throttle, time.monotonic()

    def _silence(self) -> Problem:
        left = self._throttled_at + self._throttle.total_seconds() - time.monotonic()
        if left > 0:
            return errors.throttled(self.name, left)
        since = self._silent_since if self._silent_since is not None else time.monotonic()
        return errors.no_answer(self.name, time.monotonic() - since)

    def _redial(self) -> None:
        if self._dialling is None and time.monotonic() >= self._next_dial:
            self._dial()

    async def _connected(self) -> BrokerConnection:
        self._change_over()
        current = self._connection
        if current is not None and current.connected() and current.session_share < _OVER_AT:
            if current.session_share >= _RENEWED_AT:
                self._renew()
            return current
        if self._dialling is None:
            self._dial()
        assert self._dialling is not None
        started = time.monotonic()
        done, _ = await asyncio.wait([self._dialling], timeout=self._patience)
        if not done:
            self._silent_since = started
            raise Failed(self._silence())
        if self._connection is None:
            raise Failed(self.problem or errors.unreachable(self.name, "the connection was closed"))
        return self._connection

    def _dial(self) -> None:
        self._retire()
        self._begin_dialling()

    def _renew(self) -> None:
        """Log in once more, beside the connection that is used until the new one stands."""
        if self._dialling is None and self._fresh is None and time.monotonic() >= self._next_dial:
            self._begin_dialling()

    def _change_over(self) -> None:
        """From a session that ends to a fresh one, as soon as nothing is under way, and at its end in any case."""
        current = self._connection
        if self._fresh is None or (current is not None and current.is_asked and current.session_share < _OVER_AT):
            return
        self._retire()
        self._connection, self._fresh = self._fresh if self._fresh.connected() else None, None

    def _begin_dialling(self) -> None:
        dialling = dial(*self.address, self._settings, self._dialled_name, self._tokens)
        self._dialling = asyncio.create_task(dialling, name=f"dial {self.where}")
        self._dialling.add_done_callback(self._dialled)

    @property
    def _dialled_name(self) -> str:
        """With its address where nobody has got there yet: then what the cluster advertises may be the fault."""
        known = self._was_reached or self.name == self.where
        return self.name if known else f"{self.name} (advertised as {self.where})"

    def _retire(self) -> None:
        self._retired = {each for each in self._retired if each.connected()}
        if self._connection is not None:
            self._connection.retire()
            self._retired.add(self._connection)
            self._connection = None

    def _dialled(self, task: asyncio.Task[BrokerConnection]) -> None:
        self._dialling = None
        self._next_dial = time.monotonic() + REDIAL_SECONDS
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._was_reached = True
            self._fresh, self.problem, self._silent_since = task.result(), None, None
            self._change_over()
            _CONNECTIONS.info("connected to %s (%s)", self.where, self.name)
        elif isinstance(error, DialFailed):
            _CONNECTIONS.warning("not connected to %s: %s", self.where, error.problem.text)
            if self._connection is not None and self._connection.connected():
                return  # the session goes on until its end, and a new login is tried again before
            self.problem = error.problem
            if not isinstance(error.__cause__, TimeoutError):
                # It is silent no more: what it says now tells more than for how long it said nothing.
                self._silent_since = None
        else:
            raise error

    def _prepare(self, call: Call, connection: BrokerConnection) -> Prepared:
        try:
            return call.prepare(connection.api_versions)
        except Unsupported as error:
            raise Failed(Problem("unsupported_version", str(error))) from error

    async def _send(self, connection: BrokerConnection, prepared: Prepared) -> memoryview:
        try:
            reply: asyncio.Future[memoryview] = asyncio.ensure_future(connection.send(prepared))
        except KafkaError as error:
            raise Failed(self._lost(error, connection)) from error
        self._waiting[reply] = time.monotonic()
        reply.add_done_callback(partial(self._answered, connection))
        done, _ = await asyncio.wait([reply], timeout=self._patience)
        if not done:
            self._silent_since = self._silent_since or min(self._waiting.values())
            _REQUESTS.warning("%r to %s: no answer within %g s", prepared, self.name, self._patience)
            raise Failed(self._silence())
        if reply.cancelled():
            raise Failed(errors.unreachable(self.name, "the connection was closed"))
        failure = reply.exception()
        if failure is not None:
            raise Failed(self._lost(failure, connection)) from failure
        return reply.result()

    def _answered(self, connection: BrokerConnection, reply: asyncio.Future[Any]) -> None:
        self._waiting.pop(reply, None)
        if reply.cancelled():
            return
        error = reply.exception()
        if error is None:
            self._silent_since, self.problem = None, None
        elif isinstance(error, _LOSSES):
            self._lost(error, connection)

    def _lost(self, error: BaseException, connection: BrokerConnection) -> Problem:
        """The connection is of no use any more; the next request dials anew."""
        if not isinstance(error, _LOSSES):
            raise error
        cause = error.__cause__ if isinstance(error, KafkaError) else None
        if cause is not None and not isinstance(cause, (*_LOSSES, NotKafka, Malformed)):
            raise cause
        silent = isinstance(error, TimeoutError) or (
            isinstance(error, KafkaError) and "Timeout" in type(error).__name__
        )
        self._drop(connection)
        if self._connection is not None:
            # Lost is one that was retired; the one that is used now answers.
            return errors.unreachable(self.name, _LOST)
        if silent:
            self._silent_since = self._silent_since or time.monotonic() - self._settings.request_seconds
        if silent:
            self.problem = self._silence()
        elif isinstance(cause, Malformed):
            self.problem = Problem("malformed", f"{self.name}: {cause}")
        elif isinstance(cause, NotKafka):
            self.problem = Problem("malformed", f"{self.name}: it sent a reply whose length can not be right")
        else:
            self.problem = errors.unreachable(self.name, self._why_lost(connection))
        _CONNECTIONS.warning("lost %s: %s", self.where, self.problem.text)
        return self.problem

    def _why_lost(self, connection: BrokerConnection) -> str:
        if connection.has_answered or self._settings.sasl is not None:
            return _LOST
        return "it closes the connection at the first request: is a login (SASL) expected?"

    def _drop(self, connection: BrokerConnection) -> None:
        connection.close()
        if connection is self._connection:
            self._connection = None
