"""What a person chose to read topics with: plain values. Files are read in `config`, bytes in `decoding`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecodingRule:
    """The decoders for the topics that a pattern names."""

    topics: str
    """A glob as a shell's: `orders.*`; case counts."""
    key: str | None = None
    """A decoder's name, or None: this rule does not say."""
    value: str | None = None
