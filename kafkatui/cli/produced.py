"""What `produce` has done so far, and the sentences that say it at the end. Nothing is read or written here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kafkatui.cli.record_input import BadLine
from kafkatui.model.counted import counted

_MOST_NAMED = 8
"""Partitions, ranges of lines or bad lines in one sentence: a sentence ends."""


@dataclass(slots=True)
class Produced:
    """Counts and places, bounded however long it runs."""

    topic: str
    dry_run: bool = False
    written: Counter[int] = field(default_factory=Counter)
    """Records by partition."""
    offsets: dict[int, tuple[int, int]] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)
    """The first few."""
    bad_count: int = 0
    last_line: int = 0
    """The last one that was taken to be written."""
    missing: list[int] = field(default_factory=list)
    """Lines up to the last one that are not written although they are no bad ones: the run ended on the way."""
    uncertain: bool = False
    """The missing ones may be in the log: no broker has told."""
    failed: str | None = None
    interrupted: bool = False
    began: float = field(default_factory=time.monotonic)
    overruled_times: bool = False
    """Lines had timestamps, and the topic keeps the broker's own."""

    def add_bad(self, line: BadLine) -> None:
        self.bad_count += 1
        if len(self.bad) < _MOST_NAMED:
            self.bad.append(line)

    def add_offsets(self, partition: int, first: int, until: int) -> None:
        known, _ = self.offsets.get(partition, (first, until))
        self.offsets[partition] = known, until

    @property
    def count(self) -> int:
        return self.written.total()

    def progress(self) -> str:
        """One line, while it goes on."""
        rate = self.count / max(1e-3, time.monotonic() - self.began)
        return f"{self.topic}: {counted(self.count, 'record')}  {rate:.0f}/s"


def sentences(produced: Produced) -> Iterator[str]:
    """All there is to say, in order of time."""
    yield _summary(produced)
    if produced.overruled_times:
        yield f"{produced.topic}: its timestamps are the brokers' (LogAppendTime), not those of the lines"
    yield from (f"line {each.number}: {each.reason}" for each in sorted(produced.bad, key=_number))
    if produced.bad_count > len(produced.bad):
        yield f"and {produced.bad_count - len(produced.bad)} more bad lines"
    if produced.failed is not None:
        yield produced.failed
    if produced.interrupted or produced.failed or produced.missing:
        yield _end(produced)


def _number(line: BadLine) -> int:
    return line.number


def _summary(produced: Produced) -> str:
    count, partitions = produced.count, len(produced.written)
    done = "would be written" if produced.dry_run else "written"
    records = f"{produced.topic}: {counted(count, 'record')} {done}"
    if not count:
        return records
    offsets = "offsets " if produced.offsets else ""
    return f"{records} to {counted(partitions, 'partition')} ({offsets}{_places(produced)})"


def _places(produced: Produced) -> str:
    """Offsets as `read` names them, half-open; counts where nothing was written."""
    named = islice(sorted(produced.written), _MOST_NAMED)
    more = len(produced.written) - _MOST_NAMED
    words = ", ".join(_place(produced, partition) for partition in named)
    return f"{words} and {more} more" if more > 0 else words


def _place(produced: Produced, partition: int) -> str:
    if partition not in produced.offsets:
        return f"p{partition} {produced.written[partition]}"
    first, until = produced.offsets[partition]
    return f"p{partition} {first}-{until}"


def _end(produced: Produced) -> str:
    """From which line on to go on."""
    ended = "interrupted" if produced.interrupted else "ended"
    if not produced.last_line:
        return f"{ended} before a line was written"
    if not produced.missing:
        return f"{ended} after line {produced.last_line}"
    lines = f"{'line' if len(produced.missing) == 1 else 'lines'} {_ranges(produced.missing)}"
    how = "perhaps not written" if produced.uncertain else "not written"
    return f"{ended} after line {produced.last_line}; {how}: {lines}"


def _ranges(numbers: Sequence[int]) -> str:
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in found[:_MOST_NAMED]]
    more = f" and more up to {found[-1][1]}" if len(found) > _MOST_NAMED else ""
    return ", ".join(words) + more
