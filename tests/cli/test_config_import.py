"""`kafkatui config import`: what is written and said, exit codes, and that no secret of a foreign file gets about."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from kafkatui.config.contexts import connection_of
from kafkatui.config.files import read_files
from kafkatui.model.connection import Connection, Registry, Sasl, Tls
from tests.certificates import self_signed
from tests.cli.conftest import Kafkatui
from tests.wallet import Wallet, wallet

__all__ = ["wallet"]
CANARY = "c4n4ry"
KAF = f"""
current-cluster: prod
clusters:
- name: prod
  version: "1.0.0"
  brokers: [p1:9092, p2:9092]
  SASL: {{mechanism: SCRAM-SHA-512, username: ann, password: {CANARY}-1}}
  TLS: {{}}
  security-protocol: SASL_SSL
  schema-registry-url: http://r:8081
  schema-registry-credentials: {{username: reg, password: {CANARY}-2}}
- name: local
  brokers: [localhost:9092]
- name: kerberos
  brokers: [k:1]
  SASL: {{mechanism: GSSAPI, password: {CANARY}-3}}
"""
FILES = {
    "kaf": KAF,
    "kafkactl": f"""
contexts:
  one: {{brokers: [b:1], sasl: {{enabled: true, username: ann, password: {CANARY}}}, {CANARY[:3]}: {CANARY}}}
  two: {{brokers: [b:1], sasl: {{enabled: true, mechanism: {{x: {CANARY}}}, password: {CANARY}}}}}
  six: {{brokers: [b:1], schemaRegistry: {{url: "http://u:{CANARY}@r", username: ann, password: {CANARY}}}}}
""",
    "kcl": f"""
[profiles.one]
seed_brokers = ["b:1"]
sasl = {{method = "plain", user = "ann", pass = "{CANARY}"}}
schema_registry = {{urls = ["http://r"], bearer_token = "{CANARY}"}}
[profiles.two]
seed_brokers = ["b:1"]
sasl = {{method = "plain", user = "ann", pass = "{CANARY}", is_token = true}}
""",
    "rpk": f"""
version: 6
profiles:
- name: one
  kafka_api: {{brokers: [b:1], sasl: {{user: ann, password: {CANARY}, mechanism: SCRAM-SHA-256}}}}
- name: two
  kafka_api: {{brokers: [b:1], sasl: {{user: ann, password: {CANARY}}}}}
cloud_auth: [{{client_id: c, client_secret: {CANARY}, auth_token: {CANARY}}}]
""",
    "kaskade": f"""
[kafka]
bootstrap.servers = b:1
security.protocol = SASL_SSL
sasl.mechanism = PLAIN
sasl.username = ann
sasl.password = {CANARY}
ssl.key.password = {CANARY}
ssl.keystore.password = {CANARY}
[registry]
url = http://u:{CANARY}@r
""",
    "kcat": f"""
bootstrap.servers=b:1
security.protocol=SASL_PLAINTEXT
sasl.mechanisms=SCRAM-SHA-256
sasl.username=ann
sasl.password={CANARY}
bearer.auth.token={CANARY}
schema.registry.url=http://r
""",
    "java": f"""
bootstrap.servers=b:1
security.protocol=SASL_SSL
sasl.mechanism=OAUTHBEARER
sasl.oauthbearer.token.endpoint.url=https://id/token
sasl.jaas.config=x.OAuthBearerLoginModule required clientId="c" clientSecret="{CANARY}";
ssl.key.password={CANARY}
ssl.truststore.password={CANARY}
my.password={CANARY}
""",
    "java_broken": f"""
