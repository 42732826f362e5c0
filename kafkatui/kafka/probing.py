"""One address step by step: its names, a socket, TLS, the mechanisms of a login. What is found is judged elsewhere.

Each step has a bound of its own and gives a `Problem` where it fails, so that the next address is looked at all the
same. Nothing but handshakes is sent here; requests go over links, which are behind the guard.
"""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from kio.schema.sasl_handshake.v1.request import SaslHandshakeRequest
from kio.schema.sasl_handshake.v1.response import SaslHandshakeResponse
from kio.serial import entity_reader, entity_writer

from kafkatui.kafka import dialling, errors, x509
from kafkatui.kafka.dialling import LARGEST_FIRST_FRAME, DialFailed
from kafkatui.kafka.wire import Malformed
from kafkatui.model.connection import Connection, Tls
from kafkatui.model.probes import Certificate, Secured
from kafkatui.model.problems import Problem

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def resolve(host: str, port: int, seconds: float) -> Sequence[str] | Problem:
    """Every IP address the name stands for, in the order the system would try them."""
    try:
        async with asyncio.timeout(seconds):
            found = await _looked_up(host, port)
    except TimeoutError:
        return Problem("no_answer", f"the name is not resolved within {seconds:g} s: the name server does not answer")
    except UnicodeError:
        return Problem("unresolved", "no host can have this name")
    except OSError as error:
        return Problem("unresolved", f"the name does not resolve: {(error.strerror or str(error)).lower()}")
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _looked_up(host: str, port: int) -> list[Any]:
    """As `loop.getaddrinfo`, but in a thread nobody waits for: the system's resolver can not be interrupted."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Any]] = loop.create_future()

    def end(result: Any, error: Exception | None) -> None:
        if not found.done():
            found.set_exception(error) if error is not None else found.set_result(result)

    def look() -> None:
        result, error = None, None
        try:
            result = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as failure:
            error = failure
        with suppress(RuntimeError):  # nobody is there any more
            loop.call_soon_threadsafe(end, result, error)

    threading.Thread(target=look, daemon=True, name=f"resolve {host}").start()
    return await found


async def connect(address: str, port: int, seconds: float) -> Problem | None:
    """Whether something listens at an IP address."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(address, port)
    except TimeoutError:
        return Problem("no_answer", f"no answer within {seconds:g} s: a firewall drops it, or the host is down")
    except (OSError, OverflowError) as error:
        return Problem("unreachable", _reason(error))
    _close(writer)
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, OverflowError):
        return "there is no such port"
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "connection refused: nothing listens there"
    strerror = getattr(error, "strerror", None)
    return str(strerror or error).lower()


async def secure(host: str, port: int, connection: Connection) -> Secured | Problem:
    """A TLS handshake as a client makes it; the certificate also where it is refused."""
    try:
        context = tls_context(connection)
    except DialFailed as error:
        return error.problem
    seconds = connection.connect_seconds
    try:
        return await _shaken(host, port, context, seconds)
    except ssl.SSLCertVerificationError as error:
        return await _looked_at(host, port, error.verify_message, seconds)
    except ssl.SSLError as error:
        return Problem("tls", _tls_reason(error))
    except TimeoutError:
        return Problem("no_answer", f"no TLS answer within {seconds:g} s: it may be set to plain text")
    except (EOFError, ConnectionError):
        # What is no TLS takes the first bytes for the length of something too long.
        return Problem("tls", "it ends the connection in the handshake: this port may be set to plain text")
    except OSError as error:
        return Problem("tls", f"the handshake failed: {_reason(error)}")


def tls_context(connection: Connection) -> ssl.SSLContext:
    """What `dial` uses. Raises `DialFailed` for files of no use."""
    context: ssl.SSLContext = dialling.options(replace(connection, sasl=None))["ssl_context"]
    return context


async def _shaken(host: str, port: int, context: ssl.SSLContext, seconds: float) -> Secured:
    async with _open(host, port, context, seconds) as (_, writer):
        found = writer.get_extra_info("ssl_object")
        der, cipher = found.getpeercert(binary_form=True), found.cipher()
        return Secured(found.version() or "TLS", cipher[0] if cipher else "", _parsed(der))


