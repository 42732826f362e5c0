"""Dead letters of any mixture of dialects, whole or damaged: each part is what a header says, or a reason."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kafkatui.dead_letters.causes import Causes, key_of
from kafkatui.dead_letters.dialects import DIALECTS, Dialect
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.stacktrace import fold
from kafkatui.decoding.header_names import NUMBERS, Writing
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record, TimestampType
from kafkatui.replay.stamps import STAMPS, stamped

NAMES = sorted({name for dialect in DIALECTS for name in dialect.names} | STAMPS | {"mine", "", "\udcff"})
_VALUES = st.none() | st.binary(max_size=9) | st.integers(-(1 << 63), 1 << 63).map(lambda each: str(each).encode())
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), _VALUES), max_size=12)
RULES = (DeadLetterRule("orders*", topic="mine", offset="", partition="x-original-partition"),)


def a_record(headers: list[Header], topic: str = "failed") -> Record:
    return Record(topic, 2, 7, 1_000, b"k", b"v", tuple(headers), TimestampType.CREATE)


@settings(max_examples=150)
@given(HEADERS, st.sampled_from(["failed", "orders-dlq"]))
def test_any_headers_are_a_letter_or_none(headers: list[Header], topic: str) -> None:
    letter = Recogniser(RULES).read(a_record(headers, topic))
    if letter is None:
        return
    assert letter.own <= {name for name, _ in headers}
    assert letter.dialect not in letter.others
    for origin in letter.origins:
        place = origin.place
        assert isinstance(place, Problem) or (place.partition >= 0 and place.offset >= 0)
    causes = Causes()
    causes.add(letter)
    assert [each.count for each in causes.sorted()] == [1]
    assert key_of(letter).id == causes.sorted()[0].id


def _written(name: str, number: int) -> bytes:
    match NUMBERS[name]:
        case Writing.INT32:
            return number.to_bytes(4, "big", signed=True)
        case Writing.INT64:
            return number.to_bytes(8, "big", signed=True)
        case _:
            return str(number).encode()


@settings(max_examples=100)
@given(
    st.sampled_from([each for each in DIALECTS if each.topic and each.partition in NUMBERS and each.offset in NUMBERS]),
    st.text(st.sampled_from("abc.-_"), min_size=1, max_size=8),
    # As decimal digits, four or eight bytes might be either.
    st.integers(0, 1 << 20),
    st.integers(0, 1 << 40),
    st.lists(st.tuples(st.sampled_from(["mine", "other"]), _VALUES), max_size=3),
)
def test_what_a_dialect_writes_is_read(
    dialect: Dialect, topic: str, partition: int, offset: int, own: list[Header]
) -> None:
    names = (dialect.topic, dialect.partition, dialect.offset)
    values = (topic.encode(), _written(dialect.partition, partition), _written(dialect.offset, offset))
    marks = [(name, b"x") for name in dialect.marks[0] if name not in names]
    letter = Recogniser().read(a_record([*own, *zip(names, values, strict=True), *marks]))
    assert letter is not None
    assert letter.dialect.offset == dialect.offset
    assert letter.last_origin.place == Place(topic, partition, offset)
    assert not letter.own & {"mine", "other"}


@settings(max_examples=50)
@given(HEADERS)
def test_a_stamp_keeps_all_other_headers(headers: list[Header]) -> None:
    found = stamped(headers, "job", Place("t", 1, 2))
    assert [each for each in found if each[0] not in STAMPS] == [each for each in headers if each[0] not in STAMPS]
    assert len(found) == 3 + len([each for each in headers if each[0] not in STAMPS])


@given(st.lists(st.sampled_from(["\tat a.b.C.d(E.java:5)", "Caused by: x", "\t... 5 more", "", "text"]), max_size=9))
def test_a_folded_stack_trace_is_no_longer(lines: list[str]) -> None:
    assert len(fold("\n".join(lines))) <= len(lines) + 1
