"""The faults of a soak, one after the other, on a cluster of its own. What the screen makes of them is in `soak`."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import ElectionType, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.minicluster import cluster

REMADE = "soak-remade"
GROUP = "soak-group"
_PAUSED_SECONDS = 15.0
_DEAD_SECONDS = 10.0
_GIVE_UP_SECONDS = 60.0


@dataclass(slots=True)
class Faults:
    """Each call of `next` does one, and returns when it is over. It blocks: for a thread."""

    bootstrap: str
    home: Path
    tailed: str
    """The topic that the member of the group reads."""
    brokers: Iterator[int] = field(default_factory=lambda: itertools.cycle((1, 2, 3)))
    member: subprocess.Popen[bytes] | None = None
    admin: AdminClient = field(init=False)
    _turn: int = 0

    def __post_init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap, "socket.timeout.ms": 30_000, "log_level": 0})

    @property
    def kinds(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        return (
            ("a broker hangs (SIGSTOP), 15 s", self._hang),
            ("leaders elected", self._elect),
            ("a broker dies (SIGKILL), 10 s, restarts", self._die),
            ("a topic deleted and made again", self._remake),
            ("a group's member killed, another starts", self._replace_member),
        )

    def begin(self) -> None:
        """The topic and the member that faults are for."""
        self._make()
        self._join()

    def end(self) -> None:
        """End the member."""
        if self.member is not None:
            self.member.kill()
            self.member.wait()

    def next(self) -> str:
        """Do the next one; its name. Raises MiniClusterError, KafkaException."""
        name, do = self.kinds[self._turn % len(self.kinds)]
        self._turn += 1
        do()
        return name

    def _hang(self) -> None:
        broker = next(self.brokers)
        cluster.pause_broker(broker, self.home)
        time.sleep(_PAUSED_SECONDS)
        cluster.resume_broker(broker, self.home)

    def _die(self) -> None:
        broker = next(self.brokers)
        cluster.kill_broker(broker, self.home)
        time.sleep(_DEAD_SECONDS)
        cluster.start_broker(broker, self.home)

    def _elect(self) -> None:
        """Where a broker was away its partitions have other leaders: back to the preferred ones."""
        self.admin.elect_leaders(ElectionType.PREFERRED, None).result(_GIVE_UP_SECONDS)

    def _remake(self) -> None:
        for deleted in self.admin.delete_topics([REMADE], operation_timeout=_GIVE_UP_SECONDS).values():
            deleted.result()
        self._make()

    def _make(self) -> None:
        """The name of a topic that goes is taken for a moment longer."""
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while True:
            (made,) = self.admin.create_topics([NewTopic(REMADE, 6, 3)]).values()
            try:
                made.result()
                return
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _replace_member(self) -> None:
        self.end()
        self._join()

    def _join(self) -> None:
        words = [sys.executable, "-m", "dev.bench.soak_member", self.bootstrap, GROUP, self.tailed]
        self.member = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
