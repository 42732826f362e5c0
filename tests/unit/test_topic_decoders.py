"""The decoders of each topic: rules, the first samples, a person's choice; the same record reads the same each time."""

from __future__ import annotations

import msgpack
import pytest

from kafkatui.decoding.decoders import UnknownDecoder
from kafkatui.decoding.guess import Choice
from kafkatui.decoding.limits import SCREEN, Limits
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.reading.topic_decoders import Choices, TopicDecoders

JSON = b'{"status": "paid"}'
TEXT = b"not JSON"


def a_record(value: bytes | None = JSON, key: bytes | None = b"o-1", topic: str = "orders") -> Record:
    return Record(topic, 0, 0, 0, key, value)


async def test_the_first_samples_choose_once() -> None:
    decoders = TopicDecoders()
    await decoders.prepare([a_record(), a_record(TEXT, topic="logs"), a_record()])
    assert decoders.decode(a_record()).value.value == {"status": "paid"}
    assert decoders.decode(a_record(TEXT, topic="logs")).value.value == "not JSON"
    await decoders.prepare([a_record(TEXT)] * 20)
    assert decoders.choices("orders") == Choices(
        Choice("text", "2 of 2 samples are text"), Choice("json", "2 of 2 samples are JSON")
    )
    wrong = decoders.decode(a_record(TEXT))
    assert wrong.value.raw == TEXT
    assert wrong.value.problem is not None
    assert wrong.value.problem.code == "invalid_json"


async def test_a_choice_without_samples_waits_for_the_first_one_on_each_side() -> None:
    decoders = TopicDecoders()
    await decoders.prepare([a_record(None, b""), a_record(b"", None)])
    assert decoders.choices("orders").value == Choice("text", "no samples")
    assert decoders.decode(a_record(None, None)).value.value is None
    await decoders.prepare([a_record(JSON, None)])
    assert decoders.choices("orders") == Choices(
        Choice("text", "no samples"), Choice("json", "1 of 1 samples are JSON")
    )
    assert decoders.decode(a_record(JSON, JSON)).key.value == {"status": "paid"}
    assert decoders.choices("orders").key.decoder == "json"


def test_a_topic_that_was_not_prepared_is_chosen_for_by_its_first_record() -> None:
    decoders = TopicDecoders()
    assert decoders.decode_value(a_record()).decoder == "json"
    assert decoders.decode_key(a_record(key=b"\x00\x00\x00\x07")).decoder == "text"
    assert decoders.decode_value(a_record(TEXT)).decoder == "json"
    assert decoders.choices("never met").value == Choice("text", "no samples")


def test_the_first_rule_that_says_something_counts() -> None:
    rules = [
        DecodingRule("orders.*", key="int64"),
        DecodingRule("orders.raw", value="hex"),
        DecodingRule("*", key="hex", value="base64"),
    ]
    decoders = TopicDecoders(rules)
    chosen = {topic: decoders.choices(topic) for topic in ("orders.raw", "orders.new", "Orders.raw")}
    assert {topic: (each.key.decoder, each.value.decoder) for topic, each in chosen.items()} == {
        "orders.raw": ("int64", "hex"),
        "orders.new": ("int64", "base64"),
        "Orders.raw": ("hex", "base64"),
    }
    decoded = decoders.decode(a_record(b"\x01", b"\x00" * 7 + b"\x05", "orders.raw"))
    assert (decoded.key.value, decoded.value.value) == (5, "01")
    assert not decoders.choices("orders.raw").value.guessed


def test_a_rule_for_one_side_leaves_the_other_to_be_guessed() -> None:
    decoders = TopicDecoders([DecodingRule("orders", key="hex")])
    decoded = decoders.decode(a_record())
    assert (decoded.key.value, decoded.value.value) == ("6f2d31", {"status": "paid"})


def test_the_topic_of_the_commits_is_known_by_its_name() -> None:
    decoders = TopicDecoders()
    key = b"\x00\x02\x00\x01g"
    assert decoders.decode(a_record(None, key, "__consumer_offsets")).key.value == {
        "type": 2,
        "name": "GroupMetadata",
        "data": {"group": "g"},
    }
    chosen = TopicDecoders([DecodingRule("__*", "hex", "hex")])
    assert chosen.decode(a_record(None, key, "__consumer_offsets")).key.value == key.hex()


def test_a_person_changes_the_decoder_and_goes_back() -> None:
    decoders = TopicDecoders([DecodingRule("ruled", value="base64")])
    decoders.decode(a_record())
    decoders.choose("orders", "hex")
    assert decoders.decode(a_record()).value.value == JSON.hex()
    assert decoders.decode(a_record()).key.value == "o-1"
    decoders.choose("orders", key="base64")
    assert decoders.choices("orders") == Choices(Choice("base64", "chosen", False), Choice("hex", "chosen", False))
    decoders.forget("orders")
    assert decoders.decode(a_record()).value.value == {"status": "paid"}
    decoders.choose("ruled", "text")
    decoders.forget("ruled")
    assert decoders.choices("ruled").value.decoder == "base64"


def test_a_choice_for_one_side_before_any_sample_leaves_the_other_open() -> None:
    decoders = TopicDecoders()
    decoders.choose("orders", key="hex")
    assert decoders.decode(a_record()).value.value == {"status": "paid"}


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownDecoder, match="no decoder is called 'pickle'; there are text, json"):
        TopicDecoders().choose("orders", "pickle")
    with pytest.raises(UnknownDecoder):
        TopicDecoders([DecodingRule("x", key="pickle")])


@pytest.mark.parametrize("decoder", ["text", "json", "messagepack", "hex", "base64", "consumer-offsets"])
def test_a_screen_decodes_less_and_says_so(decoder: str) -> None:
    large = b"[" + b"0," * (1 << 20) + b"0]"
    decoders = TopicDecoders([DecodingRule("*", decoder, decoder)], SCREEN)
    for decoded in (decoders.decode_value(a_record(large, b"\x00\x02")), decoders.decode_key(a_record(key=large))):
        assert isinstance(decoded.value, Problem)
        assert decoded.value.code == "too_large"
        assert decoded.raw == large
    header = Record("orders", 0, 0, 0, None, None, (("h", large),))
    assert decoders.decode(header).headers[0][1].problem is not None


def test_limits_reach_every_decoder() -> None:
    few = Limits(text_bytes=3, json_bytes=3, messagepack_bytes=3)
    decoders = TopicDecoders([DecodingRule("*", "messagepack", "json")], few)
    decoded = decoders.decode(a_record(b"[17]", msgpack.packb([1, 2, 3])))
    assert [each.problem.code for each in (decoded.key, decoded.value) if each.problem] == ["too_large"] * 2
