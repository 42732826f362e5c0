"""A topic that is written with numbers and followed by `kafkatui read -f`: whether each comes once, and in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

TOPIC = "soak-tail"
PARTITIONS = 3
_A_TURN = 30
"""Records written at a time."""


class Tail:
    """Writer and follower at once; neither waits."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        # The client lives as long as what it promised.
        admin = AdminClient({"bootstrap.servers": bootstrap})
        (made,) = admin.create_topics([NewTopic(TOPIC, PARTITIONS, 3)]).values()
        made.result()
        self._errors = (folder / "tail.log").open("wb")
        command = [sys.executable, "-m", "kafkatui", "-b", bootstrap, "read", TOPIC, "-f", "-o", "start:"]
        self.process = subprocess.Popen(
            [*command, "--output", "ndjson"], stdout=subprocess.PIPE, stderr=self._errors, stdin=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        self._stdout = self.process.stdout.fileno()
        os.set_blocking(self._stdout, False)
        self._rest = b""
        self._producer = Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 50, "log_level": 0,
            "delivery.timeout.ms": 300_000,
        })  # fmt: skip
        self._written: Counter[int] = Counter()
        self.read: Counter[int] = Counter()
        """Records that came, by partition."""
        self.wrong: list[str] = []
        """Where a number came that was not the next one."""

    @property
    def behind(self) -> int:
        """Records that were written and did not come yet."""
        return self._written.total() - self.read.total()

    def turn(self) -> None:
        """Write some records, and take what came."""
        for number in range(_A_TURN):
            partition = number % PARTITIONS
            self._producer.produce(TOPIC, str(self._written[partition]), partition=partition)
            self._written[partition] += 1
        self._producer.poll(0)
        self.take()

    def take(self) -> None:
        """What came by now."""
        try:
            while piece := os.read(self._stdout, 1 << 20):
                *lines, self._rest = (self._rest + piece).split(b"\n")
                for line in lines:
                    self._check(json.loads(line))
        except BlockingIOError:
            return

    def _check(self, record: dict[str, object]) -> None:
        partition, value = record["partition"], record["value"]
        assert isinstance(partition, int)
        assert isinstance(value, dict)
        if int(value["text"]) != self.read[partition]:
            self.wrong.append(f"partition {partition}: {value['text']} where {self.read[partition]} is due")
        self.read[partition] = int(value["text"]) + 1

    def flush(self) -> int:
        """Records that no broker took in a minute."""
        return int(self._producer.flush(60))

    def end(self) -> None:
        """End the follower."""
        self.process.terminate()
        self.process.wait()
        self._errors.close()
