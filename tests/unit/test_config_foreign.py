"""Files of other tools, as these tools and their manuals write them, and what becomes of every setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.found import Found
from kafkatui.config.foreign.recognise import LARGEST, Kind, Reading, read
from kafkatui.config.unread import UNREAD
from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    MskIam,
    Registry,
    Sasl,
    Tls,
    TokenCommand,
)
from tests.certificates import self_signed

KAF = """
current-cluster: prod
clusteroverride: ""
clusters:
- name: prod
  version: "1.0.0"
  brokers:
  - p1:9092
  - p2:9092
  SASL:
    mechanism: SCRAM-SHA-512
    username: ann
    password: 0123
    version: 0
  TLS:
    cafile: ca.pem
    clientfile: ""
    clientkeyfile: ""
    insecure: false
  security-protocol: SASL_SSL
  schema-registry-url: https://registry
  schema-registry-credentials:
    username: reg
    password: yes
- name: oauth
  brokers: [o1:9092]
  SASL:
    mechanism: OAUTHBEARER
    clientID: c
    clientSecret: hunter2
    tokenURL: https://id/token
    scopes: [a, b]
  TLS: {insecure: true}
  security-protocol: SASL_SSL
- name: token
  brokers: [o1:9092]
  SASL: {mechanism: OAUTHBEARER, token: to.ken}
- name: msk
  brokers: [b-1.x.c2.kafka.eu-west-1.amazonaws.com:9098]
  SASL: {mechanism: AWS_MSK_IAM, awsProfile: ops}
  TLS: null
  security-protocol: SASL_SSL
- name: local
  brokers: [localhost:9092]
  SASL: null
  TLS: null
  security-protocol: ""
- name: broken
  brokers: [x:1]
  SASL: {mechanism: GSSAPI}
"""
KAFKACTL = """
base: &base
  tls: {enabled: true, ca: my-ca}
contexts:
  default:
    brokers:
      - localhost:9092
  remote:
    <<: *base
    brokers: [r1:9092, r2:9093]
    sasl:
      enabled: true
      username: admin
      password: hunter2
      mechanism: scram-sha512
    kubernetes: {enabled: true, namespace: ns, image: kafkactl}
    clientID: my-client-id
    kafkaVersion: 1.1.1
    requestTimeout: 10s
    avro: {jsonCodec: avro}
    schemaRegistry:
      url: localhost:8081
      requestTimeout: 10s
      username: admin
      password: hunter2
      tls: {enabled: true, ca: my-ca, cert: my-cert, certKey: my-key}
    protobuf: {importPaths: [/usr/include]}
    producer: {partitioner: hash}
    magic: 1
  prompted:
    brokers: [p:1]
    sasl: {enabled: true, username: admin}
    kubernetes: {enabled: false}
  script:
    brokers: [s:1]
    sasl:
      enabled: true
      mechanism: oauth
      tokenprovider: {plugin: generic, options: {script: /bin/tok, args: [-a, b c]}}
  aws:
    brokers: [a:1]
    sasl: {enabled: true, mechanism: oauth, tokenProvider: {plugin: aws, options: {region: eu-west-1, role: arn}}}
  azure:
    brokers: [z:1]
    sasl: {enabled: true, mechanism: oauth, tokenprovider: {plugin: azure}}
  off:
    brokers: "x:1 y:2"
    tls: {enabled: false, ca: my-ca}
    sasl: {enabled: false, username: admin, password: hunter2}
current-context: default
"""
KCL = """
current_profile = "prod"
[profiles.prod]
seed_brokers = ["p1:9092", "p2:9092"]
broker_timeout = "5s"
[profiles.prod.tls]
ca_cert_path = "/ca.pem"
client_cert_path = "/c.pem"
client_key_path = "/k.pem"
server_name = "kafka"
insecure = true
[profiles.prod.sasl]
method = "scram-sha-256"
user = "ann"
pass = "hunter2"
zid = "bob"
[profiles.prod.schema_registry]
urls = ["http://r1:8081", "http://r2:8081"]
bearer_token = "to.ken"
context = ":.x:"
[profiles.msk]
seed_brokers = ["b-1.x.c2.kafka.eu-west-1.amazonaws.com:9098"]
sasl = {method = "aws_msk_iam"}
tls = {}
"""
RPK = """
version: 6
globals: {prompt: "", command_timeout: 0s}
current_profile: local
current_cloud_auth_org_id: default-org-no-id
profiles:
- name: local
  description: mine
  from_cloud: false
  kafka_api:
    brokers:
    - 127.0.0.1:9092
  admin_api: {addresses: ["127.0.0.1:9644"]}
  schema_registry: {addresses: ["127.0.0.1:8081"]}
