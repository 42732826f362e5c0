"""A parsed expression, macros already expanded: seven kinds of node. Nothing is parsed or evaluated here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Node: TypeAlias = "Constant | Name | Select | Call | Elements | Entries | Fold"


@dataclass(frozen=True, slots=True)
class Constant:
    value: object


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`, or `has(operand.field)`."""

    operand: Node
    field: str
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator (`_&&_`); of a method the target is the first argument."""

    function: str
    arguments: tuple[Node, ...]
    is_method: bool = False


@dataclass(frozen=True, slots=True)
class Elements:
    """A list."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A map."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """What `all`, `exists`, `exists_one`, `filter` and `map` become: a loop over a list, or the keys of a map."""

    variable: str
    over: Node
    accumulator: str
    start: Node
    condition: Node
    step: Node
    result: Node


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Constant() | Name():
            return ()
        case Select(operand):
            return (operand,)
        case Call(_, arguments):
            return arguments
        case Elements(items):
            return items
        case Entries(pairs):
            return tuple(each for pair in pairs for each in pair)
        case Fold():
            return (node.over, node.start, node.condition, node.step, node.result)


def describe(node: Node) -> str:
    """As it was written, as far as a person needs it to find the place: `value.customer.id`."""
    match node:
        case Name(name):
            return name
        case Select(operand, field):
            return f"{describe(operand)}.{field}"
        case Call("_[_]", (operand, Constant(index))):
            return f"{describe(operand)}[{index!r}]"
        case Call(function, (operand, *_), True):
            return f"{describe(operand)}.{function}()"
        case Call(function):
            return f"{function}()"
    return "the operand"
