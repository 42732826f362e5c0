"""Asks one broker who is in the cluster. A readiness check only: everything else is asked through `kafkatui.kafka`.

Written out by hand because the mini-cluster starts before, and is looked at without, the weight of a Kafka client.
"""

from __future__ import annotations

import socket
import struct
from io import BytesIO

# Metadata, version 2, correlation 1, client "dev"; the empty list of topics asks about brokers alone.
_REQUEST = struct.pack(">hhih3si", 3, 2, 1, 3, b"dev", 0)


def members(host: str, port: int, cluster_id: str, timeout: float = 1) -> frozenset[int]:
    """The node ids that this broker of a cluster knows to be alive; empty if it does not answer in `timeout` seconds.

    Empty also where a broker of another cluster answers: two that start at once may want the same port.
    """
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
            with connection.makefile("rb") as answer:
                (size,) = struct.unpack(">i", answer.read(4))
                return _node_ids(BytesIO(answer.read(min(size, 65536))), cluster_id)
    except (OSError, struct.error):
        return frozenset()


def _node_ids(answer: BytesIO, cluster_id: str) -> frozenset[int]:
    _correlation, brokers = struct.unpack(">ii", answer.read(8))
    found = frozenset(_node_id(answer) for _ in range(brokers))
    (length,) = struct.unpack(">h", answer.read(2))
    return found if answer.read(max(0, length)) == cluster_id.encode() else frozenset()


def _node_id(answer: BytesIO) -> int:
    node_id: int
    node_id, host_length = struct.unpack(">ih", answer.read(6))
    answer.read(host_length)
    _port, rack_length = struct.unpack(">ih", answer.read(6))
    answer.read(max(0, rack_length))
    return node_id
