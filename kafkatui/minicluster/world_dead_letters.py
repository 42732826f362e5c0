"""The dead letters of the sample world, declared: what failed, why and how often. Their bytes are in `dialects`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from kafkatui.minicluster.dialects import Connect, Dialect, Failure, Spring, Streams
from kafkatui.minicluster.orders import is_poison
from kafkatui.model.records import NewRecord, Record

_Item = TypeVar("_Item")
_PATIENCE_MS = 4_000
"""From a record to the dead letter it becomes: some attempts with a pause between them."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for failing, and how many records of which part of the history it hit."""

    exception: str
    message: str
    """May name fields of the value, and `{id}`, which is another one each time."""
    count: int
    frame: str
    since: float = 0.0
    """Where in the history it began: 0 is its start, 1 its end."""
    until: float = 1.0
    only: bytes = b""
    """Hit only values that hold this."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """A dead-letter topic and how it was filled."""

    topic: str
    client_id: str
    """Of the producer that wrote them."""
    of: str
    """The topic whose records failed."""
    dialect: Dialect
    causes: tuple[Cause, ...]
    sent_back: tuple[int, ...] = ()
    """How many of them were sent back to `of` as they are, and failed again; once more for each further number."""


DEAD_LETTERS = (
    DeadLetters(
        "payments-dlt",
        "billing",
        "payments",
        Spring("billing"),
        (
            Cause(
                "java.net.http.HttpTimeoutException",
                "request timed out after 3000 ms: POST /captures/{payment} (request {id})",
                64,
                "com.example.billing.Provider.capture(Provider.java:88)",
                since=0.62,
                until=0.66,
            ),
            Cause(
                "org.springframework.dao.DuplicateKeyException",
                'duplicate key value violates unique constraint "payment_pkey": Key (id)=({payment}) already exists.',
                41,
                "com.example.billing.Ledger.insert(Ledger.java:41)",
                since=0.30,
            ),
            Cause(
                "com.fasterxml.jackson.databind.exc.InvalidFormatException",
                'Cannot deserialize value of type `long` from String "{amount}": not a valid `long` value\n'
                ' at [Source: REDACTED; line: 1, column: 66] (through reference chain: Payment["amount"])',
                18,
                "com.example.billing.Payment.read(Payment.java:23)",
                only=b'"amount":"',
            ),
            Cause(
                "java.lang.IllegalStateException",
                "order {order} is CANCELLED in version {id}, it takes no payment",
                23,
                "com.example.billing.Orders.pay(Orders.java:130)",
                only=b'"status":"declined"',
            ),
            Cause(
                "java.lang.NullPointerException",
                'Cannot invoke "Customer.country()" because "customer" is null: {customer}',
                14,
                "com.example.billing.Tax.rate(Tax.java:57)",
                since=0.85,
            ),
        ),
        sent_back=(12, 4),
    ),
    DeadLetters(
        "dlq.shipments-sink",
        "connector-dlq-producer-shipments-sink-0",
        "shipments",
        Connect("shipments-sink", "TASK_PUT", "io.confluent.connect.jdbc.JdbcSinkTask"),
        (
            Cause(
                "java.sql.SQLDataException",
                "ERROR: value too long for type character varying(12): {tracking}",
                38,
                "io.confluent.connect.jdbc.sink.BufferedRecords.flush(BufferedRecords.java:196)",
                since=0.40,
            ),
            Cause(
                "org.apache.kafka.connect.errors.RetriableException",
                "Connection to the database lost (session {id})",
                47,
                "io.confluent.connect.jdbc.sink.JdbcDbWriter.write(JdbcDbWriter.java:74)",
                since=0.71,
                until=0.73,
            ),
        ),
    ),
    DeadLetters(
        "orders-enricher-dlq",
        "orders-enricher-producer",
        "orders.created",
        Streams(),
        (
            Cause(
                "org.apache.kafka.common.errors.SerializationException",
                "Error deserializing JSON of order {order}: total_cents {total_cents} has no exchange rate for PLN",
                31,
                "com.example.enricher.Rates.apply(Rates.java:64)",
                only=b'"currency":"PLN"',
            ),
            Cause(
                "java.util.NoSuchElementException",
                "no customer {customer} in store customers-STATE-STORE-{id}",
                26,
                "com.example.enricher.Join.customer(Join.java:35)",
                since=0.90,
            ),
        ),
    ),
)


def failures(letters: DeadLetters, written: Sequence[Record]) -> list[tuple[Record, Cause]]:
    """The records that failed, in the order they were written, each with its cause; no record fails twice."""
    found: dict[int, Cause] = {}
    for cause in letters.causes:
        hit = [at for at in _window(cause, len(written)) if at not in found and _is_hit(cause, written[at])]
        found.update(dict.fromkeys(evenly(hit, min(cause.count, len(hit))), cause))
    return [(written[at], found[at]) for at in sorted(found)]


def dead_letter(letters: DeadLetters, record: Record, cause: Cause) -> NewRecord:
    """What the framework writes when it gives `record` up."""
    dice = Random(f"{record.key!r} {record.partition} {record.offset}")
    fields = {**json.loads(record.value or b"{}"), "id": f"{dice.getrandbits(48):012x}"}
    frames = (cause.frame, "java.base/java.lang.Thread.run(Thread.java:1583)")
    failure = Failure(cause.exception, cause.message.format_map(fields), frames, record.timestamp_ms + _PATIENCE_MS)
    return letters.dialect(letters.topic, record, failure)


def evenly(items: Sequence[_Item], count: int) -> list[_Item]:
    """`count` of them, spread over all."""
    return [items[number * len(items) // count] for number in range(count)]


def _window(cause: Cause, count: int) -> Iterator[int]:
    yield from range(int(cause.since * count), int(cause.until * count))


def _is_hit(cause: Cause, record: Record) -> bool:
    return record.value is not None and cause.only in record.value and not is_poison(record.value)
