"""Getting in: a real listener of each kind, and one sentence with the true cause where it does not go."""

from __future__ import annotations

import base64
import json
import logging
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection, FixedToken, Login, Sasl, Tls, TokenCommand
from kafkatui.model.problems import Problem
from tests.certificates import KEY_PASSWORD, Authority
from tests.kafka import command_line
from tests.kafka.unreachable import told_within
from tests.making_topics import make_topics
from tests.secured import PASSWORD, SESSION_MS, TOPIC, USER, Secured, secured_cluster
from tests.waiting import until

SECONDS = 5.0
RECORDS, PACED_SECONDS = 600, 2.3 * SESSION_MS / 1000
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_cluster(tmp_path_factory.mktemp("secured") / "home") as found:
        yield found


def password(mechanism: str, secret: str = PASSWORD) -> Sasl:
    return Sasl(mechanism, USER, secret)


def jwt(seconds: float = 3600) -> str:
    """An unsigned token (RFC 7519, 6), which Kafka's own unsecured validator takes."""
    now = time.time()
    parts = ({"alg": "none"}, {"sub": "tokenholder", "iat": now, "exp": now + seconds})
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts) + "."


async def gets_in(secured: Secured, listener: str, *, tls: Tls | None = None, sasl: Login | None = None) -> None:
    connection = Connection((secured.at[listener],), tls=tls, sasl=sasl)
    async with Cluster.open(connection) as cluster:
        topology = await cluster.topology()
        topology = replace(topology, topics={TOPIC: topology.topics[TOPIC]})
        assert topology.cluster_id == secured.status.cluster_id
        # Not the first address alone: what the broker advertises for this listener lets in as well.
        assert await cluster.ends(topology) == {TopicPartition(TOPIC, 0): 0}


async def why_not(secured: Secured, listener: str, *, tls: Tls | None = None, sasl: Login | None = None) -> str:
    why = await told_within(SECONDS, Connection((secured.at[listener],), tls=tls, sasl=sasl))
    assert PASSWORD not in why
    return why


async def test_without_any_security(secured: Secured) -> None:
    await gets_in(replace(secured, at={"PLAINTEXT": secured.status.bootstrap}), "PLAINTEXT")


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_by_a_password(secured: Secured, mechanism: str) -> None:
    await gets_in(secured, "LOGIN", sasl=password(mechanism))
    await gets_in(secured, "SECURE", tls=Tls(str(secured.ca)), sasl=password(mechanism))


async def test_by_a_token(secured: Secured) -> None:
    await gets_in(secured, "LOGIN", sasl=FixedToken(jwt()))
    await gets_in(secured, "SECURE", tls=Tls(str(secured.ca)), sasl=FixedToken(jwt(), (("traceId", "17"),)))


async def test_by_a_token_that_a_command_prints(secured: Secured, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(json.dumps({"access_token": jwt(), "expires_in": 3600}))
    await gets_in(secured, "LOGIN", sasl=TokenCommand(("cat", str(tmp_path / "token"))))
    (tmp_path / "token").write_text(jwt() + "\n")
    await gets_in(secured, "LOGIN", sasl=TokenCommand(("cat", str(tmp_path / "token"))))


async def test_over_tls(secured: Secured) -> None:
    await gets_in(secured, "TLS", tls=Tls(str(secured.ca)))


async def test_by_a_certificate(secured: Secured) -> None:
    issued = secured.client
    await gets_in(secured, "MUTUAL", tls=Tls(str(secured.ca), str(issued.certificate), str(issued.key)))
    locked = Tls(str(secured.ca), str(issued.certificate), str(issued.encrypted_key), KEY_PASSWORD)
    await gets_in(secured, "MUTUAL", tls=locked)
    assert KEY_PASSWORD not in repr(locked)
    await gets_in(secured, "MUTUAL", tls=Tls(str(secured.ca), str(issued.together)))


async def test_an_unverified_broker_only_where_it_is_asked_for(secured: Secured) -> None:
    for listener in ("TLS", "EXPIRED", "STRANGER"):
        await gets_in(secured, listener, tls=Tls(insecure=True))


# why not


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_a_wrong_password(secured: Secured, mechanism: str) -> None:
    why = await why_not(secured, "LOGIN", sasl=password(mechanism, "canary-wrong"))
    assert why == f"wrong user or password for operator ({mechanism})"


async def test_a_mechanism_that_is_not_offered(secured: Secured) -> None:
    why = await why_not(secured, "LOGIN", sasl=password("SCRAM-SHA-1"))
    assert why == "it does not offer SCRAM-SHA-1; it offers OAUTHBEARER, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"


async def test_tokens_that_are_refused(secured: Secured, tmp_path: Path) -> None:
    why = await why_not(secured, "LOGIN", sasl=FixedToken(jwt(seconds=-3600)))
    assert why.startswith("login refused: ")
    assert "invalid_token" in why
    assert (await why_not(secured, "LOGIN", sasl=FixedToken("garbage"))).startswith("login refused")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("import sys; sys.exit(3)", "the token command ended with exit code 3"),
        ("print()", "the token command printed no token"),
        ("print('{}')", "the token command sends no token"),
        ("print('a b')", "the token command printed no token"),
    ],
)
async def test_a_command_that_prints_no_token(secured: Secured, script: str, why: str) -> None:
    assert await why_not(secured, "LOGIN", sasl=TokenCommand((sys.executable, "-c", script))) == why


