"""How much is decoded, and what is too deep: values come from strangers, and a screen waits for the answer."""

from __future__ import annotations

from dataclasses import dataclass

from kafkatui.decoding.decoded import Decoded, Plain, failed


@dataclass(frozen=True, slots=True)
class Limits:
    """More than this is shown as bytes, with the reason."""

    text_bytes: int = 32 << 20
    """A text takes up to four times its bytes in memory."""
    json_bytes: int = 1 << 20
    """The parser holds the interpreter, also from a thread: 30 ms for this much, 200 ms at worst (`[[0],[0],...`)."""
    messagepack_bytes: int = 1 << 19
    """Every byte may be a value of its own, of 64 bytes: 150 ms for the worst."""
    schema_bytes: int = 1 << 20
    """Read field by field in Python: 0.3 s for as many empty texts, while others may run."""
    items: int = 1 << 17
    """Values in one value of a schema: fields and elements of no bytes make more of them than there are bytes."""
    depth: int = 100
    """Below what Python's recursion allows to whoever walks the value later."""


LIMITS = Limits()
SCREEN = Limits(1 << 20, json_bytes=1 << 16, messagepack_bytes=1 << 15, schema_bytes=1 << 15, items=1 << 12)
"""For whoever shares a thread with a screen: the worst value of each format holds it for less than 30 ms."""


def too_large(decoder: str, raw: bytes, most: int) -> Decoded | None:
    """The failure if `raw` has more than `most` bytes."""
    if len(raw) <= most:
        return None
    return failed(decoder, raw, "too_large", f"{len(raw):,} bytes; at most {most:,} are decoded as {decoder}")


def too_deep(decoder: str, raw: bytes, depth: int) -> Decoded:
    return failed(decoder, raw, "too_deep", f"nested deeper than {depth} levels")


def is_deeper(value: Plain, depth: int) -> bool:
    """Whether lists and maps lie in each other more than `depth` times. Level by level: it needs no stack."""
    level = [value] if isinstance(value, (list, dict)) else []
    for _ in range(depth):
        if not level:
            return False
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (list, dict))
        ]
    return bool(level)
