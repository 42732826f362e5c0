"""Kafka Streams with `errors.dead.letter.queue.topic.name`: `ExceptionHandlerUtils` (KIP-1034).

Numbers are decimal, -1 where no record of a topic was at work; the timestamp stays. The topic may be an internal one.
"""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect

_PREFIX = "__streams.errors."

STREAMS = Dialect(
    name="kafka-streams",
    title="Kafka Streams",
    marks=((f"{_PREFIX}topic",), (f"{_PREFIX}exception",)),
    topic=f"{_PREFIX}topic",
    partition=f"{_PREFIX}partition",
    offset=f"{_PREFIX}offset",
    exception=(f"{_PREFIX}exception",),
    message=(f"{_PREFIX}message",),
    stacktrace=(f"{_PREFIX}stacktrace",),
    prefixes=(_PREFIX,),
    keeps_timestamp=True,
)
