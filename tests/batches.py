"""Record batches written by hand (KIP-98), independent of what reads them."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cramjam
from crc32c import crc32c

NULL = -1


def xerial(data: bytes) -> bytes:
    """Snappy as Java's snappy-java frames it: blocks of 32 KiB, each behind its length."""
    blocks = [bytes(cramjam.snappy.compress_raw(data[at : at + 32768])) for at in range(0, len(data), 32768)]
    return b"\x82SNAPPY\x00" + struct.pack(">II", 1, 1) + b"".join(struct.pack(">I", len(b)) + b for b in blocks)


CODECS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (0, bytes),
    "gzip": (1, gzip.compress),
    "snappy (Java)": (2, xerial),
    "snappy (librdkafka)": (2, lambda data: bytes(cramjam.snappy.compress_raw(data))),
    "lz4": (3, lambda data: bytes(cramjam.lz4.compress(data))),
    "zstd": (4, lambda data: bytes(cramjam.zstd.compress(data))),
}
"""By name: the number in the attributes, and how to compress."""


def varint(number: int) -> bytes:
    """Zigzag, seven bits a byte."""
    value = (number << 1) ^ (number >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def data(value: bytes | None) -> bytes:
    return varint(NULL) if value is None else varint(len(value)) + value


@dataclass(frozen=True, slots=True)
class Wire:
    """A record as it is stored; header names are bytes here."""

    value: bytes | None = b"v"
    key: bytes | None = b"k"
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    delta: int | None = None
    """Its offset after the first one's; None: its place in the batch."""
    ms: int = 0

    def encode(self, index: int) -> bytes:
        headers = b"".join(data(name) + data(value) for name, value in self.headers)
        body = b"\x00" + varint(self.ms) + varint(index if self.delta is None else self.delta)
        body += data(self.key) + data(self.value) + varint(len(self.headers)) + headers
        return varint(len(body)) + body


def batch(
    records: Sequence[Wire],
    *,
    base: int = 0,
    last: int | None = None,
    codec: str = "none",
    producer: int = -1,
    transactional: bool = False,
    control: bool = False,
    log_append: bool = False,
    first_ms: int = 1_000,
    max_ms: int = 9_000,
) -> bytes:
    """`last` is the last offset; None: one offset for each record."""
    payload = b"".join(record.encode(index) for index, record in enumerate(records))
    return raw_batch(
        payload, len(records), base=base, last=last, codec=codec, producer=producer,
        flags=transactional << 4 | control << 5 | log_append << 3, first_ms=first_ms, max_ms=max_ms,
    )  # fmt: skip


def raw_batch(
    payload: bytes,
    count: int,
    *,
    base: int = 0,
    last: int | None = None,
    codec: str = "none",
    producer: int = -1,
    flags: int = 0,
    first_ms: int = 1_000,
    max_ms: int = 9_000,
) -> bytes:
    """A batch of any payload with a checksum that fits."""
    number, compress = CODECS[codec]
    delta = (base + count - 1 if last is None else last) - base
    head = struct.pack(">hiqqqhiI", flags | number, delta, first_ms, max_ms, producer, 0, 0, count)
    checked = head + (compress(payload) if payload else b"")
    return struct.pack(">qiibI", base, len(checked) + 9, 0, 2, crc32c(checked)) + checked


def marker(producer: int, offset: int, *, commit: bool) -> bytes:
    """The control batch that ends a transaction."""
    record = Wire(key=struct.pack(">hh", 0, int(commit)), value=struct.pack(">hi", 0, 1))
    return batch([record], base=offset, producer=producer, transactional=True, control=True)


def transaction(producer: int, base: int, *values: bytes) -> bytes:
    """Records of an open transaction."""
    return batch([Wire(value) for value in values], base=base, producer=producer, transactional=True)
