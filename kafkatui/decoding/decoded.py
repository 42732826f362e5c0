"""What a decoder gives back: plain data, or why there is none, and the bytes in either case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.model.problems import Problem

Plain: TypeAlias = "bool | int | float | str | bytes | list[Plain] | dict[str, Plain] | None"
"""Texts are as they came: whoever shows one sends it through `safe_text`."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One key, value or header value, decoded."""

    decoder: str
    """Who read it: one of `decoders.NAMES`; headers may also say `decimal`, `integer` or `bytes`."""
    raw: bytes | None
    """As stored. None: a null, which is not an empty value."""
    value: Plain | Problem
    """None for a null, and also for JSON's and MessagePack's own null."""
    notes: tuple[str, ...] = ()
    """What a reader should know though it was read, such as a key that appears twice; one sentence each."""
    schema: str = ""
    """The schema it was read by, where there is one: `7, com.example.Order`. From the registry: not for a terminal."""

    @property
    def problem(self) -> Problem | None:
        return self.value if isinstance(self.value, Problem) else None

    @property
    def size(self) -> int:
        """Bytes as stored; 0 for a null."""
        return len(self.raw or b"")


def failed(decoder: str, raw: bytes, code: str, text: str) -> Decoded:
    return Decoded(decoder, raw, Problem(code, text))
