"""Logging in as AWS MSK wants it: credentials are found where AWS's tools find them, and what is signed is verified.

There is no AWS here: the rules of its signature are written down once more in the listener, from AWS's documents.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from kafkatui.kafka import token_sources
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.tokens import NoToken
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection, MskIam
from kafkatui.model.errors import Unreachable
from tests import msk_listener

REGION = "eu-central-1"
KEY, SECRET = "AKIAKAFKATUITEST0001", "canary/secret+of=a/key"
PROFILE_KEY, PROFILE_SECRET = "AKIAKAFKATUITEST0002", "canary-of-a-profile"
ROLE, ROLE_KEY, ROLE_SECRET, ROLE_TOKEN = "arn:aws:iam::1:role/reader", "ASIAROLE", "canary-of-a-role", "session/+=1"
SECRETS = {KEY: SECRET, PROFILE_KEY: PROFILE_SECRET, ROLE_KEY: ROLE_SECRET}
SECONDS = 5.0


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine that has no credentials yet, and asks nobody for them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def give_key(aws: pytest.MonkeyPatch, secret: str = SECRET) -> None:
    aws.setenv("AWS_ACCESS_KEY_ID", KEY)
    aws.setenv("AWS_SECRET_ACCESS_KEY", secret)


async def taken(mini_cluster: Status, login: MskIam) -> dict[str, str]:
    """What the one token said that let us in."""
    async with msk_listener.listening(mini_cluster.bootstrap, REGION, SECRETS) as listener:
        async with Cluster.open(Connection((listener.where,), sasl=login)) as cluster:
            assert (await cluster.topology()).cluster_id == mini_cluster.cluster_id
        (found,) = listener.taken
        return found


async def no_token(login: MskIam) -> str:
    began = time.monotonic()
    with pytest.raises(NoToken) as caught:
        await token_sources.from_aws(login)
    assert time.monotonic() - began < SECONDS
    text = caught.value.problem.text
    assert not [secret for secret in SECRETS.values() if secret in text]
    return text


async def test_credentials_of_the_environment(mini_cluster: Status, aws: pytest.MonkeyPatch) -> None:
    give_key(aws)
    said = await taken(mini_cluster, MskIam(REGION))
    assert said["X-Amz-Credential"].startswith(f"{KEY}/")
    assert "X-Amz-Security-Token" not in said
    aws.setenv("AWS_SESSION_TOKEN", ROLE_TOKEN)
    assert (await taken(mini_cluster, MskIam(REGION)))["X-Amz-Security-Token"] == ROLE_TOKEN


async def test_credentials_of_a_profile(mini_cluster: Status, aws: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        f"[reading]\naws_access_key_id = {PROFILE_KEY}\naws_secret_access_key = {PROFILE_SECRET}\n"
    )
    give_key(aws)
    said = await taken(mini_cluster, MskIam(REGION, profile="reading"))
    assert said["X-Amz-Credential"].startswith(f"{PROFILE_KEY}/")


async def test_a_role_that_is_taken(mini_cluster: Status, aws: pytest.MonkeyPatch) -> None:
    give_key(aws)
    with roles() as (url, asked):
        aws.setenv("AWS_ENDPOINT_URL_STS", url)
        said = await taken(mini_cluster, MskIam(REGION, role=ROLE))
    assert said["X-Amz-Credential"].startswith(f"{ROLE_KEY}/")
    assert said["X-Amz-Security-Token"] == ROLE_TOKEN
    assert [each["RoleArn"] for each in asked] == [[ROLE]]


async def test_a_token_holds_for_a_quarter_of_an_hour_and_hides_itself(
    aws: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    give_key(aws)
    aws.setenv("AWS_SESSION_TOKEN", ROLE_TOKEN)
    token = await token_sources.from_aws(MskIam(REGION))
    assert token.seconds is not None
    assert 890 < token.seconds <= 900
    for hidden in (SECRET, ROLE_TOKEN, token.value):
        assert hidden not in repr(token) + caplog.text


# why not


async def test_a_wrong_secret(mini_cluster: Status, aws: pytest.MonkeyPatch) -> None:
    give_key(aws, "canary-wrong")
    async with (
        msk_listener.listening(mini_cluster.bootstrap, REGION, SECRETS) as listener,
        Cluster.open(Connection((listener.where,), sasl=MskIam(REGION))) as cluster,
    ):
        with pytest.raises(Unreachable) as caught:
            await cluster.topology()
    why = f"{listener.where}: login refused: nobody with the secret of {KEY} has signed it"
    assert caught.value.problem.text == why


async def test_no_credentials() -> None:
    assert await no_token(MskIam(REGION)) == "AWS: no credentials in the environment, in a profile or from this machine"
    assert await no_token(MskIam(REGION, profile="nope")) == "AWS: The config profile (nope) could not be found"


async def test_half_of_the_credentials(aws: pytest.MonkeyPatch, tmp_path: Path) -> None:
    aws.setenv("AWS_ACCESS_KEY_ID", KEY)
    assert "AWS_SECRET_ACCESS_KEY" in await no_token(MskIam(REGION))
    aws.delenv("AWS_ACCESS_KEY_ID")
    (tmp_path / "config").write_text("no ini file [")
    assert (await no_token(MskIam(REGION))).startswith("AWS: Unable to parse config file")


async def test_a_role_that_is_refused(aws: pytest.MonkeyPatch) -> None:
    give_key(aws)
    with roles(status=403) as (url, _):
        aws.setenv("AWS_ENDPOINT_URL_STS", url)
        why = await no_token(MskIam(REGION, role=ROLE))
    assert why == "AWS refuses: AccessDenied, not for you"


@pytest.mark.parametrize("patience", ["1", "30"])
async def test_a_metadata_service_that_is_silent(aws: pytest.MonkeyPatch, patience: str) -> None:
    """Where no key is found, the machine itself is asked, at an address that answers in AWS alone."""
    aws.delenv("AWS_EC2_METADATA_DISABLED")
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        aws.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        aws.setenv("AWS_METADATA_SERVICE_TIMEOUT", patience)
        why = await no_token(MskIam(REGION))
    assert why in (
        "AWS: no credentials in the environment, in a profile or from this machine",
        "AWS: nobody gives credentials within 4 s",
    )
    assert ("4 s" in why) == (patience == "30")


async def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aws_msk_iam_sasl_signer", None)
    assert await no_token(MskIam(REGION)) == "AWS MSK needs one more package: pip install 'kafkatui[msk]'"


@contextmanager
def roles(status: int = 200) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """AWS's token service (STS), as far as one role needs it: its address, and what it was asked."""
    asked: list[dict[str, list[str]]] = []
    space = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
    given = (
        f"<AssumeRoleResponse {space}><AssumeRoleResult><Credentials><AccessKeyId>{ROLE_KEY}</AccessKeyId>"
        f"<SecretAccessKey>{ROLE_SECRET}</SecretAccessKey><SessionToken>{ROLE_TOKEN}</SessionToken>"
        "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
    denied = (
        f"<ErrorResponse {space}><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not for you</Message>"
        "</Error></ErrorResponse>"
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            body = (given if status == 200 else denied).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
