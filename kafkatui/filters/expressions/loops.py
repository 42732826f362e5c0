"""The loop behind `all`, `exists`, `exists_one`, `filter` and `map`, bounded in steps."""

from __future__ import annotations

from typing import Any

from kafkatui.filters.expressions.values import Failure, Run, no_overload


def fold(kept: tuple[int, int, int], over: Run, start: Run, condition: Run, step: Run, result: Run) -> Run:
    """`kept`: the places of the loop's variable, of its accumulator, and of the steps that are left."""
    variable, accumulator, steps = kept

    def run(places: list[Any]) -> Any:
        group = over(places)
        if group.__class__ is not list and group.__class__ is not dict:
            return no_overload("a loop", group)
        places[accumulator] = start(places)
        for places[variable] in group:
            if condition(places) is False:
                break
            if not places[steps]:
                return Failure("its loops take too many steps")
            places[steps] -= 1
            places[accumulator] = step(places)
        return result(places)

    return run
