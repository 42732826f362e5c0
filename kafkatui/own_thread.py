"""A call that blocks, on a thread of its own. What is called is not known here, nor for how long one waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def on_its_own_thread(work: Callable[[], Result], name: str) -> Result:
    """What `work` gives or raises. Cancelling leaves the thread behind; a program that ends does not wait for it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            _hand_over(loop, done, error)
        else:
            _hand_over(loop, done, result)

    # Not the loop's executor: a program that ends would wait for its threads.
    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


def _hand_over(loop: asyncio.AbstractEventLoop, to: asyncio.Future[Result], result: Result | Exception) -> None:
    def settle() -> None:
        if to.done():
            return
        if isinstance(result, Exception):
            to.set_exception(result)
        else:
            to.set_result(result)

    with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits
        loop.call_soon_threadsafe(settle)
