"""The screen on a big cluster: what a refresh takes, how long a key waits, and when the first screen is there.

    python -m dev.bench.monitor

Starts its own mini-cluster on this machine (100 topics of 100 partitions, 1,000 groups that all lag; then 15,000 groups
without members) and ends it; Kafka's own tool is measured beside it. Takes about ten minutes. Writes the section
`monitor` of `results.md`.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from dev.bench import scale
from dev.bench.lag import theirs as kafkas_tool
from dev.bench.results import machine, replace_section
from dev.bench.screen import Screen
from dev.bench.whole_process import side_by_side
from kafkatui.minicluster import cluster

EMPTY = 15_000
KEYS = 120
WATCHED_SECONDS = 60.0
LONGEST_STALL_MS, CORE_SECONDS, MOST_MIB = 50, 1.0, 200
_ALL = re.compile(rb"1\xe2\x80\xaf000 groups")


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        try:
            bootstrap = cluster.up(3, "java", home=home, heap_mb=1024).bootstrap
            scale.build(bootstrap)
            lines = [*_big(bootstrap), *_first(bootstrap)]
        finally:
            cluster.down(home)
    text = "\n".join([f"## monitor\n\n`python -m dev.bench.monitor` {machine()}\n", *lines, ""])
    replace_section("monitor", text)
    print(text)  # noqa: T201


def _big(bootstrap: str) -> Iterator[str]:
    theirs = side_by_side({"kafka-consumer-groups": kafkas_tool(bootstrap)}, 3)["kafka-consumer-groups"]
    screen = Screen(bootstrap, 160, 45)
    screen.read_until(lambda seen: _ALL.search(seen) is not None)
    screen.write(b"3")
    screen.pause(20.0)
    refreshes, seconds = _refreshes(screen)
    answers = sorted(_pressed(screen, number) * 1000 for number in range(KEYS))
    peak = _peak_mib(screen.pid)
    screen.close()
    late = answers[round(len(answers) * 0.95) - 1]
    yield "### 1,000 groups x 10,000 partitions, all lagging; the Groups screen at 160x45\n"
    yield "| | kafkatui | wanted | kafka-consumer-groups |\n|---|---|---|---|"
    yield (
        f"| core seconds a refresh, painting included | {seconds / refreshes:.2f} | {CORE_SECONDS} "
        f"| {theirs.cpu_seconds:.2f} a run |"
    )
    yield f"| memory, MiB | {peak:.0f} | {MOST_MIB} | {theirs.peak_mib:.0f} |"
    shown = f"{statistics.median(answers):.0f}, {late:.0f}, {answers[-1]:.0f}"
    yield f"| key to paint, ms: median, 95 %, most | {shown} | {LONGEST_STALL_MS} | |\n"


def _refreshes(screen: Screen) -> tuple[int, float]:
    """How many times the cluster was read in a while, and the core seconds of the process in it."""
    before, cpu = time.monotonic(), _cpu_seconds(screen.pid)
    screen.seen = b""
    screen.pause(WATCHED_SECONDS)
    spent = _cpu_seconds(screen.pid) - cpu
    # With every reading the age in the first line begins at 0 again.
    count = len(re.findall(rb"of 0 s", screen.seen))
    assert time.monotonic() - before < 2 * WATCHED_SECONDS
    return max(1, count), spent


def _pressed(screen: Screen, number: int) -> float:
    screen.pause(0.1 + number % 13 / 20)
    return screen.answer_to(b"jjjjkkkk"[number % 8 : number % 8 + 1])


def _cpu_seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def _first(bootstrap: str) -> Iterator[str]:
    """With and without 15,000 groups that have a commit each and no member."""
    before = [_first_data(bootstrap) for _ in range(5)]
    _make_empty(bootstrap)
    after = [_first_data(bootstrap) for _ in range(5)]
    yield f"### The first screen beside {EMPTY:,} more groups without members\n"
    yield "| | s, median of 5 | most |\n|---|---|---|"
    yield f"| without them | {statistics.median(before):.2f} | {max(before):.2f} |"
    yield f"| with them | {statistics.median(after):.2f} | {max(after):.2f} |\n"


def _first_data(bootstrap: str) -> float:
    screen = Screen(bootstrap, 160, 45)
    seconds = screen.read_until(lambda seen: b"3/3 brokers" in seen) - screen.started
    screen.close()
    return seconds


def _make_empty(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "socket.timeout.ms": 120_000})
    left = [f"empty-{number:05}" for number in range(EMPTY)]
    while left:
        asked = {
            name: admin.alter_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(name, [TopicPartition("scale-000", 0, 3)])]
            )
            for name in left[:200]
        }
        done = {name for name, futures in asked.items() if all(scale.stands(future) for future in futures.values())}
        left = [name for name in left if name not in done]


if __name__ == "__main__":
    main()
