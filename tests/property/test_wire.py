"""Every request and reply this program speaks, in every version: what is encoded comes back, and no bytes do harm."""

from __future__ import annotations

import io
import struct
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kio.index import KioIndexError, load_payload_module
from kio.serial import entity_reader, entity_writer
from kio.static.constants import EntityType

from kafkatui.kafka import shapes
from kafkatui.kafka.groups import assigned
from kafkatui.kafka.wire import Api, Malformed, Prepared, _request_module, _response_class, decode
from kafkatui.model.cluster import TopicPartition
from tests.property.messages import messages


def _is_known(api: Api, version: int) -> bool:
    try:
        load_payload_module(api, version, EntityType.response)
    except KioIndexError:
        return False
    return True


SPOKEN = [(api, version) for api in Api for version in range(30) if _is_known(api, version)]
EXAMPLES = 5
"""Of each version; there are about 200."""


def encoded(value: Any) -> bytes:
    buffer = io.BytesIO()
    entity_writer(type(value))(buffer, value)
    return buffer.getvalue()


@pytest.mark.parametrize(("api", "version"), SPOKEN, ids=lambda each: getattr(each, "name", str(each)))
def test_what_is_encoded_comes_back(api: Api, version: int) -> None:
    request = Prepared(api, version, None)

    @settings(max_examples=EXAMPLES)
    @given(messages(_response_class(api, version)))
    def replies(reply: Any) -> None:
        body = encoded(reply)
        assert decode(request, memoryview(body)) == reply
        for cut in {len(body) // 3, len(body) - 1} - {len(body), -1}:
            with pytest.raises(Malformed):
                decode(request, memoryview(body)[:cut])
        with pytest.raises(Malformed):
            decode(request, memoryview(body + b"\x00"))

    replies()


@settings(max_examples=200)
@given(st.data())
def test_requests_come_back_too(data: st.DataObject) -> None:
    module = _request_module(*data.draw(st.sampled_from(SPOKEN)))
    kinds = [each for each in vars(module).values() if getattr(each, "__type__", None) is EntityType.request]
    request = data.draw(messages(kinds[0]))
    sent = Prepared(Api.METADATA, 0, request).encode()
    shapes.check(type(request), memoryview(sent))
    assert entity_reader(type(request))(sent, 0) == (request, len(sent))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Prepared, bytes]:
    """A reply with some of its bytes changed, taken out or put in; or no reply at all."""
    api, version = draw(st.sampled_from(SPOKEN))
    if draw(st.booleans()):
        return Prepared(api, version, None), draw(st.binary(max_size=60))
    body = bytearray(encoded(draw(messages(_response_class(api, version)))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        odd = st.sampled_from(
            [b"", b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff\x0f", b"\x80\x00\x00\x00"]
        )
        body[at : at + draw(st.integers(0, 5))] = draw(odd | st.binary(max_size=4))
    return Prepared(api, version, None), bytes(body)


@settings(max_examples=500)
@given(damaged())
def test_no_bytes_raise_anything_but_malformed(case: tuple[Prepared, bytes]) -> None:
    """Before lengths were checked, the second example or so ended the process: kio makes room for what is claimed."""
    request, body = case
    with suppress(Malformed):
        decode(request, memoryview(body))
    with suppress(Malformed):
        request.open_reply(memoryview(body))


@given(
    st.dictionaries(st.text(st.sampled_from("ab."), max_size=4), st.lists(st.integers(0, 9), max_size=3), max_size=3),
    st.integers(0, 40),
    st.binary(max_size=4),
)
def test_an_assignment_is_read_or_is_none(topics: dict[str, list[int]], at: int, odd: bytes) -> None:
    """The bytes are a client's own."""
    data = struct.pack(">hi", 1, len(topics))
    for name, partitions in topics.items():
        data += struct.pack(
            f">h{len(name)}si{len(partitions)}i", len(name), name.encode(), len(partitions), *partitions
        )
    assert assigned(data) == tuple(TopicPartition(name, each) for name, found in topics.items() for each in found)
    assert len(assigned(data[:at] + odd + data[at + len(odd) :])) <= len(data)


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (1, b"\x7f\xff\xff\xff"),
        (1, b"\x00\x00\x03\xe8" + bytes(900)),
        (12, b"\x00\x00\x00\x00\xff\xff\xff\xff\x07"),
        (12, b"\x00\x00\x00\x00\x83\x01" + bytes(9)),
    ],
)
def test_a_claim_takes_no_memory(version: int, body: bytes) -> None:
    """Two thousand million brokers in ten bytes; and a few more than there are bytes for."""
    tracemalloc.start()
    with pytest.raises(Malformed, match=r"a list of \d+ in \d+ bytes"):
        decode(Prepared(Api.METADATA, version, None), memoryview(body))
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
