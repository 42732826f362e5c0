"""A context written into a config file: everything else stays as it is, and what is read back is what was meant."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kafkatui.config.contexts import Context, connection_of
from kafkatui.config.drafts import PemTexts, draft, placed
from kafkatui.config.errors import ConfigError
from kafkatui.config.writing import with_context
from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    Login,
    MskIam,
    Registry,
    Sasl,
    Tls,
    TokenCommand,
)

FILE = """# mine
context_comment = 1   # kept

[contexts.prod]  # the real one
bootstrap = [
  "p1:9092",  # [contexts.fake]
]
# about sasl
[contexts.prod.sasl]
username = "ann"

# about test
[contexts.test]
bootstrap = "t:9092"
[topics."orders.*"]
value = "json"
"""
NEW = {"bootstrap": "n:1", "tls": True, "sasl": {"mechanism": "PLAIN", "username": "bob"}}
WRITTEN = """[contexts.{name}]
bootstrap = "n:1"
tls = true
[contexts.{name}.sasl]
mechanism = "PLAIN"
username = "bob"
"""


def test_a_new_context_comes_after_everything_else() -> None:
    assert with_context(FILE, "new", NEW) == f"{FILE}\n{WRITTEN.format(name='new')}"
    assert with_context("", "new", NEW) == WRITTEN.format(name="new")
    assert with_context("[topics]", "new", NEW) == "[topics]\n\n" + WRITTEN.format(name="new")
    assert with_context("# x\n\n", "new", NEW) == "# x\n\n" + WRITTEN.format(name="new")


def test_a_replaced_context_stays_in_its_place_with_what_is_around() -> None:
    before, _, rest = FILE.partition("[contexts.prod]")
    after = rest.partition('username = "ann"\n')[2]
    assert with_context(FILE, "prod", NEW) == before + WRITTEN.format(name="prod") + "\n# about sasl\n" + after
    replaced = with_context(FILE, "prod", NEW)
    assert with_context(replaced, "prod", NEW) == replaced
    last = with_context(FILE, "test", NEW)
    assert last == FILE.replace('[contexts.test]\nbootstrap = "t:9092"\n', WRITTEN.format(name="test") + "\n")


@pytest.mark.parametrize(
    "text",
    [
        '[contexts]\na = 1\nprod.bootstrap = "p"\nprod.tls = { ca = "x" }\nz.bootstrap = "z"\n',
        'contexts.prod = { bootstrap = "p" }\ncontexts.z.bootstrap = "z"\n',
        '[contexts]\nprod = { bootstrap = "p", tls = true }\n[topics]\n',
        '[contexts."prod"]\nbootstrap = """\np"""\n[other]\n[contexts.prod.tls]\n',
    ],
)
def test_however_a_context_is_written_it_is_replaced_and_nothing_else(text: str) -> None:
    changed = tomllib.loads(with_context(text, "prod", NEW))
    expected = tomllib.loads(text)
    expected["contexts"]["prod"] = NEW
    assert changed == expected


def test_a_file_that_can_not_be_added_to_is_left_alone() -> None:
    with pytest.raises(ConfigError, match=r"write \[contexts\.new\] into it by hand"):
        with_context('contexts = { prod = { bootstrap = "p" } }\n', "new", NEW)


def test_line_ends_are_kept() -> None:
    text = FILE.replace("\n", "\r\n")
    changed = with_context(text, "prod", NEW)
    assert changed.replace("\r\n", "\n") == with_context(FILE, "prod", NEW)
    assert "\n" not in changed.replace("\r\n", "")


WORDS = ["a", "b c", 'say "x"', "back\\slash", "ü", "tab\there", "x=y#z", "\x7f", "'", "https://h/p?q=1", "a.b"]


def any_login(dice: random.Random) -> Login | None:
    word = dice.choice(WORDS)
    extensions = dice.choice([(), (("a", "1"),), (("a", "1"), ("b", "x y"))])
    maybe = dice.choice([None, word])
    return dice.choice(
        [
            None,
            Sasl(dice.choice(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]), word, f"secret {word}"),
            FixedToken("to.ken", extensions),
            TokenCommand(tuple(dice.sample(WORDS, 3)), extensions),
            ClientCredentials("https://id/t", word, f"secret {word}", maybe, dice.choice([None, "/ca"]), extensions),
            MskIam("eu-west-1", maybe, dice.choice([None, "arn:x"])),
            Kerberos(dice.choice(["kafka", word]), word, dice.choice([None, "/k"])),
        ]
    )


def any_connection(dice: random.Random) -> Connection:
    word = dice.choice(WORDS)
    return Connection(
        tuple(dice.sample(["a:1", "b:2", "[::1]:3"], dice.randint(1, 3))),
        context=word,
        tls=dice.choice(
            [None, Tls(), Tls("/ca"), Tls("/c a", "/c", "/k", f"secret {word}"), Tls(insecure=True), Tls(any_name=True)]
        ),
        sasl=any_login(dice),
        client_id=dice.choice(["kafkatui", word]),
        read_only=dice.random() < 0.5,
        cluster_id=dice.choice([None, word]),
        color=dice.choice([None, "red"]),
        registry=dice.choice(
            [
                None,
                Registry(("http://r",)),
                Registry(("http://r", "https://s/x"), word, f"secret {word}", None, "/ca"),
                Registry(("http://r",), token="to.ken"),
            ]
        ),
        production=dice.random() < 0.5,
        time_zone=dice.choice([None, "Europe/Berlin"]),
    )


@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_is_read_back_equal(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    file, text, expected = tmp_path / "config.toml", FILE.replace("context_comment = 1", "#"), {}
    for _ in range(6):
        connection = any_connection(dice)
        made = draft(connection.context or "", connection)
        places: dict[Any, Any] = {way: (f"{way[1]}_env", f"{way[0]} {way[1]}") for way in made.secrets}
        text = with_context(text, made.name, placed(made, places))
        assert "secret" not in text.replace("client_secret_env", "").replace("sasl client_secret", "")
        environ = {f"{way[0]} {way[1]}": value for way, value in made.secrets.items()}
        expected[made.name] = connection, environ
    file.write_text(text)
    for name, (connection, environ) in expected.items():
        context = Context(name, file, tomllib.loads(text)["contexts"][name])
        assert connection_of(context, environ) == connection


def test_a_pem_text_is_a_secret_with_a_place() -> None:
    pems = PemTexts()
    tls = Tls(pems("the ca"), pems("the certificate"), "/key")
    made = draft("x", Connection(("a:1",), tls=tls), pems)
    assert made.secrets == {("tls", "ca"): "the ca", ("tls", "certificate"): "the certificate"}
    assert placed(made, {("tls", "ca"): ("ca", "x.pem")})["tls"] == {"key": "/key", "ca": "x.pem"}
    assert "the ca" not in repr(made)
