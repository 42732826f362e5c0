"""`[[masks]]`: what a person wants hidden, in which contexts, whose rules count, and what a wrong table is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config.errors import ConfigError
from kafkatui.config.mask_secret import mask_secret
from kafkatui.config.masks import masking_rules
from kafkatui.model.masking_rules import Any, FieldPath, MaskingRule, Show

USER = '[contexts.prod-eu]\nbootstrap = "b:1"\n[[masks]]\ntopic = "user"\nfields = ["value"]\ncontext = "prod*"'


def rules(root: Path, user: str = "", project: str = "", context: str | None = None) -> tuple[MaskingRule, ...]:
    (root / "config.toml").write_text(user)
    (root / ".kafkatui.toml").write_text(project)
    return masking_rules({"HOME": str(root), "KAFKATUI_CONFIG": str(root / "config.toml")}, root, context)


def test_every_setting_becomes_a_rule(tmp_path: Path) -> None:
    found = rules(
        tmp_path,
        r"""
        [[masks]]
        topic = "orders*"
        fields = [
            "value.card.number", "value.items[*].email", 'value["a.b"][3].*', "value.**.iban",
            "headers.__connect.errors.exception.message", 'headers["x"]', "headers", "key.id", "key",
        ]
        pattern = '\b\d{13,19}\b'
        show = "last 4"
        [[masks]]
        default = "mask"
        keep = ["value.status"]
        """,
    )
    paths = (
        FieldPath("value", ("card", "number")),
        FieldPath("value", ("items", Any.ELEMENT, "email")),
        FieldPath("value", ("a.b", 3, Any.NAME)),
        FieldPath("value", (Any.DEEP, "iban")),
        FieldPath("headers", ("__connect.errors.exception.message",)),
        FieldPath("headers", ("x",)),
        FieldPath("headers"),
        FieldPath("key", ("id",)),
        FieldPath("key"),
    )
    assert found == (
        MaskingRule("orders*", paths, None, r"\b\d{13,19}\b", Show.LAST_4),
        MaskingRule("*", keep=(FieldPath("value", ("status",)),)),
    )


def test_a_project_only_adds_rules(tmp_path: Path) -> None:
    project = '[[masks]]\ntopic = "project"\ndefault = "mask"'
    found = rules(tmp_path, USER, project)
    assert [(rule.topics, rule.source) for rule in found] == [("project", ".kafkatui.toml"), ("user", "config.toml")]


@pytest.mark.parametrize(
    ("context", "holds"), [("prod-eu", True), ("test", False), (None, True), ("stolen", True), ("dev", False)]
)
def test_a_rule_of_a_context_holds_there_and_where_nobody_knows_which_it_is(
    tmp_path: Path, context: str | None, holds: bool
) -> None:
    """A project may give any name to the cluster a rule of the user is for."""
    user = f'{USER}\n[contexts.test]\nbootstrap = "t:1"'
    found = rules(tmp_path, user, '[contexts.stolen]\nbootstrap = "b:1"', context)
    assert bool(found) is holds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("masks = 1", "masks must be a list of tables; write each as [[masks]]"),
        ("masks = [1]", "masks[0] must be a table"),
        ("[[masks]]", "masks[0] hides nothing"),
        ('[[masks]]\nfield = ["value"]', "masks[0].field is not a setting; known are topic, fields"),
        ('[[masks]]\nfields = "value"', "masks[0].fields must be a list of texts"),
        ("[[masks]]\nfields = [1]", "masks[0].fields[0] must be a text"),
        (
            '[[masks]]\nfields = ["values.a"]',
            "masks[0].fields[0]: 'values.a' begins with none of key, value and headers",
        ),
        ('[[masks]]\nfields = ["value..a"]', "'value..a' is no path from '..a' on"),
        ('[[masks]]\nfields = ["value", "value[-1]"]', "masks[0].fields[1]: 'value[-1]' is no path from '[-1]' on"),
        ('[[masks]]\nfields = ["headers[*]"]', "'headers[*]' is no header"),
        ('[[masks]]\nfields = ["headers."]', "'headers.' is no header"),
        ('[[masks]]\nkeep = ["value.a"]', "masks[0].keep says what is shown where all else is hidden"),
        ('[[masks]]\ndefault = "hide"', "masks[0].default must be one of keep, mask"),
        ('[[masks]]\nfields = ["key"]\nshow = "first 4"', "masks[0].show must be one of mask, last 4, hash, remove"),
        ('[[masks]]\nfields = ["key"]\ntopic = ["a"]', "masks[0].topic must be a text"),
        ('[[masks]]\nfields = ["key"]\ncontext = []', "masks[0].context must be a text"),
        ("[[masks]]\npattern = '(?=a)'", "masks[0].pattern is no pattern of RE2: "),
        ("[[masks]]\npattern = 'x*'", "masks[0].pattern fits a text of no letters"),
        ("[[masks]]\npattern = 1", "masks[0].pattern must be a text"),
        ('[[masks]\nfields = ["key"]', "(at line 1, column 8)"),
    ],
)
def test_a_wrong_table_is_told_where_and_what(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rules(tmp_path, text)
    assert "config.toml:" in str(raised.value)
    assert expected in str(raised.value)
    with pytest.raises(ConfigError, match=r"\.kafkatui\.toml:"):
        rules(tmp_path, project=text)


def test_a_wrong_rule_of_another_context_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="hides nothing"):
        rules(tmp_path, '[contexts.a]\nbootstrap = "a:1"\n[[masks]]\ncontext = "b"', context="a")


def test_the_secret_of_hashes_stays_the_same_and_is_for_its_owner_only(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    secret = mask_secret(environ)
    assert len(secret) == 32
    assert mask_secret(environ) == secret
    (file,) = (tmp_path / "state" / "kafkatui").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"short")
    with pytest.raises(ConfigError, match="is no secret of 32 bytes"):
        mask_secret(environ)