- name: cloud
  from_cloud: true
  cloud_cluster: {cluster_id: abc}
  kafka_api:
    brokers: [seed-1.cloud.redpanda.com:9092]
    tls: {}
    sasl: {user: ann, password: hunter2, mechanism: SCRAM-SHA-256}
- name: old
  kafka_api:
    brokers: [o:1]
    tls: {truststore_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem, insecure_skip_verify: true}
    sasl: {user: ann, password: hunter2, type: SCRAM-SHA-512}
  schema_registry: {addresses: ["r:8081"], tls: {ca_file: /ca.pem}}
- name: nothing
  description: "no cluster"
cloud_auth:
- name: me
  client_id: c
  client_secret: hunter2
  auth_token: to.ken
"""
KASKADE = """
# Kafka and Schema Registry properties are passed to confluent-kafka.
[kafka]
bootstrap.servers = my-msk-bootstrap:9098
client.id = kaskade
acks = all
[registry]
provider = confluent
url = https://my-schema-registry:8081
basic.auth.user.info = key:hunter2
[aws]
region = us-east-1
"""
KCAT = r"""
# kcat
metadata.broker.list=k1:9092,k2:9092
security.protocol=sasl_ssl
sasl.mechanisms=PLAIN
sasl.username=ann
sasl.password=hunter2\n\=x
ssl.ca.location=/ca.pem
schema.registry.url=http\://r:8081
topic.acks=1
socket.timeout.ms=5000
"""
JAVA = """
bootstrap.servers=j1:9094
security.protocol=SASL_SSL
sasl.mechanism=GSSAPI
sasl.kerberos.service.name=kafka
sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true \\
    keyTab="/me.keytab" principal="me@X";
