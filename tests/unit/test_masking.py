from __future__ import annotations

import base64
import json
import random
from typing import Any

import msgpack
import pytest

from kafkatui.dead_letters.dialects import DIALECTS
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.header_names import FAILURES, ORIGINS
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS
from kafkatui.decoding.masking import Masks, decode_masked
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Record
from tests.masks import SECRET, masked, rule

STARS = b'"***"'


@pytest.mark.parametrize(
    ("fields", "value", "shown"),
    [
        ('["value.card.number"]', b'{"card": {"number":"4111", "n":1},"x":1.10}', b'{"card": {"number":"***", "n":1},"x":1.10}'),  # noqa: E501
        ('["value.card"]', b'{"card":{"number":[1,{"a":"b"}]},"x":[]}', b'{"card":"***","x":[]}'),
        ('["value.items[*].email"]', b'{"items":[{"email":"a"},{"email":null},3]}', b'{"items":[{"email":"***"},{"email":"***"},"***"]}'),  # noqa: E501
        ('["value.items.email"]', b'{"items":[[{"email":"a"}]]}', b'{"items":[[{"email":"***"}]]}'),
        ('["value.items[1].email"]', b'{"items":[{"email":"a"},{"email":"b"}]}', b'{"items":[{"email":"a"},{"email":"***"}]}'),  # noqa: E501
        ('["value.**.iban"]', b'{"iban":1,"a":[{"iban":2,"b":{"iban":3}}],"c":4}', b'{"iban":"***","a":[{"iban":"***","b":{"iban":"***"}}],"c":4}'),  # noqa: E501
        ('["value.*.email"]', b'{"a":{"email":1},"b":{"mail":2},"status":"failed"}', b'{"a":{"email":"***"},"b":{"mail":2},"status":"failed"}'),  # noqa: E501
        ('["value.email"]', b'{"em\\u0061il":"x","EMAIL":"y","email2":"z"}', b'{"em\\u0061il":"***","EMAIL":"***","email2":"z"}'),  # noqa: E501
        ('["value.email"]', b'{"email":"first","email":"second"}', b'{"email":"***","email":"***"}'),
        ('[\'value["a.b"].c\']', b'{"a.b":{"c":1},"a":{"b":{"c":2}}}', b'{"a.b":{"c":"***"},"a":{"b":{"c":2}}}'),
        ('["value.payload.email"]', b'{"payload":"{\\"email\\":\\"x\\",\\"n\\":1}"}', b'{"payload":"{\\"email\\":\\"***\\",\\"n\\":1}"}'),  # noqa: E501
        ('["value.payload.email"]', b'{"payload":"{\\"email\\":\\"x"}', b'{"payload":"***"}'),
        ('["value.card.number"]', b'{"card":"4111 1111"}', b'{"card":"***"}'),
        ('["value.card.number"]', b'{"card":4111}', b'{"card":"***"}'),
        ('["value.card.number"]', b'{"card":null}', b'{"card":null}'),
        ('["value.card.number"]', b'[{"card":{"number":1}}]', b'[{"card":{"number":"***"}}]'),
        ('["value.a"]', "\ufeff{\"a\":\"ü\",\"b\":\"ü\"}".encode(), "\ufeff{\"a\":\"***\",\"b\":\"ü\"}".encode()),
    ],
)  # fmt: skip
def test_hides_a_field_and_leaves_every_other_byte(fields: str, value: bytes, shown: bytes) -> None:
    record = masked(f"fields = {fields}", value)
    assert record.value == shown
    assert (record.masked is not None) == (value != shown)


