"""A token server (RFC 6749, 4.4) with keys of its own (RFC 7517), which also fails on demand. No test lives here."""

from __future__ import annotations

import base64
import json
import math
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.certificates import Issued

CLIENT_ID, SECRET = "kafkatui test", "canary/+=%41 secret"
"""With what a URL has to encode: a server that decodes gets another secret from who does not encode."""
AUDIENCE, ISSUER, SUBJECT = "kafka", "https://issuer.example", "tokenholder"


@dataclass(frozen=True, slots=True)
class Saying:
    """An answer in place of the right one."""

    status: int
    body: bytes
    kind: str = "application/json"


@dataclass
class TokenServer:
    """What it is told to do, and what it was asked."""

    url: str = ""
    """Of the token endpoint."""
    keys_url: str = ""
    seconds: float = 3600
    audience: str = AUDIENCE
    algorithm: str = "RS256"
    decodes: bool = True
    """Whether it takes id and secret as the RFC says, or as they are."""
    silent: bool = False
    instead: Saying | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    _rsa: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048), repr=False)
    _ec: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False)

    def keys(self) -> dict[str, Any]:
        """What the broker verifies with."""
        of_rsa, of_ec = self._rsa.public_key().public_numbers(), self._ec.public_key().public_numbers()
        return {
            "keys": [
                {"kty": "RSA", "kid": "RS256", "alg": "RS256", "n": _number(of_rsa.n), "e": _number(of_rsa.e)},
                {
                    "kty": "EC", "kid": "ES256", "alg": "ES256", "crv": "P-256",
                    "x": _number(of_ec.x, 32), "y": _number(of_ec.y, 32),
                },
            ]
        }  # fmt: skip

    def grant(self, authorization: str, fields: Mapping[str, str]) -> Saying:
        self.asked.append(dict(fields))
        if self.silent:
            self.released.wait()
        if self.instead is not None:
            return self.instead
        if not self._knows(authorization):
            return _refusing("invalid_client", "no client has this id and this secret")
        if fields.get("grant_type") != "client_credentials":
            return _refusing("unsupported_grant_type", "client_credentials alone")
        now = time.time()
        # A JWT ends at a whole second.
        ends = math.ceil(now + self.seconds)
        token = self.token(fields.get("scope", "default"), ends)
        return Saying(200, json.dumps({"access_token": token, "expires_in": ends - now}).encode())

    def token(self, scope: str, ends: int) -> str:
        """A signed JWT (RFC 7515)."""
        claims = {
            "sub": SUBJECT, "iss": ISSUER, "aud": self.audience, "scope": scope, "iat": int(time.time()), "exp": ends,
        }  # fmt: skip
        head = {"alg": self.algorithm, "kid": self.algorithm}
        signed = ".".join(_encoded(json.dumps(each).encode()) for each in (head, claims))
        return f"{signed}.{_encoded(self._signature(signed.encode()))}"

    def _signature(self, signed: bytes) -> bytes:
        if self.algorithm == "RS256":
            return self._rsa.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self._ec.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _knows(self, authorization: str) -> bool:
        kind, _, encoded = authorization.partition(" ")
        who, _, secret = base64.b64decode(encoded).decode().partition(":")
        if self.decodes:
            who, secret = unquote(who), unquote(secret)
        return (kind, who, secret) == ("Basic", CLIENT_ID, SECRET)


@contextmanager
def serving(certificate: Issued | None = None) -> Iterator[TokenServer]:
    """On a port of its own, over TLS with a `certificate`; ended with the block."""
    server = TokenServer()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    # A handler that is told to be silent ends by `released`.
    listening.daemon_threads = False
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.together)
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
    where = f"{'http' if certificate is None else 'https'}://127.0.0.1:{listening.server_port}"
    server.url, server.keys_url = f"{where}/token", f"{where}/keys"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        listening.shutdown()
        thread.join()
        listening.server_close()


def _handler(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(Saying(200, json.dumps(server.keys()).encode()))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(server.grant(self.headers["Authorization"], dict(parse_qsl(body))))

        def _say(self, saying: Saying) -> None:
            try:
                self.send_response(saying.status)
                self.send_header("Content-Type", saying.kind)
                self.send_header("Content-Length", str(len(saying.body)))
                self.end_headers()
                self.wfile.write(saying.body)
            except OSError:
                self.close_connection = True  # whoever asked has left

        def log_message(self, *said: Any) -> None:
            """Nobody reads it."""

    return Handler


def _refusing(error: str, description: str) -> Saying:
    return Saying(401, json.dumps({"error": error, "error_description": description}).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int, size: int | None = None) -> str:
    return _encoded(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))
