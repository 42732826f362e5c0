"""Kafka's own client.properties, as they are: every login module, PEM within a property, and the stores of Java."""

from __future__ import annotations

import base64
import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from kafkatui.config.errors import ConfigError
from kafkatui.config.java import parse_properties
from kafkatui.config.java_stores import pem
from kafkatui.config.properties import apply
from kafkatui.model.connection import (
    ClientCredentials,
    Connection,
    FixedToken,
    Kerberos,
    Login,
    MskIam,
    Sasl,
    Tls,
    TokenCommand,
)
from tests.certificates import self_signed

BEARER = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
OIDC = """
security.protocol=SASL_SSL
sasl.mechanism=OAUTHBEARER
sasl.oauthbearer.token.endpoint.url=https://id/token
"""
MSK = "b-1.prod.abc.c2.kafka.eu-central-1.amazonaws.com:9098"
KEPT = Sasl("SCRAM-SHA-512", "ann", "hunter2")


def applied(text: str, before: Login | None = None, bootstrap: str = "a:1") -> tuple[Connection, list[str]]:
    warnings: list[str] = []
    base = Connection((bootstrap,), sasl=before)
    found = apply(base, parse_properties(text), lambda note: warnings.append(str(note)), {"HOME": "/home/ann"})
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(warnings)
    return found, warnings


def logged_in(text: str, before: Login | None = None, bootstrap: str = "a:1") -> Login | None:
    found, warnings = applied(text, before, bootstrap)
    assert warnings == []
    return found.sasl


def refused(text: str, before: Login | None = None) -> str:
    with pytest.raises(ConfigError) as raised:
        applied(text, before)
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "sasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule "
            'required \\\n  username="ann" \\\n  password="hunter2";',
            Sasl("SCRAM-SHA-256", "ann", "hunter2"),
        ),
        (
            "sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true "
            'keyTab="/me.keytab" principal="me@X";\nsasl.kerberos.service.name=broker',
            Kerberos("broker", "me@X", "/me.keytab"),
        ),
        (
            "sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useTicketCache=true;",
            Kerberos("kafka"),
        ),
        ("sasl.mechanism=GSSAPI", Kerberos()),
        (
            "sasl.mechanisms=GSSAPI\nsasl.kerberos.principal=me@X\nsasl.kerberos.keytab=/k",
            Kerberos("kafka", "me@X", "/k"),
        ),
        (
            f'sasl.jaas.config={BEARER} clientId="c" clientSecret="hunter2" scope="a b" extension_logicalCluster="l";\n'
            "sasl.oauthbearer.token.endpoint.url=https://id/token",
            ClientCredentials("https://id/token", "c", "hunter2", "a b", None, (("logicalCluster", "l"),)),
        ),
        (
            f"{OIDC}sasl.oauthbearer.client.credentials.client.id=c\n"
            "sasl.oauthbearer.client.credentials.client.secret=hunter2\nsasl.oauthbearer.scope=s",
            ClientCredentials("https://id/token", "c", "hunter2", "s"),
        ),
        (
            f"{OIDC}sasl.oauthbearer.method=oidc\nsasl.oauthbearer.client.id=c\nsasl.oauthbearer.client.secret=hunter2\n"
            "sasl.oauthbearer.extensions=a=1,b=2\nhttps.ca.location=/ca.pem",
            ClientCredentials("https://id/token", "c", "hunter2", None, "/ca.pem", (("a", "1"), ("b", "2"))),
        ),
    ],
)
def test_a_login_module_becomes_a_login(text: str, expected: Login) -> None:
    assert logged_in(f"security.protocol=SASL_SSL\n{text}") == expected


def test_msk_iam_is_known_by_its_module_and_by_its_handler() -> None:
    module = "software.amazon.msk.auth.iam.IAMLoginModule required"
    java = f"security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\nsasl.jaas.config={module}"
    handler = "sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler"
    options = 'awsProfileName="ops" awsRoleArn="arn:aws:iam::1:role/r" awsStsRegion="us-east-1"'
    found, warnings = applied(f"{java} {options};\n{handler}", bootstrap=MSK)
    assert found.sasl == MskIam("eu-central-1", "ops", "arn:aws:iam::1:role/r")
    assert warnings == [
        "sasl.client.callback.handler.class: without effect here",
        "sasl.jaas.config awsStsRegion: without effect here",
    ]
    bearer = (
        f"security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.jaas.config={BEARER};\n"
        "sasl.login.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler"
    )
    assert logged_in(bearer, bootstrap=MSK) == MskIam("eu-central-1")
    assert "AWS_REGION can do that" in refused(f"{java};")


