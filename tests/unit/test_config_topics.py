"""`[topics."GLOB"]`: the decoders a person chose, whose file counts first, and what a wrong table is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kafkatui.config.errors import ConfigError
from kafkatui.config.topics import decoding_rules
from kafkatui.model.decoding_rules import DecodingRule

DECODERS = ("text", "json", "hex")


def rules(root: Path, user: str = "", project: str = "") -> tuple[DecodingRule, ...]:
    (root / "config.toml").write_text(user)
    (root / ".kafkatui.toml").write_text(project)
    return decoding_rules({"HOME": str(root), "KAFKATUI_CONFIG": str(root / "config.toml")}, root, DECODERS)


def test_the_projects_rules_stand_before_the_users_in_their_order(tmp_path: Path) -> None:
    user = '[topics."orders.*"]\nvalue = "json"\n[topics.orders]\nkey = "text"\nvalue = "hex"'
    found = rules(tmp_path, user, '[topics."*"]\nkey = "hex"')
    assert found == (
        DecodingRule("*", key="hex"),
        DecodingRule("orders.*", value="json"),
        DecodingRule("orders", key="text", value="hex"),
    )
    assert rules(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topics = 1", "config.toml:1: topics must be a table"),
        ("[topics]\norders = 1", "config.toml:2: topics.orders must be a table"),
        ("[topics.orders]", 'config.toml:1: topics.orders chooses nothing; write key = "..." or value = "..."'),
        ('[topics.orders]\nvalues = "json"', "topics.orders.values is not a setting; known are key, value"),
        ("[topics.orders]\nvalue = 1", "config.toml:2: topics.orders.value must be a text"),
        (
            '[topics."a*"]\nkey = "pickle"',
            "topics.\"a*\".key: no decoder is called 'pickle'; known are text, json, hex",
        ),
        (
            '[topics.orders.created]\nvalue = "json"',
            'topics.orders.created is a table; put a name with dots into quotes: [topics."orders.created"]',
        ),
        ('[topics."a"\nvalue = 1', "(at line 1, column 12)"),
    ],
)
def test_a_wrong_table_is_told_where_and_what(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rules(tmp_path, text)
    assert re.search(r"config\.toml:(\d+:)? ", str(raised.value))
    assert expected in str(raised.value)
    with pytest.raises(ConfigError, match=r"\.kafkatui\.toml:(\d+:)? "):
        rules(tmp_path, project=text)
