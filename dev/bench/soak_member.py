"""One member of a group that reads and commits, as a process of its own: the soak kills it. Nothing is measured here.

python -m dev.bench.soak_member BOOTSTRAP GROUP TOPIC
"""

from __future__ import annotations

import sys

from confluent_kafka import Consumer


def main(bootstrap: str, group: str, topic: str) -> None:
    """Until it is killed. The session is short, so that the group notices soon."""
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": group, "session.timeout.ms": 6_000, "heartbeat.interval.ms": 2_000,
        "auto.offset.reset": "latest", "log_level": 0,
    })  # fmt: skip
    consumer.subscribe([topic])
    while True:
        # What a consumer says of a broker that is gone comes as a message, too.
        consumer.poll(1.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
