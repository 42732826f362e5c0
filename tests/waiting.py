"""Waiting for a condition, never for a time: the one place where tests sleep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")


async def until(look: Callable[[], Awaitable[Found | None]], seconds: float = 30.0) -> Found:
    """What `look` finds as soon as it is neither None nor false; a TimeoutError names `look` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{look.__qualname__} found nothing within {seconds:.0f} s")


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when `condition` holds; fail after `seconds`. For tests without an event loop."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)
