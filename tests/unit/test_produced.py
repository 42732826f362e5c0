"""What `produce` says at its end: one bounded sentence about what is written, and from which line on to go on."""

from __future__ import annotations

from kafkatui.cli.produced import Produced, sentences
from kafkatui.cli.record_input import BadLine


def produced(partitions: int = 1, **more: object) -> Produced:
    """Ten records in each partition."""
    made = Produced("orders", **more)  # type: ignore[arg-type]
    for partition in range(partitions):
        made.written[partition] = 10
        made.add_offsets(partition, 5, 10)
        made.add_offsets(partition, 12, 17)
    return made


def test_offsets_stretch_from_the_first_to_behind_the_last() -> None:
    assert list(sentences(produced(2))) == [
        "orders: 20 records written to 2 partitions (offsets p0 5-17, p1 5-17)",
    ]


def test_nothing_written() -> None:
    assert list(sentences(Produced("orders"))) == ["orders: 0 records written"]


def test_a_sentence_ends_however_many_partitions_there_are() -> None:
    (sentence,) = sentences(produced(1_000))
    assert sentence.startswith("orders: 10000 records written to 1000 partitions (offsets p0 5-17, ")
    assert sentence.endswith(", p7 5-17 and 992 more)")


def test_bad_lines_are_named_in_their_order_and_counted() -> None:
    made = produced()
    for number in range(100, 0, -1):
        made.add_bad(BadLine(number, "it is bad"))
    _, *named, rest = sentences(made)
    assert named == [f"line {number}: it is bad" for number in range(93, 101)]
    assert rest == "and 92 more bad lines"


def test_lines_that_are_not_written_are_ranges() -> None:
    made = produced(last_line=100, missing=[7, 3, 4, 5, 100])
    assert list(sentences(made))[1:] == ["ended after line 100; not written: lines 3-5, 7, 100"]
    made = produced(last_line=100, missing=[100], uncertain=True, failed="no broker has confirmed them in time")
    assert list(sentences(made))[1:] == [
        "no broker has confirmed them in time",
        "ended after line 100; perhaps not written: line 100",
    ]
    made = produced(last_line=10_000, missing=list(range(1, 10_000, 2)))
    assert list(sentences(made))[1] == (
        "ended after line 10000; not written: lines 1, 3, 5, 7, 9, 11, 13, 15 and more up to 9999"
    )


def test_an_interruption_says_where() -> None:
    assert list(sentences(produced(interrupted=True, last_line=7)))[1] == "interrupted after line 7"
    assert list(sentences(produced(0, interrupted=True))) == [
        "orders: 0 records written",
        "interrupted before a line was written",
    ]


def test_a_dry_run_has_no_offsets() -> None:
    made = Produced("orders", dry_run=True)
    made.written.update({2: 3, 0: 1})
    assert list(sentences(made)) == ["orders: 4 records would be written to 2 partitions (p0 1, p2 3)"]
