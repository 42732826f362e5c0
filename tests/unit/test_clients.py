"""What aiokafka raises, also where it should not, never gets past `clients`."""

from __future__ import annotations

import asyncio

import pytest

from kafkatui.kafka.clients import ClientFailed, close_within, failures


async def cancels_itself() -> None:
    raise asyncio.CancelledError


async def test_a_cancelling_that_is_not_ours_is_a_lost_connection() -> None:
    with pytest.raises(ClientFailed) as failed, failures("reading"):
        await cancels_itself()
    assert failed.value.problem.code == "disconnected"


async def test_our_own_cancelling_goes_through() -> None:
    async def waits() -> None:
        with failures("reading"):
            await asyncio.Event().wait()

    task = asyncio.create_task(waits())
    await asyncio.wait([task], timeout=0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_closing_says_whether_it_went_well_and_raises_nothing() -> None:
    async def well() -> None: ...

    async def fails() -> None:
        raise OSError

    async def hangs() -> None:
        await asyncio.Event().wait()

    assert await close_within(well())
    assert not await close_within(fails())
    assert not await close_within(cancels_itself())
    assert not await close_within(hangs(), seconds=0.01)


async def test_no_answer_is_a_failure_with_words() -> None:
    with pytest.raises(ClientFailed, match="reading: no answer in time"), failures("reading"):
        raise TimeoutError
