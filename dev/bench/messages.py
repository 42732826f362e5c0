"""How soon the list of messages answers a key while a search or a tail runs, and what memory that takes.

    python -m dev.bench.messages

Starts its own mini-cluster on this machine and ends it. Writes the section `messages` of `results.md`. Four minutes.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from confluent_kafka import Producer

from dev.bench.results import machine, replace_section
from dev.bench.scan import fill
from dev.bench.screen import Screen
from kafkatui.minicluster import cluster
from kafkatui.tui.themes import DARK

TOPIC = "scan-none"
SIZES = ((160, 45), (80, 24))
KEYS = 60
QUERY = b"where value.amount % 400 == 7"
"""No byte search can help it: every record is decoded, and 2,500 are found."""
TAIL_SECONDS = 30.0
TAIL_RATE = 20_000
"""Records/s that are written while it tails."""
LIT = re.compile(rb"\x1b\[[0-9;]*48;2;%d;%d;%dm([^\x1b]*)" % tuple(bytes.fromhex(DARK.variables["cursor"][1:])))
"""What is painted in the colour of the cursor."""
ROW = re.compile(rb"[:\d]+\.\d{3} +\d+ +\d+")
"""Time, partition and offset."""


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        try:
            bootstrap = cluster.up(3, "java", home=home, heap_mb=512).bootstrap
            fill(bootstrap, TOPIC, "none")
            rows = [each for size in SIZES for each in _measure(bootstrap, *size)]
        finally:
            cluster.down(home)
    what = f"1,000,000 records of about 200 B in 6 partitions. `j` and `k` at rest, while `{QUERY.decode()}`"
    more = f"is searched for, and while {TAIL_RATE:,} records/s come in for {TAIL_SECONDS:.0f} s."
    head = "| size | meanwhile | key to the row it goes to ms (median, 95 %, most) | peak MiB |\n|---|---|---|---|"
    text = "\n".join([f"## messages\n\n`python -m dev.bench.messages` {machine()}\n{what}\n{more}\n", head, *rows, ""])
    replace_section("messages", text)
    print(text)  # noqa: T201


def _measure(bootstrap: str, columns: int, lines: int) -> list[str]:
    size, rows = f"{columns}x{lines}", []
    screen = _opened(bootstrap, columns, lines)
    rows.append(_row(size, "at rest", _pressed(screen, lambda: None), screen))
    rows.append(_row(size, "search", _pressed(screen, lambda: _search(screen), every=4), screen))
    screen.close()
    screen = _opened(bootstrap, columns, lines)
    screen.write(b"f")
    screen.pause(1.0)
    screen.write(b"jjjjj")
    stop = threading.Event()
    writing = threading.Thread(target=_write, args=(bootstrap, stop))
    writing.start()
    until = time.monotonic() + TAIL_SECONDS
    answers = _pressed(screen, lambda: None)
    screen.pause(until - time.monotonic())
    stop.set()
    writing.join()
    rows.append(_row(size, "tail", answers, screen))
    screen.close()
    return rows


def _opened(bootstrap: str, columns: int, lines: int) -> Screen:
    screen = Screen(bootstrap, columns, lines)
    screen.read_until(lambda seen: b"3/3 brokers" in seen)
    screen.write(b":")
    screen.read_until(lambda seen: b"leave kafkatui" in seen)
    screen.write(TOPIC.encode() + b"\r")
    screen.read_until(lambda seen: b"Groups that read it" in seen)
    screen.write(b"m")
    screen.read_until(lambda seen: _under_cursor(seen) is not None)
    screen.pause(0.5)
    return screen


def _is_on_another(row: bytes | None, seen: bytes) -> bool:
    return _under_cursor(seen) not in (None, row)


def _under_cursor(seen: bytes) -> bytes | None:
    """The row that was painted last in the colour of the cursor."""
    rows: list[bytes] = ROW.findall(b"".join(LIT.findall(seen)))
    return rows[-1] if rows else None


def _search(screen: Screen) -> None:
    """Begin it anew, so that it runs while the next keys are pressed."""
    screen.drain()
    screen.write(b"/\x15" + QUERY + b"\r")
    screen.pause(0.7)
    # Away from the first row, with which the cursor stays as hits come in.
    screen.write(b"jjjjj")
    screen.pause(0.3)


def _pressed(screen: Screen, prepare: Callable[[], None], every: int = KEYS) -> list[float]:
    """Milliseconds from each key until the row it goes to is the one that is shown."""
    answers: list[float] = []
    on: bytes | None = None
    for number in range(KEYS):
        if number % every == 0:
            prepare()
        screen.pause(0.05 + number % 11 / 100)
        screen.drain()
        on = _under_cursor(screen.seen) or on
        pressed = time.perf_counter()
        screen.write(b"jk"[number % 2 : number % 2 + 1])
        answers.append((screen.read_until(partial(_is_on_another, on)) - pressed) * 1000)
    return answers


def _write(bootstrap: str, stop: threading.Event) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "log_level": 2})
    number = 0
    began = time.monotonic()
    while not stop.is_set():
        while number < (time.monotonic() - began) * TAIL_RATE:
            producer.produce(TOPIC, b'{"id":%d,"note":"%0150d"}' % (number, number), partition=number % 6)
            number += 1
        producer.poll(0.005)
    producer.flush(30)


def _row(size: str, meanwhile: str, answers: list[float], screen: Screen) -> str:
    ordered = sorted(answers)
    late = ordered[round(len(ordered) * 0.95) - 1]
    status = Path(f"/proc/{screen.pid}/status")
    peak = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    memory = "?" if peak is None else str(round(int(peak[1]) / 1024))
    return f"| {size} | {meanwhile} | {statistics.median(ordered):.0f}, {late:.0f}, {ordered[-1]:.0f} | {memory} |"


if __name__ == "__main__":
    main()
