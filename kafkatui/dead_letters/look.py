"""The newest dead letters of one topic, taken page by page and grouped by cause: bounded, and as far as one wants."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from kafkatui.dead_letters.causes import Causes
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.masked import masked_letters
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap
from kafkatui.reading.pages import Page
from kafkatui.reading.request import Plan

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking

MOST = 10_000
"""Records that are looked at."""
MOST_BYTES = 64 << 20
"""Of what is kept: a stack trace may be a megabyte."""
PAGE = 500
_OVERHEAD = 2_000
"""Bytes a dead letter takes besides what its record holds."""


class Pages(Protocol):
    """Records newest first; see `reading.pages`."""

    async def more(self, count: int) -> Page: ...


class Look:
    """What was found so far. It ends at the oldest record, or where there is no room for more."""

    def __init__(
        self,
        plan: Plan,
        pages: Pages,
        recogniser: Recogniser,
        most: int = MOST,
        *,
        keep: bool = True,
        masking: Masking | None = None,
    ) -> None:
        """`keep`: the letters as well, not only their causes. `masking`: what is shown of them goes through it."""
        self.plan = plan
        self.causes = Causes()
        self.letters: dict[str, list[DeadLetter]] = {}
        """By id of their cause, newest first; those of a cause that is only counted are not kept."""
        self.others = 0
        """Records that no known dialect tells of."""
        self.gaps: list[Gap] = list(plan.clipped)
        """What could not be read."""
        self.dialects: Counter[str] = Counter()
        """Dead letters by the title of their dialect."""
        self.read = 0
        """Records, whether they are dead letters or not."""
        self.is_whole = all(span.is_empty for span in plan.spans)
        """Whether all there is was looked at."""
        self._pages = pages
        self._recogniser = recogniser
        self._most = most
        self._keep = keep
        self._masking = masking
        self._size = 0

    @property
    def is_over(self) -> bool:
        return self.is_whole or self.read >= self._most or self._size >= MOST_BYTES

    @property
    def total(self) -> int:
        """Offsets there are; compaction and transactions may leave fewer records."""
        return sum(span.until - span.first for span in self.plan.spans)

    @property
    def share(self) -> float:
        """How far it is of what it will look at, 0 to 1."""
        return 1.0 if self.is_over else self.read / max(1, min(self._most, self.total))

    async def more(self) -> list[DeadLetter]:
        """The dead letters of the next page. Raises `Unreachable`; then it can be asked for again."""
        page = await self._pages.more(min(PAGE, self._most - self.read))
        self.read += len(page.records)
        self.gaps += page.gaps
        self.is_whole = page.is_last
        letters = [letter for record in page.records if (letter := self._recogniser.read(record)) is not None]
        self.others += len(page.records) - len(letters)
        letters = await masked_letters(letters, self._masking, self._recogniser)
        for letter in letters:
            self._take(letter)
        return letters

    def _take(self, letter: DeadLetter) -> None:
        self.dialects[letter.dialect.title] += 1
        cause = self.causes.add(letter)
        if cause is not None and self._keep:
            self.letters.setdefault(cause.id, []).append(letter)
            self._size += _size(letter.record)


def _size(record: Record) -> int:
    headers = sum(len(name) + len(raw or b"") for name, raw in record.headers)
    return _OVERHEAD + len(record.key or b"") + len(record.value or b"") + headers
