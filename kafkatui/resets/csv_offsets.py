"""The CSV of `kafka-consumer-groups --reset-offsets --export`: read, and written so that Kafka's tool reads it, too.

`topic,partition,offset`, or `group,topic,partition,offset` for several groups; no header line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from kafkatui.model.cluster import TopicPartition
from kafkatui.resets.errors import BadRequest

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Kafka, `Topic.validate`."""

Offsets: TypeAlias = Mapping[TopicPartition, int]


def parse(text: str, group: str) -> dict[TopicPartition, int]:
    """The offsets a file holds for `group`. Raises `BadRequest` naming the first line that is wrong."""
    found: dict[TopicPartition, int] = {}
    others = False
    for number, words in _lines(text):
        if len(words) == 4 and words[0] != group:
            others = True
            continue
        where, offset = _row(number, words[-3:])
        if found.get(where, offset) != offset:
            raise BadRequest(f"line {number}: {where} has two offsets")
        found[where] = offset
    if not found:
        raise BadRequest(f"there is no line for group {group} in it" if others else "there is no offset in it")
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    widths: set[int] = set()
    try:
        for words in reader:
            if not words:
                continue
            widths.add(len(words))
            if len(words) not in (3, 4) or len(widths) > 1:
                raise BadRequest(f"line {reader.line_num} is neither topic,partition,offset nor group,{_SHORT}")
            yield reader.line_num, words
    except csv.Error as error:
        raise BadRequest(f"line {reader.line_num}: {error}") from None


_SHORT = "topic,partition,offset, as the lines before it"


def _row(number: int, words: list[str]) -> tuple[TopicPartition, int]:
    topic, partition, offset = words
    if not _TOPIC.fullmatch(topic):
        raise BadRequest(
            f"line {number}: {topic!r} is no name of a topic" if topic else f"line {number} names no topic"
        )
    if not (partition.isascii() and partition.isdigit() and len(partition) <= 10):
        raise BadRequest(f"line {number}: {partition!r} is no partition")
    # Clamping is for what is out of the log; -1, as Kafka's tool prints for none, is no offset.
    if not (offset.isascii() and offset.isdigit() and len(offset) <= 19):
        raise BadRequest(f"line {number}: {offset!r} is no offset")
    return TopicPartition(topic, int(partition)), int(offset)


def lines(groups: Mapping[str, Offsets], *, with_group: bool) -> Iterator[str]:
    """One line an offset; `with_group`: with the group in front."""
    for group, offsets in groups.items():
        head = [group] if with_group else []
        for (topic, partition), offset in sorted(offsets.items()):
            yield _line([*head, topic, partition, offset])


def _line(values: Iterable[object]) -> str:
    line = io.StringIO()
    # Of what a name may hold only the letters of the line's own end are put into quotes: a group may have any.
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue().removesuffix("\r\n")