bootstrap.servers=b:1
security.protocol=SASL_SSL
sasl.jaas.config=x.JndiLoginModule required password="{CANARY}";
""",
}


@pytest.fixture
def config(bare_home: Path) -> Path:
    return bare_home / "kafkatui" / "config.toml"


def read_back(config: Path, name: str) -> Connection:
    return connection_of(read_files({"KAFKATUI_CONFIG": str(config)}, config.parent).contexts[name], {})


def test_every_cluster_becomes_a_context(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "kaf.yml").write_text(KAF)
    ran = kafkatui("config", "import", "kaf.yml")
    secrets = config.parent / "secrets"
    assert ran.out == ""
    assert ran.err == (
        "kafkatui: left out: current-cluster: which context holds is chosen with kafkatui config use\n"
        f"kafkatui: {config}: context prod is written\n"
        f"kafkatui: its sasl password is in {secrets}/prod.sasl.password, which only you can read\n"
        f"kafkatui: its schema registry password is in {secrets}/prod.schema_registry.password, which only you can "
        "read\n"
        "kafkatui: prod: left out: clusters[prod].version: versions are asked of the brokers\n"
        f"kafkatui: {config}: context local is written\n"
        "kafkatui: kerberos is not imported: clusters[kerberos].SASL.mechanism: 'GSSAPI' is not known here; "
        "known are AWS_MSK_IAM, OAUTHBEARER, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512\n"
    )
    assert ran.code == 1  # one item of many failed
    assert config.read_text() == (
        '[contexts.prod]\nbootstrap = ["p1:9092", "p2:9092"]\ntls = true\n'
        '[contexts.prod.sasl]\nmechanism = "SCRAM-SHA-512"\nusername = "ann"\n'
        'password_file = "secrets/prod.sasl.password"\n'
        '[contexts.prod.schema_registry]\nurl = "http://r:8081"\nusername = "reg"\n'
        'password_file = "secrets/prod.schema_registry.password"\n'
        '\n[contexts.local]\nbootstrap = "localhost:9092"\n'
    )
    assert read_back(config, "prod") == Connection(
        ("p1:9092", "p2:9092"),
        "prod",
        Tls(),
        Sasl("SCRAM-SHA-512", "ann", f"{CANARY}-1"),
        registry=Registry(("http://r:8081",), "reg", f"{CANARY}-2"),
    )


def test_what_is_there_stays_unless_it_is_to_be_replaced(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "kafka.properties").write_text("bootstrap.servers=new:1\n")
    kafkatui("config", "add", "prod", "-b", "old:1")
    ran = kafkatui("config", "import", "kafka.properties", "--name", "prod")
    assert ran == (
        1,
        "",
        f"kafkatui: prod is not imported: {config} has a context prod already; --replace writes it anew\n",
    )
    assert read_back(config, "prod").bootstrap == ("old:1",)
    assert kafkatui("config", "import", "kafka.properties", "--name", "prod", "--replace").code == 0
    assert read_back(config, "prod").bootstrap == ("new:1",)


def test_a_file_without_names_gives_its_own(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "stage").mkdir()
    for name in ("prod.properties", "stage/client.properties"):
        (bare_home / name).write_text("bootstrap.servers=b:1\n")
        assert kafkatui("config", "import", name).code == 0
    assert kafkatui("config", "list").out == "  prod   b:1\n  stage  b:1\n"


def test_a_dry_run_shows_and_writes_nothing(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "x.conf").write_text(FILES["kcat"])
    ran = kafkatui("config", "import", "x.conf", "--dry-run")
    assert ran.out == (
        '[contexts.x]\nbootstrap = "b:1"\n[contexts.x.sasl]\nmechanism = "SCRAM-SHA-256"\nusername = "ann"\n'
        'password_file = "secrets/x.sasl.password"\n[contexts.x.schema_registry]\nurl = "http://r"\n'
        'token_file = "secrets/x.schema_registry.token"\n'
    )
    assert ran.err == f"kafkatui: {config}: context x would be written\n"
    assert not config.parent.exists()


def test_the_document_says_what_was_skipped(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "kaf.yml").write_text(KAF)
    ran = kafkatui("config", "import", "kaf.yml", "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["schema"], found["kind"], found["file"]) == (1, "kafkatui.import/1", "kaf", "kaf.yml")
    assert found["skipped"] == [
        {"setting": "current-cluster", "why": "which context holds is chosen with kafkatui config use"}
    ]
    prod, local, kerberos = found["contexts"]
    assert prod == {
        "context": "prod",
        "bootstrap": ["p1:9092", "p2:9092"],
        "secrets": ["sasl password", "schema registry password"],
        "skipped": [{"setting": "clusters[prod].version", "why": "versions are asked of the brokers"}],
        "problem": None,
    }
    assert (local["secrets"], local["problem"]) == ([], None)
    assert kerberos["problem"]["code"] == "not_imported"
    assert kerberos["bootstrap"] is None


def test_passwords_go_into_the_keyring(config: Path, bare_home: Path, kafkatui: Kafkatui, wallet: Wallet) -> None:
    (bare_home / "kaf.yml").write_text(KAF)
    ran = kafkatui("config", "import", "kaf.yml", "--keyring")
    assert "kafkatui: its sasl password is in the keyring, as kafkatui/prod.sasl.password\n" in ran.err
    assert wallet.held == {
        ("kafkatui", "prod.sasl.password"): f"{CANARY}-1",
        ("kafkatui", "prod.schema_registry.password"): f"{CANARY}-2",
    }
    assert read_back(config, "prod").sasl == Sasl("SCRAM-SHA-512", "ann", f"{CANARY}-1")
    assert not (config.parent / "secrets").exists()


def test_a_password_that_is_not_there_is_asked_for(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    (bare_home / "k.yml").write_text("contexts: {p: {brokers: [b:1], sasl: {enabled: true, username: ann}}}")
    ran = kafkatui("config", "import", "k.yml")
    assert ran.code == 0
    assert "left out: contexts[p].sasl.password: not in the file; it is asked for when the context is used\n" in ran.err
    assert "password_prompt = true\n" in config.read_text()


def test_pem_within_properties_becomes_files(config: Path, bare_home: Path, kafkatui: Kafkatui) -> None:
    certificate, key = self_signed()
    lines = [f"{name}={text}" for name, text in (("ssl.ca.pem", certificate), ("ssl.key.pem", key))]
    text = "\n".join(["bootstrap.servers=b:1", "security.protocol=SSL", *(line.replace("\n", " ") for line in lines)])
    (bare_home / "p.properties").write_text(text)
    ran = kafkatui("config", "import", "p.properties")
    assert ran.code == 0
    kept = [config.parent / "secrets" / name for name in ("p.tls.ca.pem", "p.tls.key.pem")]
    assert [file.read_text() for file in kept] == [certificate, key]
    assert read_back(config, "p").tls == Tls(str(kept[0]), None, str(kept[1]))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("flags", [(), ("--dry-run",), ("--json",), ("--dry-run", "--json")])
def test_no_secret_of_a_foreign_file_gets_about(
    config: Path, bare_home: Path, kafkatui: Kafkatui, kind: str, flags: tuple[str, ...]
) -> None:
    (bare_home / f"{kind}.txt").write_text(FILES[kind])
    ran = kafkatui("config", "import", f"{kind}.txt", *flags)
    shown = kafkatui("config", "list", "--json").out + "".join(
        kafkatui("config", "show", name).out for name in ("one", "prod", "six", kind)
    )
    assert CANARY not in ran.out + ran.err + shown
    assert "\0" not in ran.out + ran.err + shown
    for file in config.parent.rglob("*"):
        if CANARY in (file.read_text() if file.is_file() else ""):
            assert file.parent.name == "secrets"
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    if config.exists():
        assert CANARY not in config.read_text()
        files = read_files({"KAFKATUI_CONFIG": str(config)}, bare_home)
        assert CANARY not in repr([connection_of(each, {}) for each in files.contexts.values()])
        assert not flags or flags == ("--json",)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("none.txt",), 1, "none.txt can not be read (No such file or directory)"),
        (("x.txt",), 1, "x.txt: none of the files that can be read; --kind says which it is: java, kcat, kaskade"),
        (("x.txt", "--kind", "foo"), 2, "--kind: 'foo' is not one of java, kcat, kaskade, kaf, kafkactl, kcl, rpk"),
        (("kaf.yml", "--name", "x"), 2, "--name: kaf.yml holds 3 clusters; it is for one"),
        (("empty.yml",), 1, "empty.yml names no cluster"),
        (("bad.properties",), 1, "bad is not imported: bootstrap.servers: 'a b' is not an address"),
    ],
)
def test_what_is_wrong_is_said(
    config: Path, bare_home: Path, kafkatui: Kafkatui, words: tuple[str, ...], code: int, said: str
) -> None:
    files = {"x.txt": "hello", "kaf.yml": KAF, "empty.yml": "clusters: []", "bad.properties": "bootstrap.servers=a b"}
    for name, text in files.items():
        (bare_home / name).write_text(text)
    ran = kafkatui("config", "import", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(f"kafkatui: {said}")
    assert not config.exists()
