"""Finding one text in 1,000,000 records: `kafkatui read` against aiokafka and kcat, side by side; writes `results.md`.

    python -m dev.bench.scan

Starts its own mini-cluster on this machine and ends it. Takes about six minutes on two cores. kcat only if installed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from dev.bench.results import machine, replace_section
from dev.bench.whole_process import Measured, side_by_side
from kafkatui.minicluster import cluster

RECORDS = 1_000_000
PARTITIONS = 6
BATCH_BYTES = 16_384
"""Java's default, and the least favourable for us: the more batches, the more work that is not searching."""
NEEDLE = "order-000654321"
ROUNDS = 11
GREP, WHERE, LAST = "kafkatui read --grep", "kafkatui read --where", "kafkatui read --last 100"
ENGINE, ENGINE_WHERE = "its engine, a text", "its engine, every record as JSON"
AIOKAFKA, KCAT = "aiokafka getmany", "kcat, grep -F"
EXPRESSION = "value.amount > 999998"
"""True for one record, and for no bytes that a search could look for."""
WANTED = {AIOKAFKA: 0.35, KCAT: 0.25}
MOST_MIB, LEAST_RATE, MOST_LAST_SECONDS = 250, 150_000, 0.6


def main() -> None:
    """Measure both topics and write the table."""
    sections = [_head()]
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        try:
            bootstrap = cluster.up(3, "java", home=home, heap_mb=512).bootstrap
            for codec in ("none", "zstd"):
                topic = f"scan-{codec}"
                fill(bootstrap, topic, codec)
                sections.append(_table(codec, side_by_side(_commands(bootstrap, topic), ROUNDS)))
        finally:
            cluster.down(home)
    text = "\n".join(sections)
    replace_section("scan", text)
    print(text)  # noqa: T201


def fill(
    bootstrap: str,
    topic: str,
    codec: str,
    records: int = RECORDS,
    headers: list[tuple[str, bytes]] | None = None,
    replicas: int = 1,
) -> None:
    """Records of about 200 B in turn over the partitions of a new topic."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, PARTITIONS, replicas)])[topic].result(30)
    producer = Producer({
        "bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 50, "batch.size": BATCH_BYTES,
        "queue.buffering.max.messages": 500_000, "log_level": 2,
    })  # fmt: skip
    for number in range(records):
        while True:
            try:
                producer.produce(
                    topic, _value(number), b"%09d" % number, partition=number % PARTITIONS, headers=headers
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(120):
        raise RuntimeError("not all records were delivered")


def _value(number: int) -> bytes:
    """About 200 bytes of JSON."""
    mixed = number * 2_654_435_761 % (1 << 32)
    return (
        b'{"id":"order-%09d","status":"%s","amount":%d,"currency":"EUR","customer":"c-%08x","note":"%064x"}'
        % (number, (b"paid", b"open", b"shipped")[number % 3], number, mixed, mixed**3)
    )  # fmt: skip


def _commands(bootstrap: str, topic: str) -> Mapping[str, list[str]]:
    read = [sys.executable, "-m", "kafkatui", "-b", bootstrap, "read", topic, "--output", "ndjson"]
    engine = [sys.executable, "-m", "dev.bench.scan_ours", bootstrap, topic]
    commands = {
        GREP: [*read, "--grep", NEEDLE],
        WHERE: [*read, "--where", EXPRESSION],
        LAST: [*read, "--last", "100"],
        ENGINE: [*engine, "text", NEEDLE],
        ENGINE_WHERE: [*engine, "amount", "654321"],
        AIOKAFKA: [sys.executable, "-m", "dev.bench.scan_aiokafka", bootstrap, topic, NEEDLE],
    }
    kcat, shell = shutil.which("kcat"), shutil.which("sh")
    if kcat is not None and shell is not None:
        commands[KCAT] = [shell, "-c", f"{kcat} -C -q -e -b {bootstrap} -t {topic} | grep -F {NEEDLE}"]
    return commands


def _head() -> str:
    how = f"{RECORDS:,} records of about 200 B in {PARTITIONS} partitions, batches of {BATCH_BYTES:,} B, one hit."
    turns = (
        f"Whole processes taking turns, medians; {os.getloadavg()[2]:.1f} others wanted a core (load of 15 minutes)."
    )
    return f"## scan\n\n`python -m dev.bench.scan` {machine()}\n{how} {turns}\n"


def _table(codec: str, measured: Mapping[str, Measured]) -> str:
    rows = [
        f"| {name} | {each.seconds:.2f} | {each.least_seconds:.2f}-{each.most_seconds:.2f} "
        f"| {each.cpu_seconds:.2f} | {each.peak_mib:.0f} |"
        for name, each in measured.items()
    ]
    ratios = [
        f"- a text: {measured[GREP].seconds / measured[name].seconds:.3f} of {name} (wanted: at most {most})"
        for name, most in WANTED.items()
        if name in measured
    ]
    peak = max(measured[name].peak_mib for name in (GREP, WHERE, LAST))
    others = [
        f"- `--where '{EXPRESSION}'`: {RECORDS / measured[WHERE].seconds:,.0f} records/s (wanted: {LEAST_RATE:,})",
        f"- `--last 100`: {measured[LAST].seconds:.2f} s (wanted: at most {MOST_LAST_SECONDS})",
        f"- memory: {peak:.0f} MiB (wanted: at most {MOST_MIB})",
    ]
    head = f"### {codec} ({ROUNDS} rounds)\n\n| command | s | least-most | CPU s | peak MiB |\n|---|---|---|---|---|"
    return "\n".join([head, *rows, "", *ratios, *others, ""])


if __name__ == "__main__":
    main()
