"""Dead letters grouped by why they are there, in bounded memory however many and however different they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from kafkatui.dead_letters.letter import DeadLetter, Text
from kafkatui.dead_letters.normal_text import normal_text
from kafkatui.dead_letters.when import When
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place

MOST = 1_000
"""Causes that are told apart. A topic with more of them has letters that have nothing in common."""
ID_LENGTH = 10
_SHORTEST_ID = 4
"""Of the beginning of an id."""
_KEPT = 2_000
"""Characters of a text that are kept: a header may be a megabyte."""


class Key(NamedTuple):
    """What two dead letters of one cause have in common. A part that is not told is a reason: that groups as well."""

    exception: Text
    message: Text
    """Without ids, numbers and what is quoted."""
    topic: Text
    """Of the last origin."""
    group: Text

    @property
    def id(self) -> str:
        """The same for this cause on every cluster, as long as the rules stay: SHA-256 of its parts, in hex, cut."""
        parts = [part if isinstance(part, str) else {"problem": part.code} for part in self]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:ID_LENGTH]


def key_of(letter: DeadLetter) -> Key:
    message = letter.message
    origin = letter.last_origin
    normal = normal_text(message) if isinstance(message, str) else message
    return Key(*map(_part, (letter.exception, normal, origin.topic, origin.group)))


def cause_of(letter: DeadLetter) -> str:
    """The id of its cause."""
    return letter.cause or key_of(letter).id


def _part(value: Text) -> Text:
    """Of a reason only the code counts: its words may name a byte of this one record."""
    return value[:_KEPT] if isinstance(value, str) else Problem(value.code, _WORDS.get(value.code, value.code))


_WORDS = {
    "not_told": "not told",
    "missing": "the header is missing",
    "malformed": "the header can not be read",
    "masked": "masked",
    "uneven": "told a different number of times than the rest",
}


@dataclass(slots=True)
class Cause:
    """One reason for failing, and how often it was met so far."""

    key: Key
    example: Place
    """The newest dead letter of it, to be read when somebody wants to see it."""
    example_message: Text
    """As it was written, cut."""
    first_ms: int
    last_ms: int
    """By the timestamps of the dead letters."""
    count: int = 0
    when: When = field(default_factory=When)
    fewest_attempts: int | None = None
    """None: no letter of it tells."""
    most_attempts: int | None = None
    most_sent: int = 1
    """How often the record that was sent most often was sent; see `DeadLetter.sent`."""
    told_id: str | None = None
    """Where its key is masked: two causes may look the same."""

    @property
    def id(self) -> str:
        return self.told_id or self.key.id

    def add(self, letter: DeadLetter) -> None:
        moment = letter.record.timestamp_ms
        self.count += 1
        self.when.add(moment)
        self.first_ms = min(self.first_ms, moment)
        if moment >= self.last_ms:
            self.last_ms, self.example, self.example_message = moment, letter.place, _cut(letter.message)
        if isinstance(letter.attempts, int):
            self.fewest_attempts = min(letter.attempts, self.fewest_attempts or letter.attempts)
            self.most_attempts = max(letter.attempts, self.most_attempts or letter.attempts)
        if isinstance(letter.sent, int):
            self.most_sent = max(letter.sent, self.most_sent)


class Causes:
    """Takes dead letters one by one. Beyond `most` causes a new one is only counted."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._causes: dict[Key | str, Cause] = {}
        """By what they have in common, or where that is masked, by id."""
        self.letters = 0
        """Dead letters taken, those that are only counted included."""
        self.beyond = 0
        """Of them, those whose cause came when there was no room for another one."""

    def __len__(self) -> int:
        return len(self._causes)

    def add(self, letter: DeadLetter) -> Cause | None:
        """Its cause; None if there is no room for it."""
        self.letters += 1
        key = key_of(letter)
        found = self._causes.get(letter.cause or key)
        if found is None:
            if len(self._causes) >= self._most:
                self.beyond += 1
                return None
            moment = letter.record.timestamp_ms
            found = Cause(key, letter.place, _cut(letter.message), moment, moment, told_id=letter.cause)
            self._causes[letter.cause or key] = found
        found.add(letter)
        return found

    def take(self, letters: Iterable[DeadLetter]) -> None:
        for letter in letters:
            self.add(letter)

    def sorted(self) -> list[Cause]:
        """The most frequent first; of equals the one seen last."""
        return sorted(self._causes.values(), key=lambda cause: (-cause.count, -cause.last_ms, cause.id))

    def find(self, wanted: str) -> Cause | None:
        """By its number in that order, from 1 on, or by its id or the beginning of it, if that is not ambiguous."""
        ordered = self.sorted()
        if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(ordered):
            return ordered[int(wanted) - 1]
        hits = [cause for cause in ordered if len(wanted) >= _SHORTEST_ID and cause.id.startswith(wanted)]
        return hits[0] if len(hits) == 1 else None


def _cut(text: Text) -> Text:
    return text[:_KEPT] if isinstance(text, str) else text
