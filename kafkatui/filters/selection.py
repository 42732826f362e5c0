"""What a person asks for, in words as they came from the command line or the filter bar. Nothing is understood here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything in it must hold. Texts may carry bytes that are no UTF-8 as `surrogateescape` does, as argv does."""

    grep: tuple[str, ...] = ()
    """Texts; each lies within the key, the value or a header value."""
    key: str | None = None
    """The whole key; an empty one is not none."""
    headers: tuple[str, ...] = ()
    """NAME or NAME=VALUE, split at the first `=`; of a name that repeats any one will do."""
    where: tuple[str, ...] = ()
    """CEL expressions, see `where`."""

    def flags(self) -> list[str]:
        """The same for the command line."""
        words = [word for text in self.grep for word in ("--grep", text)]
        if self.key is not None:
            words += ["--key", self.key]
        words += [word for header in self.headers for word in ("--header", header)]
        return words + [word for expression in self.where for word in ("--where", expression)]


class FilterError(ValueError):
    """What was asked for can not be understood: one sentence, with the column for an expression."""
