"""What an expression tells of a record's bytes before anything is decoded: what must lie there, and what to light up.

Only what is stored as it is counts. In JSON any character may be written as an escape (`\\u0066` for `f`): a text is
there as itself, or there is an escape in the batch that may stand for one of its characters. Numbers have many
spellings (`100`, `1e2`). Names of fields and headers are left out where their absence is a failure: that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.filters.expressions.tree import Call, Constant, Elements, Fold, Name, Node, Select

Ways: TypeAlias = tuple[bytes, ...]
"""One of these at least lies in every record that matches."""

_UNESCAPED = re.compile(r'[^"\\/\x00-\x1f]+')
"""Runs of what JSON stores as it is, unless someone chose the long way."""
_MOST_WAYS = 24
_ESCAPE = b"\\u"


@dataclass(frozen=True, slots=True)
class Literals:
    ways: tuple[Ways, ...] = ()
    """Each holds."""
    texts: tuple[str, ...] = ()
    """To light up."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Which variables are stored as they are read: False when a decoder stands between."""

    key: bool
    value: bool


def literals(node: Node, stored: Stored) -> Literals:
    """What holds for a record of which the expression is true."""
    return _Finder(stored).true(node, {})


_Origins: TypeAlias = dict[str, str | None]
"""From the names of loops to the variable their items come from."""


class _Finder:
    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def true(self, node: Node, origins: _Origins) -> Literals:
        """What holds when the node is true."""
        match node:
            case Call("_&&_", (left, right)):
                return _both(self.true(left, origins), self.true(right, origins))
            case Call("_||_", (left, right)):
                return _either(self.true(left, origins), self.true(right, origins))
            case Call("_==_", (place, Constant(value))) | Call("_==_", (Constant(value), place)):
                return self._equal(place, value, origins)
            case Call("contains" | "startsWith" | "endsWith", (place, Constant(str(text)))):
                return self._holds(place, text, origins)
            case Call("@in", (Constant(str(text)), place)):
                return self._name_or_item(place, text, origins)
            case Call("@in", (place, Elements(items))):
                return _any(self._equal(place, e.value if isinstance(e, Constant) else None, origins) for e in items)
            case Select(place, field, True):
                return self._name_or_item(place, field, origins)
            case Fold():
                return self._loop(node, origins)
        return Literals()

    def _equal(self, place: Node, value: object, origins: _Origins) -> Literals:
        if isinstance(value, str):
            return self._holds(place, value, origins)
        if type(value) in (int, float) and _origin(place, origins)[0]:
            return Literals((), (str(value),))
        return Literals()

    def _holds(self, place: Node, text: str, origins: _Origins) -> Literals:
        """The text lies within the place, if that is one; of a header's value as of a text key nothing is escaped."""
        origin, is_whole = _origin(place, origins)
        texts = (text,) if text and origin else ()
        if origin == "headers" and not is_whole:
            return Literals(_exactly(text), texts)
        if origin == "key" and self._stored.key:
            return Literals(_exactly(text) if is_whole else json_ways(text), texts)
        if origin == "value" and self._stored.value:
            return Literals(json_ways(text), texts)
        return Literals((), texts)

    def _name_or_item(self, place: Node, text: str, origins: _Origins) -> Literals:
        """A field's name or a list's item; a header's name."""
        origin, is_whole = _origin(place, origins)
        if origin == "headers" and is_whole:
            return Literals(_exactly(text))
        if (origin == "key" and self._stored.key) or (origin == "value" and self._stored.value):
            return Literals(json_ways(text), (text,) if text else ())
        return Literals()

    def _loop(self, node: Fold, origins: _Origins) -> Literals:
        """`exists` is true only if its condition is true of an item."""
        match node:
            case Fold(step=Call("_||_", (Name(name), condition)), result=Name(same)) if (
                name == same == node.accumulator and node.start == Constant(False)
            ):
                return self.true(condition, {**origins, node.variable: self._items_of(node.over, origins)})
        return Literals()

    def _items_of(self, over: Node, origins: _Origins) -> str | None:
        origin, is_whole = _origin(over, origins)
        return None if origin == "headers" and is_whole else origin


def _origin(place: Node, origins: _Origins) -> tuple[str | None, bool]:
    """The variable that a place lies in, and whether it is all of it."""
    match place:
        case Name(name) if name in origins:
            return origins[name], False
        case Name(("key" | "value" | "headers") as name):
            return name, True
        case Select(operand, _, False) | Call("_[_]", (operand, _)):
            return _origin(operand, origins)[0], False
    return None, False


def _exactly(text: str) -> tuple[Ways, ...]:
    return ((text.encode(),),) if text else ()


def json_ways(text: str) -> tuple[Ways, ...]:
    """How the longest part of a text that is free of JSON's short escapes may be stored."""
    part = max(_UNESCAPED.findall(text), key=len, default="")
    if not part:
        return ()
    return ((part.encode(), *_escapes(part)),)


def _escapes(part: str) -> tuple[bytes, ...]:
    """The beginnings of all escapes that may stand for one of its characters: of ASCII all but the last digit."""
    if not part.isascii():
        return (_ESCAPE,)
    return tuple(sorted({b"\\u00%x" % (ord(each) >> 4) for each in part}))


def _both(left: Literals, right: Literals) -> Literals:
    return Literals((*left.ways, *right.ways), (*left.texts, *right.texts))


def _either(left: Literals, right: Literals) -> Literals:
    """One of the ways of one side and one of the other: the most telling of each."""
    texts = (*left.texts, *right.texts)
    if not left.ways or not right.ways:
        return Literals((), texts)
    ways = tuple(dict.fromkeys((*max(left.ways, key=_worth), *max(right.ways, key=_worth))))
    return Literals((ways,) if len(ways) <= _MOST_WAYS else (), texts)


def _any(each: Iterable[Literals]) -> Literals:
    first, *rest = [*each] or [Literals()]
    for other in rest:
        first = _either(first, other)
    return first


def _worth(ways: Ways) -> int:
    """The first one is the text itself."""
    return min(len(way) for way in ways if not way.startswith(_ESCAPE))
