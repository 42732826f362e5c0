"""Formats a broker's log directory without a JVM, for which Kafka's own StorageTool needs a second and more."""

from __future__ import annotations

import base64
import uuid
from importlib import resources
from pathlib import Path


def new_cluster_id() -> str:
    """22 characters, as Kafka makes them."""
    return _kafka_uuid()


def format_log_dir(log_dir: Path, cluster_id: str, node_id: int) -> None:
    """Make `log_dir` ready for the first start of broker `node_id`. Raises OSError."""
    log_dir.mkdir(parents=True)
    # Holds the feature levels of 4.3 (groups of all types, transactions v2) and neither cluster nor node id.
    (log_dir / "bootstrap.checkpoint").write_bytes(
        resources.files("kafkatui.minicluster").joinpath("bootstrap.checkpoint").read_bytes()
    )
    lines = ("version=1", f"cluster.id={cluster_id}", f"node.id={node_id}", f"directory.id={_kafka_uuid()}")
    (log_dir / "meta.properties").write_text("\n".join(lines) + "\n", encoding="ascii")


def _kafka_uuid() -> str:
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        # Kafka itself avoids these: on a command line they would look like a flag.
        if not text.startswith("-"):
            return text
