"""A whole record, decoded."""

from __future__ import annotations

from dataclasses import dataclass

from kafkatui.decoding.decoded import Decoded


@dataclass(frozen=True, slots=True)
class DecodedRecord:
    """The three places of a record that hold bytes."""

    key: Decoded
    value: Decoded
    headers: tuple[tuple[str, Decoded], ...] = ()
