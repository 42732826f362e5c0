"""Logging in with tokens of an OIDC server: a broker that verifies them by its keys, and servers that fail."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kafkatui.kafka import tokens
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster, engine_java
from kafkatui.minicluster.jvm import environment
from kafkatui.minicluster.layout import HOST, Node, free_ports
from kafkatui.minicluster.properties import server_properties
from kafkatui.model.connection import ClientCredentials, Connection
from tests import token_server
from tests.certificates import Authority
from tests.kafka.unreachable import told_within
from tests.token_server import AUDIENCE, CLIENT_ID, ISSUER, SECRET, SUBJECT, Saying, TokenServer

SECONDS = 5.0
SHORT_LIFE = 3.0


@dataclass(frozen=True, slots=True)
class Verifying:
    """A broker that takes tokens which the server has signed."""

    where: str
    cluster_id: str
    server: TokenServer


@pytest.fixture(scope="module")
def verifying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verifying]:
    home = tmp_path_factory.mktemp("oidc") / "home"
    (port,) = free_ports(1)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with token_server.serving() as server:
            # Where a broker may fetch keys is no setting of its file (CVE-2025-27817).
            allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={server.keys_url}"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(engine_java, "server_properties", _with_a_validator(port, server.keys_url))
                patch.setattr(engine_java, "environment", lambda: {**environment(), "JAVA_TOOL_OPTIONS": allowed})
                status = cluster.up(1, "java", home=home)
            yield Verifying(f"{HOST}:{port}", status.cluster_id, server)
    finally:
        cluster.down(home)
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def server(verifying: Verifying) -> Iterator[TokenServer]:
    """As it should be, again after each test."""
    found = verifying.server
    found.asked.clear()
    found.released.clear()
    yield found
    found.seconds, found.audience, found.algorithm, found.decodes = 3600, AUDIENCE, "RS256", True
    found.silent, found.instead = False, None
    found.released.set()


def _with_a_validator(port: int, keys_url: str) -> Callable[..., str]:
    def properties(node: Node, *rest: Any) -> str:
        own = f"PLAINTEXT://{HOST}:{node.port}"
        security = "org.apache.kafka.common.security.oauthbearer"
        here = "listener.name.oidc.oauthbearer"
        more = {
            "listeners": f"{own},CONTROLLER://{HOST}:{node.controller_port},OIDC://{HOST}:{port}",
            "advertised.listeners": f"{own},OIDC://{HOST}:{port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,OIDC:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "OAUTHBEARER",
            f"{here}.sasl.jaas.config": (
                f'{security}.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
            ),
            f"{here}.sasl.server.callback.handler.class": f"{security}.OAuthBearerValidatorCallbackHandler",
            f"{here}.sasl.oauthbearer.jwks.endpoint.url": keys_url,
            f"{here}.sasl.oauthbearer.expected.audience": AUDIENCE,
            f"{here}.sasl.oauthbearer.expected.issuer": ISSUER,
            "super.users": f"User:ANONYMOUS;User:{SUBJECT}",
        }
        return server_properties(node, *rest) + "".join(f"{name}={value}\n" for name, value in more.items())

    return properties


def login(server: TokenServer, **changes: Any) -> ClientCredentials:
    found = {"url": server.url, "client_id": CLIENT_ID, "client_secret": SECRET}
    return ClientCredentials(**(found | changes))


async def gets_in(verifying: Verifying, sasl: ClientCredentials) -> None:
    async with Cluster.open(Connection((verifying.where,), sasl=sasl)) as found:
        assert (await found.topology()).cluster_id == verifying.cluster_id


async def why_not(verifying: Verifying, sasl: ClientCredentials) -> str:
    why = await told_within(SECONDS, Connection((verifying.where,), sasl=sasl))
    assert SECRET not in why
    return why.replace(_host(sasl), "HOST")


def _host(sasl: ClientCredentials) -> str:
    return sasl.url.split("/")[2]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_token_of_the_server_lets_in(verifying: Verifying, server: TokenServer, algorithm: str) -> None:
    server.algorithm = algorithm
    await gets_in(verifying, login(server))
    assert server.asked == [{"grant_type": "client_credentials"}]


async def test_a_scope_is_asked_for(verifying: Verifying, server: TokenServer) -> None:
    await gets_in(verifying, login(server, scope="kafka:read offline"))
    assert server.asked == [{"grant_type": "client_credentials", "scope": "kafka:read offline"}]


async def test_a_server_that_wants_id_and_secret_as_they_are(verifying: Verifying, server: TokenServer) -> None:
    server.decodes = False
    await gets_in(verifying, login(server))
    assert len(server.asked) == 2


async def test_over_tls(verifying: Verifying, server: TokenServer, tmp_path: Path) -> None:
    """The server's keys are those the broker knows, because one hands on what the other grants."""
    authority = Authority(tmp_path)
    with token_server.serving(authority.issue("server", HOST)) as secure:
        handed_on = server.token("kafka", int(time.time()) + 3600)
        secure.instead = Saying(200, b'{"access_token": "%s"}' % handed_on.encode())
        await gets_in(verifying, login(secure, ca=str(authority.ca)))
        why = await why_not(verifying, login(secure))
        assert why == "the token server HOST: TLS failed: self-signed certificate in certificate chain"
    with token_server.serving(authority.issue("expired", HOST, days=-1)) as expired:
        why = await why_not(verifying, login(expired, ca=str(authority.ca)))
        assert why == "the token server HOST: TLS failed: certificate has expired"


