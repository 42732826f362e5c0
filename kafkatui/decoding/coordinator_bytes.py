"""The primitive types of Kafka's record schemas, read one after the other. Nothing is taken that is not there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

_Item = TypeVar("_Item")
_VARINT_BYTES = 5


class SchemaError(ValueError):
    """The bytes are not what the schema says; the text says where."""


@dataclass(slots=True)
class CoordinatorBytes:
    """A place in `raw` that moves on. `flexible` (KIP-482): compact lengths, and tagged fields end a struct."""

    raw: bytes
    at: int = 0
    flexible: bool = False

    @property
    def left(self) -> int:
        return len(self.raw) - self.at

    def take(self, count: int) -> bytes:
        if not 0 <= count <= self.left:
            raise SchemaError(f"{count:,} bytes wanted at {self.at}, {self.left:,} are left")
        self.at += count
        return self.raw[self.at - count : self.at]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def int8(self) -> int:
        return int.from_bytes(self.take(1), "big", signed=True)

    def uint16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def int16(self) -> int:
        return int.from_bytes(self.take(2), "big", signed=True)

    def int32(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def int64(self) -> int:
        return int.from_bytes(self.take(8), "big", signed=True)

    def uuid(self) -> str:
        """As Kafka prints topic ids: URL-safe base64 without padding."""
        return base64.urlsafe_b64encode(self.take(16)).decode("ascii").rstrip("=")

    def unsigned_varint(self) -> int:
        number = 0
        for place in range(_VARINT_BYTES):
            (byte,) = self.take(1)
            number |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return number
        raise SchemaError(f"a length of more than {_VARINT_BYTES} bytes at {self.at - _VARINT_BYTES}")

    def string(self) -> str:
        text = self.nullable_string()
        if text is None:
            raise SchemaError(f"null where a string must be, before {self.at}")
        return text

    def nullable_string(self) -> str | None:
        length = self.unsigned_varint() - 1 if self.flexible else self.int16()
        if length == -1:
            return None
        try:
            return self.take(length).decode()
        except UnicodeDecodeError as error:
            raise SchemaError(f"a string that is not UTF-8 before {self.at}") from error

    def nullable_bytes(self) -> bytes | None:
        length = self.unsigned_varint() - 1 if self.flexible else self.int32()
        return None if length == -1 else self.take(length)

    def array(self, item: Callable[[], _Item]) -> list[_Item]:
        """An element takes a byte at least, so a declared length beyond what is left is refused before it is built."""
        length = self.unsigned_varint() - 1 if self.flexible else self.int32()
        if not 0 <= length <= self.left:
            raise SchemaError(f"{length:,} elements declared at {self.at}, {self.left:,} bytes are left")
        return [item() for _ in range(length)]

    def tagged(self) -> dict[int, bytes]:
        """The tagged fields that end a flexible struct, by tag. Empty where the version has none."""
        if not self.flexible:
            return {}
        return {self.unsigned_varint(): self.take(self.unsigned_varint()) for _ in range(self.unsigned_varint())}
