"""`kafkatui doctor`: its lines and its document to the byte, its exit codes, and addresses behind which no Kafka is."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import kafkatui as package
from kafkatui.cli import connect, examining, report
from kafkatui.model.problems import Problem
from tests.builders import AT, a_broker, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.fake_probes import REFUSED, FakeProbes, configs

_ROOT = Path(package.__file__).parents[1]
EVIL = "b1\x1b[2J"
ORDERS = [a_topic("__consumer_offsets", 1, internal=True), a_topic("orders")]


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> FakeProbes:
    """A cluster of three brokers on other machines that answers every step well."""
    brokers = [a_broker(node, host=f"b{node}", port=9092, is_controller=node == 2) for node in (1, 2, 3)]
    fake = FakeProbes(a_snapshot(brokers, ORDERS))
    monkeypatch.setattr(examining, "open_probes", fake.open)
    monkeypatch.setattr(connect, "clock", lambda: AT)
    return fake


def without_times(out: str) -> str:
    return re.sub(r" \(\d+ ms\)$", "", out, flags=re.MULTILINE)


WELL = """\
Connection
  ✓ ok         config             -b; b1:9092; PLAINTEXT
  ✓ ok         dns                b1:9092: 10.0.0.1
  ✓ ok         tcp                b1:9092: connected to 10.0.0.1
  - not tried  tls                b1:9092: the connection is set to plain text
  - not tried  sasl               b1:9092: no login is set
  ✓ ok         api_versions       b1:9092: Kafka 4.3; it understands 75 requests, all that are needed here among them
  ✓ ok         cluster            cluster q3xKzW0gRv2mB7aTfN1yLw; 3 brokers, 2 topics
  ✓ ok         listener           broker 1 at b1:9092: reachable as it is advertised: dns ok, tcp ok, api_versions ok
  ✓ ok         listener           broker 2 at b2:9092: reachable as it is advertised: dns ok, tcp ok, api_versions ok
  ✓ ok         listener           broker 3 at b3:9092: reachable as it is advertised: dns ok, tcp ok, api_versions ok

Cluster
  ✓ ok         clock              controller 2: its clock is this machine's, within 3 ms
  ✓ ok         cluster_rights     on the cluster: Read, Write, Create, Delete, Alter, Describe, ClusterAction, \
DescribeConfigs, AlterConfigs, IdempotentWrite
  ✓ ok         topic_rights       2 topics shown: Read 2, Write 2, Create 2, Delete 2, Alter 2, Describe 2, \
ClusterAction 2, DescribeConfigs 2, AlterConfigs 2, IdempotentWrite 2
  ✓ ok         group_rights       2 groups shown: Read 2, Write 2, Create 2, Delete 2, Alter 2, Describe 2, \
ClusterAction 2, DescribeConfigs 2, AlterConfigs 2, IdempotentWrite 2
  ✓ ok         throttle           no answer was held back by a quota

Advice
  ✓ ok         leaders            all 4 partitions have a leader
  ✓ ok         in_sync            every replica is in sync
  ✓ ok         replication        all 2 topics have more than one replica
  ! warning    min_insync         min.insync.replicas=1 on 1 topic (orders): \
what was acknowledged can be lost with one broker
                                  → Set it to 2, here or in the brokers' config: \
kafkatui topics config orders min.insync.replicas=2
  ✓ ok         unclean_election   no topic lets a replica lead that lacks records
  ✓ ok         internal_topics    at least 3 replicas: __consumer_offsets
  ✓ ok         leader_spread      partitions are led by broker 1 (2), broker 2 (1), broker 3 (1)
  ✓ ok         preferred_leaders  every partition is led by its preferred replica
  ✓ ok         racks              replicas are spread over 3 racks
  ✓ ok         retention          none of 2 groups is near the end of what is kept
  ✓ ok         log_dirs           all 3 log dirs of 3 brokers in use
  ✓ ok         disks              the fullest volume is used by 40 % (broker 1 /data)
  ✓ ok         quorum             3 voters, led by controller 2; 1 may go at once
  ✓ ok         versions           all brokers are Kafka 4.3
  ✓ ok         auto_create        topics are made on purpose only