@pytest.mark.parametrize(
    "value",
    [b'{"email":"anna@x.org"', b"email=anna@x.org", b"\xff\xfe\x00anna@x.org", b'{"email":"anna@x.org"}{}',
     b"{'email':'anna@x.org'}", b'{"email":"anna\n@x.org"}', b"[" * 200 + b"]" * 200, b'{"a":01,"email":"anna@x.org"}',
     b'{"email":"anna@x.org",}', b'"anna@x.org"', b'{"pad":"' + b"x" * LIMITS.json_bytes + b'","email":"anna@x.org"}'],
)  # fmt: skip
@pytest.mark.parametrize("text", ['fields = ["value.email"]', 'default = "mask"\nkeep = ["value.status"]'])
def test_withholds_what_it_can_not_look_into(value: bytes, text: str) -> None:
    record = masked(text, value)
    assert record.value in (b"***", STARS)
    assert record.masked is not None
    assert record.masked.paths == ("value",)
    assert record.masked.value is not None
    assert "masked by config.toml" in record.masked.value.note


@pytest.mark.parametrize(
    ("keep", "value", "shown"),
    [
        ('["value.status"]', {"status": "ok", "card": {"n": 1}, "email": "x"}, {"status": "ok", "card": "***", "email": "***"}),  # noqa: E501
        ('["value.order.status"]', {"order": {"status": "ok", "n": 1}}, {"order": {"status": "ok", "n": "***"}}),
        ('["value.items[*].sku"]', {"items": [{"sku": 1, "to": 2}, "x"]}, {"items": [{"sku": 1, "to": "***"}, "***"]}),
        ('["value.status"]', {"Status": "ok", "anna@x.org": 1}, {"Status": "***", "***": "***"}),
        ('["value.tags"]', {"tags": {"a": ["b"]}, "n": None}, {"tags": {"a": ["b"]}, "n": "***"}),
        ('["value.items.sku"]', {"items": [{"sku": 1}]}, {"items": ["***"]}),
        ('["value.**.id"]', {"id": 1, "a": {"id": 2, "b": 3}}, {"id": 1, "a": {"id": 2, "b": "***"}}),
    ],
)  # fmt: skip
def test_shows_only_what_is_kept(keep: str, value: dict[str, Any], shown: dict[str, Any]) -> None:
    record = masked(
        f'default = "mask"\nkeep = {keep}',
        json.dumps(value).encode(),
        key=b"anna@x.org",
        headers=(("h", b"anna@x.org"),),
    )
    assert json.loads(record.value or b"") == shown
    assert record.key == b"***"
    assert record.headers == (("h", b"***"),)


def test_keeps_a_whole_part_that_is_named() -> None:
    text = 'default = "mask"\nkeep = ["key", "value", "headers.trace-*"]'
    record = masked(text, b"\xff\x00", key=b"k", headers=(("trace-id", b"t"), ("user", b"u"), ("none", None)))
    assert (record.key, record.value) == (b"k", b"\xff\x00")
    assert record.headers == (("trace-id", b"t"), ("user", b"***"), ("none", None))


def test_what_one_rule_hides_no_other_one_shows() -> None:
    both = rule('fields = ["value.a"]') + rule('default = "mask"\nkeep = ["value.a", "value.b"]')
    both += rule('default = "mask"\nkeep = ["value.b"]')
    value = b'{"a":1,"b":2,"c":3}'
    record = Masks(both, SECRET).mask(Record("t", 0, 0, 0, None, value), _none, lambda: _json(value))
    assert record.value == b'{"a":"***","b":2,"c":"***"}'


@pytest.mark.parametrize(
    ("show", "value", "shown"),
    [
        ("last 4", {"a": "4111222233334444"}, {"a": "***4444"}),
        ("last 4", {"a": 4111222233334444}, {"a": "***4444"}),
        ("last 4", {"a": "1234567"}, {"a": "***"}),
        ("last 4", {"a": {"b": "4111222233334444"}}, {"a": "***"}),
        ("remove", {"x": 1, "a": 2, "y": 3}, {"x": 1, "y": 3}),
        ("remove", {"a": 2, "A": 3, "y": 3}, {"y": 3}),
        ("remove", {"x": 1, "a": 2}, {"x": 1}),
        ("remove", {"a": 2}, {}),
        ("remove", {"x": 1, "a": 2, "A": [1], "y": {"a": 1}}, {"x": 1, "y": {"a": 1}}),
    ],
)  # fmt: skip
def test_what_stands_instead(show: str, value: object, shown: object) -> None:
    record = masked(f'fields = ["value.a"]\nshow = "{show}"', json.dumps(value).encode())
    assert json.loads(record.value or b"") == shown


