"""The steps of an examination over a scripted cluster: what fails, what is not tried then, and what is suspected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kafkatui.doctor.abilities import NEEDS, guessed_release, missing
from kafkatui.doctor.examination import Examination
from kafkatui.doctor.step import Outcome, Part, Step, named
from kafkatui.kafka.quorum import bounds
from kafkatui.model.connection import Connection, FixedToken, Kerberos, Sasl, Tls
from kafkatui.model.probes import Greeting, Operation, Rights, Secured, Skew
from kafkatui.model.problems import Problem
from tests.builders import AT, a_broker, a_snapshot
from tests.fake_probes import ALL, REFUSED, FakeProbes, a_certificate, newest

PLAIN = Connection(("b1:9092",))
REMOTE = [a_broker(1, host="b1", port=9092), a_broker(2, host="b2", port=9092, is_controller=True)]


async def steps_of(probes: FakeProbes, connection: Connection = PLAIN) -> list[Step]:
    examination = Examination(probes, connection, "-b", lambda: AT)
    return [step async for step in examination.steps()]


def step(steps: list[Step], name: str, about: str = "") -> Step:
    return next(each for each in steps if each.name == name and about in each.about)


def outcomes(steps: list[Step], about: str) -> dict[str, str]:
    return {each.name: each.outcome.value for each in steps if each.about == about}


def a_remote() -> FakeProbes:
    """Brokers on other machines."""
    return FakeProbes(a_snapshot(REMOTE))


async def test_a_good_cluster_is_ok_at_every_step() -> None:
    steps = await steps_of(a_remote())
    tried = [each for each in steps if each.outcome is not Outcome.NOT_TRIED and each.part is not Part.ADVICE]
    assert {each.outcome for each in tried} == {Outcome.OK}
    assert outcomes(steps, "b1:9092") == {
        "dns": "ok", "tcp": "ok", "tls": "not tried", "sasl": "not tried", "api_versions": "ok",
    }  # fmt: skip
    assert step(steps, "dns").found == "10.0.0.1"
    assert step(steps, "api_versions").found == (
        "Kafka 4.3; it understands 75 requests, all that are needed here among them"
    )
    assert step(steps, "cluster").found == "cluster q3xKzW0gRv2mB7aTfN1yLw; 2 brokers, 2 topics"


async def test_after_a_name_that_does_not_resolve_nothing_is_tried_and_the_next_address_is() -> None:
    probes = a_remote()
    probes.ips["nowhere"] = Problem("unresolved", "the name does not resolve")
    steps = await steps_of(probes, Connection(("nowhere:9092", "b1:9092")))
    assert outcomes(steps, "nowhere:9092") == {
        "dns": "failed", "tcp": "not tried", "tls": "not tried", "sasl": "not tried", "api_versions": "not tried",
    }  # fmt: skip
    assert step(steps, "tcp", "nowhere").found == "because dns failed"
    assert step(steps, "cluster").is_ok
    assert [each.outcome for each in steps if each.name == "listener"] == [Outcome.OK, Outcome.OK]


async def test_nothing_is_read_where_no_address_lets_us_in() -> None:
    probes = a_remote()
    probes.closed["10.0.0.1:9092"] = REFUSED
    steps = await steps_of(probes)
    assert step(steps, "tcp").found == "connection refused: nothing listens there"
    assert step(steps, "tcp").advice == "Look whether the broker runs, and whether 9092 is the port of its listener."
    assert steps[-1] == Step(Part.CONNECTION, "cluster", Outcome.NOT_TRIED, "no address lets us in")
    assert probes.cluster.asked == []


async def test_one_of_two_addresses_of_a_name_that_is_closed_is_a_warning() -> None:
    probes = a_remote()
    probes.ips["b1"] = ("10.0.0.1", "fd00::1")
    probes.closed["fd00::1:9092"] = REFUSED
    found = step(await steps_of(probes), "tcp")
    assert found.outcome is Outcome.WARNING
    assert found.found == "10.0.0.1 can be reached, fd00::1 can not: connection refused: nothing listens there"
    assert found.facts == {"connected": ["10.0.0.1"], "failed": {"fd00::1": REFUSED.text}}


@pytest.mark.parametrize(
    ("secured", "outcome", "found", "advice"),
    [
        (a_certificate(29.5), Outcome.WARNING, "29 days left, verified", "Renew the broker's certificate before"),
        (a_certificate(30.5), Outcome.OK, "30 days left, verified", ""),
        (a_certificate(1.5), Outcome.WARNING, "1 day left", "Renew"),
    ],
)
async def test_a_certificate_is_warned_of_a_month_before_its_end(
    secured: object, outcome: Outcome, found: str, advice: str
) -> None:
    probes = a_remote()
    probes.secured = Secured("TLSv1.3", "AES", secured)  # type: ignore[arg-type]
    tls = step(await steps_of(probes, replace(PLAIN, tls=Tls())), "tls")
    assert (tls.outcome, tls.advice[: len(advice)]) == (outcome, advice)
    assert tls.found.startswith("TLSv1.3, AES; it shows CN=b1 for b1, 10.0.0.1, signed by CN=ca, ")
    assert found in tls.found


async def test_what_is_not_trusted_is_shown_all_the_same() -> None:
    probes = a_remote()
    why = Problem("untrusted", "certificate has expired")
    probes.secured = Secured("TLSv1.3", "AES", a_certificate(-2.5), why)
    tls = step(await steps_of(probes, replace(PLAIN, tls=Tls())), "tls")
    assert tls.outcome is Outcome.FAILED
    assert tls.found == (
        "the certificate is not trusted: certificate has expired; "
        "it shows CN=b1 for b1, 10.0.0.1, signed by CN=ca, expired on 2026-11-23"
    )
    assert tls.advice == "Renew the broker's certificate."


async def test_trusting_whoever_answers_is_a_warning_in_both_places() -> None:
    steps = await steps_of(a_remote(), replace(PLAIN, tls=Tls(insecure=True)))
    assert step(steps, "config").outcome is Outcome.WARNING
    assert step(steps, "tls").outcome is Outcome.WARNING
    assert "not verified" in step(steps, "tls").found


async def test_our_own_certificate_fails_once_it_has_expired() -> None:
    probes = a_remote()
    probes.own = a_certificate(-0.5, subject="CN=client")
    own = step(await steps_of(probes), "client_certificate")
    assert (own.outcome, "expired on 2026-11-25" in own.found) == (Outcome.FAILED, True)


@pytest.mark.parametrize(
    ("login", "wanted"),
    [
        (Sasl("PLAIN", "alice", "x"), "PLAIN"),
        (FixedToken("x"), "OAUTHBEARER"),
        (Kerberos(), "GSSAPI"),
    ],
)
async def test_a_mechanism_that_is_not_offered_is_named_beside_those_that_are(login: object, wanted: str) -> None:
    probes = a_remote()
    probes.offered = ("SCRAM-SHA-512",)
    probes.greetings["b1:9092"] = Problem("unsupported", "b1:9092: it does not offer this SASL mechanism")
    sasl = step(await steps_of(probes, replace(PLAIN, sasl=login)), "sasl")  # type: ignore[arg-type]
    assert sasl.found == f"{wanted}: it does not offer this SASL mechanism; offered are SCRAM-SHA-512"
    assert sasl.advice.startswith("Set sasl.mechanism to one that is offered")
    assert sasl.facts == {"wanted": wanted, "offered": ["SCRAM-SHA-512"]}


async def test_a_session_that_ends_says_when() -> None:
    probes = a_remote()
    probes.greetings["b1:9092"] = replace(newest(), session_seconds=300.0)
    sasl = step(await steps_of(probes, replace(PLAIN, sasl=Sasl("SCRAM-SHA-512", "alice", "x"))), "sasl")
    assert sasl.found == "logged in with SCRAM-SHA-512; offered are SCRAM-SHA-512; the session lasts 300 s"


async def test_a_password_in_the_clear_is_a_warning_and_is_not_shown() -> None:
    config = step(await steps_of(a_remote(), replace(PLAIN, sasl=Sasl("PLAIN", "alice", "hunter2"))), "config")
    assert config.found == "-b; b1:9092; SASL_PLAINTEXT, PLAIN as alice; the password crosses the network as it is"
    assert "hunter2" not in str(config)


async def test_an_old_broker_is_guessed_and_what_it_lacks_is_named() -> None:
    probes = a_remote()
    probes.told_release = Problem("not_told", "-")
    apis = {need.api: (0, 4) for need in NEEDS if need.since < "2.8"} | {"FETCH": (0, 11)}
    probes.greetings["b1:9092"] = Greeting(apis, 48)
    api = step(await steps_of(probes), "api_versions", "b1:9092")
    assert api.outcome is Outcome.WARNING
    assert api.found.startswith("probably Kafka 2.3 to 2.6, by what it understands; it understands 48 requests; not")
    assert "fenced brokers (needs 2.8)" in api.found
    assert {"what": "share groups (KIP-932)", "needs": "4.1"} in api.facts["missing"]


def test_nothing_is_missing_from_the_newest() -> None:
    assert missing(newest().apis) == []
    assert guessed_release(newest()) == "4.1 or newer"
    assert guessed_release(Greeting({}, 0)) == "before 0.11"


async def test_another_cluster_than_the_pinned_one_is_not_looked_at() -> None:
    probes = a_remote()
    examination = Examination(probes, replace(PLAIN, context="prod", cluster_id="other"), "prod", lambda: AT)
    steps = [each async for each in examination.steps()]
    assert not examination.is_in
    assert steps[-1].found == "context prod expects the cluster other, but this is q3xKzW0gRv2mB7aTfN1yLw"
    assert probes.cluster.asked == ["topology"]


LISTENER = "set its advertised.listeners to a name and port that clients here can reach."


@pytest.mark.parametrize(
    ("host", "ips", "cause"),
    [
        ("localhost", ("127.0.0.1",), "which is this machine, and the bootstrap server is another one"),
        ("0.0.0.0", (), "which is no address to connect to"),
        ("kafka-1", Problem("unresolved", "the name does not resolve"),
         "a name without a domain as containers and pods have, and nobody here knows it"),
        ("b1.internal", Problem("unresolved", "the name does not resolve"), "and nobody here knows that name"),
    ],
)  # fmt: skip
async def test_an_advertised_address_of_no_use_here_is_named_as_the_cause(
    host: str, ips: tuple[str, ...] | Problem, cause: str
) -> None:
    probes = FakeProbes(a_snapshot([a_broker(1, host=host, port=9092)]))
    probes.ips[host] = ips
    probes.closed |= {"127.0.0.1:9092": REFUSED, "0.0.0.0:9092": REFUSED}
    listener = step(await steps_of(probes), "listener")
    assert listener.outcome is Outcome.FAILED
    assert listener.about == f"broker 1 at {host}:9092"
    assert cause in listener.advice
    assert listener.advice.endswith(LISTENER)


async def test_a_private_address_behind_a_public_one_is_suspected_only_where_the_other_is_public() -> None:
    probes = FakeProbes(a_snapshot([a_broker(1, host="10.1.1.1", port=9092)]))
    probes.closed["10.1.1.1:9092"] = Problem("no_answer", "no answer within 4 s: a firewall drops it")
    assert "private" not in step(await steps_of(probes), "listener").advice
    probes.ips["b1"] = ("8.8.8.8",)
    listener = step(await steps_of(probes), "listener")
    assert listener.found == "tcp: no answer within 4 s: a firewall drops it"
    assert "a private address, and the bootstrap server has a public one" in listener.advice


async def test_an_advertised_localhost_that_answers_is_still_suspected() -> None:
    probes = FakeProbes(a_snapshot([a_broker(1, host="localhost", port=9092)]))
    probes.ips["localhost"] = ("127.0.0.1",)
    assert step(await steps_of(probes), "listener").outcome is Outcome.WARNING
    probes.cluster_ids["localhost:9092"] = "somebody-elses"
    listener = step(await steps_of(probes), "listener")
    assert (listener.outcome, listener.found) == (
        Outcome.FAILED,
        "another cluster answers there: somebody-elses",
    )


async def test_a_broker_that_was_asked_by_its_address_first_is_not_named_twice() -> None:
    probes = a_remote()
    silent = Problem("no_answer", "b2:9092: no answer within 4 s")
    probes.greetings["b2:9092"] = silent
    steps = await steps_of(probes, Connection(("b2:9092", "b1:9092")))
    assert step(steps, "api_versions").found == "no answer within 4 s"
    listener = step(steps, "listener", "broker 2")
    assert listener.found == "api_versions: no answer within 4 s"
    assert listener.facts["steps"] == {
        "dns": "ok", "tcp": "ok", "tls": "not_tried", "sasl": "not_tried", "api_versions": "failed",
    }  # fmt: skip


async def test_a_peer_that_tells_a_million_things_fills_no_screen() -> None:
    probes = a_remote()
    probes.offered = [f"MECHANISM-{number}" for number in range(100_000)]
    names = tuple(f"host-{number}.example" for number in range(10_000))
    huge = a_certificate(names=names, subject="CN=" + "x" * 60_000, issuer="CN=" + "y" * 60_000)
    probes.secured = Secured("TLSv1.3", "AES", huge)
    steps = await steps_of(probes, replace(PLAIN, tls=Tls(), sasl=Sasl("PLAIN", "alice", "x")))
    assert max(len(each.found) for each in steps) < 600


async def test_an_address_of_version_6_is_written_in_brackets() -> None:
    steps = await steps_of(FakeProbes(a_snapshot([a_broker(1, host="::1")])), Connection(("[::1]:9092",)))
    assert step(steps, "tcp").about == "[::1]:9092"


async def test_a_broker_without_an_address_fails_its_step() -> None:
    gone = Problem("gone", "it is down or fenced: the cluster does not list it")
    steps = await steps_of(FakeProbes(a_snapshot([REMOTE[0], a_broker(2, host="", problem=gone)])))
    assert step(steps, "listener", "broker 2").found == gone.text


def test_every_reading_of_a_clock_bounds_it() -> None:
    low, high = bounds(1_000_500, asked=1000.0, answered=1000.2)
    assert low == pytest.approx(0.3)
    assert high == pytest.approx(0.501)


@pytest.mark.parametrize(
    ("skew", "outcome", "found"),
    [
        (Skew(2, -0.002, 0.003), Outcome.OK, "controller 2: its clock is this machine's, within 3 ms"),
        (Skew(2, 0.5, 0.6), Outcome.OK, "controller 2: its clock is ahead of this machine's by 550 ms ± 50 ms"),
        (Skew(2, 0.5, 1.6), Outcome.OK, "controller 2: its clock is ahead of this machine's by 1050 ms ± 550 ms"),
        (Skew(2, -60.4, -60.2), Outcome.WARNING, "controller 2: its clock is behind this machine's by 60 s ± 100 ms"),
    ],
)
async def test_a_clock_is_wrong_only_when_both_bounds_say_so(skew: Skew, outcome: Outcome, found: str) -> None:
    probes = a_remote()
    probes.clock = skew
    clock = step(await steps_of(probes), "clock")
    assert (clock.outcome, clock.found) == (outcome, found)


async def test_a_clock_that_is_not_told_is_no_number() -> None:
    probes = a_remote()
    probes.clock = Problem("cluster_authorization_failed", "not authorized: needs DESCRIBE on the cluster")
    clock = step(await steps_of(probes), "clock")
    assert clock.outcome is Outcome.NOT_TRIED
    assert clock.facts == {}


async def test_a_principal_that_sees_little_is_told_what_is_hidden() -> None:
    probes = a_remote()
    only_describe = frozenset({Operation.DESCRIBE})
    why = Problem("group_authorization_failed", "not authorized to see this group")
    probes.may = Rights(frozenset(), {"orders": only_describe, "payments": ALL}, {"billing": ALL, "mailer": why})
    steps = await steps_of(probes)
    assert step(steps, "cluster_rights").found.startswith("on the cluster: nothing; groups and topics without rights")
    assert step(steps, "cluster_rights").advice == (
        "Allow it: kafka-acls --add --cluster --operation Describe --operation DescribeConfigs"
        " --allow-principal User:NAME"
    )
    topics = step(steps, "topic_rights")
    assert topics.outcome is Outcome.WARNING
    assert topics.found.startswith("2 topics shown: Read 1, Write 1, ")
    assert topics.found.endswith("records can not be read of orders; configs are hidden of orders")
    assert topics.facts["unreadable"] == ["orders"]
    assert step(steps, "group_rights").found.endswith("of 1 nothing is told")


async def test_no_topic_is_suspicious_only_for_who_sees_little() -> None:
    probes = a_remote()
    probes.may = Rights(ALL, {}, {})
    assert step(await steps_of(probes), "topic_rights").is_ok
    probes.may = Rights(frozenset(), {}, {})
    assert step(await steps_of(probes), "topic_rights").outcome is Outcome.WARNING


async def test_a_quota_that_holds_back_is_told() -> None:
    probes = a_remote()
    probes.throttled = {"broker 1": 20, "broker 2": 400}
    throttle = step(await steps_of(probes), "throttle")
    assert throttle.found == "answers are held back by a quota: broker 2 by 400 ms, broker 1 by 20 ms"


async def test_a_cluster_that_goes_away_half_way_leaves_what_was_found() -> None:
    probes = a_remote()
    gone = Problem("unreachable", "broker 1: the connection was lost")

    class Leaving(FakeProbes):
        async def skew(self) -> Skew | Problem:
            probes.cluster.unreachable = gone
            return gone

    leaving = Leaving(a_snapshot(REMOTE))
    leaving.cluster = probes.cluster
    steps = await steps_of(leaving)
    assert step(steps, "topic_rights").found == f"not told: {gone.text}"
    assert steps[-1] == Step(Part.ADVICE, "state", Outcome.NOT_TRIED, f"the cluster could not be read: {gone.text}")


def test_names_are_cut_with_their_count() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"
