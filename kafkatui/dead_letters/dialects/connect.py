"""Kafka Connect's sinks with `errors.deadletterqueue.context.headers.enable`: `DeadLetterQueueReporter` (KIP-298).

Numbers are decimal; key, value and timestamp stay as they were. Every pass appends all headers anew.
"""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect

_PREFIX = "__connect.errors."

CONNECT = Dialect(
    name="kafka-connect",
    title="Kafka Connect",
    marks=((f"{_PREFIX}topic",), (f"{_PREFIX}connector.name",), (f"{_PREFIX}exception.class.name",)),
    topic=f"{_PREFIX}topic",
    partition=f"{_PREFIX}partition",
    offset=f"{_PREFIX}offset",
    exception=(f"{_PREFIX}exception.class.name",),
    message=(f"{_PREFIX}exception.message",),
    stacktrace=(f"{_PREFIX}exception.stacktrace",),
    connector=f"{_PREFIX}connector.name",
    stage=f"{_PREFIX}stage",
    task=f"{_PREFIX}task.id",
    prefixes=(_PREFIX,),
    keeps_timestamp=True,
)