def test_an_unsecured_token_is_what_java_makes_of_it() -> None:
    options = 'unsecuredLoginStringClaim_sub="ann" unsecuredLoginNumberClaim_n="2" unsecuredLoginListClaim_l=",a,b"'
    found = logged_in(
        f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\nsasl.jaas.config={BEARER} {options};"
    )
    assert isinstance(found, FixedToken)
    head, claims, signature = found.token.split(".")
    assert (decoded(head), signature) == ({"alg": "none"}, "")
    told = decoded(claims)
    assert {name: told[name] for name in ("sub", "n", "l")} == {"sub": "ann", "n": 2.0, "l": ["a", "b"]}
    assert told["exp"] - told["iat"] == 3600


def decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_file_can_hold_the_token(tmp_path: Path) -> None:
    (tmp_path / "my token").write_text("to.ken\n")
    text = (
        f"security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.oauthbearer.token.endpoint.url=file://{tmp_path}"
    )
    assert logged_in(f"{text}/my%20token") == TokenCommand(("cat", f"{tmp_path}/my token"))
    assert refused(f"{text}/none") == f"sasl.oauthbearer.token.endpoint.url: {tmp_path}/none can not be read"


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("sasl.username=bob", KEPT, Sasl("SCRAM-SHA-512", "bob", "hunter2")),
        ("sasl.oauthbearer.scope=s", ClientCredentials("https://u", "c", "hunter2"),
         ClientCredentials("https://u", "c", "hunter2", "s")),
        ("sasl.mechanism=OAUTHBEARER", TokenCommand(("id",)), TokenCommand(("id",))),
        ("sasl.kerberos.service.name=x", Kerberos("kafka", "p", "/k"), Kerberos("x", "p", "/k")),
    ],
)  # fmt: skip
def test_a_context_keeps_what_a_property_does_not_name(text: str, before: Login, expected: Login) -> None:
    assert logged_in(text, before) == expected


