"""Names a shell completes: from the live cluster, within a second, or none and not a word."""

from __future__ import annotations

import socket
import time

import pytest

from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster


def completed(line: str, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """What bash would offer for the last word of `line`."""
    words = line.split(" ")
    monkeypatch.setenv("_KAFKATUI_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    ran = kafkatui()
    return ran.out.split(), ran.err


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kafkatui la", ["lag"]),
        ("kafkatui topics ord", ["orders"]),
        ("kafkatui lag bil", ["billing"]),
        ("kafkatui lag billing pi", ["picking"]),
        ("kafkatui lag -t pay", ["payments"]),
        ("kafkatui -b x:1 brokers ", ["1", "2", "3"]),
        ("kafkatui dlq s", ["show", "secret"]),
        ("kafkatui dlq orders s", ["secret"]),
        ("kafkatui dlq show ord", ["orders"]),
    ],
)
def test_live_names(
    cluster: FakeCluster, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    assert completed(line, kafkatui, monkeypatch) == (expected, "")


def test_a_cluster_that_is_silent_costs_a_second_and_no_word(
    kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = f"kafkatui lag -b 127.0.0.1:{server.getsockname()[1]} bil"
        began = time.monotonic()
        assert completed(line, kafkatui, monkeypatch) == ([], "")
        assert time.monotonic() - began < 2


def test_a_typo_in_a_flag_costs_no_word(kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed("kafkatui lag -b a:b bil", kafkatui, monkeypatch) == ([], "")
    assert completed("kafkatui lag -X acks=all bil", kafkatui, monkeypatch) == ([], "")
