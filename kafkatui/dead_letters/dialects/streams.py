"""Kafka Streams with `errors.dead.letter.queue.topic.name`: `ExceptionHandlerUtils` (KIP-1034).

Numbers are decimal, -1 where no record of a topic was at work. The timestamp is the one the program goes by: that of
the record, unless a `TimestampExtractor` takes another one from it. The topic may be an internal one.
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
    sets_timestamp=True,
)
