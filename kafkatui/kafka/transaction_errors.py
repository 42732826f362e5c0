"""How a transaction can end but by its commit: void for now, void for good, or for one batch that is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem

FENCED = frozenset({"producer_fenced", "invalid_producer_epoch", "transaction_coordinator_fenced"})
"""What brokers answer to who may not write any more."""


class Lost(Exception):
    """The transaction is void, for a reason that may pass: open again."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Fenced(Exception):
    """This one may not write any more: somebody else has opened the same transactional id, if `open` says so.

    Elsewhere it may as well be that a transaction took too long and the coordinator voided it (KIP-588).
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problem = Problem("fenced", f"the transaction is void: {text}")


class Refused(Exception):
    """A leader does not take a batch, and would not take it a second time. The transaction is void."""

    def __init__(self, where: TopicPartition, tag: Any, indices: Sequence[int], problem: Problem) -> None:
        super().__init__(problem.text)
        self.where = where
        self.tag = tag
        """What the batch was sent with."""
        self.indices = tuple(indices)
        """Of the records in it that are to blame, where the broker tells (KIP-467)."""
        self.problem = problem
