"""One run of `read`: takes what comes, prints it at once, and counts what was searched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from kafkatui.cli import report
from kafkatui.cli.exits import say
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.record_lines import Lines
from kafkatui.cli.searched import Searched
from kafkatui.filters import Filter
from kafkatui.kafka.search import Step
from kafkatui.model.counted import counted
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Waiting
from kafkatui.reading.late import wanted_by
from kafkatui.reading.pages import Pages
from kafkatui.reading.side_process import Failed
from kafkatui.reading.topic_decoders import TopicDecoders

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking

_PAGE = 1_000
"""Records of one page while the newest are looked for."""
_PAGE_SECONDS = 0.2
"""After so long a page shows how far it came."""


class ReadRun:
    """Prints records and knows, whenever it ends, what was searched."""

    def __init__(
        self,
        searched: Searched,
        lines: Lines,
        chosen: Filter,
        decoders: TopicDecoders,
        most: int | None,
        late: TopicDecoders | None = None,
        masking: Masking | None = None,
    ) -> None:
        """`most`: stop after so many records; `late`: decoders the filter needs, so that it runs behind the engine.

        `masking`: what the records go through.
        """
        self._searched = searched
        self._lines = lines
        self._matcher = chosen.matcher()
        self._decoders = decoders
        self._left = most
        self._line = ProgressLine(searched.progress)
        self.wanted, self.late = wanted_by(chosen, self._matcher, late, masking)
        self._masked = 0
        """Records that were printed and are not what is stored."""
        self._sources: dict[str, None] = {}
        """The files that say so."""
        self._write(lines.head())

    async def everything(self, steps: AsyncGenerator[Step, None]) -> None:
        """Until the range is read, or enough is found."""
        async with aclosing(steps):
            async for step in steps:
                if step.waiting is not None:
                    self._tell(step.waiting)
                    continue
                await self._take(step)
                self._line.draw()
                if self._left == 0:
                    return

    async def newest(self, pages: Pages, last: int) -> None:
        """The newest `last`: read backwards, printed forwards."""
        found: list[Record] = []
        self._searched.look_back(last)
        while len(found) < last:
            page = await pages.more(min(last - len(found), _PAGE), _PAGE_SECONDS)
            found.extend(page.records)
            self._searched.take_page(pages.covered, page.gaps, page.looked, len(found))
            self._line.draw()
            if page.is_last:
                break
        newest = found[::-1][: self._left]
        self._searched.count(newest)
        await self._give(newest)

    async def tail(self, steps: AsyncGenerator[Step, None]) -> None:
        """What is written from now on, without an end unless enough is found."""
        self._searched.follow()
        if self._left == 0:
            await steps.aclose()
            return
        self._line.draw()
        await self.everything(steps)

    async def _take(self, step: Step) -> None:
        found = step.found[: self._left]
        self._searched.take(step, len(found))
        await self._give(found)

    async def _give(self, records: Sequence[Record]) -> None:
        if not records:
            return
        if self._left is not None:
            self._left -= len(records)
        for record in records:
            if record.masked is not None:
                self._masked += 1
                self._sources |= dict.fromkeys(record.masked.sources)
        await self._decoders.prepare(records)
        self._write(self._lines.of(records))

    def _write(self, data: bytes) -> None:
        if data:
            self._line.clear()
            report.write_bytes(data)

    def _tell(self, waiting: Waiting) -> None:
        self._line.clear()
        problem = waiting.problem
        say(f"{waiting.where} goes on" if problem is None else f"{waiting.where} waits: {problem.text}")

    def finish(self, stopped: str, elsewhere: Failed | None = None) -> list[Gap]:
        """Close what was printed and say what was searched; `stopped` says why not all. What failed to be read.

        `elsewhere`: what the filter could not tell of in another process.
        """
        self._write(self._lines.tail())
        self._line.clear()
        for sentence in self._searched.sentences(stopped, enough=self._left == 0):
            say(sentence)
        more, first_elsewhere = elsewhere or (0, None)
        if self._masked:
            say(f"{counted(self._masked, 'record')} masked by {', '.join(self._sources)}: not shown as stored")
        first = self._matcher.first_failure or first_elsewhere
        if first is not None:
            place, why = first
            left_out = counted(self._matcher.failed + more, "record")
            say(f"{left_out} left out, because the filter can not tell; the first is {place}: {why}")
        return self._searched.failures()
