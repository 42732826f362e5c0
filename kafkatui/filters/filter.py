"""A filter, made of conditions once, and the matcher that runs it over records and counts what it could not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kafkatui.filters.condition import Condition, Decode, Side
from kafkatui.filters.selection import Selection
from kafkatui.filters.stored import contains, has_header, has_key
from kafkatui.model.records import Place, Record
from kafkatui.safe_text import shorten

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Meets only records that meet each of its conditions; one without any takes every record."""

    conditions: tuple[Condition, ...] = ()

    @property
    def text(self) -> str:
        """How a person reads it; empty when everything is taken. Show it through `safe_text`."""
        return " and ".join(each.text for each in self.conditions)

    @property
    def required(self) -> tuple[bytes, ...]:
        """For `kafka.search.Wanted`: each of these lies in every record that matches."""
        return _distinct(wanted for each in self.conditions for wanted in each.required)

    @property
    def any_of(self) -> tuple[tuple[bytes, ...], ...]:
        """For `kafka.search.Wanted`: of each of these, one at least lies in every record that matches."""
        return tuple(dict.fromkeys(wanted for each in self.conditions for wanted in each.any_of))

    @property
    def highlights(self) -> tuple[str, ...]:
        """Texts to light up in a record that matches."""
        return tuple(dict.fromkeys(text for each in self.conditions for text in each.highlights))

    @property
    def reads(self) -> frozenset[Side]:
        """What an expression takes from a decoder; only where that is no JSON or text, `decode` has to be given."""
        return frozenset(side for each in self.conditions for side in each.reads)

    @property
    def as_stored(self) -> Filter:
        """Of its conditions those that say of bytes that they are there."""
        return Filter(tuple(each for each in self.conditions if each.is_of_stored))

    def matcher(self) -> Matcher:
        """One for each run: it counts."""
        return Matcher(self)


EVERYTHING = Filter()


class Matcher:
    """Says of one record after the other whether it matches. For one thread at a time."""

    def __init__(self, chosen: Filter) -> None:
        self._tests = tuple(condition.test for condition in chosen.conditions)
        self.matches: Callable[[Record], bool] | None = self._matches if self._tests else None
        """None: every record matches."""
        self.failed = 0
        """Records of which it could not be told, and that were therefore left out."""
        self.first_failure: tuple[Place, str] | None = None
        """Where the first of them lies, and why. The reason may hold text from the cluster."""

    def _matches(self, record: Record) -> bool:
        reason = None
        for test in self._tests:
            verdict = test(record)
            if verdict is False:
                return False
            if verdict is not True:
                reason = reason or verdict
        if reason is None:
            return True
        self._fail(record, reason)
        return False

    def _fail(self, record: Record, reason: str) -> None:
        self.failed += 1
        if self.first_failure is None:
            self.first_failure = (
                Place(record.topic, record.partition, record.offset),
                shorten(reason, _LONGEST_REASON),
            )


def compile_filter(selection: Selection, decode: Decode | None = None) -> Filter:
    """The filter that takes what was asked for; `EVERYTHING` if nothing was. Raises `FilterError`.

    `decode` gives an expression's `key` and `value`. Without it they are read as JSON or text, several times as fast,
    and what an expression says of them becomes required bytes: give it only for topics that need it.
    """
    conditions = (
        *([] if selection.key is None else [has_key(selection.key)]),
        *map(has_header, selection.headers),
        *map(contains, selection.grep),
        *_expressions(selection.where, decode),
    )
    return Filter(conditions) if conditions else EVERYTHING


def _expressions(where: tuple[str, ...], decode: Decode | None) -> Iterable[Condition]:
    if not where:
        return ()
    from kafkatui.filters.where import is_true

    return [is_true(expression, decode) for expression in where]


def _distinct(wanted: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(wanted))
