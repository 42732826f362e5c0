"""What stands in the place of a hidden text, and texts in which patterns hide what they find. No JSON is known here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kafkatui.model.masking_rules import Show

STARS = "***"
_LAST = 4
_SHORTEST = 8
"""Characters of a text of which the last four are shown: of a shorter one they were half of it, or all."""
_HASH_BYTES = 6


@dataclass(frozen=True, slots=True)
class Signs:
    """Makes what is shown instead."""

    secret: bytes
    """Without it nobody finds out by trying which text has a hash: card numbers are few."""

    def of(self, show: Show, text: str) -> str:
        if show is Show.LAST_4 and len(text) >= _SHORTEST:
            return STARS + text[-_LAST:]
        if show is Show.HASH:
            digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self.secret, digest_size=_HASH_BYTES)
            return f"hash:{digest.hexdigest()}"
        return STARS


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of all rules for one topic."""

    compiled: tuple[tuple[Any, Show], ...]
    signs: Signs

    def __bool__(self) -> bool:
        return bool(self.compiled)

    def hide(self, text: str) -> str:
        """The text itself where nothing is found."""
        for pattern, show in self.compiled:
            # Halves of characters are no UTF-8, which is what RE2 reads.
            raw = text.encode("utf-8", "replace")
            if pattern.search(raw) is not None:
                text = _replaced(pattern, raw, self._sign(show))
        return text

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where something is found, in characters."""
        for pattern, _ in self.compiled:
            for match in pattern.finditer(text.encode("utf-8", "replace").decode()):
                yield match.span()

    def _sign(self, show: Show) -> Callable[[str], str]:
        return (lambda _: "") if show is Show.REMOVE else (lambda found: self.signs.of(show, found))


def _replaced(pattern: Any, raw: bytes, sign: Callable[[str], str]) -> str:
    parts: list[str] = []
    done = 0
    for match in pattern.finditer(raw):
        first, until = match.span()
        parts += (raw[done:first].decode("utf-8", "replace"), sign(raw[first:until].decode("utf-8", "replace")))
        done = until
    return "".join((*parts, raw[done:].decode("utf-8", "replace")))


def compiled(patterns: Sequence[tuple[str, Show]], signs: Signs) -> Patterns:
    """They are known to be patterns."""
    if not patterns:
        return Patterns((), signs)
    import re2  # only where somebody has such a rule

    options = re2.Options()
    options.log_errors = False
    return Patterns(tuple((re2.compile(pattern, options), show) for pattern, show in patterns), signs)