def test_a_hash_is_the_same_for_the_same_text_and_another_with_another_secret() -> None:
    text = 'fields = ["value.a", "value.b", "headers.c"]\nshow = "hash"'
    value = b'{"a":"4111","b":"4111"}'
    record = masked(text, value, headers=(("C", b"4111"),))
    found = json.loads(record.value or b"")
    assert found["a"] == found["b"] == (record.headers[0][1] or b"").decode()
    assert found["a"].startswith("hash:")
    other = Masks(rule(text), b"another").mask(Record("t", 0, 0, 0, None, value), _none, lambda: _json(value))
    assert json.loads(other.value or b"")["a"] != found["a"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b'{"a":"card 4111222233334444 of Bob"}', b'{"a":"card *** of Bob"}'),
        (b'{"a":4111222233334444,"b":1.50}', b'{"a":"***","b":1.50}'),
        (b'{"4111222233334444":1}', b'{"***":1}'),
        (b'{"a":"\\u0034111222233334444"}', b'{"a":"***"}'),
        (b"card 4111222233334444 of Bob", b"card *** of Bob"),
        (b'{"a": 4111222233334444', b'{"a": ***'),
        (b'{"a":"123"}', b'{"a":"123"}'),
        (b"\xff\xfe", b"***"),
    ],
)
def test_a_pattern_finds_texts_numbers_and_names(value: bytes, shown: bytes) -> None:
    record = masked(r"pattern = '\b\d{13,19}\b'", value)
    assert record.value == shown


def test_a_pattern_that_was_written_for_json_hides_too() -> None:
    record = masked(r"""pattern = '"ssn":\s*"[^"]*"'""", b'{"ssn": "123-45","x":1}')
    assert record.value == b'{***,"x":1}'
    assert record.masked is not None
    assert record.masked.value is not None
    assert decode_masked(record.masked.value, record.value).value == '{***,"x":1}'


def test_a_pattern_looks_into_keys_and_headers() -> None:
    record = masked(
        r"pattern = '\d{13,19}'",
        b"1",
        key=b"4111222233334444",
        headers=(("a", b"is 4111222233334444"), ("4111222233334444", b"x"), ("bin", b"\x00\xff"), ("n", None),
                 ("kafka_dlt-original-offset", (4111222233334444).to_bytes(8, "big")), ("b", b"ok")),
    )  # fmt: skip
    assert record.key == b"***"
    assert record.headers == (
        ("a", b"is ***"), ("***", b"x"), ("bin", b"***"), ("n", None), ("kafka_dlt-original-offset", b"***"), ("b", b"ok"),  # noqa: E501
    )  # fmt: skip
    assert record.value == b"1"


def test_what_a_named_field_holds_is_hidden_where_it_is_quoted() -> None:
    record = masked(
        'fields = ["value.card", "value.n"]',
        b'{"card":"4111222233334444","n":"ab"}',
        key=b"4111222233334444",
        headers=(("kafka_dlt-exception-message", b'Cannot read "4111222233334444": ab'),),
    )
    assert record.key == b"***"
    assert record.headers == (("kafka_dlt-exception-message", b'Cannot read "***": ab'),)
    assert record.masked is not None
    assert record.masked.paths == ("value.card", "value.n", "headers.kafka_dlt-exception-message", "key")


