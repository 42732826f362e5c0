"""`kafkatui config test` against real brokers: a context that was added or imported leads in, or the reason is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.minicluster.cluster import Status
from tests.kafka import command_line


def test_a_context_leads_into_its_cluster_or_says_why_not(
    mini_cluster: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "mine.properties").write_text(f"bootstrap.servers={mini_cluster.bootstrap}\nacks=all\n")
    cluster_id, known = mini_cluster.cluster_id, ("-b", mini_cluster.bootstrap)
    assert command_line.run("config", "add", "added", *known, "--cluster-id", cluster_id).code == 0
    assert command_line.run("config", "import", str(tmp_path / "mine.properties")).code == 0
    for name in ("added", "mine"):
        ran = command_line.run("config", "test", name)
        assert ran == (0, f"{name}: cluster {cluster_id}, 3 brokers, Kafka 4.3, by PLAINTEXT\n".encode(), "")

    assert command_line.run("config", "add", "another", *known, "--cluster-id", "x").code == 0
    ran = command_line.run("config", "test", "another")
    assert ran == (3, b"", f"kafkatui: context another expects the cluster x, but this is {cluster_id}\n")
    assert command_line.run("config", "add", "closed", "-b", "127.0.0.1:1").code == 0
    ran = command_line.run("config", "test", "closed")
    assert (ran.code, ran.out) == (3, b"")
    assert "connection refused: nothing listens there" in ran.err