def _parsed(der: bytes | None) -> Certificate | None:
    try:
        return x509.parse(der) if der else None
    except Malformed:
        return None


async def _looked_at(host: str, port: int, why: str, seconds: float) -> Secured | Problem:
    """Once more without trust, to see what is shown: nothing is sent over it, no client certificate either."""
    problem = Problem("untrusted", why)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        return replace(await _shaken(host, port, context, seconds), problem=problem)
    except (OSError, EOFError, TimeoutError):
        return problem


_TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "it does not answer in TLS: this port is set to plain text, or is not Kafka's",
    "UNSUPPORTED_PROTOCOL": "it speaks only versions of TLS that are not safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks only versions of TLS that are not spoken here",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses the handshake: it may want a client certificate, or other ciphers",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it wants a client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not trust the client certificate's issuer",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "it says that the client certificate has expired",
}


def _tls_reason(error: ssl.SSLError) -> str:
    reason = getattr(error, "reason", None) or str(error)
    return _TLS_REASONS.get(reason, f"the handshake failed: {reason.replace('_', ' ').lower()}")


def client_certificate(tls: Tls | None) -> Certificate | Problem | None:
    """That which proves who we are; None where none is set."""
    if tls is None or tls.certificate is None:
        return None
    try:
        return x509.of_file(tls.certificate)
    except OSError as error:
        return Problem("bad_certificate", f"{tls.certificate} can not be read ({error.strerror})")
    except Malformed as error:
        return Problem("bad_certificate", f"{tls.certificate}: {error}")


async def mechanisms(host: str, port: int, connection: Connection, wanted: str) -> Sequence[str] | Problem:
    """The SASL mechanisms a broker offers (SaslHandshake v1), told before anybody logs in."""
    seconds = connection.connect_seconds
    try:
        context = tls_context(connection) if connection.tls is not None else None
        async with _open(host, port, context, seconds) as (reader, writer), asyncio.timeout(seconds):
            writer.write(_handshake(wanted, connection.client_id))
            return _offered(await _frame(reader))
    except DialFailed as error:
        return error.problem
    except Malformed as error:
        return Problem("not_kafka", str(error))
    except TimeoutError:
        return Problem("no_answer", f"no answer within {seconds:g} s")
    except (OSError, EOFError):
        return Problem("unreachable", "it closes the connection instead of telling: is no login expected here?")


def _handshake(mechanism: str, client_id: str) -> bytes:
    request = SaslHandshakeRequest(mechanism=mechanism)
    header = request.__header_schema__(
        request_api_key=request.__api_key__,
        request_api_version=request.__version__,
        correlation_id=_CORRELATION,  # type: ignore[arg-type]
        client_id=client_id,
    )
    buffer = io.BytesIO()
    for entity in (header, request):
        entity_writer(type(entity))(buffer, entity)
    return struct.pack(">i", buffer.tell()) + buffer.getvalue()


_CORRELATION = 1


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """Raises `Malformed` before anything big is read."""
    head = await reader.readexactly(4)
    (size,) = struct.unpack(">i", head)
    if not 4 < size <= LARGEST_FIRST_FRAME:
        raise Malformed("not Kafka: its first bytes are no Kafka reply")
    frame = await reader.readexactly(size)
    if struct.unpack(">i", frame[:4])[0] != _CORRELATION:
        raise Malformed("not Kafka: it answers something else than what was asked")
    return frame[4:]


def _offered(body: bytes) -> Sequence[str] | Problem:
    try:
        answer, _ = entity_reader(SaslHandshakeResponse)(memoryview(body), 0)
    except Exception as error:
        raise Malformed(f"not Kafka: {error}") from error
    offered = tuple(map(str, answer.mechanisms))
    if offered or not errors.is_error(answer.error_code):
        return offered
    return errors.of_code(answer.error_code)


@asynccontextmanager
async def _open(host: str, port: int, context: ssl.SSLContext | None, seconds: float) -> AsyncIterator[Streams]:
    async with asyncio.timeout(seconds):
        name = host if context is not None else None
        reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    try:
        yield reader, writer
    finally:
        _close(writer)


def _close(writer: asyncio.StreamWriter) -> None:
    """At once: a peer that says nothing would let the end of TLS wait."""
    writer.transport.abort()
