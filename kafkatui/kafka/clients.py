"""What aiokafka's producer, consumer and admin client share: their options and their failures. Nothing is sent here."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import aiokafka.client
from aiokafka.errors import BrokerResponseError, KafkaError, kafka_errors
from aiokafka.protocol.metadata import MetadataRequest
from kio.schema.errors import ErrorCode

from kafkatui.kafka import dialling
from kafkatui.kafka.dialling import DialFailed
from kafkatui.model.connection import Connection
from kafkatui.model.errors import ReadOnly
from kafkatui.model.problems import Problem

# aiokafka has no option for it, and with the flag on a broker creates the topics it is asked about.
aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)

for _code in ErrorCode:
    # aiokafka calls every error that came after Kafka 2.0 UnknownError, INVALID_RECORD among them.
    kafka_errors.setdefault(
        int(_code),
        type(
            _code.name,
            (BrokerResponseError,),
            {"errno": int(_code), "message": _code.name, "retriable": _code.retriable},
        ),
    )

CLOSING_SECONDS = 3.0
"""Bound for closing a client: aiokafka waits for a dead leader as long as it takes."""


class ClientFailed(Exception):
    """Kafka refused something, or did not answer in time; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def changing_options(connection: Connection, client_id: str) -> dict[str, Any]:
    """Options of a client that changes something. Raises `ReadOnly`."""
    if connection.read_only:
        raise ReadOnly(f"{client_id} would write, and the connection is read-only")
    return client_options(connection, client_id)


def client_options(connection: Connection, client_id: str) -> dict[str, Any]:
    """Options that every aiokafka client takes. Raises `ClientFailed` for TLS files of no use."""
    try:
        way_in = dialling.options(connection)
    except DialFailed as error:
        raise ClientFailed(error.problem) from error
    return {**way_in, "bootstrap_servers": list(connection.bootstrap), "client_id": client_id}


@contextmanager
def failures(doing: str) -> Iterator[None]:
    """Turn what aiokafka raises into `ClientFailed`, so that no caller needs to know aiokafka."""
    try:
        yield
    except (KafkaError, TimeoutError, OSError) as error:
        raise ClientFailed(problem_of(doing, error)) from error
    except asyncio.CancelledError as error:
        if _is_cancelled_by_us():
            raise
        raise ClientFailed(Problem("disconnected", f"{doing}: the connection was lost")) from error


def problem_of(doing: str, error: BaseException) -> Problem:
    """The problem of an exception of aiokafka; `doing` says what was tried."""
    if isinstance(error, TimeoutError):
        return Problem("no_answer", f"{doing}: no answer in time")
    name = getattr(error, "message", "") or type(error).__name__
    return Problem(str(name).lower(), f"{doing}: {error or name}")


async def close_within(closing: Coroutine[Any, Any, None], seconds: float = CLOSING_SECONDS) -> bool:
    """Close a client; whether all went well. What fails while closing no longer matters to anybody."""
    # A task of its own: aiokafka lets the cancelling of its own tasks out, and that must not look like ours.
    task = asyncio.ensure_future(closing)
    await asyncio.wait([task], timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=seconds)
    return task.done() and not task.cancelled() and task.exception() is None


def _is_cancelled_by_us() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
