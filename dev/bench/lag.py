"""`kafkatui lag` against Kafka's own `kafka-consumer-groups`, side by side in one run; writes `results.md`.

    python -m dev.bench.lag

Starts its own mini-clusters on this machine and ends them. Takes about four minutes on two cores.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from dev.bench import scale
from dev.bench.results import machine, replace_section
from dev.bench.whole_process import Measured, side_by_side
from kafkatui.minicluster import cluster, jars, jre, places
from kafkatui.minicluster.seed import seed

MAIN_CLASS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
# As bin/kafka-run-class.sh starts Kafka's tools.
KAFKAS_FLAGS = [
    "-Xmx256M",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
]
OURS, THEIRS = "kafkatui lag", "kafka-consumer-groups"


def main() -> None:
    """Measure both clusters and write the table."""
    sections = [
        _measure("the sample world at rest", 256, lambda bootstrap: asyncio.run(seed(bootstrap)), rounds=9, most=0.25),
        _measure("1,000 groups x 10,000 partitions", 1024, scale.build, rounds=5, most=0.1),
    ]
    text = "\n".join([_head(), *sections])
    replace_section("lag", text)
    print(text)  # noqa: T201


def _measure(what: str, heap_mb: int, fill: Callable[[str], None], rounds: int, most: float) -> str:
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        try:
            bootstrap = cluster.up(3, "java", home=home, heap_mb=heap_mb).bootstrap
            fill(bootstrap)
            measured = side_by_side({OURS: _ours(bootstrap), THEIRS: theirs(bootstrap)}, rounds)
        finally:
            cluster.down(home)
    return _table(what, measured, rounds, most)


def _ours(bootstrap: str) -> list[str]:
    return [sys.executable, "-m", "kafkatui", "lag", "-b", bootstrap]


def theirs(bootstrap: str) -> list[str]:
    lock, folder = jars.lock("kafka-tools-4.3.0"), jars.folder(places.cache())
    jars.fetch(lock, folder)
    java = str(jre.find_java().program)
    words = ["--bootstrap-server", bootstrap, "--describe", "--all-groups", "--timeout", "60000"]
    return [java, *KAFKAS_FLAGS, "-cp", jars.class_path(lock, folder), MAIN_CLASS, *words]


def _head() -> str:
    how = "Whole processes taking turns, median of the rounds, against the same three brokers on this machine."
    return f"## lag\n\n`python -m dev.bench.lag` {machine()}\n{how}\n"


def _table(what: str, measured: dict[str, Measured], rounds: int, most: float) -> str:
    ratio = measured[OURS].seconds / measured[THEIRS].seconds
    rows = [
        f"| {name} | {each.seconds:.2f} | {each.least_seconds:.2f}-{each.most_seconds:.2f} "
        f"| {each.cpu_seconds:.2f} | {each.peak_mib:.0f} |"
        for name, each in measured.items()
    ]
    verdict = f"time ratio {ratio:.3f} (wanted: at most {most})"
    head = f"### {what} ({rounds} rounds)\n\n| command | s | least-most | CPU s | peak MiB |\n|---|---|---|---|---|"
    return "\n".join([head, *rows, "", verdict, ""])


if __name__ == "__main__":
    main()
