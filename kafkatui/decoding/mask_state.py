"""Which rules still apply where one stands in a value: paths are followed step by step. No value is looked at here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kafkatui.model.masking_rules import Any, Show, Step, Steps

ELEMENT = Any.ELEMENT
_REMEMBERED = 200
"""Steps from one place."""


class Field(NamedTuple):
    """What is left of the path of a field that is hidden."""

    steps: Steps
    show: Show
    is_loose: bool = False
    """A star led here: what lies here need not be what the path means."""


class Kept(NamedTuple):
    """A rule that hides all but some: what is left of the paths of these."""

    tails: tuple[Steps, ...]
    show: Show


class State:
    """What is left of all paths at one place. It remembers what follows: records of a topic are much alike."""

    __slots__ = ("_indexes", "_next", "fields", "is_idle", "kept")

    def __init__(self, fields: tuple[Field, ...] = (), kept: tuple[Kept, ...] = ()) -> None:
        self.fields = fields
        self.kept = kept
        self.is_idle = not fields and not kept
        """Whether nothing below this place is hidden."""
        self._next: dict[Step, State] = {}
        heads = [field.steps[0] for field in fields if field.steps]
        heads += [way[0] for each in kept for tail in each.tails for way in _unfolded(tail) if way]
        self._indexes = frozenset(head for head in heads if isinstance(head, int))

    def hidden(self, is_leaf: bool) -> Show | None:
        """How the whole of this place is hidden; None: it is not, or only parts of it are."""
        for field in self.fields:
            if not field.steps:
                return field.show
        return next((each.show for each in self.kept if is_leaf or not each.tails), None)

    @property
    def is_named(self) -> bool:
        """Whether a field that is named lies here, not only something around it."""
        return any(not field.steps for field in self.fields)

    @property
    def of_a_leaf(self) -> Show | None:
        """How a text or number is hidden that lies where a path leads on: it may hold what the path means."""
        return next((field.show for field in self.fields if not field.is_loose), None)

    def below(self, step: Step, index: int | None = None) -> State:
        """At a name, or with ELEMENT at the element of this index. Names of fields are compared without case.

        A path to be hidden goes through lists by itself: who writes `value.items.email` means that of each item.
        """
        if self.is_idle:
            return self
        known = index if index in self._indexes else step
        found = self._next.get(known)
        if found is None:
            found = self._follow(step, index)
            # Names of maps may be anything.
            if len(self._next) < _REMEMBERED:
                self._next[known] = found
        return found

    def _follow(self, step: Step, index: int | None) -> State:
        fields = (each for field in self.fields for each in _below(field, step, index))
        made = State(tuple(dict.fromkeys(fields)), tuple(_kept(self.kept, step, index)))
        return IDLE if made.is_idle else made

    def with_fields(self, other: State) -> State:
        """Its fields as well."""
        return State(tuple(dict.fromkeys((*self.fields, *other.fields))), self.kept)


IDLE = State()


def state_of(fields: Iterable[tuple[Steps, Show]], kept: Iterable[Kept]) -> State:
    """At the beginning of a key or value."""
    return State(
        tuple(Field(tail, show) for steps, show in fields for tail in _unfolded(steps)),
        tuple(each for each in kept if () not in each.tails),
    )


def _unfolded(steps: Steps) -> Iterator[Steps]:
    """`**` may stand for no step at all."""
    yield steps
    if len(steps) > 1 and steps[0] is Any.DEEP:
        yield from _unfolded(steps[1:])


def _below(field: Field, step: Step, index: int | None) -> Iterator[Field]:
    steps, show, is_loose = field
    if not steps:
        return
    head, rest = steps[0], steps[1:]
    if head is Any.DEEP:
        yield from (Field(tail, show, True) for tail in (_unfolded(steps) if rest else ((),)))
    elif step is ELEMENT and (head is ELEMENT or head == index):
        yield from (Field(tail, show, is_loose) for tail in _unfolded(rest))
    elif step is ELEMENT:
        if not isinstance(head, int):
            yield field
    elif head is Any.NAME or (isinstance(head, str) and isinstance(step, str) and head.casefold() == step.casefold()):
        yield from (Field(tail, show, head is Any.NAME) for tail in _unfolded(rest))


def _kept(kept: Iterable[Kept], step: Step, index: int | None) -> Iterator[Kept]:
    """Step by step as they are written; a rule ends where a path does: all below is kept."""
    for each in kept:
        tails = [tail for steps in each.tails for way in _unfolded(steps) for tail in _tails(way, step, index)]
        if () not in tails:
            yield Kept(tuple(dict.fromkeys(tails)), each.show)


def _tails(steps: Steps, step: Step, index: int | None) -> Iterator[Steps]:
    head, rest = steps[0], steps[1:]
    if head is Any.DEEP:
        yield steps if rest else ()
    elif step is ELEMENT:
        if head is ELEMENT or head == index:
            yield from _unfolded(rest)
    elif head is Any.NAME or head == step:
        yield from _unfolded(rest)
