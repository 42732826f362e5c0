"""The doctor at a real listener of each kind: what it tells of certificates and logins, and which step fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kafkatui.doctor.examination import Examination
from kafkatui.doctor.step import Outcome, Step
from kafkatui.kafka.probes import Probes
from kafkatui.model.connection import Connection, FixedToken, Login, Sasl, Tls
from tests.kafka.test_logins import jwt
from tests.secured import PASSWORD, SESSION_MS, USER, Secured, secured_cluster

SCRAM = Sasl("SCRAM-SHA-512", USER, PASSWORD)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_cluster(tmp_path_factory.mktemp("secured") / "home") as found:
        yield found


async def examined(secured: Secured, listener: str, tls: Tls | None = None, sasl: Login | None = None) -> list[Step]:
    connection = Connection((secured.at[listener],), tls=tls, sasl=sasl)
    async with Probes.open(connection) as source:
        steps = [step async for step in Examination(source, connection, "-b").steps()]
    assert PASSWORD not in str(steps)
    return steps


def found(steps: list[Step], name: str) -> Step:
    return next(step for step in steps if step.name == name)


def failed(steps: list[Step]) -> list[str]:
    return [step.name for step in steps if step.outcome is Outcome.FAILED]


@pytest.mark.parametrize("login", [SCRAM, Sasl("PLAIN", USER, PASSWORD), FixedToken(jwt())], ids=lambda it: str(it)[:9])
async def test_a_login_and_what_else_is_offered(secured: Secured, login: Login) -> None:
    steps = await examined(secured, "SECURE", Tls(str(secured.ca)), login)
    assert failed(steps) == []
    sasl = found(steps, "sasl")
    assert sorted(sasl.facts["offered"]) == ["OAUTHBEARER", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    assert sasl.facts["session_seconds"] is None or isinstance(login, FixedToken)
    assert found(steps, "listener").found == ("reachable as it is advertised: tcp ok, tls ok, sasl ok, api_versions ok")


async def test_how_long_a_session_lasts(secured: Secured) -> None:
    sasl = found(await examined(secured, "BRIEF", sasl=SCRAM), "sasl")
    # A broker takes up to a tenth off, so that not all come back at once.
    assert 0.8 * SESSION_MS <= sasl.facts["session_seconds"] * 1000 <= SESSION_MS
    assert "the session lasts " in sasl.found


async def test_the_certificates_of_both_sides(secured: Secured) -> None:
    issued = secured.client
    tls = Tls(str(secured.ca), str(issued.certificate), str(issued.key))
    steps = await examined(secured, "MUTUAL", tls)
    assert failed(steps) == []
    theirs, ours = found(steps, "tls").facts["certificate"], found(steps, "client_certificate").facts
    assert (theirs["subject"], theirs["issuer"]) == ("CN=server", "CN=test authority")
    assert theirs["names"] == ["localhost", "127.0.0.1"]
    assert ours["subject"] == "CN=client"
    assert {theirs["days_left"], ours["days_left"]} <= {99, 100}


@pytest.mark.parametrize(
    ("listener", "trusts", "step", "words"),
    [
        ("EXPIRED", True, "tls", "it shows CN=expired for localhost, 127.0.0.1, signed by CN=test authority, expired"),
        ("STRANGER", True, "tls", "it shows CN=stranger for somewhere.else.example"),
        ("TLS", False, "api_versions", "it expects TLS"),
        ("LOGIN", True, "tls", "plain text"),
        ("MUTUAL", True, "api_versions", "client certificate"),
        ("LOGIN", False, "cluster", "login"),
        ("NOWHERE", False, "listener", "connection refused"),
    ],
)  # fmt: skip
async def test_the_step_that_fails_is_the_one_that_is_wrong(
    secured: Secured, listener: str, trusts: bool, step: str, words: str
) -> None:
    steps = await examined(secured, listener, Tls(str(secured.ca)) if trusts else None)
    assert failed(steps) == [step]
    wrong = found(steps, step)
    assert words in f"{wrong.found} {wrong.advice}"


async def test_a_ca_that_did_not_sign_it(secured: Secured) -> None:
    steps = await examined(secured, "TLS", Tls())
    assert failed(steps) == ["tls"]
    assert found(steps, "tls").advice.endswith("as tls.ca (ssl.truststore.location).")


async def test_whoever_answers_is_trusted_only_with_a_warning(secured: Secured) -> None:
    steps = await examined(secured, "EXPIRED", Tls(insecure=True))
    assert failed(steps) == []
    tls = found(steps, "tls")
    assert tls.outcome is Outcome.WARNING
    assert tls.found.endswith("not verified")
