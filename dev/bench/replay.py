"""Replaying exactly once against a pipe of two kcats, side by side, and killed again and again; writes `results.md`.

    python -m dev.bench.replay

Starts its own mini-cluster on this machine and ends it. Takes about seven minutes on two cores. kcat only if installed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from dev.bench.results import machine, replace_section
from dev.bench.scan import PARTITIONS, RECORDS, fill
from dev.bench.whole_process import Measured, side_by_side
from kafkatui.minicluster import cluster

ROUNDS = 3
OURS, KCAT = "kafkatui replay, exactly once", "kcat -C, kcat -P"
TO_FILE, FROM_FILE = "kafkatui replay --to-file", "kafkatui replay --from-file"
MOST_RATIO = 1.25
KILLED_RECORDS, KILLS = 200_000, 20
VICTIM = 3
HEADERS = [("trace", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        os.environ["XDG_STATE_HOME"] = str(home / "state")
        try:
            bootstrap = cluster.up(3, "java", home=home, heap_mb=512).bootstrap
            parts = [
                _head(),
                *_speed(bootstrap, home / "records.ndjson"),
                "",
                _killed(bootstrap),
                _killed(bootstrap, home),
                "",
            ]
        finally:
            cluster.down(home)
    text = "\n".join(parts)
    replace_section("replay", text)
    print(text)  # noqa: T201


def _head() -> str:
    how = f"{RECORDS:,} records of about 200 B with a key and a header in {PARTITIONS} partitions."
    return f"## replay\n\n`python -m dev.bench.replay` {machine()}\n{how} Whole processes taking turns, medians.\n"


def _speed(bootstrap: str, file: Path) -> list[str]:
    fill(bootstrap, "source", "none", headers=HEADERS)
    for name in ("copied", "piped", "loaded"):
        _create(bootstrap, name)
    ours = [sys.executable, "-m", "kafkatui", "replay", "source", "--to", "copied", "-y", "-b", bootstrap]
    commands: dict[str, list[str]] = {OURS: ours}
    kcat, shell = shutil.which("kcat"), shutil.which("sh")
    if kcat is not None and shell is not None:
        pipe = f"{kcat} -C -q -e -b {bootstrap} -t source -K '|' | {kcat} -P -b {bootstrap} -t piped -K '|'"
        commands[KCAT] = [shell, "-c", pipe]
    if shell is not None:
        replay = f"{sys.executable} -m kafkatui replay -y -b {bootstrap}"
        commands[TO_FILE] = [shell, "-c", f"rm -f {file}; exec {replay} source --to-file {file}"]
        commands[FROM_FILE] = [shell, "-c", f"exec {replay} --from-file {file} --to loaded"]
    return _table(side_by_side(commands, ROUNDS))


def _create(bootstrap: str, name: str, replicas: int = 1) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, PARTITIONS, replicas)])[name].result(30)


def _table(measured: Mapping[str, Measured]) -> list[str]:
    rows = [
        f"| {name} | {each.seconds:.2f} | {each.least_seconds:.2f}-{each.most_seconds:.2f} | {each.cpu_seconds:.2f} "
        f"| {each.peak_mib:.0f} | {RECORDS / each.seconds:,.0f} |"
        for name, each in measured.items()
    ]
    head = "| command | s | least-most | CPU s | peak MiB | records/s |\n|---|---|---|---|---|---|"
    ratio = [
        f"\n{measured[OURS].seconds / measured[KCAT].seconds:.3f} of the pipe's time (wanted: at most {MOST_RATIO})"
        for _ in [1]
        if KCAT in measured
    ]
    return [head, *rows, *ratio]


def _killed(bootstrap: str, home: Path | None = None) -> str:
    """One job, killed with SIGKILL at random moments and resumed each time; then read by Kafka's own client.

    With `home` a broker of that cluster is killed too, after a quarter of the kills, and started again after a half:
    leaders and coordinators move away and back.
    """
    name = "killed" if home is None else "faulty"
    source, target = f"{name}-source", f"{name}-target"
    replicas = 1 if home is None else 3
    fill(bootstrap, source, "none", KILLED_RECORDS, HEADERS, replicas)
    _create(bootstrap, target, replicas)
    words = [source, "--to", target, "--job", name]
    chance, killed = random.Random(7), 0
    command = [sys.executable, "-m", "kafkatui", "replay"]
    while True:
        slow = [] if killed >= KILLS else ["--chunk", "2000", "--rate", "20000"]
        running = subprocess.Popen([*command, *words, *slow, "-y", "-b", bootstrap], stderr=subprocess.PIPE)
        if killed < KILLS:
            time.sleep(chance.uniform(0.3, 0.8))
            running.send_signal(signal.SIGKILL)
            killed += 1
            _trouble(home, killed)
        _, err = running.communicate()
        if running.returncode == 0:
            break
        if running.returncode != -signal.SIGKILL:
            raise RuntimeError(err.decode())
        if b"plan" in err:
            words = ["resume", name]
    lost, doubled, out_of_order = _compared(bootstrap, source, target)
    too = "" if home is None else ", a broker killed and started again in between"
    return (
        f"- {KILLED_RECORDS:,} records, {killed} times SIGKILL at a random moment{too}, resumed each time: "
        f"{lost} lost, {doubled} doubled, {out_of_order} partitions out of order (read_committed, by confluent-kafka)."
    )


def _trouble(home: Path | None, killed: int) -> None:
    if home is not None and killed == KILLS // 4:
        cluster.kill_broker(VICTIM, home)
    if home is not None and killed == KILLS // 2:
        cluster.start_broker(VICTIM, home)


def _compared(bootstrap: str, source: str, target: str) -> tuple[int, int, int]:
    wanted, found = _read(bootstrap, source), _read(bootstrap, target)
    lost = sum(len(set(values) - set(found[each])) for each, values in wanted.items())
    doubled = sum(len(values) - len(set(values)) for values in found.values())
    return lost, doubled, sum(found[each] != values for each, values in wanted.items())


def _read(bootstrap: str, topic: str) -> dict[int, list[bytes]]:
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "unused", "enable.partition.eof": True,
        "isolation.level": "read_committed", "enable.auto.commit": False,
    })  # fmt: skip
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    found: dict[int, list[bytes]] = defaultdict(list)
    ended = 0
    while ended < PARTITIONS:
        for message in consumer.consume(10_000, 1.0):
            if message.error():
                ended += 1
            else:
                found[message.partition()].append(message.value())
    consumer.close()
    return found


if __name__ == "__main__":
    main()
