"""Names that may stand for others: `*`, `?` and `[...]`, as a shell has them."""

from __future__ import annotations


def is_glob(name: str) -> bool:
    """Whether it may stand for other names. One that exists as it is written means itself all the same."""
    return any(sign in name for sign in "*?[")