def test_another_server_gets_no_secret_that_was_meant_for_the_first() -> None:
    before = ClientCredentials("https://id", "c", "hunter2")
    assert "client.secret is missing" in refused(
        "sasl.oauthbearer.token.endpoint.url=https://evil\nsasl.oauthbearer.client.id=c", before
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sasl.jaas.config=com.sun.security.auth.module.JndiLoginModule required;", "sasl.jaas.config: JndiLoginMod"),
        ("sasl.jaas.config=a.ScramLoginModule required username=a password=hunter2;", "sasl.mechanism is missing"),
        (
            'sasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=a.ScramLoginModule required tokenauth="true" '
            'username="a" password="hunter2";',
            "sasl.jaas.config: logging in by a delegation token",
        ),
        ("sasl.mechanism=PLAIN\nsasl.username=a", "sasl.password is missing; PLAIN needs it"),
        ("sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url is missing"),
        (f"{OIDC}sasl.oauthbearer.client.id=c", "sasl.oauthbearer.client.credentials.client.secret is missing"),
        (f"{OIDC}sasl.oauthbearer.grant.type=urn:ietf:params:oauth:grant-type:jwt-bearer", "sasl.oauthbearer.grant.ty"),
        (f"{OIDC}sasl.oauthbearer.assertion.file=/a", "sasl.oauthbearer.assertion.file: assertions are not known"),
        (f"{OIDC}sasl.oauthbearer.metadata.authentication.type=azure_imds", "sasl.oauthbearer.metadata"),
        (f"{OIDC}sasl.login.callback.handler.class=my.Handler", "sasl.login.callback.handler.class: no class of Java"),
        (f"{OIDC}sasl.oauthbearer.client.id=c\nsasl.oauthbearer.client.secret=hunter2\n"
         "sasl.oauthbearer.extensions=auth=x", "sasl.oauthbearer.extensions: an extension's name"),
        ("sasl.mechanism=GSSAPI\nsasl.kerberos.keytab=/k", "sasl.jaas.config: principal is missing"),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_said(text: str, why: str) -> None:
    assert refused(f"security.protocol=SASL_SSL\n{text}").startswith(why)


def test_pem_within_properties_is_loaded_from_memory() -> None:
    certificate, key = self_signed("hunter2")
    one_line = {name: " ".join(text.split("\n")) for name, text in (("c", certificate), ("k", key))}
    text = (
        f"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.certificates={one_line['c']}\n"
        f"ssl.keystore.type=PEM\nssl.keystore.certificate.chain={one_line['c']}\nssl.keystore.key={one_line['k']}\n"
        "ssl.key.password=hunter2"
    )
    found, warnings = applied(text)
    assert warnings == []
    tls = found.tls
    assert tls is not None
    assert tls.ca == tls.certificate
    assert tls.certificate is not None
    for _ in range(2):  # a file is read again for each connection
        context = ssl.create_default_context(cafile=tls.ca)
        context.load_cert_chain(tls.certificate, tls.key, "hunter2")
        assert context.cert_store_stats()["x509"] == 1
    assert applied(text)[0].tls == tls
    librdkafka = text.replace("ssl.truststore.certificates", "ssl.ca.pem").replace("ssl.keystore.key", "ssl.key.pem")
    assert applied(librdkafka)[0].tls == tls


def test_pem_is_wrapped_again() -> None:
    certificate, key = self_signed()
    assert pem(certificate) == certificate
    assert pem(f"Bag Attributes\n{key.replace(chr(10), ' ')}{certificate}") == key + certificate
    old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
    assert pem(old) == old
    assert pem("hunter2") == ""
    assert refused("security.protocol=SSL\nssl.keystore.key=hunter2") == (
        "ssl.keystore.key: not PEM; it begins with -----BEGIN and may stand in one line"
    )


def test_a_store_of_javas_is_told_how_to_become_pem(tmp_path: Path) -> None:
    trust, keys, fine = tmp_path / "trust", tmp_path / "client.p12", tmp_path / "ca.jks"
    trust.write_bytes(b"\xfe\xed\xfe\xed\0\0\0\2")
    keys.write_bytes(b"\x30\x82\x0a\x00")
    fine.write_text(self_signed()[0])
    keytool = f"keytool -importkeystore -srckeystore {trust} -destkeystore trust.p12 -deststoretype PKCS12"
    assert refused(f"security.protocol=SSL\nssl.truststore.location={trust}") == (
        f"ssl.truststore.location: {trust} is JKS, not PEM; make a PEM file of it: {keytool}, "
        "then openssl pkcs12 -in trust.p12 -nokeys -out ca.pem, then ssl.truststore.type=PEM"
    )
    assert refused(f"security.protocol=SSL\nssl.keystore.location={keys}\nssl.keystore.type=JKS") == (
        f"ssl.keystore.location: {keys} is PKCS12, not PEM; make a PEM file of it: openssl pkcs12 -in {keys} "
        "-out client.pem, then ssl.keystore.type=PEM and ssl.key.password"
    )
    # The name of a file says nothing if its content does.
    assert applied(f"security.protocol=SSL\nssl.truststore.location={fine}")[0].tls == Tls(str(fine))
    assert applied("security.protocol=SSL\nssl.ca.location=probe")[0].tls == Tls()


def test_checks_that_are_switched_off_are_warned_of() -> None:
    for value in ("", "none"):
        found, warnings = applied(f"security.protocol=SSL\nssl.endpoint.identification.algorithm={value}")
        assert found.tls == Tls(any_name=True)
        assert warnings == [
            "ssl.endpoint.identification.algorithm: off; whoever has a certificate of this CA is taken for the broker"
        ]
    assert applied("security.protocol=SSL\nssl.endpoint.identification.algorithm=HTTPS")[0].tls == Tls()
    found, warnings = applied("security.protocol=ssl\nenable.ssl.certificate.verification=false")
    assert found.tls == Tls(insecure=True)
    assert warnings == ["enable.ssl.certificate.verification: off; whoever answers is taken for the broker"]
    assert refused("security.protocol=SSL\nssl.endpoint.identification.algorithm=x").startswith("ssl.endpoint.ident")


def test_a_value_can_come_from_a_config_provider(tmp_path: Path) -> None:
    (tmp_path / "secrets.properties").write_text("password = hunter2\n")
    package = "org.apache.kafka.common.config.provider"
    providers = "config.providers=env,file,dir\n" + "".join(
        f"config.providers.{name}.class={package}.{kind}ConfigProvider\n"
        for name, kind in (("env", "EnvVar"), ("file", "File"), ("dir", "Directory"))
    )
    login = (
        "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
        'sasl.jaas.config=x.PlainLoginModule required username="${env:HOME}${other:x}" password="'
    )
    for reference in (f"${{file:{tmp_path}/secrets.properties:password}}", f"${{dir:{tmp_path}:password}}"):
        (tmp_path / "password").write_text("hunter2")
        assert logged_in(f'{providers}{login}{reference}";') == Sasl("PLAIN", "/home/ann${other:x}", "hunter2")
    assert refused(f'{providers}{login}${{env:NO}}";') == "sasl.jaas.config: the provider env has no NO"
    assert refused(f'{providers}{login}${{file:/no/x:k}}";') == (
        "sasl.jaas.config: /no/x of the provider file can not be read"
    )
    assert "config.providers.env.class: my.Vault can not be used here" in refused(
        f'config.providers=env\nconfig.providers.env.class=my.Vault\n{login}${{env:X}}";'
    )
