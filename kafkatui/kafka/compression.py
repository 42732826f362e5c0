"""Decompressing the records of one batch, once, into a buffer that is used again, and never beyond a cap.

Kafka's four codecs: gzip, Snappy (raw, or in the frames of xerial's snappy-java that Java clients write), LZ4, zstd.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import cramjam

LARGEST_BATCH = 64 * 1024 * 1024
"""Bytes. A batch that decompresses to more is reported and not read: brokers bound only what is compressed."""

_FIRST_BUFFER = 1024 * 1024
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER = 16
"""Bytes: the magic, and two versions of 4 bytes each (snappy-java, SnappyCodec)."""
_LENGTH = struct.Struct(">I")


class Codec(IntEnum):
    """The lowest three bits of a batch's attributes."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


class TooLarge(Exception):
    """It decompresses to more than the cap."""


class Undecodable(Exception):
    """It is not what its codec says."""


class Decompressor:
    """Owns the output buffer: what `decompress` gave is overwritten by the next call. Not for several threads."""

    def __init__(self, largest: int = LARGEST_BATCH) -> None:
        self._largest = largest
        self.buffer = bytearray(min(_FIRST_BUFFER, largest))

    def decompress(self, codec: Codec, data: memoryview) -> int:
        """How many bytes at the beginning of `buffer` are the output. Raises `TooLarge`, `Undecodable`."""
        if codec is Codec.SNAPPY:
            return self._snappy(data)
        # Streams do not tell their length. The buffer ends the work where it is full, so a bomb costs no more than it.
        while True:
            try:
                return int(_INTO[codec](data, self.buffer))
            except cramjam.DecompressionError as error:
                if not _is_full(error):
                    raise Undecodable(f"{codec.name.lower()}: {error}") from error
            self._grow(len(self.buffer) * 4, keep=0)

    def _snappy(self, data: memoryview) -> int:
        if data[: len(_XERIAL)] != _XERIAL:
            return self._snappy_block(data, 0)
        at, written = _XERIAL_HEADER, 0
        while at < len(data):
            if at + _LENGTH.size > len(data):
                raise Undecodable("snappy: a frame is cut short")
            (size,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            if at + size > len(data):
                raise Undecodable("snappy: a frame is cut short")
            written += self._snappy_block(data[at : at + size], written)
            at += size
        return written

    def _snappy_block(self, data: memoryview, at: int) -> int:
        """Decompress one block to `buffer[at:]`; how many bytes it gave. Blocks begin with their length."""
        try:
            self._make_room(at, at + int(cramjam.snappy.decompress_raw_len(data)))
            return int(cramjam.snappy.decompress_raw_into(data, memoryview(self.buffer)[at:]))
        except cramjam.DecompressionError as error:
            raise Undecodable(f"snappy: {error}") from error

    def _make_room(self, written: int, size: int) -> None:
        if size > self._largest:
            raise TooLarge
        if size > len(self.buffer):
            self._grow(max(size, len(self.buffer) * 4), keep=written)

    def _grow(self, size: int, keep: int) -> None:
        if len(self.buffer) >= self._largest:
            raise TooLarge
        # The old buffer goes before the new one comes: never both at once.
        kept = bytes(memoryview(self.buffer)[:keep])
        self.buffer = bytearray()
        self.buffer = bytearray(min(size, self._largest))
        self.buffer[:keep] = kept


def _is_full(error: Exception) -> bool:
    return "failed to write whole buffer" in str(error)


_INTO = {
    Codec.GZIP: cramjam.gzip.decompress_into,
    Codec.LZ4: cramjam.lz4.decompress_into,
    Codec.ZSTD: cramjam.zstd.decompress_into,
}