"""


def test_every_step_is_a_line_and_advice_a_line_beneath(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    probes.topic_config["orders"] = configs(min_insync_replicas="1")
    ran = kafkatui("doctor", "-b", "b1:9092")
    assert without_times(ran.out) == WELL
    assert (ran.code, ran.err) == (0, "kafkatui: 27 ok, 1 warning, 2 not tried\n")


def test_strict_makes_advice_an_unmet_check(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    assert kafkatui("doctor", "-b", "b1:9092", "--strict").code == 0
    probes.topic_config["orders"] = configs(min_insync_replicas="1")
    assert kafkatui("doctor", "-b", "b1:9092", "--strict").code == 4


def test_a_step_that_failed_beside_is_exit_code_1_even_if_strict(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    probes.ips["b3"] = ("10.0.0.3",)
    probes.closed["10.0.0.3:9092"] = REFUSED
    ran = kafkatui("doctor", "-b", "b1:9092", "--strict")
    assert ran.code == 1
    lines = ran.out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "broker 3 at b3:9092" in line]
    assert without_times(lines[at]) == (
        "  ✗ failed     listener           broker 3 at b3:9092: tcp: connection refused: nothing listens there"
    )
    assert lines[at + 1].strip() == "→ Look whether the broker runs, and whether 9092 is the port of its listener."


def test_a_bad_first_address_costs_its_step_only(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    probes.ips["old"] = Problem("unresolved", "the name does not resolve")
    ran = kafkatui("doctor", "-b", "old:9092,b1:9092")
    assert ran.code == 1
    assert ran.out.index("✗ failed     dns") < ran.out.index("b1:9092: connected") < ran.out.index("\nAdvice\n")


def test_nothing_but_the_login_failing_is_exit_code_3_with_the_cause(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    probes.greetings["b1:9092"] = Problem("unreachable", "b1:9092: it expects TLS; the connection is set to plain text")
    ran = kafkatui("doctor", "-b", "b1:9092")
    cause = "it expects TLS; the connection is set to plain text"
    assert (ran.code, ran.err.splitlines()[-1]) == (3, f"kafkatui: no connection: b1:9092: {cause}")
    assert "→ Set tls = true in the context, or security.protocol to SSL or SASL_SSL.\n" in ran.out


def test_the_document(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    probes.topic_config["orders"] = configs(min_insync_replicas="1")
    probes.closed["10.0.0.1:9093"] = REFUSED
    ran = kafkatui("doctor", "-b", "b1:9093,b1:9092", "--json")
    assert ran.code == 1
    document = json.loads(ran.out)
    assert list(document) == [
        "schema", "cluster_id", "at", "context", "outcome", "complete", "steps", "advice",
    ]  # fmt: skip
    assert document["schema"] == "kafkatui.doctor/1"
    assert (document["cluster_id"], document["at"]) == ("q3xKzW0gRv2mB7aTfN1yLw", "2026-11-25T15:00:00.000Z")
    assert (document["context"], document["outcome"], document["complete"]) == (None, "failed", True)
    tcp = document["steps"][2]
    assert 0 <= tcp.pop("seconds") < 5
    assert tcp == {
        "step": "tcp",
        "about": "b1:9093",
        "outcome": "failed",
        "found": "connection refused: nothing listens there",
        "advice": "Look whether the broker runs, and whether 9093 is the port of its listener.",
        "facts": {"connected": [], "failed": {"10.0.0.1": REFUSED.text}},
    }
    assert document["steps"][3] == {
        "step": "tls", "about": "b1:9093", "outcome": "not_tried", "found": "because tcp failed", "advice": None,
        "seconds": None, "facts": {},
    }  # fmt: skip
    (advice,) = [each for each in document["advice"] if each["outcome"] == "warning"]
    assert (advice["step"], advice["facts"]) == ("min_insync", {"topics": ["orders"]})


def test_no_text_of_the_cluster_acts_on_the_terminal(kafkatui: Kafkatui, probes: FakeProbes) -> None:
    probes.cluster.snapshot = a_snapshot([a_broker(1, host=EVIL)], [a_topic(EVIL)])
    probes.ips[EVIL] = Problem("unresolved", f"{EVIL} does not resolve")
    ran = kafkatui("doctor", "-b", "b1:9092")
    assert "\x1b" not in ran.out + ran.err
    assert "b1␛[2J" in ran.out
    assert "\x1b" not in kafkatui("doctor", "-b", "b1:9092", "--json").out


def test_a_terminal_gets_its_lines_broken_at_its_width(
    kafkatui: Kafkatui, probes: FakeProbes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    probes.topic_config["orders"] = configs(min_insync_replicas="1")
    out = kafkatui("doctor", "-b", "b1:9092").out
    assert max(map(len, out.splitlines())) <= 80
    assert (
        "  ! warning    min_insync         min.insync.replicas=1 on 1 topic (orders):\n"
        "                                  what was acknowledged can be lost with one\n"
        "                                  broker\n"
        "                                  → Set it to 2, here or in the brokers' config:\n"
    ) in out


def test_where_the_cluster_was_named(kafkatui: Kafkatui, probes: FakeProbes, bare_home: Path) -> None:
    file = bare_home / "kafkatui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[contexts.prod]\nbootstrap = "b1:9092"\ncluster_id = "q3xKzW0gRv2mB7aTfN1yLw"\n')
    ran = kafkatui("doctor", "-c", "prod")
    assert f"context prod of {file} (-c); b1:9092; PLAINTEXT; pinned to the cluster q3xKz" in ran.out
    assert "cluster q3xKzW0gRv2mB7aTfN1yLw, as the context expects it; 3 brokers, 2 topics" in ran.out
    file.write_text('[contexts.prod]\nbootstrap = "b1:9092"\ncluster_id = "another"\n')
    ran = kafkatui("doctor", "-c", "prod")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        3,
        "kafkatui: no connection: context prod expects the cluster another, but this is q3xKzW0gRv2mB7aTfN1yLw",
    )
    assert "✗ failed     cluster" in ran.out
    assert "Advice" not in ran.out


def test_what_prints_steps_does_not_speak_of_plans(kafkatui: Kafkatui) -> None:
    ran = kafkatui("doctor", "--help")
    assert ran.code == 0
    assert "plan" not in ran.out
    assert "one document once all is done" in " ".join(ran.out.split())
    assert kafkatui("doctor", "-b", "b1:9092", "--json", "--output", "table").code == 2


def test_nothing_named_is_a_mistake_of_use(kafkatui: Kafkatui) -> None:
    assert kafkatui("doctor").code == 2


def failed(kafkatui: Kafkatui, address: str, *arguments: str) -> tuple[str, str]:
    """Name and text of the step that fails, within the bound, for an address without Kafka."""
    began = time.monotonic()
    ran = kafkatui("doctor", "-b", address, "--json", *arguments)
    assert time.monotonic() - began < 5.0
    assert ran.code == 3
    (step,) = [each for each in json.loads(ran.out)["steps"] if each["outcome"] == "failed"]
    assert step["advice"]
    return step["step"], step["found"]


def test_a_closed_port(kafkatui: Kafkatui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    name, text = failed(kafkatui, f"127.0.0.1:{port}")
    assert (name, text) == ("tcp", "connection refused: nothing listens there")


def test_a_silent_port(kafkatui: Kafkatui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        name, text = failed(kafkatui, f"127.0.0.1:{server.getsockname()[1]}", "--timeout", "300ms")
    assert name == "api_versions"
    assert "no answer" in text


def test_a_name_that_does_not_resolve(kafkatui: Kafkatui) -> None:
    name, text = failed(kafkatui, "no-such-host.invalid:9092")
    assert name == "dns"
    assert text.startswith("the name does not resolve")


@pytest.fixture
def web_server() -> Iterator[int]:
    def serve(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                peer, _ = server.accept()
                with peer:
                    if peer.recv(65536):
                        peer.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, args=(server,))
        serving.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        serving.join()


def test_a_web_server(kafkatui: Kafkatui, web_server: int) -> None:
    name, text = failed(kafkatui, f"127.0.0.1:{web_server}")
    assert name == "api_versions"
    assert "HTTP" in text
    name, text = failed(kafkatui, f"127.0.0.1:{web_server}", "-X", "security.protocol=SSL")
    assert (name, text) == (
        "tls",
        "it does not answer in TLS: this port is set to plain text, or is not Kafka's",
    )


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["lines", "json"])
def test_ctrl_c_leaves_what_was_found_so_far(flags: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-m", "kafkatui", "doctor", "-b", address, "--timeout", "1m", *flags]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_ROOT) as running:
            # The second connection is the one that waits for an answer: the first only looks whether there is one.
            peers = [server.accept()[0] for _ in range(2)]
            assert peers[1].recv(4)
            running.send_signal(signal.SIGINT)
            out, err = (each.decode() for each in running.communicate(timeout=20))
            for peer in peers:
                peer.close()
    assert running.returncode == 130
    assert err.startswith("kafkatui: interrupted: 2 ok, 3 not tried")
    if flags:
        document = json.loads(out)
        assert (document["complete"], document["steps"][-1]["step"]) == (False, "sasl")
    else:
        assert out.count("\n") == 6
