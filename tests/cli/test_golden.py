"""The exact bytes of every command in every format. `KAFKATUI_WRITE_GOLDEN=1` writes them anew: read the diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster

_GOLDEN = Path(__file__).parent / "golden"
_FORMATS = {"table": "txt", "json": "json", "ndjson": "ndjson", "csv": "csv", "prometheus": "prom"}
_COMMANDS = {
    "lag": ["lag"],
    "topics": ["topics"],
    "topic": ["topics", "orders", "secret"],
    "brokers": ["brokers"],
    "groups": ["groups"],
    "group": ["groups", "billing", "picking", "lost"],
}


@pytest.mark.parametrize("output", _FORMATS)
@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_prints_the_same_bytes(cluster: FakeCluster, kafkatui: Kafkatui, name: str, output: str) -> None:
    file = _GOLDEN / f"{name}.{_FORMATS[output]}"
    ran = kafkatui(*_COMMANDS[name], "--output", output)
    if os.environ.get("KAFKATUI_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(ran.out.encode())
    assert ran.out == file.read_bytes().decode()
    assert ran.code == 1, "a value could not be read"
    assert ran.err.startswith("kafkatui: ")
    assert ran.err.isascii()
    assert ran.err.replace("\n", "").isprintable()
