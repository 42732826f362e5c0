"""Batches as a broker might send them: records and gaps in order, nothing else; also where the checksums fit."""

from __future__ import annotations

import struct

from crc32c import crc32c

from kafkatui.kafka.batches import HEADER_BYTES, Batch, next_offset, walk
from kafkatui.kafka.search import Chunk, Search, Wanted
from kafkatui.model.cluster import TopicPartition

_WHERE = TopicPartition("t", 0)
_SEARCH = Search(Wanted(), 1 << 20)
_CRC_AT, _CHECKED_FROM = 17, 21


def one(data: bytes) -> None:
    """The first byte: whether all checksums are made to fit, since no fuzzer finds them."""
    if not data:
        return
    stored, first = data[1:], 5
    if data[0] & 1:
        stored = _with_checksums(stored)
    after = next_offset(stored, first)
    step = _SEARCH.look(Chunk(_WHERE, first, after, first + 1_000, stored, ((7, 5),) if data[0] & 2 else ()))
    assert step.position == min(after, first + 1_000)
    assert all(first <= record.offset < first + 1_000 for record in step.found)
    assert all(first <= gap.first <= gap.until <= first + 1_000 for gap in step.gaps)


def _with_checksums(stored: bytes) -> bytes:
    fitting = bytearray(stored)
    for each in walk(_WHERE, stored):
        if isinstance(each, Batch) and each.end - each.at >= HEADER_BYTES:
            checked = bytes(fitting[each.at + _CHECKED_FROM : each.end])
            fitting[each.at + _CRC_AT : each.at + _CHECKED_FROM] = struct.pack(">I", crc32c(checked))
    return bytes(fitting)
