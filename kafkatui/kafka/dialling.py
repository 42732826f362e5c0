"""Opening one connection to one broker and logging in. Why it fails is told in `causes`, what is sent elsewhere."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from typing import Any

from aiokafka.protocol.admin import SaslAuthenticateRequest, SaslHandShakeRequest

from kafkatui.kafka import logins
from kafkatui.kafka.aiokafka_connection import AIOKafkaConnection, CloseReason
from kafkatui.kafka.causes import FAILURES, NotKafka, peer_of, problem_of
from kafkatui.kafka.frames import Frames
from kafkatui.kafka.logins import LoginFailed
from kafkatui.kafka.tls import BadFile, tls_context
from kafkatui.kafka.tokens import NoToken, Tokens, tokens_of
from kafkatui.kafka.wire import Malformed
from kafkatui.model.connection import Connection, Login, mechanism_of
from kafkatui.model.problems import Problem

LARGEST_FRAME = 128 * 1024 * 1024
"""Bytes. A bigger frame is refused before any of it is read."""
LARGEST_FIRST_FRAME = 1024 * 1024
"""Bytes. The first reply lists API versions; whoever sends more is not Kafka."""

_ILLEGAL_SASL_STATE = 34

# aiokafka logs requests at DEBUG, the password with them, and errors that callers of this module report themselves.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
# Also where somebody turns on everything there is: this is the logger that writes down what is sent.
logging.getLogger("aiokafka.conn").addFilter(lambda record: record.levelno > logging.DEBUG)


class DialFailed(Exception):
    """A broker could not be reached or did not let us in; `problem` says why in one sentence."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class BrokerConnection(AIOKafkaConnection):  # type: ignore[misc]
    """aiokafka's connection that looks at the size of a frame before it reads it, and receives in place once logged in.

    Until then aiokafka sends and reads requests of its own; afterwards all are `wire.Prepared`.
    """

    session_seconds: float | None = None
    """For how long the login holds, from the moment it was made; None: for ever (KIP-368)."""
    has_answered = False
    """Whether a request was answered since the login. A broker that wants one lets ApiVersions pass, and no more."""
    _logged_in_at = 0.0
    _is_retired = False

    def __init__(self, host: str, port: int, login: Login | None, tokens: Tokens | None, **options: Any) -> None:
        super().__init__(host, port, **options)
        self._login = login
        self._tokens = tokens

    async def connect(self) -> None:
        await super().connect()
        # Nothing is asked at this moment, so the task waits for the beginning of a frame, and the stream is empty.
        self._read_task.cancel()
        self._writer.transport.set_protocol(Frames(LARGEST_FRAME, self._take, self._refuse, self._end))

    def _take(self, frame: memoryview) -> None:
        try:
            awaited, request, reply = self._requests[0]
            correlation_id, body = request.open_reply(frame)
            if correlation_id != awaited:
                raise Malformed(f"asked {awaited}, answered {correlation_id}")
        except (IndexError, Malformed) as error:
            self.close(reason=CloseReason.OUT_OF_SYNC, exc=error)
            return
        self._requests.popleft()
        self.has_answered = True
        if not reply.done():
            reply.set_result(body)
        if self._is_retired and not self._requests:
            self.close()

    def retire(self) -> None:
        """Close it as soon as everything that was asked is answered."""
        self._is_retired = True
        if not self._requests:
            self.close()

    @property
    def is_asked(self) -> bool:
        """Whether it owes an answer."""
        return bool(self._requests)

    @property
    def session_share(self) -> float:
        """How much of the session is over: 0 at the login, 1 where a broker hangs up on the next request."""
        if self.session_seconds is None:
            return 0.0
        return (time.monotonic() - self._logged_in_at) / self.session_seconds

    def _refuse(self, head: bytes) -> None:
        self.close(reason=CloseReason.OUT_OF_SYNC, exc=NotKafka(peer_of(head)))

    def _end(self, error: Exception | None) -> None:
        self.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
        if not self._closed_fut.done():
            self._closed_fut.set_result(None)

    @staticmethod
    async def _read(self_ref: Any) -> None:
        connection = self_ref()
        if connection is None:
            return
        reader = connection._reader
        del connection
        largest = LARGEST_FIRST_FRAME
        while True:
            head = await reader.readexactly(4)
            (size,) = struct.unpack(">i", head)
            if not 0 <= size <= largest:
                raise NotKafka(peer_of(head))
            frame = await reader.readexactly(size)
            largest = LARGEST_FRAME
            connection = self_ref()
            if connection is None:
                return
            connection._handle_frame(frame)
            del connection

    async def _do_sasl_handshake(self) -> None:
        """Instead of aiokafka's, which keeps to itself why a login fails and for how long one holds."""
        assert self._login is not None, "SASL is only asked for with a login"
        wanted = mechanism_of(self._login)
        offered = await self.send(SaslHandShakeRequest(wanted))
        if offered.error_code == _ILLEGAL_SASL_STATE:
            raise LoginFailed(
                Problem("illegal_sasl_state", f"it expects no login here; the connection is set to {wanted}")
            )
        if wanted not in offered.enabled_mechanisms:
            raise logins.not_offered(wanted, offered.enabled_mechanisms)
        if offered.API_VERSION == 0:
            raise LoginFailed(Problem("unsupported_version", "logging in needs Kafka 1.0 or newer"))
        steps, answer = logins.authenticator(self._login, self._tokens, self._host), None
        self._logged_in_at = time.monotonic()
        while (step := await steps.step(answer)) is not None:
            reply = await self.send(SaslAuthenticateRequest(step[0]))
            if reply.error_code != 0:
                raise logins.refused(self._login, reply.error_code, reply.error_message)
            answer = reply.sasl_auth_bytes
            self.session_seconds = getattr(reply, "session_lifetime_ms", 0) / 1000 or None

    @property
    def api_versions(self) -> dict[int, tuple[int, int]]:
        """Lowest and highest version of each API the broker speaks."""
        return dict(self._versions)


async def dial(
    host: str, port: int, connection: Connection, name: str, tokens: Tokens | None = None
) -> BrokerConnection:
    """Connect, learn the API versions and log in, within `connect_seconds`. Raises `DialFailed`, which says `name`.

    A token that is needed is fetched before, from `tokens`, which has a bound of its own.
    """
    if tokens is None:
        tokens = tokens_of(connection.sasl)
    try:
        if tokens is not None:
            await tokens.token()
    except NoToken as error:
        raise DialFailed(problem_of(name, error, connection)) from error
    made = BrokerConnection(host, port, connection.sasl, tokens, **_options(connection))
    try:
        async with asyncio.timeout(connection.connect_seconds):
            await made.connect()
    except FAILURES as error:
        made.close()
        raise DialFailed(problem_of(name, error, connection)) from error
    except BaseException:
        made.close()
        raise
    return made


def options(connection: Connection) -> dict[str, Any]:
    """What aiokafka's own clients take for getting in. Raises `DialFailed` for TLS files of no use."""
    found = _options(connection)
    return found if connection.sasl is None else {**found, **logins.options(connection.sasl)}


def _options(connection: Connection) -> dict[str, Any]:
    found: dict[str, Any] = {
        "client_id": connection.client_id,
        "request_timeout_ms": int(connection.request_seconds * 1000),
        "security_protocol": connection.security_protocol,
    }
    if connection.tls is not None:
        try:
            found["ssl_context"] = tls_context(connection.tls)
        except BadFile as error:
            raise DialFailed(error.problem) from error
    return found
