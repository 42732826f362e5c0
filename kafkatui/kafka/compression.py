"""Decompressing the records of one batch, once, into a buffer that is used again, and never beyond a cap.

Kafka's four codecs: gzip, Snappy (raw, or in the frames of xerial's snappy-java that Java clients write), LZ4, zstd.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import cramjam
import zstandard

LARGEST_BATCH = 64 * 1024 * 1024
"""Bytes. A batch that decompresses to more is reported and not read: brokers bound only what is compressed."""

_FIRST_BUFFER = 1024 * 1024
_USUAL_OUTPUT = 128 * 1024
"""Bytes: the most a batch of 16 KB, as clients make them by default, becomes. For a longer one malloc asks the system
for fresh pages each time, which takes longer than all that is gained (measured: 450 against 160 ms)."""
_LARGEST_WINDOW = 8 * 1024 * 1024
"""Bytes of memory that a zstd frame may ask for to be kept: level 19's."""
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
        self._zstd = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)

    def decompress(self, codec: Codec, data: memoryview) -> tuple[bytes | bytearray, int]:
        """A buffer, and how many bytes at its beginning are the output. Raises `TooLarge`, `Undecodable`."""
        if codec is Codec.ZSTD:
            found = self._quick_zstd(data)
            if found is not None:
                return found, len(found)
        size = self._snappy(data) if codec is Codec.SNAPPY else self._stream(codec, data)
        return self.buffer, size

    def _quick_zstd(self, data: memoryview) -> bytes | None:
        """None: it is too long, or broken; which of the two the careful way tells.

        One context for all batches: cramjam makes a new one for each, with a window of megabytes, and takes twice as
        long (measured: 365 against 160 ms for 12,000 batches of 16 KB).
        """
        most = min(_USUAL_OUTPUT, self._largest)
        try:
            # A frame that tells its length gets a buffer as long as it says, whatever the cap.
            if zstandard.frame_content_size(data) > most:
                return None
            return self._zstd.decompress(data, max_output_size=most, allow_extra_data=False)
        except zstandard.ZstdError:
            return None

    def _stream(self, codec: Codec, data: memoryview) -> int:
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
