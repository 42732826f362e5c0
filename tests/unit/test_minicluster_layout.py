"""Both engines are made from one layout, and the compose file, which can not be run here, says the same as it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kafkatui.minicluster import engine_compose, layout
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.properties import server_properties

NODES = layout.usual_nodes(3)


def _properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.fixture
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(engine_compose.compose_file().read_text(encoding="utf-8"))
    return parsed


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((layout.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_three_brokers_lie_in_three_racks() -> None:
    assert [node.rack for node in NODES] == ["rack-a", "rack-b", "rack-c"]


def test_the_usual_ports_are_given_up_when_one_is_taken(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FIRST_CONTROLLER_PORT", taken_port)
    chosen = layout.nodes(1)
    assert taken_port not in {chosen[0].port, chosen[0].controller_port}


def test_free_ports_are_all_different() -> None:
    chosen = layout.free_nodes(9)
    assert len({port for node in chosen for port in (node.port, node.controller_port)}) == 18


@pytest.mark.parametrize("brokers", [0, 10, -1])
def test_a_senseless_number_of_brokers_is_refused(brokers: int) -> None:
    with pytest.raises(MiniClusterError, match="1 to 9 brokers"):
        layout.nodes(brokers)


def test_one_broker_does_not_ask_for_three_replicas() -> None:
    assert {v for k, v in layout.topic_defaults(1).items() if "replication" in k or "isr" in k or "insync" in k} == {
        "1"
    }


def test_topics_are_made_by_looking_as_in_kafka_itself() -> None:
    assert layout.topic_defaults(3)["auto.create.topics.enable"] == "true"


def test_properties_are_ascii_whatever_the_path_is_called(tmp_path: Path) -> None:
    text = server_properties(NODES[0], NODES, tmp_path / "Jürgen\\日本 𝄞")
    assert text.isascii()
    assert _properties(text)["log.dirs"].endswith(r"J\u00fcrgen\\\u65e5\u672c \ud834\udd1e")


def test_compose_has_the_names_and_ports_of_the_layout(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert list(services) == [node.name for node in NODES]
    for node in NODES:
        service = services[node.name]
        assert service["hostname"] == node.name
        assert service["ports"] == [f"{layout.HOST}:{node.port}:{node.port}"]
        assert service["image"] == "apache/kafka:4.3.0"


def test_compose_brokers_have_the_properties_of_the_java_engine(compose: dict[str, Any]) -> None:
    elsewhere = {
        # Containers have addresses of their own; the test below looks at these.
        "listeners",
        "advertised.listeners",
        "listener.security.protocol.map",
        "inter.broker.listener.name",
        "controller.quorum.voters",
        "log.dirs",
    }
    for node in NODES:
        ours = _properties(server_properties(node, NODES, Path("anywhere")))
        theirs = _from_variables(compose["services"][node.name]["environment"])
        assert set(theirs) == set(ours)
        assert {k: v for k, v in theirs.items() if k not in elsewhere} == {
            k: v for k, v in ours.items() if k not in elsewhere
        }


def test_compose_listeners_are_the_layouts_and_one_between_the_containers(compose: dict[str, Any]) -> None:
    for node in NODES:
        theirs = _from_variables(compose["services"][node.name]["environment"])
        assert theirs["listeners"] == f"PLAINTEXT://:{node.port},BROKER://:9092,CONTROLLER://:{node.controller_port}"
        assert theirs["advertised.listeners"] == f"PLAINTEXT://{layout.HOST}:{node.port},BROKER://{node.name}:9092"
        assert theirs["controller.quorum.voters"] == ",".join(
            f"{n.node_id}@{n.name}:{n.controller_port}" for n in NODES
        )
        assert set(re.findall(r"([A-Z]+):", theirs["listener.security.protocol.map"])) == {
            "PLAINTEXT",
            "BROKER",
            "CONTROLLER",
        }


def _from_variables(environment: dict[str, Any]) -> dict[str, str]:
    """The properties that the image makes of its variables."""
    names = (name for name in environment if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS")
    return {name.removeprefix("KAFKA_").lower().replace("_", "."): environment[name] for name in names}
