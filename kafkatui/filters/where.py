"""The condition a CEL expression makes: `value.status == "failed" && value.amount > 100`.

Its variables are `key` and `value`, decoded; `headers`, a map from name to the text of the last value; `topic`,
`partition`, `offset`; `timestamp`, a CEL timestamp, and `timestamp_ms`, epoch milliseconds. Without a decoder a value
is JSON, else a text, else bytes; a key is a text unless it is a JSON map or list.
"""

from __future__ import annotations

from collections.abc import Iterator

from kafkatui.filters.condition import Condition, Decode, Side, Verdict
from kafkatui.filters.expressions import library
from kafkatui.filters.expressions.compilation import compile_tree, names
from kafkatui.filters.expressions.literals import Stored, Ways, literals
from kafkatui.filters.expressions.tree import Call, Constant, Fold, Name, Node, Select, children
from kafkatui.filters.expressions.values import Failure, type_name
from kafkatui.filters.expressions.variables import readers
from kafkatui.model.records import Record


def is_true(expression: str, decode: Decode | None = None) -> Condition:
    """Raises `FilterError` with the column."""
    tree = library.parse(expression)
    evaluate = compile_tree(tree, readers(fields_of("value", tree), decode))

    def test(record: Record) -> Verdict:
        found = evaluate(record)
        if found is True or found is False:
            return found
        if found.__class__ is Failure:
            return found.reason or "it failed"
        return f"the expression gives {type_name(found)}, not true or false"

    told = literals(tree, Stored(key=decode is None, value=decode is None))
    single, several = _single(told.ways), _several(told.ways)
    return Condition(test, f"where {expression.strip()}", single, several, told.texts, _reads(tree))


_SIDES: tuple[Side, ...] = ("key", "value")


def _reads(tree: Node) -> frozenset[Side]:
    used = set(names(tree))
    return frozenset(side for side in _SIDES if side in used)


def fields_of(variable: str, tree: Node) -> frozenset[str] | None:
    """The fields of the variable that an expression names; None if it uses it in any other way."""
    found: set[str] = set()
    for field in _uses(variable, tree):
        if field is None:
            return None
        found.add(field)
    return frozenset(found)


def _uses(variable: str, node: Node) -> Iterator[str | None]:
    match node:
        case Select(Name(name), field) | Call("_[_]", (Name(name), Constant(str(field)))) if name == variable:
            yield field
        case Name(name) if name == variable:
            yield None
        case Fold() if variable in (node.variable, node.accumulator):
            yield None
        case _:
            for child in children(node):
                yield from _uses(variable, child)


def _single(ways: tuple[Ways, ...]) -> tuple[bytes, ...]:
    return tuple(each[0] for each in ways if len(each) == 1)


def _several(ways: tuple[Ways, ...]) -> tuple[Ways, ...]:
    return tuple(each for each in ways if len(each) > 1)
