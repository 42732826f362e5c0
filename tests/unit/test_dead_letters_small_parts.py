"""The small parts about dead letters: names of topics, folded stack traces, the table of the config file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config.dead_letters import dead_letter_rules
from kafkatui.config.errors import ConfigError
from kafkatui.dead_letters.stacktrace import fold
from kafkatui.dead_letters.topic_names import Kind, kind_of_name, may_be_named_so
from kafkatui.model.dead_letter_rules import DeadLetterRule


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("payments-dlt", Kind.DEAD_LETTERS),
        ("payments.DLT", Kind.DEAD_LETTERS),
        ("payments-dlt-1", Kind.DEAD_LETTERS),
        ("payments-retry-2-dlt", Kind.DEAD_LETTERS),
        ("orders.dlq", Kind.DEAD_LETTERS),
        ("orders_DLQ", Kind.DEAD_LETTERS),
        ("dlq.orders", Kind.DEAD_LETTERS),
        ("dlq-orders", Kind.DEAD_LETTERS),
        ("dead-letter-topic-orders", Kind.DEAD_LETTERS),
        ("snuba-dead-letter-errors", Kind.DEAD_LETTERS),
        ("deadletters", Kind.DEAD_LETTERS),
        ("payments-retry", Kind.RETRY),
        ("payments-retry-0", Kind.RETRY),
        ("payments-retry-5000", Kind.RETRY),
        ("retry.payments", Kind.RETRY),
        ("payments", None),
        ("dlqueue", None),
        ("retrying", None),
        ("deadline-letters", None),
        ("error.payments.billing", None),
    ],
)
def test_what_a_name_says(name: str, kind: Kind | None) -> None:
    assert kind_of_name(name) is kind


def test_a_name_that_says_it_only_together_with_its_records() -> None:
    assert may_be_named_so("error.payments.billing")
    assert not may_be_named_so("error.payments")
    assert not may_be_named_so("payments.error.billing")


TRACE = """org.a.Wrapper: failed
\tat org.a.A.a(A.java:1)
\tat org.a.A.b(A.java:2)
\tat org.a.A.c(A.java:3)
\tat org.a.A.d(A.java:4)
Caused by: java.lang.X: first line
 second line
\tat org.b.B.a(B.java:1)
\tat org.b.B.b(B.java:2)
\tat org.b.B.c(B.java:3)
\t... 9 more
"""


def test_a_stack_trace_folds_to_what_was_thrown_why_and_where() -> None:
    assert fold(TRACE) == [
        "org.a.Wrapper: failed",
        "\tat org.a.A.a(A.java:1)",
        "\tat org.a.A.b(A.java:2)",
        "\t... 2 more",
        "Caused by: java.lang.X: first line",
        " second line",
        "\tat org.b.B.a(B.java:1)",
        "\tat org.b.B.b(B.java:2)",
        "\t... 10 more",
    ]
    assert fold("no trace at all") == ["no trace at all"]
    assert fold("") == []


def rules(root: Path, user: str = "", project: str = "") -> tuple[DeadLetterRule, ...]:
    (root / "config.toml").write_text(user)
    (root / ".kafkatui.toml").write_text(project)
    return dead_letter_rules({"HOME": str(root), "KAFKATUI_CONFIG": str(root / "config.toml")}, root)


def test_the_projects_rules_stand_before_the_users(tmp_path: Path) -> None:
    found = rules(
        tmp_path,
        '[dead_letters."orders.*"]\ntopic = "source"\nattempts = "tries"\n',
        '[dead_letters."*"]\nexception = "error"\n',
    )
    assert found == (
        DeadLetterRule("*", exception="error"),
        DeadLetterRule("orders.*", topic="source", attempts="tries"),
    )
    assert found[1].headers == ("source", "tries")
    assert rules(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dead_letters = 1", "config.toml:1: dead_letters must be a table"),
        ("[dead_letters]\nx = 1", "config.toml:2: dead_letters.x must be a table"),
        ("[dead_letters.x]", 'dead_letters.x names no header; write topic = "..." or exception = "..."'),
        ('[dead_letters.x]\ntopics = "a"', "dead_letters.x.topics is not a setting; known are topic, partition"),
        ("[dead_letters.x]\ntopic = 1", "dead_letters.x.topic must be the name of a header"),
        ('[dead_letters.x]\ntopic = ""', "dead_letters.x.topic must be the name of a header"),
        (
            '[dead_letters.x.failed]\ntopic = "a"',
            'dead_letters.x.failed is a table; put a name with dots into quotes: [dead_letters."x.failed"]',
        ),
    ],
)
def test_a_wrong_table_is_told_where_and_what(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rules(tmp_path, text)
    assert expected in str(raised.value)
