"""The decoder for a topic: chosen, or guessed from samples, the same each time, with its reason."""

from __future__ import annotations

import msgpack
import pytest

from kafkatui.decoding.decoders import UnknownDecoder, decode_record
from kafkatui.decoding.guess import MOST_SAMPLES, Choice, choose
from kafkatui.model.records import Record

JSON = b'{"status": "paid"}'


@pytest.mark.parametrize(
    ("samples", "decoder", "why"),
    [
        ([], "text", "no samples"),
        ([None, b""], "text", "no samples"),
        ([JSON, None, b"[1]"], "json", "2 of 2 samples are JSON"),
        ([JSON] * 9 + [b"\xff"], "json", "9 of 10 samples are JSON"),
        ([JSON, b"\xff\x00"], "each", "2 samples are of no one format"),
        ([b"order-1", b"17", b"true"], "text", "3 of 3 samples are text"),
        ([msgpack.packb({"a": 1}), msgpack.packb([1, 2, 3])], "messagepack", "2 of 2 samples are MessagePack"),
        (
            [b"\x00\x00\x00\x00\x05\x02a"],
            "hex",
            "1 of 1 samples begin with the id of a schema, which a schema registry has",
        ),
        ([b"\x00\x00\x00\x05"], "hex", "1 of 1 samples are 4 bytes, which may be int32"),
        ([b"\x00" * 8], "hex", "1 of 1 samples are 8 bytes, which may be int64"),
        ([b"\x05"], "each", "1 samples are of no one format"),
    ],
)
def test_guesses(samples: list[bytes | None], decoder: str, why: str) -> None:
    assert choose("orders", samples) == choose("orders", samples) == Choice(decoder, why)


def test_a_choice_looks_at_no_sample() -> None:
    assert choose("orders", iter(()), "int64") == Choice("int64", "chosen", guessed=False)
    with pytest.raises(UnknownDecoder):
        choose("orders", [JSON], "pickle")


def test_the_topic_of_the_commits_is_known_by_its_name() -> None:
    assert choose("__consumer_offsets", []).decoder == "consumer-offsets"
    assert choose("__consumer_offsets", [], "hex").decoder == "hex"


def test_only_so_many_samples_are_looked_at() -> None:
    def samples() -> object:
        yield from [JSON] * MOST_SAMPLES
        yield b"\xff"
        raise AssertionError("looked at too many")

    assert choose("orders", samples()).why == "20 of 20 samples are JSON"  # type: ignore[arg-type]
    large = b'{"a": "' + b"x" * 900_000 + b'"}'
    assert choose("orders", [large] * 5).why == "1 of 1 samples are JSON"


def test_a_whole_record() -> None:
    record = Record("orders", 0, 5, 0, b"\x00\x00\x00\x07", JSON, (("original_offset", b"3"),))
    decoded = decode_record(record, "int32", "json")
    assert decoded.key.value == 7
    assert decoded.value.value == {"status": "paid"}
    assert decoded.headers[0][1].value == 3
