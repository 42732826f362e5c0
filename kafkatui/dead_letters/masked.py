"""Dead letters as they may be shown: their record masked, and what its headers tell of the failure as well.

What is told of places, times and numbers stays: an origin is found by it. So does the cause a letter is of, which is
told from what is stored, because `redrive` finds letters by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kafkatui.dead_letters.causes import key_of
from kafkatui.dead_letters.letter import DeadLetter, Origin, Text
from kafkatui.dead_letters.origin import Fetched
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Place, Record

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking


async def masked_letters(
    letters: Sequence[DeadLetter], masking: Masking | None, recogniser: Recogniser
) -> list[DeadLetter]:
    """In their order; those of which nothing is hidden are themselves."""
    if masking is None or not letters:
        return list(letters)
    records = await masking.masked([letter.record for letter in letters])
    return [_masked(letter, record, recogniser) for letter, record in zip(letters, records, strict=True)]


async def masked_origins(origins: Mapping[Place, Fetched], masking: Masking | None) -> dict[Place, Fetched]:
    """The same of the records they came from."""
    found = {place: each for place, each in origins.items() if isinstance(each, Record)}
    if masking is None or not found:
        return dict(origins)
    shown = await masking.masked(list(found.values()))
    return {**origins, **dict(zip(found, shown, strict=True))}


def _masked(letter: DeadLetter, record: Record, recogniser: Recogniser) -> DeadLetter:
    if record.masked is None:
        return letter
    shown = recogniser.read(record)
    hidden = Problem("masked", f"masked by {', '.join(record.masked.sources)}")

    def text(before: Text, now: Text) -> Text:
        return now if isinstance(now, str) or before == now else hidden

    return replace(
        letter,
        record=record,
        exception=text(letter.exception, shown.exception if shown else hidden),
        message=text(letter.message, shown.message if shown else hidden),
        stacktrace=text(letter.stacktrace, shown.stacktrace if shown else hidden),
        connector=text(letter.connector, shown.connector if shown else hidden),
        stage=text(letter.stage, shown.stage if shown else hidden),
        task=_bare(letter.task),
        attempts=_bare(letter.attempts),
        sent=_bare(letter.sent),
        origins=tuple(_origin(each) for each in letter.origins),
        cause=key_of(letter).id,
    )


def _origin(origin: Origin) -> Origin:
    return replace(
        origin,
        partition=_bare(origin.partition),
        offset=_bare(origin.offset),
        timestamp_ms=_bare(origin.timestamp_ms),
    )


def _bare(value: Reading) -> Reading:
    """The reason why a header is no number quotes it."""
    if isinstance(value, Problem) and value.code == "malformed":
        return Problem(value.code, "a header that should tell it is no number")
    return value
