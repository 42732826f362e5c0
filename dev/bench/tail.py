"""Memory of a tail that runs long: the Messages screen and `read -f`, each while a million records are written.

    python -m dev.bench.tail

Starts its own mini-cluster on this machine and ends it. Writes the section `tail` of `results.md`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from dev.bench.results import machine, replace_section
from dev.bench.screen import Screen
from kafkatui.minicluster import cluster

TOPIC = "tailed"
PARTITIONS = 6
RECORDS = 1_000_000
PER_SECOND = 25_000
WANTED_MIB = 300
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure both and write the table."""
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        try:
            bootstrap = cluster.up(3, "java", home=home, heap_mb=512).bootstrap
            admin = AdminClient({"bootstrap.servers": bootstrap})
            admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)
            rows = [_screen(bootstrap), _command(bootstrap)]
        finally:
            cluster.down(home)
    head = f"{RECORDS:,} records of 200 B at about {PER_SECOND:,}/s into {PARTITIONS} partitions while it follows."
    table = (
        "| what follows | records it saw | MiB at the start | after a third | at the end | most |\n" + "|---" * 6 + "|"
    )
    text = "\n".join([f"## tail\n\n`python -m dev.bench.tail` {machine()}", head, "", table, *rows])
    text += f"\n\nWanted: at most {WANTED_MIB} MiB, however long it follows.\n"
    replace_section("tail", text)
    print(text)  # noqa: T201


def _screen(bootstrap: str) -> str:
    screen = Screen(bootstrap, 160, 45)
    screen.read_until(lambda seen: b"3/3 brokers" in seen)
    screen.write(b"2")
    screen.read_until(lambda seen: TOPIC.encode() in seen)
    screen.write(b"m")
    screen.read_until(lambda seen: b"whole log" in seen)
    screen.write(b"f")
    screen.read_until(lambda seen: b"follow" in seen)
    with _drained(screen), _sampled(screen.pid) as sizes:
        _write(bootstrap)
        time.sleep(2)
    # The cursor at the newest: the last offset of a partition stands there only if the tail came that far.
    screen.write(b"kg")
    last = str(RECORDS // PARTITIONS - 1).encode()
    screen.read_until(lambda seen: last in seen.replace("\u2009".encode(), b"").replace(b" ", b""))
    screen.close()
    return _row("Messages, `f`", "the last ones shown", sizes)


@contextmanager
def _drained(screen: Screen) -> Iterator[None]:
    """Read what is painted: a terminal that nobody reads stops the program."""
    going = threading.Event()

    def read() -> None:
        while not going.wait(0.02):
            screen.drain()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        going.set()
        thread.join()


def _command(bootstrap: str) -> str:
    words = [sys.executable, "-m", "kafkatui", "read", TOPIC, "-b", bootstrap, "-f", "-n", str(RECORDS)]
    with tempfile.TemporaryFile() as err:
        ours = subprocess.Popen([*words, "--output", "ndjson"], stdout=subprocess.PIPE, stderr=err)
        assert ours.stdout is not None
        time.sleep(2)
        lines = _Lines(ours.stdout.fileno())
        with _sampled(ours.pid) as sizes:
            lines.start()
            _write(bootstrap)
            lines.join(60)
        ours.wait(60)
    return _row("`read -f --output ndjson`", f"{lines.count:,}", sizes)


class _Lines(threading.Thread):
    """Counts the lines a command prints."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.count = 0

    def run(self) -> None:
        while data := os.read(self._descriptor, 1 << 20):
            self.count += data.count(b"\n")


@contextmanager
def _sampled(pid: int) -> Iterator[list[float]]:
    """Resident MiB of a process, five times a second."""
    sizes: list[float] = []
    going = threading.Event()

    def look() -> None:
        while not going.wait(0.2):
            try:
                pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
            except (OSError, IndexError):
                return
            if pages:
                sizes.append(pages * _PAGE_BYTES / (1 << 20))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield sizes
    finally:
        going.set()
        thread.join()


def _write(bootstrap: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "log_level": 2})
    began = time.monotonic()
    for number in range(RECORDS):
        value = json.dumps({"id": number, "status": "open", "note": "n" * 150}).encode()
        producer.produce(TOPIC, value=value, key=b"%09d" % number, partition=number % PARTITIONS)
        if number % 1_000 == 0:
            producer.poll(0)
            time.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
    if producer.flush(60):
        raise RuntimeError("not all records were delivered")


def _row(what: str, seen: str, sizes: list[float]) -> str:
    third = sizes[len(sizes) // 3]
    return f"| {what} | {seen} | {sizes[0]:.0f} | {third:.0f} | {sizes[-1]:.0f} | {max(sizes):.0f} |"


if __name__ == "__main__":
    main()
