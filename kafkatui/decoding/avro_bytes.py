"""The primitive types of Avro's binary encoding, read one after the other. What they mean is in `avro_schema`."""

from __future__ import annotations

import struct

from kafkatui.decoding.floats import plain_float, shortest
from kafkatui.decoding.limits import Limits

_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")
_VARINT_BYTES = 10
_MASK = (1 << 64) - 1


class AvroError(ValueError):
    """The bytes are not what the schema says, or too much of it; `code` is a Problem's, the text says where."""

    def __init__(self, text: str, code: str = "invalid_avro") -> None:
        super().__init__(text)
        self.code = code


class AvroBytes:
    """A place in `raw` that moves on, and how much may still be made of it: nothing is built that is not there."""

    __slots__ = ("at", "deeper", "items", "raw")

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.at = 0
        self.items = limits.items
        self.deeper = limits.depth

    @property
    def left(self) -> int:
        return len(self.raw) - self.at

    def take(self, count: int) -> bytes:
        if not 0 <= count <= self.left:
            raise AvroError(f"{count:,} bytes wanted at {self.at:,}, {self.left:,} are left")
        self.at += count
        return self.raw[self.at - count : self.at]

    def long(self) -> int:
        """Zigzag, little-endian in groups of seven bits; also Avro's int, whose range is not checked."""
        raw, at = self.raw, self.at
        if at < len(raw) and (byte := raw[at]) < 0x80:
            self.at = at + 1
            return (byte >> 1) ^ -(byte & 1)
        number = shift = 0
        for place in range(at, min(at + _VARINT_BYTES, len(raw))):
            byte = raw[place]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = place + 1
                return ((number & _MASK) >> 1) ^ -(number & 1)
            shift += 7
        reason = "a number of more than 10 bytes" if len(raw) - at >= _VARINT_BYTES else "the bytes end in a number"
        raise AvroError(f"{reason} at {at:,}")

    def boolean(self) -> bool:
        (byte,) = self.take(1)
        if byte > 1:
            raise AvroError(f"byte 0x{byte:02x} where a boolean must be, at {self.at - 1:,}")
        return byte == 1

    def float32(self) -> float | str:
        (number,) = _FLOAT.unpack(self.take(4))
        return shortest(number)

    def float64(self) -> float | str:
        (number,) = _DOUBLE.unpack(self.take(8))
        return plain_float(number)

    def bytes(self) -> bytes:
        return self.take(self.long())

    def string(self) -> str:
        raw = self.take(self.long())
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise AvroError(f"a string that is not UTF-8 before {self.at:,}") from error

    def count(self, items: int) -> None:
        """So many values more are made."""
        self.items -= items
        if self.items < 0:
            raise AvroError("it holds more values than are shown of one record", "too_large")

    def enter(self) -> None:
        """One level deeper; `leave` undoes it."""
        self.deeper -= 1
        if self.deeper < 0:
            raise AvroError("it is nested deeper than is shown of one record", "too_deep")

    def leave(self) -> None:
        self.deeper += 1
