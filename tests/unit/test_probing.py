"""Each step to an address against a real peer on this machine, with certificates of openssl; and what is no Kafka."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kafkatui.kafka import x509
from kafkatui.kafka.probing import client_certificate, connect, mechanisms, resolve, secure
from kafkatui.kafka.wire import Malformed
from kafkatui.model.connection import Connection, Tls
from kafkatui.model.probes import Certificate, Secured
from kafkatui.model.problems import Problem

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HOST = "localhost"
HANDSHAKE_ANSWER = b"\x00\x00\x00\x01" + b"\x00\x21" + b"\x00\x00\x00\x02" + b"\x00\x05PLAIN" + b"\x00\x0dSCRAM-SHA-512"
"""Correlation id, UNSUPPORTED_SASL_MECHANISM, two mechanisms."""


class Openssl:
    """A CA and the certificates it signs, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run("req", "-x509", "-subj", "/CN=Test CA", "-days", "30", "-out", "ca.pem", *self._new("ca.key"))

    def sign(self, name: str, days: int, names: str) -> Path:
        """A file with key and certificate, for the subject alternative `names`."""
        self._run("req", "-subj", f"/O=Shop/CN={name}", "-out", "csr", *self._new("key"))
        (self.folder / "ext").write_text(f"subjectAltName={names}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", str(days), "-extfile", "ext")
        self._run("x509", "-req", "-in", "csr", "-out", "crt", *signed)
        both = self.folder / f"{name}.pem"
        both.write_text((self.folder / "key").read_text() + (self.folder / "crt").read_text())
        return both

    def told(self, file: Path, *what: str) -> str:
        return self._run("x509", "-in", str(file), "-noout", *what)

    def _new(self, key: str) -> tuple[str, ...]:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key)

    def _run(self, *words: str) -> str:
        ran = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True, check=True)
        return ran.stdout


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    return Openssl(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def good(openssl: Openssl) -> Path:
    return openssl.sign("good", 20, "DNS:localhost,DNS:*.shop.example,IP:127.0.0.1,IP:::1")


def trusting(openssl: Openssl, certificate: str | None = None) -> Connection:
    return Connection((HOST,), tls=Tls(str(openssl.folder / "ca.pem"), certificate), connect_seconds=2.0)


@asynccontextmanager
async def serving(talk: Talk, certificate: Path | None = None) -> AsyncIterator[int]:
    """The port of a server that talks with whoever comes."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()


def saying(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        await reader.readexactly(size)
        writer.write(answer)
        await writer.drain()
        await reader.read()

    return talk


def framed(answer: bytes) -> bytes:
    return struct.pack(">i", len(answer)) + answer


async def test_a_certificate_is_read_as_openssl_reads_it(openssl: Openssl, good: Path) -> None:
    found = x509.of_file(str(good))
    assert (found.subject, found.issuer) == ("O=Shop,CN=good", "CN=Test CA")
    assert found.names == ("localhost", "*.shop.example", "127.0.0.1", "::1")
    assert not found.is_self_signed
    dates = dict(line.split("=", 1) for line in openssl.told(good, "-dates").splitlines())
    assert (found.not_before, found.not_after) == (moment(dates["notBefore"]), moment(dates["notAfter"]))
    own = x509.of_file(str(openssl.folder / "ca.pem"))
    assert (own.is_self_signed, own.names) == (True, ())


def moment(text: str) -> float:
    plain = re.sub(r"\s+", " ", text.removesuffix(" GMT"))
    return datetime.strptime(plain, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC).timestamp()


def test_no_piece_and_no_bent_byte_of_a_certificate_ends_in_anything_but_malformed(good: Path) -> None:
    text = good.read_text()
    der = ssl.PEM_cert_to_DER_cert(text[text.index(ssl.PEM_HEADER) :])
    for cut in range(len(der)):
        with pytest.raises(Malformed):
            x509.parse(der[:cut])
    for at in range(len(der)):
        for bent in (0x00, 0x7F, 0x84, 0xFF):
            try:
                x509.parse(der[:at] + bytes([bent]) + der[at + 1 :])
            except Malformed:
                continue


def test_years_of_two_digits_and_of_four() -> None:
    assert x509._moment(0x17, b"491231235959Z") == datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    assert x509._moment(0x17, b"500101000000Z") == datetime(1950, 1, 1, tzinfo=UTC).timestamp()
    assert x509._moment(0x18, b"20500101000000Z") == datetime(2050, 1, 1, tzinfo=UTC).timestamp()


def test_our_own_certificate(openssl: Openssl, good: Path) -> None:
    assert client_certificate(None) is None
    assert client_certificate(Tls()) is None
    assert isinstance(client_certificate(Tls(certificate=str(good))), Certificate)
    for file, why in (("gone.pem", "can not be read (No such file"), ("ca.key", "there is no certificate in it")):
        problem = client_certificate(Tls(certificate=str(openssl.folder / file)))
        assert isinstance(problem, Problem)
        assert why in problem.text


async def test_a_handshake_tells_version_cipher_and_certificate(openssl: Openssl, good: Path) -> None:
    async with serving(silent, good) as port:
        found = await secure(HOST, port, trusting(openssl))
    assert isinstance(found, Secured)
    assert (found.version, found.problem) == ("TLSv1.3", None)
    assert found.cipher.startswith("TLS_")
    assert found.certificate == x509.of_file(str(good))


@pytest.mark.parametrize(
    ("days", "names", "trusts", "why"),
    [
        (-1, "DNS:localhost", True, "certificate has expired"),
        (20, "DNS:elsewhere.example", True, "Hostname mismatch, certificate is not valid for 'localhost'."),
        (20, "DNS:localhost", False, "unable to get local issuer certificate"),
    ],
    ids=["expired", "wrong-name", "unknown-issuer"],
)
async def test_what_is_not_trusted_is_looked_at_and_nothing_else(
    openssl: Openssl, days: int, names: str, trusts: bool, why: str
) -> None:
    heard = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))

    certificate = openssl.sign("bad", days, names)
    async with serving(listening, certificate) as port:
        connection = trusting(openssl) if trusts else Connection((HOST,), tls=Tls(), connect_seconds=2.0)
        found = await secure(HOST, port, connection)
    assert isinstance(found, Secured)
    assert found.problem == Problem("untrusted", why)
    assert found.certificate == x509.of_file(str(certificate))
    assert heard in ([], [b""])


async def test_a_peer_that_speaks_no_tls(openssl: Openssl) -> None:
    async with serving(web) as port:
        found = await secure(HOST, port, trusting(openssl))
    assert isinstance(found, Problem)
    assert found.text.startswith("it does not answer in TLS")


async def test_a_peer_that_leaves_the_handshake_as_kafka_in_plain_text_does(openssl: Openssl) -> None:
    async def leaving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)

    async with serving(leaving) as port:
        found = await secure(HOST, port, trusting(openssl))
    assert isinstance(found, Problem)
    assert "plain text" in found.text


async def test_a_silent_peer_costs_its_bound(openssl: Openssl) -> None:
    connection = Connection((HOST,), tls=Tls(ca=str(openssl.folder / "ca.pem")), connect_seconds=0.2)
    async with serving(silent) as port, asyncio.timeout(2):
        found = await secure(HOST, port, connection)
        offered = await mechanisms(HOST, port, Connection((HOST,), connect_seconds=0.2), "PLAIN")
    assert isinstance(found, Problem)
    assert isinstance(offered, Problem)
    assert {found.code, offered.code} == {"no_answer"}


async def test_tls_files_of_no_use_are_named(openssl: Openssl) -> None:
    found = await secure(HOST, 1, trusting(openssl, certificate="gone.pem"))
    assert isinstance(found, Problem)
    assert found.code == "bad_certificate"


async def test_names_and_sockets() -> None:
    assert "127.0.0.1" in list(await resolve("localhost", 9092, 5.0))  # type: ignore[arg-type]
    for name in ("no-such-host.invalid", "a" * 64 + ".example"):
        found = await resolve(name, 9092, 5.0)
        assert isinstance(found, Problem), name
        assert found.code == "unresolved"
    async with serving(silent) as port:
        assert await connect("127.0.0.1", port, 2.0) is None
    refused = await connect("127.0.0.1", port, 2.0)
    assert refused == Problem("unreachable", "connection refused: nothing listens there")
    assert await connect("127.0.0.1", 70_000, 2.0) == Problem("unreachable", "there is no such port")


async def test_a_name_server_that_does_not_answer_costs_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hanging(*of: object, **more: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    try:
        found = await resolve("b1", 9092, 0.1)
    finally:
        over.set()
    assert isinstance(found, Problem)
    assert found.code == "no_answer"


async def test_the_mechanisms_a_broker_offers() -> None:
    async with serving(saying(framed(HANDSHAKE_ANSWER))) as port:
        assert await mechanisms(HOST, port, Connection((HOST,)), "GSSAPI") == ("PLAIN", "SCRAM-SHA-512")


async def test_the_mechanisms_are_asked_for_over_tls(openssl: Openssl, good: Path) -> None:
    async with serving(saying(framed(HANDSHAKE_ANSWER)), good) as port:
        assert await mechanisms(HOST, port, trusting(openssl), "PLAIN") == ("PLAIN", "SCRAM-SHA-512")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not_kafka"),
        (struct.pack(">i", -1), "not_kafka"),
        (struct.pack(">i", 2**31 - 1), "not_kafka"),
        (framed(b"\x00\x00\x00\x02\x00\x00"), "not_kafka"),
        (framed(b"\x00\x00\x00\x01\x00\x00\x7f\xff\xff\xff"), "not_kafka"),
        (framed(b"\x00\x00\x00\x01\x00\x22\x00\x00\x00\x00"), "illegal_sasl_state"),
    ],
    ids=["http", "negative", "huge", "another-answer", "huge-array", "no-login-wanted"],
)
async def test_an_answer_that_is_none(answer: bytes, code: str) -> None:
    async with serving(saying(answer)) as port:
        found = await mechanisms(HOST, port, Connection((HOST,), connect_seconds=2.0), "PLAIN")
    assert isinstance(found, Problem)
    assert found.code == code


async def test_a_peer_that_ends_the_connection() -> None:
    async def ending(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with serving(ending) as port:
        found = await mechanisms(HOST, port, Connection((HOST,)), "PLAIN")
    assert isinstance(found, Problem)
    assert found.text == "it closes the connection instead of telling: is no login expected here?"