async def test_a_command_that_is_not_there(secured: Secured) -> None:
    why = await why_not(secured, "LOGIN", sasl=TokenCommand(tuple(shlex.split("no-such-command --token"))))
    assert why == "the token command did not run (No such file or directory)"


async def test_a_login_is_expected(secured: Secured) -> None:
    why = "it closes the connection at the first request: is a login (SASL) expected?"
    assert await why_not(secured, "LOGIN") == why
    assert await why_not(secured, "SECURE", tls=Tls(str(secured.ca))) == why


async def test_no_login_is_expected(secured: Secured) -> None:
    plain = replace(secured, at={"PLAINTEXT": secured.status.bootstrap})
    why = await why_not(plain, "PLAINTEXT", sasl=password("PLAIN"))
    assert why == "it expects no login here; the connection is set to PLAIN"


async def test_tls_is_expected(secured: Secured) -> None:
    for listener, sasl in (("TLS", None), ("SECURE", password("PLAIN"))):
        assert await why_not(secured, listener, sasl=sasl) == "it expects TLS; the connection is set to plain text"


async def test_no_tls_is_expected(secured: Secured) -> None:
    plain = replace(secured, at={"PLAINTEXT": secured.status.bootstrap})
    why = await why_not(plain, "PLAINTEXT", tls=Tls(str(secured.ca)))
    assert why == "it closes the connection at once: does it speak TLS at all, or want a client certificate?"


async def test_certificates_that_do_not_hold(secured: Secured, tmp_path: Path) -> None:
    trusting = Tls(str(secured.ca))
    assert await why_not(secured, "EXPIRED", tls=trusting) == "TLS: the broker's certificate has expired"
    why = await why_not(secured, "STRANGER", tls=trusting)
    assert why == "TLS: IP address mismatch, certificate is not valid for '127.0.0.1'"
    unknown = "TLS: the broker's certificate is issued by somebody not trusted here; a ca names whom to trust"
    assert await why_not(secured, "TLS", tls=Tls()) == unknown
    assert await why_not(secured, "TLS", tls=Tls(str(Authority(tmp_path).ca))) == unknown


async def test_a_certificate_of_the_client_that_is_missing_or_refused(secured: Secured, tmp_path: Path) -> None:
    assert await why_not(secured, "MUTUAL", tls=Tls(str(secured.ca))) == "TLS: it wants a client certificate"
    other = Authority(tmp_path, "somebody else").issue("client")
    why = await why_not(secured, "MUTUAL", tls=Tls(str(secured.ca), str(other.together)))
    assert why in (
        "TLS: it refuses the client certificate",
        "TLS: it does not trust who issued the client certificate",
        "TLS: it wants a client certificate",
    )


async def test_an_advertised_address_that_nobody_reaches(secured: Secured) -> None:
    async with Cluster.open(Connection((secured.at["NOWHERE"],))) as cluster:
        topology = await cluster.topology()
        (end,) = (await cluster.ends(topology)).values()
    assert isinstance(end, Problem)
    closed = topology.brokers[1]
    why = "connection refused: nothing listens there"
    assert end.text == f"broker 1 (advertised as {closed.host}:{closed.port}): {why}"


@pytest.mark.parametrize("login", [*MECHANISMS, "OAUTHBEARER"])
async def test_no_log_tells_what_lets_us_in(secured: Secured, caplog: pytest.LogCaptureFixture, login: str) -> None:
    """Not even with every logger at its most talkative, the one of aiokafka that prints each request included."""
    token = jwt()
    caplog.set_level(logging.DEBUG)
    for name in ("aiokafka", "aiokafka.conn", "kafkatui"):
        caplog.set_level(logging.DEBUG, logger=name)
    await gets_in(secured, "LOGIN", sasl=FixedToken(token) if login == "OAUTHBEARER" else password(login))
    assert "Authenticated" not in caplog.text, "aiokafka's own login is not used"
    for secret in (PASSWORD, token[:50], base64.b64encode(PASSWORD.encode()).decode()):
        assert secret not in caplog.text


# what expires


@pytest.mark.parametrize("login", [*MECHANISMS, "OAUTHBEARER"])
async def test_a_session_that_ends_is_renewed_without_a_gap(secured: Secured, login: str) -> None:
    """Questions without a pause, over the ends of two sessions: each is answered, by one connection after the other."""
    sasl = FixedToken(jwt()) if login == "OAUTHBEARER" else password(login)
    async with Cluster.open(Connection((secured.at["BRIEF"],), sasl=sasl)) as cluster:
        began, asked = time.monotonic(), 0
        while time.monotonic() - began < 2.3 * SESSION_MS / 1000:
            await cluster.topology()
            asked += 1
    assert asked > 10


