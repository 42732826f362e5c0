"""One condition a record has to meet, what it says of the bytes as stored, and what it asks of a decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from kafkatui.model.records import Record

Side: TypeAlias = Literal["key", "value"]
Verdict: TypeAlias = bool | str
"""Whether a record meets it, or the reason why that can not be told."""


@dataclass(frozen=True, slots=True)
class Condition:
    test: Callable[[Record], Verdict]
    text: str
    """As a person reads it."""
    required: tuple[bytes, ...] = ()
    """Each lies in every record that meets it, as it is stored."""
    any_of: tuple[tuple[bytes, ...], ...] = ()
    """Of each of these, one at least lies in every record that meets it, as it is stored."""
    highlights: tuple[str, ...] = ()
    reads: frozenset[Side] = frozenset()
    """What it asks a decoder for."""
    is_of_stored: bool = False
    """Whether it says that bytes are there, and nothing else."""


class DecodedPlace(Protocol):
    """A key or a value, decoded: plain data, or a `Problem`."""

    @property
    def value(self) -> Any: ...


class DecodedLike(Protocol):
    @property
    def key(self) -> DecodedPlace: ...
    @property
    def value(self) -> DecodedPlace: ...


Decode: TypeAlias = Callable[[Record], DecodedLike | None]
"""None for a record that is to be read as JSON or text."""