def test_a_dead_letter_and_a_copy_are_hidden_by_the_rules_of_where_they_came_from() -> None:
    masks = Masks(
        rule('topic = "orders"\nfields = ["value.a"]'), SECRET, letters=[DeadLetterRule("*", topic="my-origin")]
    )
    for name, told in (
        ("kafka_dlt-original-topic", b"orders"),
        ("my-origin", b"orders"),
        ("kafkatui-source", b"orders-3@17"),
    ):
        record = Record("orders-dlt", 0, 0, 0, None, b'{"a":1}', ((name, told),))
        assert masks.mask(record, _none, lambda: _json(b'{"a":1}')).value == b'{"a":"***"}'
    plain = Record("orders-dlt", 0, 0, 0, None, b'{"a":1}')
    assert masks.mask(plain, _none, lambda: _json(b'{"a":1}')) is plain


def test_what_quotes_a_value_that_is_withheld_is_hidden_too() -> None:
    """Whoever could not read it quotes it: in words, as numbers, as the bytes themselves."""
    headers: tuple[Header, ...] = (
        ("kafka_dlt-exception-message", b'Unexpected end of input: {"email":"anna@x.org'),
        ("why", b"anna@x.org"),
        ("springDeserializerExceptionValue", b"\xac\xed anna@x.org"),
        ("kafka_dlt-exception-fqcn", b"java.lang.IllegalStateException"),
    )
    text = 'fields = ["value.email"]'
    letters = [DeadLetterRule("*", message="why")]
    broken = Record("t", 0, 0, 0, None, b'{"email":"anna@x.org', headers)
    shown = Masks(rule(text), SECRET, letters=letters).mask(broken, _none, lambda: _json(broken.value or b""))
    assert [raw for _, raw in shown.headers] == [b"***", b"***", b"***", b"java.lang.IllegalStateException"]
    whole = masked(
        text,
        b'{"email":"anna@x.org"}',
        headers=(*headers, ("java", b"data [[123, 34, 101, 109, 97, 105, 108, 34, -1]]")),
    )
    assert [raw for _, raw in whole.headers] == [
        *(b'Unexpected end of input: {"email":"***', b"***", b"***"),
        *(b"java.lang.IllegalStateException", b"data [[***]]"),
    ]


def test_the_headers_of_all_dialects_are_known() -> None:
    assert {each.topic for each in DIALECTS if each.topic} == ORIGINS
    assert {name for each in DIALECTS for name in (*each.message, *each.stacktrace)} == FAILURES


def test_avro_and_protobuf_are_masked_by_their_fields() -> None:
    tree: Any = {"card": {"number": "4111222233334444"}, "blob": b"\xff\x00", "text": b"4111222233334444", "n": 1.5}
    record = Record("t", 0, 0, 0, b"k", b"\x00\x00\x00\x00\x07avro 4111222233334444")
    decoded = Decoded("avro", record.value, tree, schema="7, com.example.Order")
    shown = Masks(rule('fields = ["value.card.number"]'), SECRET).mask(record, _none, lambda: decoded)
    assert shown.masked is not None
    assert shown.masked.value is not None
    read = decode_masked(shown.masked.value, shown.value)
    assert (read.decoder, read.schema) == ("avro", "7, com.example.Order")
    assert read.value == {"card": {"number": "***"}, "blob": "/wA=", "text": "4111222233334444", "n": 1.5}
    by_pattern = Masks(rule(r"pattern = '\d{13,19}'"), SECRET).mask(record, lambda: _json(b"k"), lambda: decoded)
    assert json.loads(by_pattern.value or b"") == {"card": {"number": "***"}, "blob": "***", "text": "***", "n": 1.5}
    unread = Decoded("schema-registry", record.value, Problem("registry_unreachable", "does not answer"))
    for text in ('fields = ["value.card.number"]', r"pattern = '\d{13,19}'"):
        withheld = Masks(rule(text), SECRET).mask(record, lambda: _json(b"k"), lambda: unread)
        assert withheld.value == b"***"