def test_what_runs_long_goes_on_across_the_ends_of_sessions(secured: Secured, tmp_path: Path) -> None:
    """Writing, tailing and replaying over the ends of sessions: each record once, in order, and no word of trouble."""
    source, copy = "written-across-sessions", "replayed-across-sessions"
    make_topics(secured.status.bootstrap, NewTopic(source, 1, 1), NewTopic(copy, 1, 1))
    properties = tmp_path / "client.properties"
    login = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="{USER}" password="{PASSWORD}";'
    properties.write_text(f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config={login}\n")
    way_in = ("-b", secured.at["BRIEF"], "--command-config", str(properties))
    tail = command_line.start("read", source, "-f", "-o", "start", "-n", str(RECORDS), "--output", "raw", *way_in)
    written = command_line.start("produce", source, *way_in, "--rate", str(RECORDS / PACED_SECONDS))
    assert written.stdin is not None
    lines = b"".join(b'{"value": {"text": "%d"}}\n' % number for number in range(RECORDS))
    written.stdin.write(lines)
    done = command_line.ended(written)
    assert (done.code, done.err.count("\n")) == (0, 1), done.err
    read = command_line.ended(tail)
    assert (read.code, read.out.split()) == (0, [b"%d" % number for number in range(RECORDS)]), read.err
    pace = f"{RECORDS / PACED_SECONDS:.1f}"
    replayed = command_line.run("replay", source, "--to", copy, "--job", copy, "--rate", pace, "-y", *way_in)
    assert replayed.code == 0, replayed.err
    verified = command_line.run("replay", "verify", copy, *way_in)
    assert verified.code == 0, verified.err


async def test_a_session_that_ended_while_nobody_asked_is_begun_anew(secured: Secured) -> None:
    async with Cluster.open(Connection((secured.at["BRIEF"],), sasl=password("PLAIN"))) as cluster:
        await cluster.topology()
        ended = time.monotonic() + SESSION_MS / 1000 + 0.2

        async def is_over() -> bool:
            return time.monotonic() > ended

        await until(is_over)
        assert (await cluster.topology()).cluster_id == secured.status.cluster_id


async def test_a_token_is_fetched_anew_before_it_ends(secured: Secured, tmp_path: Path) -> None:
    """The command is run again while the old token still holds; no question goes unanswered meanwhile."""
    counted = tmp_path / "runs"
    script = tmp_path / "token.py"
    script.write_text(
        "import base64, json, time, pathlib\n"
        f"with pathlib.Path({str(counted)!r}).open('a') as runs: runs.write('x')\n"
        "now = time.time()\n"
        "parts = ({'alg': 'none'}, {'sub': 'tokenholder', 'iat': now, 'exp': now + 3})\n"
        "print('.'.join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip('=') for p in parts) + '.')\n"
    )
    login = TokenCommand((sys.executable, str(script)))
    async with Cluster.open(Connection((secured.at["BRIEF"],), sasl=login)) as cluster:
        began = time.monotonic()
        while time.monotonic() - began < 6:
            await cluster.topology()
    assert 2 <= len(counted.read_text()) <= 6


# the command line, with the files of Kafka's own tools

JAAS = "org.apache.kafka.common.security"
WAYS = {
    "plain": "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
    'sasl.jaas.config={jaas}.plain.PlainLoginModule required username="{user}" password="{password}";\n',
    "scram": "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nssl.truststore.type=PEM\n"
    "ssl.truststore.location={ca}\n"
    'sasl.jaas.config={jaas}.scram.ScramLoginModule required username="{user}" password="{password}";\n',
    "mutual": "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location={ca}\n"
    "ssl.keystore.type=PEM\nssl.keystore.location={keystore}\n",
}


@pytest.mark.parametrize(("way", "listener"), [("plain", "LOGIN"), ("scram", "SECURE"), ("mutual", "MUTUAL")])
def test_a_file_of_kafkas_own_tools_gets_in_as_it_is(secured: Secured, tmp_path: Path, way: str, listener: str) -> None:
    ran = with_file(secured, tmp_path, way, listener, PASSWORD)
    assert (ran.code, ran.err) == (0, "")
    assert TOPIC.encode() in ran.out


def test_a_login_that_fails_is_exit_code_3_and_one_sentence(secured: Secured, tmp_path: Path) -> None:
    began = time.monotonic()
    ran = with_file(secured, tmp_path, "scram", "SECURE", "canary-wrong")
    assert time.monotonic() - began < SECONDS
    why = f"{secured.at['SECURE']}: wrong user or password for operator (SCRAM-SHA-512)"
    assert (ran.code, ran.out, ran.err) == (3, b"", f"kafkatui: {why}\n")


def with_file(secured: Secured, folder: Path, way: str, listener: str, secret: str) -> command_line.Ran:
    file = folder / "client.properties"
    keystore = secured.client.together
    file.write_text(WAYS[way].format(jaas=JAAS, user=USER, password=secret, ca=secured.ca, keystore=keystore))
    return command_line.run("topics", "-b", secured.at[listener], "--command-config", str(file))
