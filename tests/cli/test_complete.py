"""Names a shell completes: from the live cluster, within a second, or none and not a word."""

from __future__ import annotations

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
    ],
)
def test_live_names(
    cluster: FakeCluster, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    assert completed(line, kafkatui, monkeypatch) == (expected, "")
