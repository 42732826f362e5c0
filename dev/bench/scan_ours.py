"""What `dev.bench.scan` measures of ours: one whole topic searched for a text, or for a number inside of JSON.

python -m dev.bench.scan_ours BOOTSTRAP TOPIC text|amount WANTED
"""

from __future__ import annotations

import asyncio
import sys

from kafkatui.filters import Selection, compile_filter
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Wanted
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.records import Record
from kafkatui.model.spans import Span


def containing(text: str) -> Wanted:
    """The text in the key or the value."""
    wanted = text.encode()

    def matches(record: Record) -> bool:
        return wanted in (record.value or b"") or wanted in (record.key or b"")

    return Wanted((wanted,), matches)


def with_amount(text: str) -> Wanted:
    """`--where`, as a filter that no search for bytes can help."""
    chosen = compile_filter(Selection(where=(f"value.amount == {int(text)}",)))
    return Wanted(chosen.required, chosen.matcher().matches, chosen.any_of)


async def main(bootstrap: str, topic: str, kind: str, text: str) -> None:
    """Print what is found. Raises RuntimeError when it is not one record, or when anything was not read."""
    wanted = {"text": containing, "amount": with_amount}[kind](text)
    async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
        partitions = (await cluster.topology()).topics[topic].partitions
        spans = (await resolve(cluster.nodes, partitions, Range())).values()
        known = [span for span in spans if isinstance(span, Span)]
        steps = [step async for step in scan(cluster.nodes, known, wanted)]
    found = [record for step in steps for record in step.found]
    gaps = [gap for step in steps for gap in step.gaps]
    if len(found) != 1 or gaps or len(known) != len(partitions):
        raise RuntimeError(f"{len(found)} found, {gaps}")
    print(found[0].value)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
