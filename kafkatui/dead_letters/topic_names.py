"""What the name of a topic says about it: dead letters, records that wait to be tried again, or nothing."""

from __future__ import annotations

import re
from enum import Enum


class Kind(Enum):
    """What lies in a topic."""

    DEAD_LETTERS = "dead-letters"
    RETRY = "retry"
    """Records that failed and are tried again by themselves."""


_WORDS = re.compile(
    r"(?:^|[._-])(?:dlt|dlq)(?:$|[._-])|dead[._-]?letters?(?:$|[._-])|(?:^|[._-])(?:poison(?:ed)?|parking[._-]?lot)$",
    re.IGNORECASE,
)
"""`orders-dlt` `orders.DLT` (Spring), `dlq.orders` (KIP-1191), `dlq-orders`, `dead-letter-topic-orders` (SmallRye)."""
_RETRY = re.compile(r"[._-]retry(?:[._-]\d+)?$|(?:^|[._-])retry[._-]|^__.*_retry", re.IGNORECASE)
"""`orders-retry`, `orders-retry-0` and `orders-retry-5000` (Spring)."""
_BINDER = re.compile(r"error\.[^.]+(?:\.[^.]+)+")
"""`error.<destination>.<group>` (Spring Cloud Stream): others call topics so as well."""


def kind_of_name(name: str) -> Kind | None:
    """Retry first: `orders-retry-0-dlt` is a dead-letter topic all the same."""
    if _WORDS.search(name):
        return Kind.DEAD_LETTERS
    return Kind.RETRY if _RETRY.search(name) else None


def may_be_named_so(name: str) -> bool:
    """Whether the name says so only together with what lies in the topic."""
    return _BINDER.fullmatch(name) is not None
