"""Live members of groups of consumers, by a client that is not ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer


@contextmanager
def a_member(bootstrap: str, group: str, topic: str, protocol: str) -> Iterator[None]:
    """A live consumer that reads everything and commits, polling in a thread of its own until the block ends."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "group.protocol": protocol,
            "client.id": f"{protocol}-client",
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": 200,
            "log_level": 2,
        }
    )
    consumer.subscribe([topic])
    leave = threading.Event()
    polling = threading.Thread(target=_poll, args=(consumer, leave))
    polling.start()
    try:
        yield
    finally:
        leave.set()
        polling.join()
        consumer.close()


def _poll(consumer: Consumer, leave: threading.Event) -> None:
    while not leave.is_set():
        consumer.poll(0.1)
