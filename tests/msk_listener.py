"""What AWS MSK does before a broker: verifies what was signed, then hands on to a real one. No test lives here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

_HANDSHAKE, _AUTHENTICATE = 17, 36
_NOT_SIGNED = ("X-Amz-Signature", "User-Agent")
"""The signature itself, and what the signer adds behind it."""


class Forged(Exception):
    """A token that nobody with the secret has signed."""


def verify(token: str, region: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """What a token says, if it is signed with the secret of its key (AWS: Signature Version 4 for query strings)."""
    url = urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    said = dict(parse_qsl(url.query, strict_parsing=True))
    key, *scope = said["X-Amz-Credential"].split("/")
    signed_at = datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if (url.scheme, url.netloc, url.path) != ("https", f"kafka.{region}.amazonaws.com", "/"):
        raise Forged(f"made for {url.netloc}")
    if scope != [f"{signed_at:%Y%m%d}", region, "kafka-cluster", "aws4_request"]:
        raise Forged(f"the scope is {scope}")
    if (said["Action"], said["X-Amz-Algorithm"]) != ("kafka-cluster:Connect", "AWS4-HMAC-SHA256"):
        raise Forged("made for something else")
    if not timedelta(0) <= datetime.now(UTC) - signed_at < timedelta(seconds=int(said["X-Amz-Expires"])):
        raise Forged("expired")
    signed = sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in said.items() if n not in _NOT_SIGNED)
    query = "&".join(f"{name}={value}" for name, value in signed)
    request = f"GET\n/\n{query}\nhost:{url.netloc}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    words = [said["X-Amz-Algorithm"], said["X-Amz-Date"], "/".join(scope), hashlib.sha256(request.encode()).hexdigest()]
    if not hmac.compare_digest(_signature("\n".join(words), scope, secrets.get(key, "")), said["X-Amz-Signature"]):
        raise Forged(f"nobody with the secret of {key} has signed it")
    return said


def _signature(words: str, scope: list[str], secret: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, words.encode(), "sha256").hexdigest()


@dataclass
class MskListener:
    """One listener: the secrets it knows by their keys, and what the tokens said that it took."""

    broker: tuple[str, int]
    region: str
    secrets: Mapping[str, str]
    where: str = ""
    taken: list[dict[str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection(*self.broker)
        answers = asyncio.create_task(_hand_on(from_broker, writer))
        try:
            while True:
                frame = await _frame(reader)
                api, version, correlation = struct.unpack(">hhi", frame[4:12])
                if api in (_HANDSHAKE, _AUTHENTICATE):
                    answer = _HANDSHAKEN if api == _HANDSHAKE else self._judged(version, frame)
                    writer.write(struct.pack(">ii", len(answer) + 4, correlation) + answer)
                else:
                    to_broker.write(frame)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            answers.cancel()
            to_broker.close()
            writer.close()

    def _judged(self, version: int, frame: bytes) -> bytes:
        client_response = frame[frame.index(b"n,,\x01") :]
        token = client_response.split(b"auth=Bearer ")[1].split(b"\x01")[0].decode()
        try:
            self.taken.append(verify(token, self.region, self.secrets))
        except Forged as error:
            said = str(error).encode()
            return struct.pack(">hh", 58, len(said)) + said + struct.pack(">i", 0) + b"\0" * 8 * version
        return struct.pack(">hhi", 0, -1, 0) + b"\0" * 8 * version


_HANDSHAKEN = struct.pack(">hih", 0, 1, len("OAUTHBEARER")) + b"OAUTHBEARER"


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(*struct.unpack(">i", head))


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            writer.write(await _frame(reader))


@asynccontextmanager
async def listening(bootstrap: str, region: str, secrets: Mapping[str, str]) -> AsyncIterator[MskListener]:
    """Before the first broker of `bootstrap`; ended with the block."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    found = MskListener((host, int(port)), region, secrets)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.where = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield found
