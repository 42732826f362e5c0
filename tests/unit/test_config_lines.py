"""On which line of a file a key stands, whatever TOML it is written in."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kafkatui.config.lines import Keys, line_of
from kafkatui.config.sections import dotted, quoted, where

TEXT = '''# a comment [contexts.no]
context = "x"   # = 2

[contexts.prod]  # comment
bootstrap = [
  "a:1",  # [contexts.fake]
  "b:2",
]
note = """
[contexts.test]
bootstrap = "no"
"""
tls = { ca = "/ca.pem", key = "/k.pem" }
sasl.username = "ann"
"quoted key" = \'it"s\'

[contexts.prod.schema_registry]
url = "http://r"
[ contexts . "with.dot" ]
bootstrap = "c"

[[alerts]]
when = "lag"
[[alerts]]
when = "verdict"
[alerts.sub]
x = 1
[contexts.after]
[contexts]
late.bootstrap = 1
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("context",), 2),
        (("contexts",), 4),
        (("contexts", "prod"), 4),
        (("contexts", "prod", "bootstrap"), 5),
        (("contexts", "prod", "note"), 9),
        (("contexts", "prod", "tls"), 13),
        (("contexts", "prod", "tls", "key"), 13),
        (("contexts", "prod", "tls", "missing"), 13),
        (("contexts", "prod", "sasl"), 14),
        (("contexts", "prod", "sasl", "username"), 14),
        (("contexts", "prod", "quoted key"), 15),
        (("contexts", "prod", "missing"), 4),
        (("contexts", "prod", "schema_registry", "url"), 18),
        (("contexts", "with.dot", "bootstrap"), 20),
        (("alerts", 0, "when"), 23),
        (("alerts", 1, "when"), 25),
        (("alerts", 1, "for"), 24),
        (("alerts", 1, "sub", "x"), 27),
        (("contexts", "late", "bootstrap"), 30),
        (("nowhere",), None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_key_is_found_on_its_line(tmp_path: Path, keys: Keys, line: int | None, end: str) -> None:
    tomllib.loads(TEXT)
    file = tmp_path / "config.toml"
    file.write_text(TEXT, newline=end)
    assert line_of(file, keys) == line


def test_a_file_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    assert where(tmp_path / "x.toml", ("a", 0, "b c")) == f'{tmp_path}/x.toml: a[0]."b c"'


@pytest.mark.parametrize("text", ["", "a.b", 'say "x"', "back\\slash", "tab\tand\nline", "\x7f\x00", "ü\u202e", "😀"])
def test_what_is_written_as_toml_is_read_back(text: str) -> None:
    assert tomllib.loads(f"k = {quoted(text)}") == {"k": text}
    assert quoted(text).isprintable()
    assert tomllib.loads(f"[{dotted(('contexts', text))}]") == {"contexts": {text: {}}}
