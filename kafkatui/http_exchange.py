"""One HTTP request, bounded in time and size, on a thread of its own. What is asked for is not known here."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from kafkatui.own_thread import on_its_own_thread

_CHUNK = 1 << 16


class NoAnswer(Exception):
    """There is no whole answer; `str()` says why in half a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long one waits, in seconds, and for how many bytes."""

    connect_seconds: float
    read_seconds: float
    most_bytes: int


async def http_exchange(
    url: str, headers: Mapping[str, str], bounds: Bounds, ca: str | None = None, body: bytes | None = None
) -> Answer:
    """GET, or POST of a `body`. Follows no redirect, which could carry the headers to a stranger, and uses no proxy.

    `ca`: a PEM file to verify the other side with. Cancelling closes the connection. Raises NoAnswer.
    """
    exchange = _Exchange(url, headers, bounds, ca, body)
    try:
        async with asyncio.timeout(bounds.connect_seconds + bounds.read_seconds):
            return await on_its_own_thread(exchange.run, "http-exchange")
    except TimeoutError:
        raise NoAnswer(f"no whole answer within {bounds.read_seconds:g} s") from None
    finally:
        exchange.close()


class _Exchange:
    """The request while it runs."""

    def __init__(
        self, url: str, headers: Mapping[str, str], bounds: Bounds, ca: str | None, body: bytes | None
    ) -> None:
        self._url, self._headers, self._bounds, self._ca, self._posted = urlsplit(url), headers, bounds, ca, body
        self._socket: socket.socket | None = None

    def run(self) -> Answer:
        try:
            return self._run()
        except ssl.SSLError as error:
            raise NoAnswer(_tls_reason(error)) from error
        except TimeoutError as error:
            raise NoAnswer("no answer in time") from error
        except http.client.HTTPException as error:
            raise NoAnswer(f"what answers is not HTTP ({type(error).__name__})") from error
        except OSError as error:
            raise NoAnswer(error.strerror or type(error).__name__) from error

    def close(self) -> None:
        """Wake a thread that waits for bytes."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _run(self) -> Answer:
        connection = self._connection()
        try:
            connection.connect()
            self._socket = connection.sock
            self._socket.settimeout(self._bounds.read_seconds)
            path = self._url.path + (f"?{self._url.query}" if self._url.query else "")
            method = "GET" if self._posted is None else "POST"
            connection.request(method, path or "/", self._posted, headers=dict(self._headers))
            with connection.getresponse() as response:
                return Answer(response.status, self._body(response))
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port, patience = self._url.hostname or "", self._url.port, self._bounds.connect_seconds
        if self._url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=patience)
        try:
            verifying = ssl.create_default_context(cafile=self._ca)
        except OSError as error:
            raise NoAnswer(f"{self._ca} can not be read as PEM ({error.strerror})") from error
        return http.client.HTTPSConnection(host, port, timeout=patience, context=verifying)

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        deadline = time.monotonic() + self._bounds.read_seconds
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self._bounds.most_bytes:
                raise NoAnswer(f"the answer has more than {self._bounds.most_bytes:,} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise NoAnswer("the answer was cut off")
        return bytes(body)


def _tls_reason(error: ssl.SSLError) -> str:
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"):
        return "it does not speak TLS; is it http:// that is meant?"
    return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason}"
