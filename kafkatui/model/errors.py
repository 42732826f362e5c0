"""The few failures that end a whole reading. What costs only one cell is a `Problem`, not an exception."""

from __future__ import annotations

from kafkatui.model.problems import Problem


class Unreachable(Exception):
    """No broker of the cluster can be reached, or none lets us in."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class ReadOnly(Exception):
    """A request that changes something was about to leave on a read-only connection."""