def test_decoded_values_are_shown_as_json_of_what_was_decoded() -> None:
    packed = msgpack.packb({"card": {"number": "4111"}, 1: b"\xff", "b": b"text"})
    record = masked('fields = ["value.card.number"]', packed, decoder="messagepack")
    assert record.masked is not None
    assert record.masked.value is not None
    assert record.masked.value.decoder == "messagepack"
    # Such a map is a list of pairs: what is no map in it may be what the path means.
    assert json.loads(record.value or b"") == [["***", {"number": "***"}], ["***", "***"], ["***", "***"]]
    packed = msgpack.packb({"card": {"number": "4111"}, "a": b"\xff", "b": b"text"})
    untouched = masked('fields = ["value.nothing"]', packed, decoder="messagepack")
    assert json.loads(untouched.value or b"") == {
        "card": {"number": "4111"},
        "a": base64.b64encode(b"\xff").decode(),
        "b": "text",
    }
    assert untouched.masked is not None
    assert b"4111" in (untouched.value or b"")
    assert untouched.value != packed
    assert masked('fields = ["value.a"]', None).masked is None


def test_nothing_is_said_of_a_record_that_is_not_touched() -> None:
    record = Record("other", 0, 0, 0, b"k", b"v")
    assert Masks(rule('topic = "orders*"\nfields = ["value"]'), SECRET).mask(record, _none, _none) is record


CANARY = "kanarie-7f3a"


@pytest.mark.parametrize("seed", range(60))
def test_no_canary_survives_in_any_shape_of_json(seed: int) -> None:
    """Random documents with canaries at named places, written in random ways."""
    chosen = random.Random(seed)
    document = _random(chosen, 4)
    for name in ("email", "Email"):
        document[name] = _canaries(chosen)
    document["items"] = [{"email": _canaries(chosen), "n": chosen.random()} for _ in range(chosen.randrange(4))]
    document["deep"] = {"er": [_random(chosen, 2) | {"iban": _canaries(chosen)}]}
    text = json.dumps(document, indent=chosen.choice((None, 2)), ensure_ascii=chosen.random() < 0.5)
    text = _escaped(text, chosen)
    record = masked('fields = ["value.email", "value.items[*].email", "value.**.iban"]', text.encode())
    shown = json.loads(record.value or b"")
    assert CANARY not in json.dumps(shown)
    assert _without(json.loads(text)) == _without(shown)
    kept = masked('default = "mask"\nkeep = ["value.nothing"]', json.dumps({"a": document}).encode())
    assert json.loads(kept.value or b"") == {"a": "***"}


def _without(document: Any) -> Any:
    """All but the fields that are hidden."""
    if isinstance(document, dict):
        return {name: _without(each) for name, each in document.items() if name.lower() not in ("email", "iban")}
    return [_without(each) for each in document] if isinstance(document, list) else document


def _canaries(chosen: random.Random) -> Any:
    return chosen.choice((CANARY, [CANARY], {"a": {CANARY: CANARY}}, f'{{"x":"{CANARY}"}}', f"ü{CANARY}\n"))


def _random(chosen: random.Random, depth: int) -> dict[str, Any]:
    return {f'k{number}\n"ü\\': _leaf(chosen, depth) for number in range(chosen.randrange(4))}


def _leaf(chosen: random.Random, depth: int) -> Any:
    if depth and chosen.random() < 0.5:
        return chosen.choice((lambda: _random(chosen, depth - 1), lambda: [_leaf(chosen, depth - 1)]))()
    return chosen.choice((None, True, -1.5e300, 10**30, "", 'text \u2028 " \\ / {', "1]"))


def _escaped(text: str, chosen: random.Random) -> str:
    """Letters of names written as escapes."""
    for name in ("email", "iban"):
        at = chosen.randrange(len(name))
        text = text.replace(f'"{name}"', f'"{name[:at]}\\u{ord(name[at]):04x}{name[at + 1 :]}"')
    return text


def _json(raw: bytes) -> Any:
    return decode_json(raw)


def _none() -> Any:
    raise AssertionError("nothing is to be decoded")
