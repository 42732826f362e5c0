"""The operators that do not take all their operands, or take failures: `&&`, `||`, `!` and `?:`.

`&&` and `||` take no notice of a failure on the one side if the other side decides, whichever comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kafkatui.filters.expressions.values import Run, no_overload


def _and(left_run: Run, right_run: Run) -> Run:
    def run(places: list[Any]) -> Any:
        left = left_run(places)
        if left is False:
            return False
        right = right_run(places)
        if right is False:
            return False
        return True if left is True and right is True else no_overload("&&", left, right)

    return run


def _or(left_run: Run, right_run: Run) -> Run:
    def run(places: list[Any]) -> Any:
        left = left_run(places)
        if left is True:
            return True
        right = right_run(places)
        if right is True:
            return True
        return False if left is False and right is False else no_overload("||", left, right)

    return run


def _not(operand: Run) -> Run:
    def run(places: list[Any]) -> Any:
        found = operand(places)
        return not found if found.__class__ is bool else no_overload("!", found)

    return run


def _choice(condition: Run, when_true: Run, when_false: Run) -> Run:
    def run(places: list[Any]) -> Any:
        found = condition(places)
        if found is True:
            return when_true(places)
        return when_false(places) if found is False else no_overload("?:", found)

    return run


def _not_strictly_false(operand: Run) -> Run:
    return lambda places: operand(places) is not False


LOGIC: dict[str, Callable[..., Run]] = {
    "_&&_": _and,
    "_||_": _or,
    "!_": _not,
    "_?_:_": _choice,
    "@not_strictly_false": _not_strictly_false,
}
