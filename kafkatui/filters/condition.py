"""One condition a record has to meet, and what can be known from it before a record is decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.model.records import Record

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
