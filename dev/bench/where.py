"""`--where` on records of about 200 B of JSON: our evaluation against the CEL library's own, in one process.

    python -m dev.bench.where

No Kafka: only what an expression costs for each record, from its bytes to the verdict. Takes half a minute.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from dev.bench.results import machine, replace_section
from kafkatui.filters import Selection, compile_filter
from kafkatui.filters.expressions import library
from kafkatui.model.records import Record

RECORDS = 20_000
ROUNDS = 5
WANTED_US = 3
"""A record, from bytes to verdict."""
EXPRESSIONS = (
    "value.amount == 654321",
    'value.status == "failed" && value.amount > 100',
    'value.nope == "x"',
    "value.items.exists(i, i.quantity > 90)",
    'value.note.matches("^0.*ff$")',
    'timestamp > timestamp("2030-01-01T00:00:00Z") && headers.trace == "x"',
    'int(headers.attempt) > 3 || string(value.amount) == "654321"',
)
Test: TypeAlias = Callable[[Record], object]


def main() -> None:
    """Measure each expression and write the table."""
    records = [_record(number) for number in range(RECORDS)]
    rows = [_row(expression, records) for expression in EXPRESSIONS]
    text = "\n".join([_head(len(records[0].value or b"")), *rows])
    replace_section("where", text)
    print(text)  # noqa: T201


def _record(number: int) -> Record:
    mixed = number * 2_654_435_761 % (1 << 32)
    value = {
        "id": f"order-{number:09}",
        "status": ("paid", "open", "shipped")[number % 3],
        "amount": number,
        "customer": {"id": f"c-{mixed:08x}"},
        "items": [{"sku": "A-1", "quantity": number % 7}, {"sku": "B-2", "quantity": 1}],
        "note": f"{mixed**2:064x}",
    }
    return Record(
        "orders", 0, number, 1_790_000_000_000, b"k", json.dumps(value).encode(), (("trace", b"t"), ("attempt", b"1"))
    )


def _row(expression: str, records: Sequence[Record]) -> str:
    ours, theirs = _ours(expression), _of_the_library(expression)
    agreed = [ours(record) for record in records[:100]] == [theirs(record) for record in records[:100]]
    if not agreed:
        raise RuntimeError(f"{expression}: the two disagree")
    times = [(_seconds(ours, records), _seconds(theirs, records)) for _ in range(ROUNDS)]
    mine, others = (statistics.median(each) / len(records) * 1e6 for each in zip(*times, strict=True))
    return f"| `{expression}` | {mine:.2f} | {1e6 / mine:,.0f} | {others:.1f} | {mine / others:.3f} |".replace(
        "||", "\\|\\|"
    )


def _ours(expression: str) -> Test:
    matches = compile_filter(Selection(where=(expression,))).matcher().matches
    if matches is None:
        raise RuntimeError("no filter")
    return matches


def _of_the_library(expression: str) -> Test:
    """As one would use it: JSON by the standard library, all variables handed over."""
    program = library.environment().compile(expression)

    def matches(record: Record) -> bool:
        found = program.eval(data=variables(record))
        return found.type().name() == "BOOL" and found.value() is True

    def variables(record: Record) -> dict[str, object]:
        return {
            "value": json.loads(record.value or b"null"),
            "key": (record.key or b"").decode(),
            "headers": {name: (value or b"").decode() for name, value in record.headers},
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp_ms": record.timestamp_ms,
            "timestamp": datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        }

    return matches


def _seconds(test: Test, records: Sequence[Record]) -> float:
    """CPU time: what else runs on the machine does not count."""
    began = time.thread_time()
    for record in records:
        test(record)
    return time.thread_time() - began


def _head(size: int) -> str:
    return (
        f"## where\n\n`python -m dev.bench.where` {machine()}\n"
        f"{RECORDS:,} records with values of about {size} B of JSON, evaluated one by one, taking turns; CPU time, "
        f"medians of {ROUNDS} rounds; wanted: at most {WANTED_US} us.\n\n"
        "| expression | us a record | records/s | the library's evaluator, us | ratio |\n|---|---|---|---|---|"
    )


if __name__ == "__main__":
    main()