# why not


async def test_a_wrong_secret(verifying: Verifying, server: TokenServer) -> None:
    why = await why_not(verifying, login(server, client_secret="canary-wrong"))
    assert why == "the token server HOST refuses: invalid_client, no client has this id and this secret"


@pytest.mark.parametrize(
    ("saying", "why"),
    [
        (Saying(200, b"<html>Sign in</html>", "text/html"), "the token server HOST sends no JSON object"),
        (Saying(200, b"[" * 100_000), "the token server HOST sends no JSON object"),
        (Saying(200, b"{}"), "the token server HOST sends no token"),
        (Saying(200, b'{"access_token": "a b"}'), "the token server HOST sends no token"),
        (Saying(200, b'{"access_token": "a\\u0001auth=x"}'), "the token server HOST sends no token"),
        (Saying(503, b"<html>Bad</html>", "text/html"), "the token server HOST refuses: HTTP status 503"),
        (Saying(302, b""), "the token server HOST refuses: HTTP status 302"),
        (Saying(400, b'{"error": "a\\u001b[31mb"}'), "the token server HOST refuses: a␛[31mb"),
        (Saying(200, b" " * 1_100_000), "the token server HOST: the answer has more than 1,048,576 bytes"),
    ],
)
async def test_a_server_that_sends_something_else(
    verifying: Verifying, server: TokenServer, saying: Saying, why: str
) -> None:
    server.instead = saying
    assert await why_not(verifying, login(server)) == why


async def test_a_server_that_is_silent(verifying: Verifying, server: TokenServer) -> None:
    server.silent = True
    assert await why_not(verifying, login(server)) == "the token server HOST: no answer within 4 s"


async def test_a_server_that_is_not_there(verifying: Verifying, server: TokenServer) -> None:
    (closed,) = free_ports(1)
    why = await why_not(verifying, login(server, url=f"http://{HOST}:{closed}/token"))
    assert why == "the token server HOST: Connection refused"
    why = await why_not(verifying, login(server, url="http://no-such-host.invalid/token"))
    assert why.startswith("the token server HOST: ")
    assert "ame" in why, "what DNS says"


async def test_http_where_https_is_meant_and_the_other_way(
    verifying: Verifying, server: TokenServer, tmp_path: Path
) -> None:
    why = await why_not(verifying, login(server, url=server.url.replace("http:", "https:")))
    assert why == "the token server HOST: it does not speak TLS; is it http:// that is meant?"
    with token_server.serving(Authority(tmp_path).issue("server", HOST)) as secure:
        why = await why_not(verifying, login(secure, url=secure.url.replace("https:", "http:")))
    assert why in (
        "the token server HOST: what answers is not HTTP (RemoteDisconnected)",
        "the token server HOST: Connection reset by peer",
    )


async def test_a_token_for_somebody_else_is_refused_by_the_broker(verifying: Verifying, server: TokenServer) -> None:
    server.audience = "another-cluster"
    why = await why_not(verifying, login(server))
    assert why.startswith("login refused: ")
    assert "invalid_token" in why


# what expires


async def test_tokens_are_renewed_before_they_end(verifying: Verifying, server: TokenServer) -> None:
    """Questions without a pause over the ends of two tokens: each is answered, and few tokens are fetched for it."""
    server.seconds = SHORT_LIFE
    async with Cluster.open(Connection((verifying.where,), sasl=login(server))) as found:
        began, asked = time.monotonic(), 0
        while time.monotonic() - began < 7:
            await found.topology()
            asked += 1
    assert asked > 10
    assert 3 <= len(server.asked) <= 5


async def test_a_server_that_fails_later_costs_nothing_while_the_token_holds(
    verifying: Verifying, server: TokenServer
) -> None:
    server.seconds = SHORT_LIFE
    async with Cluster.open(Connection((verifying.where,), sasl=login(server))) as found:

        async def goes_on_until(fetches: int) -> None:
            began = time.monotonic()
            while len(server.asked) < fetches:
                await found.topology()
                assert time.monotonic() - began < 3 * SHORT_LIFE

        await goes_on_until(1)
        server.instead = Saying(500, b"")
        await goes_on_until(2)
        server.instead = None
        await goes_on_until(4)


async def test_the_secret_and_the_token_are_in_no_text(
    verifying: Verifying, server: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sasl = login(server)
    kept = tokens.tokens_of(sasl)
    assert kept is not None
    token = await kept.token()
    await gets_in(verifying, sasl)
    texts = [repr(sasl), repr(kept), str(kept), repr(kept._token), caplog.text, repr(asyncio.all_tasks())]
    for hidden in (SECRET, token):
        assert not [text for text in texts if hidden in text]
