"""The client of a schema registry against servers that misbehave; the real one is in tests/kafka."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kafkatui.decoding.avro_schema import AvroSchema
from kafkatui.decoding.framing import SchemaId
from kafkatui.decoding.guess import Choice
from kafkatui.model.connection import Registry
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.reading.registry import MOST_AT_ONCE, SchemaRegistry
from kafkatui.reading.topic_decoders import TopicDecoders
from tests.waiting import until

LONG = json.dumps({"schema": '"long"'}).encode()
Reply = Callable[[str], bytes | None]


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def status(code: int) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: 2\r\nLocation: http://127.0.0.1:1/\r\n\r\n{}" % code


@dataclass
class Server:
    """Answers each request with bytes, or never where there are none."""

    reply: Reply
    asked: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    closed: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        self.headers.append(head)
        answer = self.reply(self.asked[-1])
        if answer is not None:
            writer.write(answer)
            await writer.drain()
        else:
            await reader.read()
            self.closed += 1
        writer.close()


@asynccontextmanager
async def serving(reply: Reply) -> AsyncIterator[Server]:
    server = Server(reply)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


async def problem(registry: SchemaRegistry, schema: SchemaId = 1) -> Problem:
    await registry.load([schema])
    found = registry.find(schema)
    assert isinstance(found, Problem)
    return found


async def test_a_schema_is_asked_for_once() -> None:
    async with serving(lambda path: ok(LONG)) as server:
        registry = SchemaRegistry(Registry((server.url + "/api",)))
        assert registry.find(1) == Problem("not_loaded", "schema 1 is not fetched yet")
        await asyncio.gather(*(registry.load([1, 1, 2]) for _ in range(3)))
        await registry.load([2])
        assert isinstance(registry.find(1), AvroSchema)
        assert sorted(server.asked) == ["/api/schemas/ids/1", "/api/schemas/ids/2"]
        guid = uuid.UUID(int=7)
        await registry.load([guid])
        assert isinstance(registry.find(guid), AvroSchema)
        assert server.asked[-1] == f"/api/schemas/guids/{guid}"


async def test_how_one_gets_in() -> None:
    async with serving(lambda path: ok(LONG)) as server:
        await SchemaRegistry(Registry((server.url,), "ann", "pä:ss")).load([1])
        await SchemaRegistry(Registry((server.url,), token="to.ken")).load([1])
        await SchemaRegistry(Registry((server.url,))).load([1])
        basic = base64.b64encode("ann:pä:ss".encode()).decode()
        assert f"Authorization: Basic {basic}\r\n" in server.headers[0]
        assert "Authorization: Bearer to.ken\r\n" in server.headers[1]
        assert "Authorization" not in server.headers[2]


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        (status(404), "unknown_schema", "the schema registry HOST has no schema 1"),
        (status(401), "registry_refused", "the schema registry HOST refuses schema 1 (HTTP 401)"),
        (status(500), "registry_failed", "the schema registry HOST answers HTTP 500 for schema 1"),
        (status(302), "registry_failed", "the schema registry HOST answers HTTP 302 for schema 1"),
        (ok(b"<html>"), "registry_failed", "what answers at HOST is not a schema registry"),
        (ok(b"[" * 100_000), "registry_failed", "what answers at HOST is not a schema registry"),
        (ok(b"\xff"), "registry_failed", "what answers at HOST is not a schema registry"),
        (ok(b"{}"), "registry_failed", "the schema registry answers without a schema"),
        (ok(b'{"schema": "of.nobody"}'), "bad_schema", "schema 1 can not be read with: the schema is not JSON"),
        (
            ok(b'{"schema": "x", "schemaType": "XML"}'),
            "bad_schema",
            "schema 1 can not be read with: schemas of type XML",
        ),
        (ok(b'{"schema": "x", "references": [7]}'), "bad_schema", "the schema has a reference without name"),
        (
            ok(b"x" * (5 << 20)),
            "registry_unreachable",
            "HOST does not answer: the answer has more than 4,194,304 bytes",
        ),
        (b"SSH-2.0-x\r\n", "registry_unreachable", "HOST does not answer: what answers is not HTTP (BadStatusLine)"),
        (b"", "registry_unreachable", "HOST does not answer: what answers is not HTTP (RemoteDisconnected)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}", "registry_unreachable", "the answer was cut off"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, "registry_unreachable", "what answers is not HTTP"),
    ],
)
async def test_whatever_answers_becomes_a_reason(answer: bytes, code: str, text: str) -> None:
    async with serving(lambda path: answer) as server:
        found = await problem(SchemaRegistry(Registry((server.url,))))
        assert found.code == code
        assert text.replace("HOST", server.url.removeprefix("http://")) in found.text


async def test_a_redirect_gets_no_second_request() -> None:
    async with serving(lambda path: status(302)) as server:
        await problem(SchemaRegistry(Registry((server.url,), token="to.ken")))
        assert len(server.asked) == 1


async def test_a_silent_registry_costs_one_wait_and_its_connection_is_closed() -> None:
    async with serving(lambda path: None) as server:
        registry = SchemaRegistry(Registry((server.url,), connect_seconds=0.1, read_seconds=0.2))
        begin = time.monotonic()
        found = await problem(registry)
        assert found.code == "registry_unreachable"
        await registry.load(range(2, 40))
        assert registry.find(39) == found
        assert time.monotonic() - begin < 2
        assert len(server.asked) <= 8

        async def closed() -> bool:
            return server.closed == len(server.asked)

        await until(closed)


async def test_an_answer_that_never_ends_is_left() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1\r\n{\r\n")
            with suppress(ConnectionError):
                await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.01)

    listening = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        begin = time.monotonic()
        found = await problem(SchemaRegistry(Registry((url,), connect_seconds=0.1, read_seconds=0.3)))
        assert found.code == "registry_unreachable"
        assert "in time" in found.text or "no whole answer" in found.text
        assert time.monotonic() - begin < 3


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1, signed by itself, with its key in the same file."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    words = ["-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(file), "-out", "-"]
    made = subprocess.run(["openssl", "req", "-x509", *words, *key], capture_output=True, check=True)
    with file.open("ab") as out:
        out.write(made.stdout)
    return file


async def test_a_stranger_behind_tls_gets_no_password(certificate: Path) -> None:
    server = Server(lambda path: ok(LONG))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        stranger = await problem(SchemaRegistry(Registry((f"https://127.0.0.1:{port}",), "ann", "secret")))
        assert stranger.text.endswith("does not answer: TLS failed: self-signed certificate")
        other_name = Registry((f"https://localhost:{port}",), "ann", "secret", ca=str(certificate))
        found = await problem(SchemaRegistry(other_name))
        assert "TLS failed: Hostname mismatch" in found.text
        assert server.asked == []
        registry = SchemaRegistry(Registry((f"https://127.0.0.1:{port}",), "ann", "secret", ca=str(certificate)))
        await registry.load([1])
        assert isinstance(registry.find(1), AvroSchema)
        missing = Registry((f"https://127.0.0.1:{port}",), ca="/nowhere/ca.pem")
        assert "/nowhere/ca.pem can not be read as PEM (No such file" in (await problem(SchemaRegistry(missing))).text


async def test_whoever_does_not_wait_any_more_closes_the_connection() -> None:
    async with serving(lambda path: None) as server:
        loading = asyncio.create_task(SchemaRegistry(Registry((server.url,))).load([1]))

        async def asked() -> bool:
            return bool(server.asked)

        await until(asked)
        loading.cancel()

        async def closed() -> bool:
            return server.closed == 1

        await until(closed, 5)


async def test_a_failure_stands_for_a_while_and_is_tried_again() -> None:
    now = [0.0]
    answers = [status(500), ok(LONG)]
    async with serving(lambda path: answers[0]) as server:
        registry = SchemaRegistry(Registry((server.url,)), clock=lambda: now[0])
        assert (await problem(registry)).code == "registry_failed"
        del answers[0]
        assert (await problem(registry)).code == "registry_failed"
        now[0] = 6.0
        await registry.load([1])
        assert isinstance(registry.find(1), AvroSchema)
        assert len(server.asked) == 2


async def test_the_second_address_answers_for_the_first() -> None:
    async with serving(lambda path: ok(LONG)) as server:
        registry = SchemaRegistry(Registry(("http://127.0.0.1:1", server.url)))
        await registry.load([1])
        assert isinstance(registry.find(1), AvroSchema)
    found = await problem(SchemaRegistry(Registry(("http://127.0.0.1:1",))))
    assert found.text == "the schema registry 127.0.0.1:1 does not answer: Connection refused"


async def test_bytes_that_only_look_framed_ask_for_so_many_schemas_at_most() -> None:
    async with serving(lambda path: status(404)) as server:
        await SchemaRegistry(Registry((server.url,))).load(range(1, 10_000))
        assert len(server.asked) == MOST_AT_ONCE


async def test_references_that_never_end_are_left() -> None:
    def reply(path: str) -> bytes:
        number = len(server.asked)
        refers = [{"name": f"r{number}", "subject": "a/b", "version": 1}]
        return ok(json.dumps({"schema": '"long"', "references": refers}).encode())

    async with serving(reply) as server:
        found = await problem(SchemaRegistry(Registry((server.url,))))
        assert found == Problem("bad_schema", "the schema refers to more than 100 others")
        assert server.asked[1] == "/subjects/a%2Fb/versions/1"
        assert len(server.asked) <= 102


async def test_a_schema_that_is_only_known_by_its_subject_is_found() -> None:
    async with serving(lambda path: ok(LONG) if "?subject=a%2Fb-value" in path else status(404)) as server:
        registry = SchemaRegistry(Registry((server.url,)))
        await registry.load([1], "a/b-value")
        assert isinstance(registry.find(1), AvroSchema)
        assert server.asked == ["/schemas/ids/1", "/schemas/ids/1?subject=a%2Fb-value"]


def framed(schema: int, payload: bytes) -> bytes:
    return b"\x00" + schema.to_bytes(4, "big") + payload


async def test_a_topic_is_guessed_by_what_the_registry_knows() -> None:
    def reply(path: str) -> bytes:
        return ok(LONG) if path.endswith(("/1", "/2")) else status(404)

    async with serving(reply) as server:
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((server.url,))))
        moments = [Record("times", 0, 0, 0, None, (1_700_000_000_000 + n).to_bytes(8, "big")) for n in range(30)]
        orders = [Record("orders", 0, 0, 0, None, framed(1 + n % 2, b"\x0e")) for n in range(4)]
        await decoders.prepare([*moments, *orders])
        assert decoders.choices("times").value.why == "20 of 20 samples are 8 bytes, which may be int64"
        assert decoders.choices("orders").value.why == "4 of 4 samples have their schema in the registry"
        assert [decoders.decode(each).value.value for each in orders] == [7, 7, 7, 7]
        assert decoders.decode(orders[1]).value.schema == "2, long"
        unknown = decoders.decode_value(Record("orders", 0, 0, 0, None, framed(9, b"\x0e")))
        assert unknown.value == Problem("not_loaded", "schema 9 is not fetched yet")
        await decoders.prepare([Record("orders", 0, 0, 0, None, framed(9, b"\x0e"))])
        assert decoders.decode_value(Record("orders", 0, 0, 0, None, framed(9, b"\x0e"))).problem is not None


async def test_of_mixed_formats_those_with_a_schema_are_read_by_it() -> None:
    values = [framed(1, b"\x0e"), b"text", b'{"a": 1}', framed(9, b"\x0e"), framed(1, b"\x10")]
    records = [Record("mixed", 0, 0, 0, None, value) for value in values]
    async with serving(lambda path: ok(LONG) if path.endswith("/1") else status(404)) as server:
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((server.url,))))
        await decoders.prepare(records)
        assert decoders.choices("mixed").value.decoder == "each"
        found = [decoders.decode_value(each) for each in records]
        assert [each.decoder for each in found] == ["avro", "text", "json", "hex", "avro"]
        assert [found[0].value, found[4].value] == [7, 8]
        odd = Record("mixed", 0, 0, 0, None, b"x", (("__value_schema_id", b"\x07"),))
        assert decoders.decode_value(odd).value == "x"


async def test_ids_the_registry_does_not_have_are_told_as_such() -> None:
    async with serving(lambda path: status(404)) as server:
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((server.url,))))
        await decoders.prepare([Record("orders", 0, 0, 0, None, framed(9, b"\x0e"))])
        assert decoders.choices("orders").value == Choice(
            "hex", "1 of 1 samples begin with the id of a schema that the registry does not have"
        )


async def test_a_header_names_the_schema_of_a_topic() -> None:
    guid = uuid.UUID(int=3)
    record = Record("orders", 0, 0, 0, b"k", b"\x0e", (("__value_schema_id", b"\x01" + guid.bytes),))
    async with serving(lambda path: ok(LONG)) as server:
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((server.url,))))
        await decoders.prepare([record])
        assert decoders.choices("orders").value.why == "a header names the schema"
        assert decoders.decode(record).value.value == 7
        assert decoders.decode(record).key.value == "k"


async def test_a_registry_that_is_down_leaves_the_choice_and_the_bytes() -> None:
    decoders = TopicDecoders(registry=SchemaRegistry(Registry(("http://127.0.0.1:1",))))
    record = Record("orders", 0, 0, 0, None, framed(1, b"\x0e"))
    await decoders.prepare([record])
    decoded = decoders.decode(record).value
    assert decoded.decoder == "schema-registry"
    assert decoded.raw == record.value
    assert isinstance(decoded.value, Problem)
    assert decoded.value.text == "the schema registry 127.0.0.1:1 does not answer: Connection refused"


async def test_the_schemas_of_a_topic_are_fetched_ahead_of_its_records() -> None:
    def reply(path: str) -> bytes:
        found = {
            "/subjects/orders-value/versions": b"[1, 3]",
            "/subjects/orders-value/versions/1": b'{"id": 7}',
            "/subjects/orders-value/versions/3": status(500),
        }.get(path)
        if found is None:
            return ok(LONG) if path == "/schemas/ids/7" else status(404)
        return found if found.startswith(b"HTTP") else ok(found)

    async with serving(reply) as server:
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((server.url,))))
        await decoders.expect(["orders"])
        assert "/subjects/orders-key/versions" in server.asked
        assert decoders.decode_value(Record("orders", 0, 0, 0, None, framed(7, b"\x0e"))).value == 7
    await TopicDecoders(registry=SchemaRegistry(Registry(("http://127.0.0.1:1",)))).expect(["orders"])
    await TopicDecoders().expect(["orders"])


async def test_a_screen_waits_only_so_long_and_reads_by_what_came_later() -> None:
    may_answer = asyncio.Event()
    record = Record("orders", 0, 0, 0, None, framed(1, b"\x0e"))

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await may_answer.wait()
        writer.write(ok(LONG))
        writer.close()

    listening = await asyncio.start_server(slow, "127.0.0.1", 0)
    async with listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((url,))), patience=0.05)
        begin = time.monotonic()
        await decoders.prepare([record])
        assert time.monotonic() - begin < 2
        assert decoders.decode(record).value.value == Problem("not_loaded", "schema 1 is not fetched yet")
        may_answer.set()

        async def came() -> bool:
            return decoders.decode(record).value.value == 7

        await until(came)


async def test_another_cluster_has_other_schemas() -> None:
    record = Record("orders", 0, 0, 0, None, framed(1, b"\x0e"))
    async with serving(lambda path: ok(LONG)) as server:
        decoders = TopicDecoders(registry=SchemaRegistry(Registry((server.url,))))
        await decoders.prepare([record])
        assert decoders.decode(record).value.value == 7
    decoders.use(None)
    await decoders.prepare([record])
    assert decoders.decode(record).value.decoder == "hex"
