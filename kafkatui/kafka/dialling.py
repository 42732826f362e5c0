"""Opening one connection to one broker, and why it failed. What is sent over it is decided elsewhere."""

from __future__ import annotations

import asyncio
import logging
import ssl
import struct
from typing import Any, NoReturn

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import CorrelationIdError, KafkaError

from kafkatui.kafka import errors, logins
from kafkatui.kafka.frames import Frames
from kafkatui.kafka.wire import Malformed
from kafkatui.model.connection import Connection, Tls
from kafkatui.model.problems import Problem

LARGEST_FRAME = 128 * 1024 * 1024
"""Bytes. A bigger frame is refused before any of it is read."""
LARGEST_FIRST_FRAME = 1024 * 1024
"""Bytes. The first reply lists API versions; whoever sends more is not Kafka."""

_NO_REPLY = "not Kafka: its first bytes are no Kafka reply"

# aiokafka logs requests at DEBUG, the password with them, and errors that callers of this module report themselves.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class NotKafka(Exception):
    """The first bytes of the peer are no Kafka reply."""


class BrokerConnection(AIOKafkaConnection):  # type: ignore[misc]
    """aiokafka's connection that looks at the size of a frame before it reads it, and receives in place once logged in.

    Until then aiokafka sends and reads requests of its own; afterwards all are `wire.Prepared`.
    """

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
        if not reply.done():
            reply.set_result(body)

    def _refuse(self, head: bytes) -> None:
        self.close(reason=CloseReason.OUT_OF_SYNC, exc=NotKafka(_peer(head)))

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
                raise NotKafka(_peer(head))
            frame = await reader.readexactly(size)
            largest = LARGEST_FRAME
            connection = self_ref()
            if connection is None:
                return
            connection._handle_frame(frame)
            del connection

    @property
    def api_versions(self) -> dict[int, tuple[int, int]]:
        """Lowest and highest version of each API the broker speaks."""
        return dict(self._versions)


def _peer(head: bytes) -> str:
    if head == b"HTTP":
        return "an HTTP server, not Kafka"
    if head[:2] in (b"\x15\x03", b"\x16\x03"):
        return "it expects TLS; the connection is set to plain text"
    return _NO_REPLY


class DialFailed(Exception):
    """A broker could not be reached or did not let us in; `problem` says why in one sentence."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


async def dial(host: str, port: int, connection: Connection, name: str) -> BrokerConnection:
    """Connect, learn the API versions and log in, within `connect_seconds`. Raises `DialFailed`, which says `name`."""
    made = BrokerConnection(host, port, **options(connection))
    try:
        async with asyncio.timeout(connection.connect_seconds):
            await made.connect()
    except (OSError, KafkaError, TimeoutError, NotKafka, EOFError, UnicodeError, OverflowError) as error:
        made.close()
        _fail(name, error, connection)
    except BaseException:
        made.close()
        raise
    return made


def options(connection: Connection) -> dict[str, Any]:
    """What aiokafka's connections and clients take for getting in. Raises `DialFailed` for TLS files of no use."""
    found: dict[str, Any] = {
        "client_id": connection.client_id,
        "request_timeout_ms": int(connection.request_seconds * 1000),
        "security_protocol": _protocol(connection),
    }
    if connection.tls is not None:
        found["ssl_context"] = _tls_context(connection.tls)
    if connection.sasl is not None:
        found.update(logins.options(connection.sasl))
    return found


def _protocol(connection: Connection) -> str:
    sasl = "SASL_" if connection.sasl is not None else ""
    return sasl + ("SSL" if connection.tls is not None else "PLAINTEXT")


def _tls_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        context.check_hostname = not tls.any_name
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key, tls.key_password)
    except OSError as error:
        raise DialFailed(Problem("bad_certificate", f"the TLS files can not be used: {error}")) from error
    return context


def _fail(where: str, error: BaseException, connection: Connection) -> NoReturn:
    raise DialFailed(_problem(where, error, connection)) from error


def _problem(where: str, error: BaseException, connection: Connection) -> Problem:
    cause = error.__cause__ if isinstance(error, KafkaError) and error.__cause__ is not None else error
    if isinstance(cause, UnicodeError):
        return errors.unreachable(where, "no host can have this name")
    if isinstance(cause, OverflowError):
        return errors.unreachable(where, "the cluster advertises a port that can not exist")
    if isinstance(cause, NotKafka):
        return Problem("not_kafka", f"{where}: {cause}")
    if isinstance(cause, CorrelationIdError | ValueError | struct.error):
        return Problem("not_kafka", f"{where}: {_NO_REPLY}")
    if isinstance(cause, asyncio.IncompleteReadError):
        return errors.unreachable(where, "it closes the connection at once: is TLS or a login expected?")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return errors.unreachable(where, f"TLS: {cause.verify_message}")
    if isinstance(cause, ssl.SSLError):
        return errors.unreachable(where, "it does not answer in TLS; the connection is set to TLS")
    if isinstance(cause, TimeoutError):
        return errors.unreachable(where, f"no answer within {connection.connect_seconds:g} s")
    if isinstance(cause, OSError):
        return errors.unreachable(where, _reason(cause))
    return _login_problem(where, cause)


def _reason(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nothing listens there"
    if isinstance(error, ConnectionResetError):
        return "it closes the connection at once: is TLS or a login expected?"
    if error.strerror is None and "Connect call failed" in str(error):
        return "connection refused: nothing listens there"
    return (error.strerror or str(error)).lower()


def _login_problem(where: str, error: BaseException) -> Problem:
    code = getattr(error, "errno", None)
    known = {33: "it does not offer this SASL mechanism", 34: "login refused", 58: "wrong user or password"}
    if isinstance(code, int) and code in known:
        return Problem("sasl_authentication_failed", f"{where}: {known[code]}")
    return errors.unreachable(where, str(error))
