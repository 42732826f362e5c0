"""The shape of the mini-cluster: ports, racks, names and topic defaults, for every engine. Nothing is started here."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from kafkatui.minicluster.errors import MiniClusterError

HOST = "127.0.0.1"
RACKS = ("rack-a", "rack-b", "rack-c")
FIRST_PORT = 19092
FIRST_CONTROLLER_PORT = 19192
MOST_BROKERS = 9

# Free ports are looked for below the range from which systems take the ports of outgoing connections:
# one of those could sit on a killed broker's port when it is started again.
_SEARCHED = range(23000, 32000)


@dataclass(frozen=True, slots=True)
class Node:
    """One broker, which is a controller too."""

    node_id: int
    port: int
    controller_port: int

    @property
    def name(self) -> str:
        """The name of its folder and of its compose service."""
        return f"broker-{self.node_id}"

    @property
    def rack(self) -> str:
        """Racks are dealt in turn, so that replicas of three brokers lie in three racks."""
        return RACKS[(self.node_id - 1) % len(RACKS)]


def usual_nodes(brokers: int) -> tuple[Node, ...]:
    """Brokers 1 to `brokers` on the ports that people may learn by heart."""
    return tuple(Node(n, FIRST_PORT + n - 1, FIRST_CONTROLLER_PORT + n - 1) for n in range(1, brokers + 1))


def nodes(brokers: int) -> tuple[Node, ...]:
    """The usual nodes, or ones on free ports when any usual port is taken.

    Raises MiniClusterError for a number of brokers that makes no sense, or when no ports are free.
    """
    if not 1 <= brokers <= MOST_BROKERS:
        raise MiniClusterError(f"a mini-cluster has 1 to {MOST_BROKERS} brokers, not {brokers}")
    usual = usual_nodes(brokers)
    return usual if all(_is_free(port) for node in usual for port in _ports(node)) else free_nodes(brokers)


def free_nodes(brokers: int) -> tuple[Node, ...]:
    """Brokers 1 to `brokers` on ports nobody uses now. Raises MiniClusterError when there are too few."""
    ports = free_ports(2 * brokers)
    return tuple(Node(n, ports[2 * n - 2], ports[2 * n - 1]) for n in range(1, brokers + 1))


def free_ports(count: int) -> list[int]:
    """Ports nobody uses now. Raises MiniClusterError when there are too few."""
    start = random.randrange(len(_SEARCHED))
    free = (port for port in (*_SEARCHED[start:], *_SEARCHED[:start]) if _is_free(port))
    ports = list(itertools.islice(free, count))
    if len(ports) < count:
        raise MiniClusterError(f"no {count} free ports between {_SEARCHED[0]} and {_SEARCHED[-1]} on {HOST}")
    return ports


def topic_defaults(brokers: int) -> dict[str, str]:
    """What a topic gets that does not say otherwise, and how Kafka's own topics are made; Kafka's property names."""
    replicas = str(min(3, brokers))
    in_sync = str(max(1, min(3, brokers) - 1))
    return {
        # Kafka's own default, kept on: a tool that makes topics by looking at them must be caught doing it here.
        "auto.create.topics.enable": "true",
        "num.partitions": "3",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": "2",
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def bootstrap(members: Iterable[Node]) -> str:
    """`host:port,host:port,...`, as clients want it."""
    return ",".join(f"{HOST}:{node.port}" for node in members)


def _ports(node: Node) -> tuple[int, int]:
    return node.port, node.controller_port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
