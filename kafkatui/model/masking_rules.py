"""What a person wants to be hidden of records: plain values. Files are read in `config`; `decoding.masking` hides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Literal, TypeAlias

Part: TypeAlias = Literal["key", "value", "headers"]
PARTS: tuple[Part, ...] = ("key", "value", "headers")


class Show(StrEnum):
    """What stands in the place of what is masked. The values are the words of the config file."""

    MASK = "mask"
    LAST_4 = "last 4"
    HASH = "hash"
    """The same for the same text, and nothing else is told of it."""
    REMOVE = "remove"


class Any(Enum):
    """A step of a path that fits more than one name or place."""

    ELEMENT = "[*]"
    NAME = "*"
    DEEP = "**"
    """Any number of steps, also none."""


Step: TypeAlias = str | int | Any
Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A part of a record, or what lies in it. Of headers there is at most one step: a glob of their names."""

    part: Part
    steps: Steps = ()


@dataclass(frozen=True, slots=True)
class MaskingRule:
    """What is hidden in the topics that a pattern names. Rules add up: none takes away what another one hides."""

    topics: str
    """A glob as a shell's: `orders.*`; case counts."""
    fields: tuple[FieldPath, ...] = ()
    keep: tuple[FieldPath, ...] | None = None
    """None: what is not named is kept; else everything is hidden but these."""
    pattern: str | None = None
    """RE2. What it finds in the texts of key, value and headers is hidden."""
    show: Show = Show.MASK
    source: str = "config.toml"
    """The name of the file that says so."""


@dataclass(frozen=True, slots=True)
class MaskedPart:
    """How a key or value is to be read whose bytes were replaced."""

    decoder: str
    """Who read what is left; the bytes are JSON all the same, unless it is `text`."""
    schema: str = ""
    note: str = ""
    """One sentence for whoever sees it."""
    withheld: str = ""
    """Why nothing at all is left of it; half a sentence."""


@dataclass(frozen=True, slots=True)
class Masked:
    """What was hidden of a record. It is not what is stored: to be shown, never to be written."""

    paths: tuple[str, ...]
    """`value.card.number`, `headers.authorization`; elements of lists are `[*]`."""
    sources: tuple[str, ...]
    """The names of the files that say so."""
    key: MaskedPart | None = None
    """None: the bytes are those that are stored."""
    value: MaskedPart | None = None

    @property
    def text(self) -> str:
        """For a person, as one line."""
        count = len(self.paths)
        told = [f"masked by {', '.join(self.sources)}: {count} field{'' if count == 1 else 's'}"]
        parts = (("key", self.key), ("value", self.value))
        told += [f"{name} withheld: {part.withheld}" for name, part in parts if part is not None and part.withheld]
        return "; ".join(told)
