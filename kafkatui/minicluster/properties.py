"""The server.properties of a broker of the java engine. How brokers are placed and named is in `layout`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kafkatui.minicluster.layout import HOST, Node, topic_defaults

# Kafka's own values are for servers: its log cleaner alone takes 128 MB, and electing a new leader takes seconds.
_SMALL_AND_QUICK = {
    "log.cleaner.dedupe.buffer.size": "2097152",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    "share.coordinator.threads": "1",
    "group.initial.rebalance.delay.ms": "0",
    "controller.quorum.election.timeout.ms": "300",
    "controller.quorum.election.backoff.max.ms": "200",
    "controller.quorum.fetch.timeout.ms": "1000",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}

_OPEN_BUT_AUTHORIZED = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
    "super.users": "User:ANONYMOUS",
}


def server_properties(node: Node, everyone: Sequence[Node], log_dir: Path) -> str:
    """The text of the file, ASCII only; `everyone` are all nodes of the cluster, `node` among them."""
    return _written(
        {
            "process.roles": "broker,controller",
            "node.id": str(node.node_id),
            "broker.rack": node.rack,
            "listeners": f"PLAINTEXT://{HOST}:{node.port},CONTROLLER://{HOST}:{node.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{node.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.quorum.voters": ",".join(f"{n.node_id}@{HOST}:{n.controller_port}" for n in everyone),
            "log.dirs": str(log_dir),
            **_OPEN_BUT_AUTHORIZED,
            **_SMALL_AND_QUICK,
            **topic_defaults(len(everyone)),
        }
    )


def _written(properties: Mapping[str, str]) -> str:
    return "".join(f"{name}={_escaped(value)}\n" for name, value in properties.items())


def _escaped(value: str) -> str:
    r"""Java reads these files as Latin-1 with `\uXXXX` for the rest, and takes a backslash as an escape."""
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    codes = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(code) if code < 0x7F else f"\\u{code:04x}" for code in codes)
