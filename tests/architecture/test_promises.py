"""What the README promises has a test behind it that is there, and nothing that has to be promised is missing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip(): re.findall(r"`(tests/[^`]+)`", cells[1])
    for line in README.splitlines()
    if line.startswith("| ") and "`tests/" in line and len(cells := line.strip("| ").split(" | ")) == 2
}
"""By promise, the tests that prove it: `file` or `file::test` each."""

WAYS_IN = [
    "PLAINTEXT", "TLS", "client certificate", "key encrypted", "SASL PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512",
    "fixed token", "token command", "OIDC client credentials", "AWS MSK IAM", "GSSAPI", "session that ends",
    "a refresh that fails",
]  # fmt: skip
FAULTS = [
    "closed port", "DNS failure", "silent socket", "HTTP server", "TLS port with plain text", "plain port with TLS",
    "wrong password", "unknown mechanism", "expired certificate", "wrong host name", "broker killed", "SIGSTOP",
    "all brokers gone", "leader change", "coordinator move", "controller change", "while it is shown",
    "broker id added", "advertised address unreachable",
    "latency", "bandwidth", "one-byte slices", "reset in the middle", "half-close", "black hole", "malformed",
    "not authorized", "throttled", "corrupt checksum", "unknown codec", "bomb", "not UTF-8", "ten megabytes",
    "made anew", "partitions added", "disk full", "SIGTERM", "SIGHUP", "Ctrl-C", "TERM=dumb", "no terminal", "a bug",
]  # fmt: skip
PROMISES = ["Read-only", "Exactly once", "No secret in logs", "masked", "crash report", "hostile project file"]


@cache
def names_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("promise", sorted(ROWS))
def test_each_promise_names_tests_that_are_there(promise: str) -> None:
    assert ROWS[promise], "a promise without a test"
    for test in ROWS[promise]:
        file, _, name = test.partition("::")
        assert (ROOT / file).is_file(), file
        assert names_of(file), f"{file} holds tests"
        assert not name or name in names_of(file), test


@pytest.mark.parametrize("words", [*WAYS_IN, *FAULTS, *PROMISES])
def test_nothing_that_has_to_be_promised_is_missing(words: str) -> None:
    """Of the ways in and of what can go wrong each row leads to one test, not to a whole file."""
    rows = [tests for promise, tests in ROWS.items() if words in promise]
    assert rows, f"no row of the README speaks of {words}"
    if words not in PROMISES:
        assert any("::" in test for tests in rows for test in tests), words


def test_the_table_is_read() -> None:
    assert len(ROWS) > 80