ssl.truststore.type=PEM
ssl.truststore.location=/ca.pem
acks=all
bogus.setting=1
request.timeout.ms=20000
"""
CHOSEN = "which context holds is chosen with kafkatui config use"
TIMES = "a context has no times; --timeout has, for one command"


def reading(tmp_path: Path, text: str, kind: Kind | None = None) -> Reading:
    file = tmp_path / "a file"
    file.write_text(text)
    return read(file, {}, kind)


def by_name(found: Reading) -> dict[str, Found]:
    return {each.name: each for each in found.clusters}


def notes(found: Found | Reading) -> dict[str, str]:
    return {name: note.why for note in found.notes for name in note.names}


def test_kaf(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    found = reading(tmp_path, KAF)
    assert found.kind is Kind.KAF
    assert notes(found) == {"current-cluster": CHOSEN}
    clusters = by_name(found)
    assert {name: each.connection for name, each in clusters.items()} == {
        "prod": Connection(
            ("p1:9092", "p2:9092"),
            tls=Tls(str(tmp_path / "ca.pem")),
            sasl=Sasl("SCRAM-SHA-512", "ann", "0123"),
            registry=Registry(("https://registry",), "reg", "yes"),
        ),
        "oauth": Connection(
            ("o1:9092",), tls=Tls(insecure=True), sasl=ClientCredentials("https://id/token", "c", "hunter2", "a b")
        ),
        "token": Connection(("o1:9092",), sasl=FixedToken("to.ken")),
        "msk": Connection(("b-1.x.c2.kafka.eu-west-1.amazonaws.com:9098",), tls=Tls(), sasl=MskIam("eu-west-1", "ops")),
        "local": Connection(("localhost:9092",)),
        "broken": None,
    }
    assert notes(clusters["prod"]) == {
        "clusters[prod].version": "versions are asked of the brokers",
        "clusters[prod].SASL.version": "the newest handshake both sides know is taken",
    }
    assert clusters["broken"].problem == (
        "clusters[broken].SASL.mechanism: 'GSSAPI' is not known here; "
        "known are AWS_MSK_IAM, OAUTHBEARER, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
    )


def test_kafkactl(tmp_path: Path) -> None:
    found = reading(tmp_path, KAFKACTL)
    assert found.kind is Kind.KAFKACTL
    assert notes(found) == {"current-context": CHOSEN, "base": "not known here"}
    clusters = by_name(found)
    ca = str(Path("my-ca").absolute())
    assert {name: each.connection for name, each in clusters.items()} == {
        "default": Connection(("localhost:9092",)),
        "remote": Connection(
            ("r1:9092", "r2:9093"),
            tls=Tls(ca),
            sasl=Sasl("SCRAM-SHA-512", "admin", "hunter2"),
            client_id="my-client-id",
            registry=Registry(("https://localhost:8081",), "admin", "hunter2", ca=ca),
        ),
        "prompted": Connection(("p:1",), sasl=Sasl("PLAIN", "admin", UNREAD)),
        "script": Connection(("s:1",), sasl=TokenCommand(("/bin/tok", "-a", "b c"))),
        "aws": Connection(("a:1",), sasl=MskIam("eu-west-1", None, "arn")),
        "azure": None,
        "off": Connection(("x:1", "y:2")),
    }
    assert notes(clusters["remote"]) == {
        "contexts[remote].kafkaVersion": "versions are asked of the brokers",
        "contexts[remote].requestTimeout": TIMES,
        "contexts[remote].protobuf": "not about a connection",
        "contexts[remote].producer": "not about a connection",
        "contexts[remote].kubernetes": "the brokers are dialled from here and not from a pod",
        "contexts[remote].avro.jsonCodec": "not about a connection",
        "contexts[remote].schemaRegistry.requestTimeout": "a registry is given ten seconds",
        "contexts[remote].schemaRegistry.tls.cert": "a registry is given no certificate of ours",
        "contexts[remote].schemaRegistry.tls.certKey": "a registry is given no certificate of ours",
        "contexts[remote].magic": "not known here",
    }
    assert notes(clusters["prompted"]) == {
        "contexts[prompted].sasl.password": "not in the file; it is asked for when the context is used"
    }
    assert notes(clusters["off"]) == {
        "contexts[off].tls": "not enabled",
        "contexts[off].sasl": "not enabled",
    }
    assert "the plugin 'azure' can not be used here" in (clusters["azure"].problem or "")


def test_kcl(tmp_path: Path) -> None:
    found = reading(tmp_path, KCL)
    assert found.kind is Kind.KCL
    assert notes(found) == {"current_profile": CHOSEN}
    clusters = by_name(found)
    assert {name: each.connection for name, each in clusters.items()} == {
        "prod": Connection(
            ("p1:9092", "p2:9092"),
            tls=Tls("/ca.pem", "/c.pem", "/k.pem", insecure=True),
            sasl=Sasl("SCRAM-SHA-256", "ann", "hunter2"),
            registry=Registry(("http://r1:8081", "http://r2:8081"), token="to.ken"),
        ),
        "msk": Connection(("b-1.x.c2.kafka.eu-west-1.amazonaws.com:9098",), tls=Tls(), sasl=MskIam("eu-west-1")),
    }
    assert notes(clusters["prod"]) == {
        "profiles[prod].broker_timeout": TIMES,
        "profiles[prod].tls.server_name": "a broker's certificate has to be for the name it is dialled by",
        "profiles[prod].sasl.zid": "nobody is logged in as somebody else here",
        "profiles[prod].schema_registry.context": "the default context of a registry is taken",
    }


def test_kcl_without_profiles(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        'seed_brokers = ["a:1"]\ntimeout_ms = 5000\nmagic = 1\n[sasl]\nmethod = "plain"\nuser = "a"\npass = "p"\n',
    )
    (only,) = found.clusters
    assert (only.name, only.connection) == ("", Connection(("a:1",), sasl=Sasl("PLAIN", "a", "p")))
    assert notes(only) == {"timeout_ms": TIMES, "magic": "not known here"}
    assert notes(found) == {}


def test_rpk(tmp_path: Path) -> None:
    found = reading(tmp_path, RPK)
    assert found.kind is Kind.RPK
    assert set(notes(found)) == {"current_profile", "cloud_auth", "current_cloud_auth_org_id", "version", "globals"}
    clusters = by_name(found)
    assert {name: each.connection for name, each in clusters.items()} == {
        "local": Connection(("127.0.0.1:9092",), registry=Registry(("http://127.0.0.1:8081",))),
        "cloud": Connection(
            ("seed-1.cloud.redpanda.com:9092",), tls=Tls(), sasl=Sasl("SCRAM-SHA-256", "ann", "hunter2")
        ),
        "old": Connection(
            ("o:1",),
            tls=Tls("/ca.pem", "/c.pem", "/k.pem", insecure=True),
            sasl=Sasl("SCRAM-SHA-512", "ann", "hunter2"),
            registry=Registry(("https://r:8081",), ca="/ca.pem"),
        ),
        "nothing": None,
    }
    assert notes(clusters["cloud"]) == {
        "profiles[cloud].from_cloud": "Redpanda's cloud is not logged in to",
        "profiles[cloud].cloud_cluster": "Redpanda's cloud is not logged in to",
    }
    assert clusters["nothing"].problem == "profiles[nothing].kafka_api is missing; rpk takes 127.0.0.1:9092 then"
    node = "redpanda: {data_directory: /d}\nrpk:\n  kafka_api: {brokers: [n:1]}\n  tune_cpu: true\n"
    (only,) = reading(tmp_path, node).clusters
    assert only.connection == Connection(("n:1",))
    assert notes(only) == {"rpk.tune_cpu": "not known here"}


def test_kaskade(tmp_path: Path) -> None:
    found = reading(tmp_path, KASKADE)
    (only,) = found.clusters
    assert found.kind is Kind.KASKADE
    assert only.connection == Connection(
        ("my-msk-bootstrap:9098",),
        tls=Tls(),
        sasl=MskIam("us-east-1"),
        client_id="kaskade",
        registry=Registry(("https://my-schema-registry:8081",), "key", "hunter2"),
    )
    assert notes(only) == {"acks": "without effect here"}
    more = "[kafka]\nbootstrap.servers = b:1\n[timeouts]\nread = 1\n[registry]\nprovider = apicurio\n[x]\ny = 1\n"
    assert notes(reading(tmp_path, more).clusters[0]) == {
        "[x]": "not known here",
        "[timeouts] read": "a context has no times",
        "[registry] provider": "not known here",
    }


def test_kcat(tmp_path: Path) -> None:
    found = reading(tmp_path, KCAT)
    (only,) = found.clusters
    assert found.kind is Kind.KCAT
    assert only.connection == Connection(
        ("k1:9092", "k2:9092"),
        tls=Tls("/ca.pem"),
        sasl=Sasl("PLAIN", "ann", "hunter2\\n=x"),
        registry=Registry(("http://r:8081",)),
    )
    assert notes(only) == {"topic.acks": "without effect here", "socket.timeout.ms": TIMES}


def test_client_properties(tmp_path: Path) -> None:
    found = reading(tmp_path, "\ufeff" + JAVA.lstrip())
    (only,) = found.clusters
    assert found.kind is Kind.JAVA
    assert only.connection == Connection(("j1:9094",), tls=Tls("/ca.pem"), sasl=Kerberos("kafka", "me@X", "/me.keytab"))
    assert notes(only) == {
        "acks": "without effect here",
        "bogus.setting": "no client of Kafka knows it",
        "request.timeout.ms": TIMES,
    }


def test_client_properties_with_everything_in_it(tmp_path: Path) -> None:
    certificate, key = (text.replace("\n", " ") for text in self_signed("hunter2"))
    text = (
        f"bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.keystore.certificate.chain={certificate}\n"
        f"ssl.keystore.key={key}\nssl.key.password=hunter2\n"
    )
    (only,) = reading(tmp_path, text).clusters
    assert only.connection is not None
    assert only.connection.tls is not None
    assert only.connection.tls.key_password == "hunter2"
    assert list(only.pems) == [only.connection.tls.certificate, only.connection.tls.key]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.truststore.location=/no/t.jks",
            "is JKS, not PEM; make a PEM",
        ),
        ("security.protocol=SSL", "bootstrap.servers is missing"),
        (
            "bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n"
            'sasl.jaas.config=x.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="a";',
            "an unsecured token is made anew each time",
        ),
    ],
)
def test_what_can_not_be_a_context_says_why(tmp_path: Path, text: str, problem: str) -> None:
    (only,) = reading(tmp_path, text).clusters
    assert only.connection is None
    assert problem in (only.problem or "")


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("hello", None, "none of the files that can be read; --kind says which it is: java, kcat, kaskade, kaf, "),
        ("theme: x\nkeymap: {}", None, "none of the files that can be read"),
        ("clusters: [", None, "not YAML (line 1)"),
        ("clusters: []\n---\nx: 1", None, "not YAML (line 2)"),
        ("- a", Kind.KAF, "not a config: its YAML is no table"),
        ("clusters: " + "[" * 5000, None, "not a config: its YAML is too deep"),
        ("seed_brokers = [", None, "not TOML: "),
        ("[kafka]\nbootstrap.servers", None, "not an INI file"),
        ("hello", Kind.KCAT, "line 1: not property=value"),
    ],
)
def test_a_file_of_no_use_is_told_why(tmp_path: Path, text: str, kind: Kind | None, why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        reading(tmp_path, text, kind)
    assert str(raised.value).startswith(f"{tmp_path}/a file: {why}")


def test_no_tag_makes_anything_and_no_bomb_goes_off(tmp_path: Path) -> None:
    found = reading(tmp_path, "clusters:\n- name: x\n  brokers: !!python/object/apply:os.system ['touch x']\n")
    assert [each.problem for each in found.clusters] == [
        "clusters[x].brokers: 'touch x' is not an address; write it as host:port"
    ]
    assert not Path("x").exists()
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert reading(tmp_path, f"l0: &l0 [x]\n{levels}clusters: []\n").clusters == []
    big = tmp_path / "big"
    big.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(ConfigError, match="is too big to be a config"):
        read(big, {})
    with pytest.raises(ConfigError, match=r"none can not be read \(No such file"):
        read(tmp_path / "none", {})
