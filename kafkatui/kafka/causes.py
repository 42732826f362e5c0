"""Why a broker could not be reached or did not let us in, in one sentence. Nothing is tried here."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct

from aiokafka.errors import CorrelationIdError, KafkaError

from kafkatui.kafka import errors
from kafkatui.kafka.kerberos import NoTicket
from kafkatui.kafka.logins import LoginFailed
from kafkatui.kafka.tokens import NoToken
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem

_NO_REPLY = "not Kafka: its first bytes are no Kafka reply"


class NotKafka(Exception):
    """The first bytes of the peer are no Kafka reply."""


FAILURES = (
    KafkaError, OSError, TimeoutError, NotKafka, EOFError, UnicodeError, OverflowError, AssertionError,
    LoginFailed, NoToken, NoTicket,
)  # fmt: skip
"""How connecting fails; aiokafka asserts that peers keep to the protocol."""


def peer_of(head: bytes) -> str:
    """What it is instead, by the first four bytes of what it says."""
    if head == b"HTTP":
        return "an HTTP server, not Kafka"
    if head[:2] in (b"\x15\x03", b"\x16\x03"):
        return "it expects TLS; the connection is set to plain text"
    return _NO_REPLY


def problem_of(where: str, error: BaseException, connection: Connection) -> Problem:
    """The problem of one of `FAILURES`."""
    if isinstance(error, NoToken | NoTicket):
        return Problem(error.problem.code, f"{where}: {error.problem.text}")
    cause = error.__cause__ if isinstance(error, KafkaError) and error.__cause__ is not None else error
    if isinstance(cause, LoginFailed | NoToken | NoTicket):
        return Problem(cause.problem.code, f"{where}: {cause.problem.text}")
    if isinstance(cause, NotKafka):
        return Problem("not_kafka", f"{where}: {cause}")
    # Before ValueError, which they are as well.
    if isinstance(cause, UnicodeError | ssl.SSLError):
        return errors.unreachable(where, _reason(cause, connection))
    if isinstance(cause, CorrelationIdError | ValueError | struct.error | AssertionError):
        return Problem("not_kafka", f"{where}: {_NO_REPLY}")
    return errors.unreachable(where, _reason(cause, connection))


def _reason(cause: BaseException, connection: Connection) -> str:
    if isinstance(cause, UnicodeError):
        return "no host can have this name"
    if isinstance(cause, OverflowError):
        return "the cluster advertises a port that can not exist"
    if isinstance(cause, TimeoutError):
        return f"no answer within {connection.connect_seconds:g} s"
    if isinstance(cause, asyncio.IncompleteReadError | ConnectionResetError | BrokenPipeError):
        return _hanging_up(connection)
    if isinstance(cause, ssl.SSLError):
        return _tls_reason(cause, connection)
    return _system_reason(cause) if isinstance(cause, OSError) else str(cause)


def _hanging_up(connection: Connection) -> str:
    if connection.tls is None:
        return "it closes the connection at once: is TLS or a login expected?"
    if connection.tls.certificate is None:
        return "it closes the connection at once: does it speak TLS at all, or want a client certificate?"
    return "it closes the connection at once: does it speak TLS at all, or refuse the client certificate?"


_ALERTS = {
    "CERTIFICATE_REQUIRED": "it wants a client certificate",
    "HANDSHAKE_FAILURE": "it wants a client certificate, or has no cipher in common",
    "BAD_CERTIFICATE": "it refuses the client certificate",
    "UNKNOWN_CA": "it does not trust who issued the client certificate",
    "CERTIFICATE_UNKNOWN": "it refuses the client certificate",
    "CERTIFICATE_EXPIRED": "it says that the client certificate has expired",
    "PROTOCOL_VERSION": "no version of TLS in common; TLS 1.2 is the oldest here",
    "UNRECOGNIZED_NAME": "it does not know this name",
}
"""What a peer says when it refuses us (RFC 8446, 6.2), by the end of OpenSSL's name for it."""


def _tls_reason(cause: ssl.SSLError, connection: Connection) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"TLS: {_CERTIFICATES.get(cause.verify_code) or cause.verify_message.rstrip('.')}"
    reason = cause.reason or ""
    told = next((words for end, words in _ALERTS.items() if reason.endswith(end)), None)
    if told is not None:
        # Java refuses one that is not there with the same alert as a bad one.
        has_none = "client certificate" in told and connection.tls is not None and connection.tls.certificate is None
        return f"TLS: {_ALERTS['CERTIFICATE_REQUIRED'] if has_none else told}"
    if isinstance(cause, ssl.SSLEOFError) or "EOF" in reason:
        return _hanging_up(connection)
    return "it does not answer in TLS; the connection is set to TLS"


_CERTIFICATES = {
    10: "the broker's certificate has expired",
    18: "the broker's certificate is self-signed, and not trusted here; a ca names whom to trust",
    19: "the broker's certificate is issued by somebody not trusted here; a ca names whom to trust",
    20: "the broker's certificate is issued by somebody not trusted here; a ca names whom to trust",
}
"""By OpenSSL's X509_V_ERR; its own words name the host where it is the name that does not fit."""


def _system_reason(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nothing listens there"
    if isinstance(error, socket.gaierror):
        return f"no address is known for this name ({(error.strerror or 'DNS').lower()})"
    if error.strerror is None and "Connect call failed" in str(error):
        return "connection refused: nothing listens there"
    return (error.strerror or str(error)).lower()
