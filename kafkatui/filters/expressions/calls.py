"""A call of a function of values, with what is known before the first record settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kafkatui.filters.expressions import library
from kafkatui.filters.expressions.functions import CONVERSIONS, FUNCTIONS, check_pattern
from kafkatui.filters.expressions.tree import Call, Constant, Elements, Node
from kafkatui.filters.expressions.values import Failure, Run, Uint, equal
from kafkatui.filters.selection import FilterError


def call(node: Call, runs: list[Run]) -> Run:
    """`runs` give its arguments; the first failure among them is the call's own. Raises `FilterError`."""
    match node:
        case Call("_==_", (_, Constant(constant))):
            return _equals(runs[0], constant)
        case Call("_==_", (Constant(constant), _)):
            return _equals(runs[1], constant)
        case Call("@in", (_, Elements(items))) if texts := _texts(items):
            return _is_one_of(runs[0], texts)
        case Call("matches", (_, Constant(str(pattern)))):
            check_pattern(pattern)
    if function := FUNCTIONS.get(node.function):
        return _strict(function, runs)
    run = _strict(_left_to_the_library(node), runs)
    return _settled(run) if all(isinstance(each, Constant) for each in node.arguments) else run


def _equals(operand: Run, constant: Any) -> Run:
    """With a constant: by far the most usual of all."""
    if constant.__class__ in (int, float, Uint):

        def number(places: list[Any]) -> Any:
            found = operand(places)
            kind = found.__class__
            if kind is int or kind is float or kind is Uint:
                return found == constant
            return found if kind is Failure else False

        return number

    def other(places: list[Any]) -> Any:
        found = operand(places)
        return found if found.__class__ is Failure else equal(found, constant)

    return other


def _texts(items: tuple[Node, ...]) -> frozenset[str]:
    """Empty if one is something else."""
    found = [each.value for each in items if isinstance(each, Constant) and isinstance(each.value, str)]
    return frozenset(found) if len(found) == len(items) else frozenset()


def _is_one_of(operand: Run, texts: frozenset[str]) -> Run:
    def run(places: list[Any]) -> Any:
        found = operand(places)
        if found.__class__ is str:
            return found in texts
        return found if found.__class__ is Failure else False

    return run


def _strict(function: Callable[..., Any], runs: list[Run]) -> Run:
    first, *others = runs
    if not others:

        def one(places: list[Any]) -> Any:
            value = first(places)
            return value if value.__class__ is Failure else function(value)

        return one
    if len(others) > 1:
        return _of_many(function, runs)
    second = others[0]

    def two(places: list[Any]) -> Any:
        left, right = first(places), second(places)
        if left.__class__ is Failure:
            return left
        return right if right.__class__ is Failure else function(left, right)

    return two


def _of_many(function: Callable[..., Any], runs: list[Run]) -> Run:
    def run(places: list[Any]) -> Any:
        found = [each(places) for each in runs]
        failure = next((each for each in found if each.__class__ is Failure), None)
        return failure or function(*found)

    return run


def _settled(run: Run) -> Run:
    """Of constants: `timestamp("2026-11-23T00:00:00Z")`."""
    value = run([])
    if isinstance(value, Failure):
        raise FilterError(value.reason)
    return lambda _: value


def _left_to_the_library(node: Call) -> Callable[..., Any]:
    if not node.function.isidentifier():
        raise FilterError(f"{node.function!r} can not be used in an expression here")
    theirs = library.function(node.function, node.is_method)
    usual = CONVERSIONS.get(node.function)
    if usual is None or node.is_method:
        return theirs

    def convert(value: Any) -> Any:
        found = usual(value)
        return theirs(value) if found is None else found

    return convert
